// Command service runs what was promoted the way a program of your own would:
// it reads cases as JSON lines, runs each by the code that was evaluated, really
// takes the design's actions, and writes what becomes of each case once that is
// in its audit log.
//
//	go run ./examples/service workflows/invoice/production log < cases.jsonl
//
// A line in is {"id": "...", "input": {...}} with the fields of the workflow's
// input; a line out says how the case ended, its outcome, and to whom it goes.
// It needs nothing else: actions are lines of log/actions.jsonl, where a program
// of yours would call its system of record. Without a folder the log is a
// temporary one.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/service"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := begin(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func begin(ctx context.Context, args []string) error {
	switch len(args) {
	case 1:
		folder, err := os.MkdirTemp("", "service-")
		if err != nil {
			return err
		}
		fmt.Fprintln(os.Stderr, "actions and audit log in", folder)
		return run(ctx, args[0], folder, os.Stdin, os.Stdout)
	case 2:
		return run(ctx, args[0], args[1], os.Stdin, os.Stdout)
	}
	return errors.New("usage: service PRODUCTION [FOLDER] < cases.jsonl")
}

// run serves the cases of in. Actions and the audit log go to a folder.
func run(ctx context.Context, production, folder string, in io.Reader, out io.Writer) (err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	actions, err := os.OpenFile(filepath.Join(folder, "actions.jsonl"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, actions.Close()) }()
	s, err := service.Open(ctx, service.Options{
		Production: production,
		Registry:   app.Builtin(),
		Audit:      filepath.Join(folder, "audit"),
		Sender:     func(string) engine.Sender { return &postings{file: actions} },
		Deadline:   time.Minute,
		Logger:     slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	enc := json.NewEncoder(out)
	for lines.Scan() {
		c, err := s.ParseCase(lines.Bytes())
		if err != nil {
			return err
		}
		served, err := s.Run(ctx, c)
		if err != nil {
			return err
		}
		if err := enc.Encode(answerTo(s, served)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// postings takes actions by writing them down.
type postings struct {
	mu   sync.Mutex
	file *os.File
}

// Send implements [engine.Sender].
func (p *postings) Send(ctx context.Context, a engine.Action) error {
	line, err := json.Marshal(map[string]any{
		"case": a.Case, "system": a.System, "step": a.Step, "payload": json.RawMessage(flow.AppendJSON(nil, a.Payload.Schema, a.Payload.Values)),
	})
	if err != nil {
		return flow.Errorf(flow.ErrMalformed, "the payload: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err = p.file.Write(append(line, '\n'))
	return err // of any other error nobody knows what was done
}

// answer is what becomes of a case.
type answer struct {
	ID      string          `json:"id"`
	Status  flow.Status     `json:"status"`
	Outcome json.RawMessage `json:"outcome,omitempty"`
	Team    string          `json:"team,omitempty"` // who takes it
	Because string          `json:"because,omitempty"`
}

func answerTo(s *service.Service, served *service.Served) answer {
	a := answer{ID: served.ID, Status: served.Status, Team: served.Team, Because: served.Reason}
	if served.Outcome != nil {
		a.Outcome = flow.AppendJSON(nil, s.Promoted().Outcome(), served.Outcome)
	}
	return a
}
