// Command service runs promoted designs the way a program of your own would:
// it loads what was promoted, reads cases as JSON lines and writes what the
// design does with each.
//
//	go run ./examples/service workflows/invoice/production < cases.jsonl
//
// A line in is {"id": "...", "input": {...}} with the fields of the workflow's
// input; a line out says how the case ended, its outcome, and to whom it goes.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) (err error) {
	if len(args) != 1 {
		return errors.New("usage: service PRODUCTION < cases.jsonl")
	}
	promoted, err := engine.Load(ctx, args[0], app.Builtin(), flow.Session{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, promoted.Close()) }()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	enc := json.NewEncoder(out)
	for lines.Scan() {
		var request struct {
			ID    string          `json:"id"`
			Input json.RawMessage `json:"input"`
		}
		if err := json.Unmarshal(lines.Bytes(), &request); err != nil {
			return err
		}
		values, err := flow.ParseJSON(request.Input, promoted.Input())
		if err != nil {
			return fmt.Errorf("case %q: %w", request.ID, err)
		}
		c := flow.Case{ID: request.ID, Cluster: request.ID, Weight: 1, Input: flow.Message{Schema: promoted.Input(), Values: values}}
		trial, err := promoted.Run(ctx, &c)
		if err != nil {
			return err
		}
		if err := enc.Encode(answerTo(promoted, trial)); err != nil {
			return err
		}
	}
	return lines.Err()
}

// answer is what becomes of a case.
type answer struct {
	ID      string          `json:"id"`
	Status  flow.Status     `json:"status"`
	Outcome json.RawMessage `json:"outcome,omitempty"`
	Team    string          `json:"team,omitempty"` // who takes it
	Because string          `json:"because,omitempty"`
}

func answerTo(p *engine.Promoted, t *flow.Trial) answer {
	a := answer{ID: t.Case, Status: t.Status, Team: t.Team, Because: t.Reason}
	if t.Outcome != nil {
		a.Outcome = flow.AppendJSON(nil, p.Outcome(), t.Outcome)
	}
	return a
}
