package stress

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	kinds "github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/people"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// The designs of a workflow in which what each fault does is known beforehand: a
// case is right when its code comes through.
const (
	// plain gives the code as it comes, and "none" where there is none.
	plain = `
steps:
  - {name: read, kind: compute, in: {code: input.code}, compute: {decision: 'in.code ?? "none"'}, out: {decision: outcome.decision}}
outcome: {decision: read.decision}
`
	// looking finds the code in a table, and goes to the desk without it.
	looking = `
on_broken_handoff: desk
steps:
  - {name: book, kind: lookup, system: erp, in: {id: input.id}, table: book.csv, where: key == in.id, out: {code: string?}}
  - name: decide
    kind: route
    routes:
      - {when: book.code == null, escalate: desk, because: unknown}
      - else: end
outcome: {decision: 'book.code ?? "none"'}
`
	// trusting is looking, without anybody to ask.
	trusting = `
on_broken_handoff: fail
steps:
  - {name: book, kind: lookup, system: erp, in: {id: input.id}, table: book.csv, where: key == in.id, out: {code: string?}}
outcome: {decision: 'book.code ?? "none"'}
`
	// searching finds the document of the code, in a real index.
	searching = `
on_broken_handoff: fail
steps:
  - {name: search, kind: retrieve, in: {code: input.code}, documents: policies, query: 'in.code ?? ""', k: 2, out: {documents: {list: string}, best: string?, hits: {list: record}}}
  - {name: read, kind: compute, in: {best: search.best, documents: search.documents}, compute: {decision: 'in.best == "ship.md" ? "ship" : in.best == "hold.md" ? "hold" : "none"'}, out: {decision: outcome.decision}}
outcome: {decision: read.decision}
`
	// asIs has the desk decide it all.
	asIs = `
on_broken_handoff: fail
steps:
  - {name: desk, kind: human, team: desk}
outcome: {decision: desk.decision}
`
	// between has the desk decide, and something done with it.
	between = `
on_broken_handoff: fail
steps:
  - {name: look, kind: human, team: desk, in: {code: input.code}, decides: [decision]}
  - {name: write, kind: compute, in: {decision: look.decision}, needs: [decision], compute: {decision: in.decision}, out: {decision: outcome.decision}}
outcome: {decision: write.decision}
`
	// copilot shows the desk what the code says.
	copilot = `
on_broken_handoff: fail
steps:
  - {name: read, kind: compute, in: {code: input.code}, compute: {decision: 'in.code ?? "none"'}, out: {decision: outcome.decision}}
  - {name: look, kind: human, team: desk, in: {code: input.code}, decides: [decision], confirms: {decision: read.decision}}
  - {name: write, kind: compute, in: {decision: look.decision}, needs: [decision], compute: {decision: in.decision}, out: {decision: outcome.decision}}
outcome: {decision: write.decision}
`
	// fourEyes asks two teams, and a third where they differ.
	fourEyes = `
on_broken_handoff: board
steps:
  - {name: left, kind: human, team: desk, in: {code: input.code}, decides: [decision]}
  - {name: right, kind: human, team: board, in: {code: input.code}, decides: [decision]}
  - name: agreed
    kind: route
    routes:
      - {when: left.decision != right.decision, escalate: chiefs, because: conflict}
      - else: end
outcome: {decision: left.decision}
`
)

// worldCase is a case of the world, right or wrong as it comes.
type worldCase struct{ id, code, label string }

