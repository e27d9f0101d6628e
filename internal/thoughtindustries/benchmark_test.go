package thoughtindustries_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const (
	benchmarkKey    = "ti_test_benchmark"
	benchmarkClient = "6f1c1a52-0c55-4b0e-9a0f-000000000000"
)

// BenchmarkCreate compares the client with a bare request, to a server that
// responds at once. Both use a connection for each POST.
func BenchmarkCreate(b *testing.B) {
	api := mockapi.New(mockapi.Options{APIKey: benchmarkKey})
	defer api.Close()
	api.AddClient(mockapi.Client{ID: benchmarkClient, Name: "Globex", Slug: "globex"})
	server := httptest.NewServer(api)
	defer server.Close()
	base, err := url.Parse(server.URL)
	if err != nil {
		b.Fatal(err)
	}
	request := thoughtindustries.CreditAccountRequest{
		ClientID: benchmarkClient, Name: "Onboarding", StartingBalance: "500",
		NotifyEmails: []string{"training@globex.example"},
	}
	b.Run("client", func(b *testing.B) {
		client, err := thoughtindustries.New(thoughtindustries.Config{
			BaseURL: base, APIKey: benchmarkKey, OnExisting: thoughtindustries.IgnoreOnExisting,
		})
		if err != nil {
			b.Fatal(err)
		}
		defer client.Close()
		for b.Loop() {
			if _, _, err := client.CreateCreditAccount(b.Context(), request, time.Minute); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bare", func(b *testing.B) {
		address := server.URL + "/incoming/v2/clients/" + benchmarkClient + "/creditAccounts"
		for b.Loop() {
			createBare(b, address, request)
		}
	})
}

func createBare(b *testing.B, address string, account thoughtindustries.CreditAccountRequest) {
	b.Helper()
	body, err := json.Marshal(account)
	if err != nil {
		b.Fatal(err)
	}
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	request.Close = true
	request.Header.Set("Authorization", "Bearer "+benchmarkKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode > 299 {
		b.Fatal(response.Status, err)
	}
}
