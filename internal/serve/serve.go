// Package serve is what was promoted as an HTTP endpoint: cases in, what becomes
// of them out, reviewers' decisions, health and metrics. It takes no more at
// once than it can, and nothing from strangers.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"github.com/rehearse-dev/rehearse/service"
)

// Options say what an endpoint takes.
type Options struct {
	// Hosts are the names under which it may be called beside those of this
	// machine and the address that it listens on.
	Hosts []string
	// Concurrency is how many cases are worked on at once, and Waiting how many
	// more wait for their turn; the next is refused.
	Concurrency, Waiting int
	MaxBody              int64         // bytes that a request may have
	ReadTimeout          time.Duration // for a whole request to come in
	Drain                time.Duration // for those under way when it is stopped
	Metrics              http.Handler  // nil for none
	// Around is put around the handling of every request that is let in; nil for
	// nothing.
	Around func(http.Handler) http.Handler
	Logger *slog.Logger
	// Overloaded is told of every case that is refused because too many wait.
	Overloaded func()
}

// connections is how many may be open at once; others wait to be accepted.
const connections = 1024

// Run serves on a listener until ctx ends, then takes no more, waits for the
// cases under way, and returns nil.
func Run(ctx context.Context, on net.Listener, s *service.Service, o Options) error {
	h := &handler{s: s, o: o, slots: make(chan struct{}, o.Concurrency), places: make(chan struct{}, o.Concurrency+o.Waiting), hosts: hosts(on.Addr(), o.Hosts)}
	server := &http.Server{
		Handler: h.routes(), ReadHeaderTimeout: min(o.ReadTimeout, 5*time.Second), ReadTimeout: o.ReadTimeout, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(netutil.LimitListener(on, connections)) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	h.stopping.Store(true)
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.Drain)
	defer cancel()
	if err := server.Shutdown(within); err != nil {
		return errors.Join(fmt.Errorf("requests were still under way after %s: %w", o.Drain, err), server.Close())
	}
	return nil
}
