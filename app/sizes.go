package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/pflag"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/sizing"
)

// sizeFlags are what eval plan is asked about cases.
type sizeFlags struct {
	sizing.Ask
	pilot string
}

func (f *sizeFlags) flags(flags *pflag.FlagSet) {
	flags.Float64Var(&f.Precision, "precision", 0, "cases for a rate to be known to within this, such as 0.02")
	flags.Float64Var(&f.Difference, "difference", 0, "cases to find this difference between two designs, such as 0.03")
	flags.Float64Var(&f.AtMost, "at-most", 0, "cases to show that silent failures are at most this rate, such as 0.01")
	flags.Float64Var(&f.Power, "power", 0.8, "chance to find the difference where it is there")
	flags.StringVar(&f.pilot, "pilot", "", "take rates, discordant cases and clusters from this `run`")
}

// finest is what eval plan can be asked for: finer takes more cases than there are.
const finest = 1e-6

// check refuses what cannot be planned for. A question that is not asked is 0.
func (f *sizeFlags) check(flags *pflag.FlagSet) error {
	for _, x := range []struct {
		flag  string
		value float64
	}{{"precision", f.Precision}, {"difference", f.Difference}, {"at-most", f.AtMost}} {
		if flags.Changed(x.flag) && !(x.value >= finest && x.value < 1) {
			return withCode(ExitUsage, fmt.Errorf("--%s %v: want a share from %v to 1, such as 0.02", x.flag, x.value, finest))
		}
	}
	if !(f.Power > 0 && f.Power < 1) {
		return withCode(ExitUsage, fmt.Errorf("--power %v: want a number between 0 and 1, such as 0.8", f.Power))
	}
	return nil
}

// plan says what the cases that a run would replay can show.
func (f *sizeFlags) plan(ctx context.Context, p *prepared) (*sizing.Result, error) {
	pilot := sizing.Assumed()
	if f.pilot != "" {
		run, err := findRun(f.pilot)
		if err != nil {
			return nil, err
		}
		w, card, err := runInputs(run)
		if err != nil {
			return nil, err
		}
		if w.Name != p.workflow.Name {
			return nil, withCode(ExitInput, fmt.Errorf("run %s is of workflow %q: what it tells is about its own designs", run.Header.Run, w.Name))
		}
		scored, err := score.Run(ctx, run, w, card)
		if err != nil {
			return nil, err
		}
		if err := countLook(run.Header, w, card, "plan"); err != nil {
			return nil, err
		}
		if pilot, err = sizing.FromRun(scored); err != nil {
			return nil, err
		}
		if len(pilot.Rates) == 0 {
			return nil, withCode(ExitInput, fmt.Errorf("run %s has no labelled trial: it tells nothing of rates", run.Header.Run))
		}
	}
	groups, err := p.groups(ctx)
	if err != nil {
		return nil, err
	}
	return sizing.Plan(f.Ask, pilot, groups)
}

// mostValues is up to how many values a tag makes segments.
const mostValues = 60

// groups are the cases of the run, all and by the values of tags that are not
// personal.
func (p *prepared) groups(ctx context.Context) ([]sizing.Group, error) {
	_, hidden := redact.Names(p.card)
	reader, err := p.card.Open(p.request)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	type tally struct {
		cases    int
		clusters map[string]bool
	}
	var all tally
	segments := make([]map[string]*tally, len(p.card.Tags))
	for i := range segments {
		segments[i] = map[string]*tally{}
	}
	add := func(t *tally, cluster string) {
		t.cases++
		if p.card.Cluster == "" {
			return
		}
		if t.clusters == nil {
			t.clusters = map[string]bool{}
		}
		t.clusters[cluster] = true
	}
	buf := make([]flow.Case, 256)
	for err == nil {
		var n int
		n, err = reader.Next(ctx, buf)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for _, c := range buf[:n] {
			add(&all, c.Cluster)
			for i, value := range c.Tags {
				if len(segments[i]) > mostValues {
					continue
				}
				if segments[i][value] == nil {
					segments[i][value] = new(tally)
				}
				add(segments[i][value], c.Cluster)
			}
		}
	}
	group := func(column, value string, t *tally) sizing.Group {
		g := sizing.Group{Column: column, Value: value, Cases: t.cases}
		if len(t.clusters) < t.cases {
			g.Clusters = len(t.clusters)
		}
		return g
	}
	out := []sizing.Group{group("", "", &all)}
	for i, tag := range p.card.Tags {
		if len(segments[i]) > mostValues || slices.Contains(hidden, tag) {
			continue
		}
		for _, value := range sortedKeys(segments[i]) {
			out = append(out, group(tag, value, segments[i][value]))
		}
	}
	return out, nil
}
