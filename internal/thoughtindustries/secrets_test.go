package thoughtindustries

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"strings"
	"testing"
)

// A client has a secret key, and its sign-on settings have a client secret. The
// bodies of GET /clients are shown to nobody, whatever they look like.
func TestClients_TheirSecretsAreShownToNobody(t *testing.T) {
	const secret = "s3cr3t-of-acme"
	client := `{"id":"` + acme + `","name":"Acme","slug":"acme","secretKey":"` + secret + `","sso":{"oidc":{"clientSecret":"` + secret + `"}}}`
	respond := func(status, contentType, body string) string {
		return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", status, contentType, len(body), body)
	}
	lists := `{"data":{"Clients":{"clients":[` + client + `],"pageInfo":{"hasMore":false}},"ClientById":` + client + `}}`
	tests := map[string]string{
		"as documented":                    respond("200 OK", "application/json", lists),
		"without an envelope":              respond("200 OK", "application/json", `{"clients":[`+client+`],"pageInfo":{"hasMore":"yes"}}`),
		"the client itself":                respond("200 OK", "application/json", client),
		"cut off":                          respond("200 OK", "application/json", lists[:len(lists)-20]),
		"a list":                           respond("200 OK", "application/json", `[`+client+`]`),
		"with errors":                      respond("200 OK", "application/json", `{"errors":[{"message":"late","path":["clients"],"client":`+client+`}],"data":`+client+`}`),
		"a list of objects and texts":      respond("200 OK", "application/json", `{"data":{"Clients":{"clients":[`+client+`,"`+secret+`"]}}}`),
		"a client for the list":            respond("200 OK", "application/json", `{"data":{"Clients":{"clients":`+client+`}}}`),
		"a client refused":                 respond("400 Bad Request", "application/json", client),
		"a list refused":                   respond("403 Forbidden", "application/json", `[`+client+`]`),
		"refused, cut off":                 respond("422 Unprocessable Entity", "application/json", lists[:len(lists)-20]),
		"refused, with something in front": respond("400 Bad Request", "text/plain", `cannot show `+client),
		"refused, as HTML":                 respond("400 Bad Request", "text/html", `<p>cannot show `+client+`</p>`),
		"out of order":                     respond("500 Internal Server Error", "application/json", client),
		"put off":                          respond("409 Conflict", "application/json", `{"error":"conflict","message":"busy","client":`+client+`}`),
		"no HTTP":                          client + "\r\n\r\n",
		"no header":                        "HTTP/1.1 200 OK\r\n" + client + "\r\n\r\n",
		"no status":                        "HTTP/1.1 " + secret + " OK\r\n\r\n",
		"no version":                       secret + " 200 OK\r\n\r\n",
		"no length":                        "HTTP/1.1 200 OK\r\nContent-Length: " + secret + "\r\n\r\n",
		"no encoding":                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + secret + "\r\n\r\n",
		"no chunk":                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + secret + "\r\n",
		"a bad trailer":                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n2\r\n{}\r\n0\r\n" + secret + "\r\n\r\n",
		"a redirect":                       "HTTP/1.1 301 Moved\r\nLocation: https://learn.acme.test/?" + secret + "\r\nContent-Length: 0\r\n\r\n",
	}
	var standard bytes.Buffer
	before := log.Writer()
	log.SetOutput(&standard)
	t.Cleanup(func() { log.SetOutput(before) })
	for name, response := range tests {
		t.Run(name, func(t *testing.T) {
			listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = listener.Close() })
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					reader := bufio.NewReader(conn)
					for line := "x"; strings.TrimSpace(line) != ""; {
						line, _ = reader.ReadString('\n')
					}
					_, _ = io.WriteString(conn, response)
					_ = conn.Close()
				}
			}()
			base, err := ParseBaseURL("http://" + listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			var logged strings.Builder
			c, err := New(Config{BaseURL: base, APIKey: testKey, Log: func(_ context.Context, level slog.Level, msg string, args ...any) {
				fmt.Fprintln(&logged, level, msg, args)
			}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			var found []CustomerClient
			listErr := c.getPages(t.Context(), 1, nil, "Clients", "clients", func(element object) { found = append(found, readCustomerClient(element)) }, "clients")
			root, oneErr := c.get(t.Context(), c.endpoint(nil, "clients", acme), 1)
			var one any
			if from := responseObject(root, "ClientById", hasID); from != nil {
				one = readCustomerClient(from)
			}
			shown := fmt.Sprintf("%+v %v %+v %v\n%s", found, listErr, one, oneErr, logged.String())
			if strings.Contains(shown, secret) {
				t.Errorf("the secret is in %s", shown)
			}
			if !strings.Contains(logged.String(), "/clients/"+acme) {
				t.Errorf("nothing was logged of the request: %s", logged.String())
			}
		})
	}
	if strings.Contains(standard.String(), secret) {
		t.Errorf("the secret is in the standard log: %s", standard.String())
	}
}
