package thoughtindustries

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestPacing_TheBodyOfA429SaysHowLongToWait(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		body := `{"error":"rate_limited","message":"slow down","retryAfter":90}`
		w.onPosts(mockapi.Fault{Times: 1, Status: http.StatusTooManyRequests, Body: &body, Header: http.Header{"Retry-After": nil}})
		began := time.Now()
		w.create("A", "5").want(t, "created")
		if took := time.Since(began); took < 90*time.Second || took > 92*time.Second {
			t.Errorf("created after %v", took)
		}
		w.wantPosts(2)
	})
}

// A request that never left is none of those that a minute may have.
func TestPacing_WhatNeverLeftUsesUpNothing(t *testing.T) {
	refusing := errors.New("connection refused")
	dials := 0
	var dial func(context.Context, string, string) (net.Conn, error)
	config := Config{OnExisting: IgnoreOnExisting, RequestsPerMinute: 1}
	config.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if dials++; dials <= 2 {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: refusing}
		}
		return dial(ctx, network, address)
	}
	inBubble(t, mockapi.Options{}, config, func(w *world) {
		dial = w.network.dial
		began := time.Now()
		w.create("A", "5").want(t, "created")
		if took := time.Since(began); took >= time.Minute {
			t.Errorf("created after %v", took)
		}
		w.wantPosts(1)
	})
}
