// Package servetest makes a small project with something in production, for
// tests of what runs it.
package servetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/flow"
)

const workflow = `workflow: tickets
input: {text: string, who: string?}
outcome: {queue: {enum: [billing, tech]}, note: string?}
teams:
  desk: {people: 2, wage: 30/h, minutes: 5}
systems: {crm: {owner: support}}
baseline: as-is
gate: {critical: {automated_accuracy: {at_least: 0.5}}}
`

const asIs = `design: as-is
workflow: tickets
steps:
  - {name: desk, kind: human, team: desk}
outcome: {queue: desk.queue}
`

// rules escalates what is long; text that begins with "wait" waits for [Gate],
// and text with "torn" in it is sent back by the system.
const rules = `design: rules
workflow: tickets
params: {long: 60}
on_broken_handoff: desk
steps:
  - {name: pause, kind: wait, in: {text: input.text}, out: {waited: boolean}}
  - name: queue
    kind: rules
    in: {text: input.text, who: input.who}
    hit: first
    rules:
      - {when: 'in.text contains "invoice"', then: {queue: '"billing"', note: '"for " + (in.who ?? "nobody")', sure: 0.9}}
    else: {queue: '"tech"', sure: 0.6}
    out: {queue: outcome.queue, note: outcome.note?, sure: probability}
  - name: decide
    kind: route
    routes:
      - {when: len(input.text) > params.long, escalate: desk, because: too_long}
      - {else: post}
  - name: post
    kind: action
    system: crm
    in: {text: input.text, queue: queue.queue}
    accept: not (in.text contains "torn")
    idempotency_key: [in.text]
outcome: {queue: queue.queue, note: queue.note}
`

const card = `dataset: tickets
source: tickets.csv
id: id
input: {text: text, who: who}
labels: {outcome: {queue: queue}}
tags: [lang]
personal: [who]
splits: {by: column, column: part, dev: dev, test: test}
`

// Gate is closed to let steps go on that wait.
type Gate struct{ Open chan struct{} }

// Registry has the built-in kinds, and `wait`.
func (g Gate) Registry() *flow.Registry {
	r := app.Builtin()
	r.AddStep("wait", flow.StepKind{Doc: "Waits, for tests.", Actor: flow.Rule, Config: (*struct{})(nil), New: func(cfg flow.Config) (flow.Step, error) {
		return flow.StepFunc(func(ctx context.Context, in flow.Input) (flow.Output, error) {
			text, _ := in.Get("text").(string)
			wait := strings.HasPrefix(text, "wait")
			if wait {
				select {
				case <-g.Open:
				case <-ctx.Done():
					return flow.Output{}, ctx.Err()
				}
			}
			return flow.Output{Values: []any{wait}}, nil
		}), cfg.Decode(&struct{}{})
	}})
	return r
}

// Project is a project whose workflow tickets has the design rules in
// production; it gives its folder and that of what is in production. Texts of
// the design are replaced by others, in pairs.
func Project(t testing.TB, g Gate, replace ...string) (dir, production string) {
	t.Helper()
	dir = t.TempDir()
	var rows strings.Builder
	rows.WriteString("id,text,who,lang,queue,part\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "h%d,%s %d,Ada,en,%s,%s\n", i, []string{"invoice", "crash"}[i%2], i, []string{"billing", "tech"}[i%2], []string{"test", "test", "dev"}[i%3])
	}
	for name, text := range map[string]string{
		"workflows/tickets/workflow.yaml": workflow, "workflows/tickets/as-is.yaml": asIs, "workflows/tickets/rules.yaml": strings.NewReplacer(replace...).Replace(rules),
		"workflows/tickets/other.yaml":  strings.NewReplacer(append([]string{"design: rules", "design: other", "long: 60", "long: 10"}, replace...)...).Replace(rules),
		"datasets/tickets/dataset.yaml": card, "datasets/tickets/tickets.csv": rows.String(),
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	run := filepath.Join(dir, "run")
	workflows := filepath.Join(dir, "workflows/tickets")
	eval(t, g, "run", workflows, "--quiet", "--no-report", "--split", "test", "--design", "as-is", "--design", "rules", "--out", run)
	eval(t, g, "promote", "rules", "--run", run, "--approve", "ada", "--reason", "a test")
	return dir, filepath.Join(workflows, "production")
}

func eval(t testing.TB, g Gate, args ...string) {
	t.Helper()
	var out bytes.Buffer
	if code := app.Eval(g.Registry(), append([]string{"eval"}, args...), strings.NewReader(""), &out, &out); code != app.ExitDone {
		t.Fatalf("eval %s: exit code %d\n%s", strings.Join(args, " "), code, out.String())
	}
}

// Clock is a clock that is a second later each time that it is looked at.
func Clock() func() time.Time {
	var looks atomic.Int64
	return func() time.Time {
		return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC).Add(time.Duration(looks.Add(1)) * time.Second)
	}
}
