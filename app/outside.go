package app

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// stateDir is where a project keeps what outlives its runs.
func stateDir(root string) string { return filepath.Join(root, ".rehearse") }

// readyPlans leaves out the designs that need something this machine lacks, and
// says so. One that was asked for by name is an error instead.
func readyPlans(s *streams, plans []*design.Plan, named bool, session flow.Session) ([]*design.Plan, error) {
	var ready []*design.Plan
	for _, p := range plans {
		err := lacking(p, session)
		switch {
		case err == nil:
			ready = append(ready, p)
		case named:
			return nil, withCode(ExitCannot, fmt.Errorf("design %q cannot run here: %w", p.Design.Name, err))
		default:
			fmt.Fprintf(s.err, "skipped design %q: %v; set it and run: %s run %s --design %s\n", p.Design.Name, err, s.program, p.Workflow.Name, p.Design.Name)
		}
	}
	if len(ready) == 0 {
		return nil, withCode(ExitCannot, errors.New("none of the designs can run here"))
	}
	return ready, nil
}

// lacking is what the first step that is not ready lacks.
func lacking(p *design.Plan, session flow.Session) error {
	for n := range p.Working() {
		if r, ok := n.Step.(flow.Requirer); ok {
			if err := r.Ready(session); err != nil {
				return fmt.Errorf("step %q: %w", n.Name, err)
			}
		}
	}
	return nil
}

// outside is what the answers of a plan's steps hang on beside its files.
func outside(p *design.Plan) map[string]string {
	var out map[string]string
	for n := range p.Working() {
		if d, ok := n.Step.(flow.Dependent); ok {
			if out == nil {
				out = map[string]string{}
			}
			out[n.Name] = d.DependsOn()
		}
	}
	return out
}

// namedCases is how many cases of a kind are named in a message.
const namedCases = 10

// missing says which cases an offline run had no stored answers for.
func missing(w io.Writer, run *record.Run, outcome *flow.Schema) error {
	cases := map[string][]string{}
	for t, err := range run.Trials(outcome) {
		if err != nil {
			return err
		}
		for _, span := range t.Spans {
			key := fmt.Sprintf("design %q, step %q", t.Design, span.Step)
			if span.Class == flow.ErrNotMeasured && !slices.Contains(cases[key], t.Case) {
				cases[key] = append(cases[key], t.Case)
			}
		}
	}
	for _, key := range sortedKeys(cases) {
		c := cases[key]
		more := ""
		if len(c) > namedCases {
			more = fmt.Sprintf(" and %d more", len(c)-namedCases)
		}
		fmt.Fprintf(w, "offline: %s was not measured for %s: %s%s\n", key, count(len(c), "case"), strings.Join(c[:min(len(c), namedCases)], ", "), more)
	}
	if len(cases) > 0 {
		fmt.Fprintln(w, "run once without --offline to ask for what is not stored")
	}
	return nil
}
