package provider

import (
	"context"
	"os"
	"reflect"
	"sync/atomic"
	"time"
)

// callContext is the context of a call, made light. The framework keeps the
// context of every call until the process ends, so as to cancel them all when
// the engine asks it to stop, and with it all that hangs on it: the messages
// and the loggers of thousands of calls. So what hangs on it is let go of when
// the call has ended. And it hides the loggers where nobody hears them: making
// them up to say nothing is work for each call.
type callContext struct {
	call  atomic.Pointer[context.Context]
	quiet bool
}

// light gives the context to call the framework with, and what to do when the
// call has ended.
func (s *watchingServer) detachable(ctx context.Context) (_ context.Context, ended func()) {
	c := &callContext{quiet: s.quiet}
	c.call.Store(&ctx)
	return c, func() { c.call.Store(&over) }
}

// over is the context of every call that has ended.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (c *callContext) Deadline() (time.Time, bool) { return (*c.call.Load()).Deadline() }
func (c *callContext) Done() <-chan struct{}       { return (*c.call.Load()).Done() }
func (c *callContext) Err() error                  { return (*c.call.Load()).Err() }

// Value hides the loggers: they are kept under keys that are strings, and
// nothing else of a call is.
func (c *callContext) Value(key any) any {
	if c.quiet && reflect.TypeOf(key).Kind() == reflect.String {
		return nil
	}
	return (*c.call.Load()).Value(key)
}

// loggingDisabled reports whether main has turned all logs off.
func loggingDisabled() bool {
	return os.Getenv("TF_LOG_SDK") == "off" && os.Getenv("TF_LOG_PROVIDER_THOUGHTINDUSTRIES") == "off"
}