// world is a workflow with one design over the cases.
func world(t require, dir, steps string, cases []worldCase) (*Job, *engine.Runner) {
	var rows, book strings.Builder
	rows.WriteString("id,code,kind,label\n")
	book.WriteString("key,code\n")
	for i, c := range cases {
		fmt.Fprintf(&rows, "%s,%s,%s,%s\n", c.id, c.code, []string{"odd", "even"}[i%2], c.label)
		fmt.Fprintf(&book, "%s,%s\n", c.id, c.code)
	}
	for name, text := range map[string]string{
		"workflows/w/workflow.yaml": `
workflow: w
input: {id: string, code: {enum: [ship, hold, none], optional: true}, kind: {enum: [odd, even]}}
outcome: {decision: {enum: [ship, hold, none]}}
teams: {desk: {people: 1, wage: 60/h, minutes: 5}, board: {people: 1, wage: 60/h, minutes: 10}, chiefs: {people: 1, wage: 60/h, minutes: 20}}
systems: {erp: {owner: it}}
costs: {ship: {hold: 60, none: 5}, hold: {ship: 5, none: 5}, none: {ship: 1, hold: 1}}
currency: EUR
`,
		"workflows/w/d.yaml":           "design: d\nworkflow: w\n" + steps,
		"workflows/w/book.csv":         book.String(),
		"workflows/w/policies/ship.md": "# Sending\n\nTo ship goods, ask the warehouse.\n",
		"workflows/w/policies/hold.md": "# Keeping\n\nTo hold goods, tell the customer.\n",
		"datasets/w/dataset.yaml":      "dataset: w\nsource: cases.csv\nid: id\ninput: {id: id, code: code, kind: kind}\nlabels: {outcome: {decision: label}}\n",
		"datasets/w/cases.csv":         rows.String(),
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatalf("%v", err)
		}
	}
	w, problems := design.LoadWorkflow(filepath.Join(dir, "workflows/w/workflow.yaml"))
	if problems.Err() != nil {
		t.Fatalf("%v", problems)
	}
	var r flow.Registry
	kinds.Register(&r)
	p, problems := design.Load(filepath.Join(dir, "workflows/w/d.yaml"), w, &r, design.Options{})
	if problems.Err() != nil {
		t.Fatalf("%v", problems)
	}
	card, problems := dataset.Load(filepath.Join(dir, "datasets/w/dataset.yaml"))
	if problems.Err() != nil {
		t.Fatalf("%v", problems)
	}
	job := &Job{Workflow: w, Card: card, Seed: 1}
	return job, engine.NewRunner(p, 1, standInPeople{w})
}

// standInPeople answer what the label says.
type standInPeople struct{ w *design.Workflow }

func (s standInPeople) Answer(_ context.Context, c *flow.Case, key flow.Key, q engine.Question) ([]any, string, error) {
	values := make([]any, len(q.Fields))
	for i, name := range q.Fields {
		values[i], _ = people.Answer(s.w, q.Team, c.Label, key, s.w.Outcome.Index(name))
	}
	return values, string(people.Label), nil
}

// under runs the job under one built-in fault, at those strengths.
func under(t require, job *Job, r *engine.Runner, name string, strengths ...float64) *FaultResult {
	var f *Fault
	for _, b := range builtin(r.Plan()) {
		if b.Name == name {
			f = &b
		}
	}
	if f == nil {
		t.Fatalf("no fault %q", name)
	}
	f.Strengths = strengths
	job.Faults = []Fault{*f}
	got, err := job.Run(context.Background(), r)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if len(got.Faults) != 1 {
		t.Fatalf("%s tells nothing: %+v", name, got.Untouched)
	}
	return &got.Faults[0]
}

// coded are so many cases, of which that share is labelled otherwise than its code
// says.
func coded(n int, wrong float64, r *rand.Rand) []worldCase {
	other := map[string]string{"ship": "hold", "hold": "ship"}
	out := make([]worldCase, n)
	for i := range out {
		c := worldCase{id: fmt.Sprintf("c%05d", i), code: []string{"ship", "hold"}[r.IntN(2)]}
		if c.label = c.code; r.Float64() < wrong {
			c.label = other[c.code]
		}
		out[i] = c
	}
	return out
}

// came is what is known to come of a case.
type came struct {
	decision string // "" where nothing is decided
	by       string // the design, a team, or "" for nobody
	minutes  float64
}

