package workflows_test

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// Without drift, checks of the shipped data alarm at most as often as the year's
// budget says. A check's fresh cases are clusters drawn at random from all the
// cases of a workflow, one in eleven, and its baseline are the others, so that
// nothing but chance tells them apart.
func TestDriftAlarmsAgainstBudget(t *testing.T) {
	for _, workflow := range driftWorkflows {
		t.Run(workflow, func(t *testing.T) {
			cases := replayed(t, workflow, "model-cutoff")
			alarms, found, few := 0, 0, 0
			for i := range driftChecks {
				r := cases.check(t, uint64(i))
				if least(r.Signals) <= r.Alpha-r.SegmentAlpha || least(r.Segments) <= r.SegmentAlpha {
					found++
				}
				switch r.Verdict {
				case drift.Drift:
					alarms++
					t.Logf("check %d: %s", i, r.Why)
				case drift.NotEnough:
					few++
				}
			}
			want := float64(driftChecks) / 52
			t.Logf("%d alarms in %d checks, at most %.1f expected; %d found something, %d had not enough data", alarms, driftChecks, want, found, few)
			// Three standard errors of a Poisson count above what is expected at most.
			if most := want + 3*math.Sqrt(max(1, want)); float64(found) > most {
				t.Errorf("%d of %d checks found something, at most %.1f expected", found, driftChecks, want)
			}
		})
	}
}

// least is the smallest adjusted p-value.
func least(list []drift.Signal) float64 {
	p := 1.0
	for _, s := range list {
		p = min(p, s.Adjust.Or(1))
	}
	return p
}

// pool are the cases of a workflow with the trials of one design.
type pool struct {
	workflow *design.Workflow
	seed     uint64
	names    drift.Names
	cases    []flow.Case
	trials   []flow.Trial
}

// replayed replays a design of a shipped workflow on all its cases.
func replayed(t *testing.T, workflow, name string) *pool {
	t.Helper()
	dir := filepath.Join(t.TempDir(), workflow)
	line := []string{"eval", "run", workflow, "--design", name, "--quiet", "--no-report", "--out", dir}
	for _, split := range driftSplits {
		line = append(line, "--split", split)
	}
	var out bytes.Buffer
	if code := app.Eval(app.Builtin(), line, strings.NewReader(""), &out, &out); code != app.ExitDone {
		t.Fatalf("eval run %s: exit code %d\n%s", workflow, code, &out)
	}
	run, err := record.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	w, problems := design.LoadWorkflow(filepath.Join(workflow, "workflow.yaml"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	card, problems := dataset.Load(filepath.Join("..", "datasets", workflow, "dataset.yaml"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	p := &pool{workflow: w, seed: run.Header.Seed, names: drift.Names{Tags: card.Tags, Use: card.Tags}}
	for _, tag := range card.Tags {
		if w.Input.Index(tag) >= 0 {
			p.names.Apart = append(p.names.Apart, tag)
		}
	}
	err = drift.Recorded{Run: run, Workflow: w, Card: card, Design: name}.Each(t.Context(), func(c *flow.Case, trial *flow.Trial) error {
		kept, tried := *c, *trial
		kept.Tags, kept.Input.Values = slices.Clone(c.Tags), slices.Clone(c.Input.Values)
		if c.Label != nil {
			label := *c.Label
			label.Outcome.Values = slices.Clone(label.Outcome.Values)
			kept.Label = &label
		}
		tried.Outcome, tried.Shadow = slices.Clone(trial.Outcome), slices.Clone(trial.Shadow)
		tried.Handoffs, tried.Spans = slices.Clone(trial.Handoffs), slices.Clone(trial.Spans)
		p.cases, p.trials = append(p.cases, kept), append(p.trials, tried)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// part is a source of some cases of a pool.
type part struct {
	*pool
	at []int
}

func (p part) Each(_ context.Context, each func(*flow.Case, *flow.Trial) error) error {
	for _, i := range p.at {
		if err := each(&p.cases[i], &p.trials[i]); err != nil {
			return err
		}
	}
	return nil
}

// check divides the pool by clusters and compares the two parts.
func (p *pool) check(t *testing.T, seed uint64) *drift.Result {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 21))
	fresh := map[string]bool{}
	var parts [2][]int
	for i := range p.cases {
		c := p.cases[i].Cluster
		is, known := fresh[c]
		if !known {
			is = rng.IntN(11) == 0
			fresh[c] = is
		}
		side := 0
		if is {
			side = 1
		}
		parts[side] = append(parts[side], i)
	}
	var samples [2]*drift.Sample
	for side := range samples {
		var err error
		if samples[side], err = drift.Gather(t.Context(), part{p, parts[side]}, p.workflow, p.seed, p.names); err != nil {
			t.Fatal(err)
		}
	}
	budget, err := drift.NewBudget(1, 52, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	r, err := drift.Check(t.Context(), samples[0], samples[1], drift.Settings{Budget: budget, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
