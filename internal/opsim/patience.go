package opsim

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/stats"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// WaitColumns are what a dataset says of how long its cases waited: minutes, and
// whether the case was given up then. A wait of any other end was cut short.
type WaitColumns struct{ Wait, Left string }

// patienceKeys is how long a case waits before it leaves: a length of time, or
// the columns that it is estimated from.
type patienceKeys struct {
	lengthKeys
	from *patienceFrom
}

type patienceFrom struct {
	Pos  flow.Pos  `yaml:",pos"`
	Wait flow.Text `yaml:"wait"`
	Left flow.Text `yaml:"left"`
}

const wantPatience = wantLength + ", or {from: {wait: minutes_waited, left: gave_up}}"

// DecodeYAML reads either form.
func (k *patienceKeys) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	from := value(n, "from")
	if n.Kind != yaml.MappingNode || from == nil || has(n, "distribution") {
		k.read(d, n, wantPatience, diags)
		return
	}
	if len(n.Content) > 2 {
		diags.Add(d.Pos(n), "traced patience wants columns, and no more", "patience: {from: {wait: minutes_waited, left: gave_up}}")
		return
	}
	var columns patienceFrom
	before := len(*diags)
	if d.Decode(from, &columns, diags); len(*diags) == before {
		k.from = &columns
	}
}

// patience reads how long a team's cases wait before they leave.
func (l *loader) patience(t *Team, k *patienceKeys) {
	if k == nil {
		return
	}
	if k.from == nil {
		t.Patience = k.stated
		return
	}
	l.waitRefs = append(l.waitRefs, k.from.Pos)
	t.PatienceFrom = &WaitColumns{Wait: k.from.Wait.Value, Left: k.from.Left.Value}
}

// referWaits wants a dataset where columns are named.
func (l *loader) referWaits() {
	for _, at := range l.waitRefs {
		if l.sc.Cases != nil {
			l.diags.Add(at, "patience from columns, and only a run has a dataset", "a length of time such as 30m")
		}
	}
}

// leaves says that cases of the team lose patience.
func (t *Team) leaves() bool { return t.Patience != nil || t.PatienceFrom != nil }

// WaitColumns are the columns of the dataset that patience is estimated from,
// each pair once.
func (sc *Scenario) WaitColumns() []WaitColumns {
	var out []WaitColumns
	for i := range sc.Teams {
		if c := sc.Teams[i].PatienceFrom; c != nil && !slices.Contains(out, *c) {
			out = append(out, *c)
		}
	}
	return out
}

// waits are what the dataset says of its cases' waits.
type waits struct {
	minutes []float64
	left    []bool
	weights []float64
}

// Waited takes in how long a case of the dataset waited, in minutes, and whether
// it was given up then. A case is taken in once, however often it was tried.
func (b *ProfileBuilder) Waited(from WaitColumns, minutes float64, left bool, weight float64) {
	w := b.p.waited[from]
	if w == nil {
		w = &waits{}
		if b.p.waited == nil {
			b.p.waited = map[WaitColumns]*waits{}
		}
		b.p.waited[from] = w
	}
	w.minutes, w.left, w.weights = append(w.minutes, minutes), append(w.left, left), append(w.weights, weight)
}

// fewLeft is how many cases it takes to have left for patience to be known.
const fewLeft = 100

// tracedPatience is the patience of a team whose cases it is estimated from.
func (pl *plan) tracedPatience(t *Team) (*patience, error) {
	from := *t.PatienceFrom
	w := pl.profile.waited[from]
	if w == nil {
		return nil, fmt.Errorf("team %q: no case of the run has a value in the columns %q and %q that patience is estimated from", t.Name, from.Wait, from.Left)
	}
	curve, err := stats.KaplanMeier(w.minutes, w.left, w.weights)
	if err != nil {
		return nil, fmt.Errorf("team %q: column %q has minutes that cannot be: %w", t.Name, from.Wait, err)
	}
	if !(curve.Hazard > 0) {
		return nil, fmt.Errorf("team %q: of %d cases none was given up, by column %q, while it waited: leave patience out", t.Name, len(w.minutes), from.Left)
	}
	n := 0
	for _, left := range w.left {
		if left {
			n++
		}
	}
	p := &patience{Distribution: &Distribution{Name: "traced", Mean: curve.Mean(), curve: curve}}
	p.said = fmt.Sprintf("Kaplan-Meier, n=%d, %.3g%% cut short, mean %s", len(w.minutes), 100*(1-curve.Ended/curve.N), inUnits(p.Mean))
	if beyond := curve.Beyond(); beyond > 0 {
		p.said += fmt.Sprintf("; the %.3g%% beyond %s are exponential with the mean hazard of all", 100*beyond, inUnits(curve.Last))
	}
	if n < fewLeft {
		p.warning = fmt.Sprintf("team %q: only %d of %d cases were given up (below %d): patience is known roughly", t.Name, n, len(w.minutes), fewLeft)
	}
	return p, nil
}

// patience is how long the cases of a team wait.
type patience struct {
	*Distribution
	said    string // where it is traced
	warning string
}

// bindPatience finds every team's.
func (pl *plan) bindPatience() error {
	pl.patience = make([]*patience, len(pl.sc.Teams))
	for i := range pl.sc.Teams {
		t := &pl.sc.Teams[i]
		switch {
		case t.PatienceFrom != nil:
			p, err := pl.tracedPatience(t)
			if err != nil {
				return err
			}
			pl.patience[i] = p
		case t.Patience != nil:
			pl.patience[i] = &patience{Distribution: t.Patience}
		}
	}
	return nil
}