// TestKnownEffects holds what is printed against what is known of every case: who
// decides it, and how.
func TestKnownEffects(t *testing.T) {
	const n = 300
	flips := func(x *scene, step, right string) string {
		if other := x.flip(step, right); other != "" {
			return other
		}
		return right
	}
	lost := func(draw func(*scene) bool, without came) func(*scene, worldCase) came {
		return func(x *scene, c worldCase) came {
			if draw(x) {
				return without
			}
			return came{c.code, "design", 0}
		}
	}
	hits := func(purpose string) func(*scene) bool { return func(x *scene) bool { return x.hits(purpose) } }
	for _, row := range []struct {
		why       string
		steps     string
		fault     string
		strengths []float64
		came      func(x *scene, c worldCase) came
	}{
		{"a field that is gone makes wrong what hangs on it", plain, "missing-fields", []float64{0.1, 0.5, 1}, lost(hits("code"), came{"none", "design", 0})},
		{"a look-up that finds nothing, and nobody is asked", trusting, "empty-lookups", []float64{0.1, 0.5, 1}, lost(hits("book#0"), came{"none", "design", 0})},
		{"a look-up that fails, and nobody is asked", trusting, "timeouts", []float64{0.1, 0.5, 1}, lost(hits("book#0"), came{"", "", 0})},
		{"a system that is down for a part of the cases", trusting, "outage:erp", []float64{0.1, 0.5, 1}, lost((*scene).within, came{"", "", 0})},
		{"a document that is not found, and nobody is asked", searching, "missed-documents", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			return lost(hits("search#0:"+c.code+".md"), came{"none", "design", 0})(x, c)
		}},
		{"a search that finds nothing", searching, "empty-lookups", []float64{0.1, 0.5, 1}, lost(hits("search#0"), came{"none", "design", 0})},
		{"people who are asked know", looking, "empty-lookups", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			return lost(hits("book#0"), came{c.label, "desk", 5})(x, c)
		}},
		{"also where the look-up fails", looking, "rate-limits", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			return lost(hits("book#0"), came{c.label, "desk", 5})(x, c)
		}},
		{"people at the end who decide otherwise", asIs, "flips", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{flips(x, "", c.label), "desk", 5} }},
		{"people at the end who are away work on nothing", asIs, "absent", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			if x.away("desk") {
				return came{}
			}
			return came{c.label, "desk", 5}
		}},
		{"people at the end who are slow", asIs, "slower", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{c.label, "desk", 5 * (1 + x.strength)} }},
		{"people in the middle who decide otherwise", between, "flips", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{flips(x, "look", c.label), "desk", 5} }},
		{"people in the middle who are away work on nothing", between, "absent", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			if x.away("desk") {
				return came{}
			}
			return came{c.label, "desk", 5}
		}},
		{"people in the middle who are slow", between, "slower", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{c.label, "desk", 5 * (1 + x.strength)} }},
		{"people who confirm, and decide otherwise", copilot, "flips", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{flips(x, "look", c.label), "desk", 5} }},
		{"two teams err each by itself, and a third settles it", fourEyes, "flips", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			one, two := flips(x, "left", c.label), flips(x, "right", c.label)
			if one == two {
				return came{one, "desk", 15}
			}
			return came{flips(x, "", c.label), "chiefs", 35}
		}},
		{"who is away hands on to who may be away", fourEyes, "absent", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			switch desk, board := x.away("desk"), x.away("board"); {
			case desk && board:
				return came{}
			case desk:
				return came{c.label, "board", 10}
			case board:
				return came{"", "", 5}
			}
			return came{c.label, "desk", 15}
		}},
	} {
		t.Run(row.fault+" "+row.why, func(t *testing.T) {
			cases := coded(n, 0.2, rand.New(rand.NewPCG(1, 1)))
			job, r := world(t, t.TempDir(), row.steps, cases)
			got := under(t, job, r, row.fault, row.strengths...)
			for i, s := range row.strengths {
				l := &got.Levels[i]
				right, broken, silent, decided, minutes := 0, 0, 0, 0, 0.0
				for k, c := range cases {
					x := &scene{fault: &Fault{Name: row.fault}, seed: 1, workflow: job.Workflow, c: &flow.Case{ID: c.id}, place: float64(k) / n}
					clean := row.came(x, c)
					x.strength = s
					under := row.came(x, c)
					minutes += under.minutes
					if under.by != "" && under.by != "design" {
						decided++
					}
					if under.decision == c.label {
						right++
					} else if clean.decision == c.label {
						broken++
						if under.by == "design" {
							silent++
						}
					}
				}
				if l.Broken.X != broken || l.NewSilent.X != silent {
					t.Errorf("at %v: %d broken, %d silently, want %d and %d", s, l.Broken.X, l.NewSilent.X, broken, silent)
				}
				same(t, "accuracy", s, l.Figures.Accuracy.Estimate.Value, float64(right)/n)
				same(t, "decided by people", s, l.Figures.Escalated.Estimate.Value, float64(decided)/n)
				same(t, "minutes", s, l.Figures.Minutes.Estimate.Value, minutes/n)
				if l.Turned > 0 && row.steps == looking && l.Asked.X != l.Turned {
					t.Errorf("at %v: asked for help in %d of %d", s, l.Asked.X, l.Turned)
				}
			}
		})
	}
}

func same(t *testing.T, what string, strength, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("at %v: %s %v, want %v", strength, what, got, want)
	}
}

