package handoffs

import (
	"context"
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Options say which failures are wanted one by one, and how they are shown.
type Options struct {
	From, To string           // of the edge; "" for any
	Kind     flow.HandoffKind // "" for any
	Case     string           // "" for any
	Limit    int              // at most so many a design; 0 for none
	Redact   *redact.Policy   // nil shows everything
}

// Plan is a design of a run as it was run, or why it is not to be had.
type Plan struct {
	*design.Plan
	Why string
}

// maxKeys is how many idempotency keys are remembered in all.
const maxKeys = 1 << 20

// Run looks at every handoff of a run. plans are aligned with the designs of
// its header. Labels are read as they are now.
func Run(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card, plans []Plan, opts Options) (*Result, error) {
	h := run.Header
	a := &analysis{
		header: h, opts: opts, judge: score.NewJudge(w, card, h.Seed), units: score.NewUnits(card, h.Repeats),
		byName: make(map[string]*designTally), keys: keys{seen: make(map[action]string)},
	}
	a.keys.hide, _ = redact.Names(card)
	out := &Result{Run: h.Run, Workflow: w.Name, Currency: w.Currency, Dataset: card.Name, Split: h.Data.Split}
	var known []*design.Plan
	for i, d := range h.Designs {
		t := &designTally{seen: newTally(a.units, h.Data.Tags), judged: newTally(a.units, h.Data.Tags), escalations: newEscalationTally(a.units, w)}
		name := score.DesignName(d.Name, d.Variant)
		t.out.Name = name
		if p := plans[i]; p.Plan != nil {
			t.view = newView(p.Plan, card)
			known = append(known, p.Plan)
		} else {
			out.Warnings = append(out.Warnings, fmt.Sprintf("%s: only what operation saw is counted: %s", name, p.Why))
		}
		a.byName[name] = t
		a.designs = append(a.designs, t)
	}
	request := dataset.Request{Input: w.Input, WantInput: true}
	var err error
	if request.Steps, err = score.GoldSchemas(known, card); err != nil {
		return nil, err
	}
	if err := score.Walk(ctx, run, w, card, request, a.add); err != nil {
		return nil, err
	}
	if opts.Case != "" && !a.found {
		return nil, &UnknownCase{Run: h.Run, Case: opts.Case}
	}
	out.Cases = a.cases
	for _, t := range a.designs {
		out.Designs = append(out.Designs, t.result())
	}
	adjustTrends(out.Designs)
	if a.keys.full {
		out.Warnings = append(out.Warnings, fmt.Sprintf("there are more than %d idempotency keys: actions after those are not judged for duplicates", maxKeys))
	}
	return out, nil
}

// UnknownCase is a case that was asked for and that the run does not have.
type UnknownCase struct{ Run, Case string }

func (e *UnknownCase) Error() string { return fmt.Sprintf("run %s has no case %q", e.Run, e.Case) }

// analysis goes over a run.
type analysis struct {
	header  *record.Header
	opts    Options
	judge   score.Judge
	units   *score.Units
	byName  map[string]*designTally
	designs []*designTally
	keys    keys
	cases   int
	found   bool // the case that was asked for

	crossings  []crossing
	deliveries []delivery
}

// designTally gathers everything about one design.
type designTally struct {
	view         *view // nil where the design is not to be had
	seen, judged *tally
	escalations  *escalationTally
	out          Design
}

func (d *designTally) result() Design {
	d.out.Seen, d.out.Judged = d.seen.matrix(), d.judged.matrix()
	d.out.Segments = worstSegments(d.seen, d.judged)
	d.out.Escalations = d.escalations.result()
	return d.out
}

func (a *analysis) add(t *flow.Trial, c *flow.Case, first bool) error {
	if first {
		a.cases++
		a.found = a.found || t.Case == a.opts.Case
	}
	d := a.byName[score.DesignName(t.Design, t.Variant)]
	if d == nil {
		return fmt.Errorf("case %q has a trial of design %q, which run.json does not name", t.Case, t.Design)
	}
	if t.Status == flow.NotMeasured {
		return nil // outside every rate
	}
	g := a.judge.Judge(t, c.Label)
	cluster := a.units.Cluster(t)
	if d.view == nil {
		a.deliveries = bare(t, a.deliveries[:0])
	} else {
		record.Frame(d.view.plan, t, c, d.view.values)
		a.deliveries = d.view.deliveries(t, a.deliveries[:0])
	}
	a.crossings = d.view.seen(t, a.deliveries, a.crossings[:0])
	d.seen.add(t, &g, cluster, a.crossings)
	a.collect(d, t, c, &g, a.crossings)
	if d.view != nil {
		performed := func(n *design.Node, s *flow.Span) (string, bool) { return a.keys.performed(t, n, s) }
		a.crossings = d.view.judge(t, c.Label, &g, a.deliveries, performed, a.crossings[:0])
		d.judged.add(t, &g, cluster, a.crossings)
		a.collect(d, t, c, &g, a.crossings)
	}
	d.escalations.add(d.view, t, &g, cluster, a.deliveries)
	return nil
}

// collect keeps the failures that are wanted one by one.
func (a *analysis) collect(d *designTally, t *flow.Trial, c *flow.Case, g *score.Judgement, crossings []crossing) {
	o := &a.opts
	var shown *redact.Case
	for i := range crossings {
		x := &crossings[i]
		if x.kind == "" || o.From != "" && x.from != o.From || o.To != "" && x.to != o.To || o.Kind != "" && x.kind != o.Kind || o.Case != "" && t.Case != o.Case {
			continue
		}
		d.out.Matching++
		if len(d.out.Failures) >= o.Limit {
			continue
		}
		if shown == nil {
			shown = o.Redact.Of(c)
		}
		f := Failure{
			Case: shown.CaseID(t.Case), Repeat: t.Repeat, From: x.from, To: x.to, Kind: x.kind, Judged: x.can != nil,
			Clause: x.clause, Detail: shown.Message(x.detail), Note: shown.Message(x.note), After: x.after,
			Disposition: g.Disposition, MAST: MAST(x.kind, x.detail),
		}
		if x.payload != nil {
			f.Payload = excerpt(shown, x.payload())
		}
		if g.Right != score.Unknown {
			right := g.Right == score.Yes
			f.Recovered = &right
		}
		d.out.Failures = append(d.out.Failures, f)
	}
}

// keys remembers which actions were performed, by design, repeat, step and
// idempotency key, with the case that each was first performed for.
type keys struct {
	seen map[action]string
	hide bool // cases' ids are personal
	full bool
}

// action is one action on one thing.
type action struct {
	node    *design.Node // of one design
	variant string
	repeat  int
	key     uint64
}

func (k *keys) performed(t *flow.Trial, n *design.Node, s *flow.Span) (first string, again bool) {
	of := action{n, t.Variant, t.Repeat, s.Key}
	if first, again = k.seen[of]; again {
		return first, true
	}
	if len(k.seen) >= maxKeys {
		k.full = true
		return "", false
	}
	k.seen[of] = strings.Clone(t.Case)
	if k.hide {
		k.seen[of] = redact.Personal
	}
	return "", false
}
