package provider

import (
	"context"
	"os"
	"reflect"
)

// silent is a context without loggers, for when nobody hears them: making them
// up to say nothing is work for each call. Loggers are kept under keys that are
// strings, and nothing else of a call is.
type silent struct{ context.Context }

// Value hides the loggers.
func (s silent) Value(key any) any {
	if reflect.TypeOf(key).Kind() == reflect.String {
		return nil
	}
	return s.Context.Value(key)
}

// nobodyListens reports whether main has turned all logs off.
func nobodyListens() bool {
	return os.Getenv("TF_LOG_SDK") == "off" && os.Getenv("TF_LOG_PROVIDER_THOUGHTINDUSTRIES") == "off"
}

// quietly gives the context of a call, without loggers where nobody listens.
func (s *watchingServer) quietly(ctx context.Context) context.Context {
	if !s.quiet {
		return ctx
	}
	return silent{ctx}
}