// A strength that strikes nothing leaves every figure as it is clean, to the bit.
func TestStrengthOfNothing(t *testing.T) {
	job, r := world(t, t.TempDir(), looking, coded(60, 0.2, rand.New(rand.NewPCG(1, 1))))
	for _, f := range builtin(r.Plan()) {
		if f.slows || f.applies != nil && !f.applies(r.Plan()) {
			continue // people are slower by a share of their time, however small
		}
		f.Strengths = []float64{math.SmallestNonzeroFloat64, 1}
		job.Faults = []Fault{f}
		got, err := job.Run(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Faults) == 0 {
			continue
		}
		l := &got.Faults[0].Levels[0]
		if diff := cmp.Diff(got.Clean, l.Figures); diff != "" || l.Touched != 0 || l.Broken.X != 0 || l.Turned != 0 {
			t.Errorf("%s: %d touched, %d broken; figures (-clean +fault):\n%s", f.Name, l.Touched, l.Broken.X, diff)
		}
		for _, d := range l.Differences {
			if d.Estimate.Or(0) != 0 {
				t.Errorf("%s: %s changes by %v", f.Name, d.Metric, d.Estimate)
			}
		}
	}
}

// What a weak fault breaks of a design that nobody corrects, a stronger one breaks
// too.
func TestBrokenNests(t *testing.T) {
	dir := t.TempDir()
	job, r := world(t, dir, trusting, coded(80, 0.2, rand.New(rand.NewPCG(2, 1))))
	rapid.Check(t, func(t *rapid.T) {
		weak := rapid.Float64Range(1e-9, 1).Draw(t, "weak")
		strong := rapid.Float64Range(weak, 1).Draw(t, "strong")
		job.Seed = rapid.Uint64().Draw(t, "seed")
		name := rapid.SampledFrom([]string{"empty-lookups", "timeouts", "server-errors", "outage:erp"}).Draw(t, "fault")
		strengths := []float64{weak, strong}
		for _, f := range builtin(r.Plan()) {
			if f.Name != name {
				continue
			}
			f.Strengths = strengths
			job.Faults = []Fault{f}
			all := trials(t, job, r)
			for i := range all {
				if c := &all[i]; c.clean.judged.Right == score.Yes && c.faulty[0].judged.Right != score.Yes && c.faulty[1].judged.Right == score.Yes {
					t.Errorf("%s breaks %s at %v, and not at %v", name, c.c.ID, weak, strong)
				}
			}
		}
	})
}

func trials(t require, job *Job, r *engine.Runner) []caseTrials {
	job.Cases = math.MaxInt
	draws, _, err := choose(context.Background(), job.Card, job.Workflow, job.Request, job.Cases, job.Seed)
	if err != nil {
		t.Fatalf("%v", err)
	}
	cases, err := job.read(context.Background(), r.Plan(), draws)
	if err != nil {
		t.Fatalf("%v", err)
	}
	all, err := job.tryAll(context.Background(), r, job.Faults, cases, draws)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return all
}

// TestCoverage: a field is gone in the share p of cases, of which one in five was
// wrong before. So accuracy falls by 0.8 p, and 0.8 p of the cases break. The
// intervals hold that in 95 of 100 worlds.
func TestCoverage(t *testing.T) {
	const n, p, wrong = 150, 0.2, 0.2
	accuracy, silent, broken, dir := 0, 0, 0, t.TempDir()
	for k := range worlds {
		job, r := world(t, dir, plain, coded(n, wrong, rand.New(rand.NewPCG(7, uint64(k)))))
		job.Seed = uint64(k)
		l := &under(t, job, r, "missing-fields", p).Levels[0]
		holds := func(lower, upper, true float64) int {
			if lower <= true && true <= upper {
				return 1
			}
			return 0
		}
		const true = (1 - wrong) * p
		a, s := l.Difference(score.SystemAccuracy), l.Difference(score.SilentFailureRate)
		accuracy += holds(a.Lower, a.Upper, -true)
		silent += holds(s.Lower, s.Upper, true)
		broken += holds(l.Broken.Lower, l.Broken.Upper, true)
	}
	// Four standard errors below 95 in 100; above, exact intervals may hold more.
	least := int(worlds * (0.95 - 4*math.Sqrt(0.95*0.05/float64(worlds))))
	t.Logf("of %d intervals, %d of the change of accuracy, %d of that of silent failures and %d of the broken share hold what is true", worlds, accuracy, silent, broken)
	if min(accuracy, silent, broken) < least {
		t.Errorf("%d, %d and %d of %d intervals hold what is true, want at least %d", accuracy, silent, broken, worlds, least)
	}
}
