package scenario

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
	"go.yaml.in/yaml/v4"
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
