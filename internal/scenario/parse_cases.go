package scenario

import (
	"fmt"
	"math"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// caseKeys are what a case is: of all kinds, or of one.
type caseKeys struct {
	Kinds     *yaml.Node  `yaml:"kinds" schema:"kinds"`
	Escalated *yaml.Node  `yaml:"escalated" schema:"shares"`
	Latency   *lengthKeys `yaml:"latency" schema:"length"`
	Cost      *flow.Text  `yaml:"cost"`
	Wrong     *flow.Text  `yaml:"wrong"`
	Services  []flow.Text `yaml:"services,omitempty"`

	Confidence *confidenceKeys `yaml:"confidence"`
}

// confidenceKeys are how sure a design is of cases.
type confidenceKeys struct {
	Pos    flow.Pos  `yaml:",pos"`
	Team   flow.Text `yaml:"team"`
	Cutoff flow.Text `yaml:"cutoff"`
	Bins   []binKeys `yaml:"bins"`
}

type binKeys struct {
	Pos   flow.Pos   `yaml:",pos"`
	To    flow.Text  `yaml:"to"`
	Share flow.Text  `yaml:"share"`
	Wrong *flow.Text `yaml:"wrong"`
}

// kindKeys are the keys of a kind of cases; what is left out is that of all.
type kindKeys struct {
	Share     *flow.Text  `yaml:"share"`
	Escalated *yaml.Node  `yaml:"escalated" schema:"shares"`
	Latency   *lengthKeys `yaml:"latency" schema:"length"`
	Cost      *flow.Text  `yaml:"cost"`
	Wrong     *flow.Text  `yaml:"wrong"`
	Services  []flow.Text `yaml:"services,omitempty"`
}

const (
	maxKinds   = 1000
	wantKinds  = `"kinds" wants names and shares, such as {urgent: 0.2, other: 0.8}`
	kindsAddUp = "the kinds' shares add up to %.6g, want 1"
)

// stated reads what a case is where no run says so.
func (l *loader) stated(k *caseKeys) {
	all := StatedKind{Share: 1}
	l.kind(&all, k.Escalated, k.Latency, k.Cost, k.Wrong)
	all.Calls = l.calls(k.Services)
	l.sc.Cases = &StatedCases{Kinds: []StatedKind{all}}
	if k.Confidence != nil {
		l.confidence(k)
		all.Sorted = true
		l.sc.Cases.Kinds[0] = all
	}
	if k.Kinds == nil {
		return
	}
	n := k.Kinds
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 || len(n.Content) > 2*maxKinds {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("%s, %d at most", wantKinds, maxKinds), "")
		return
	}
	l.sc.Cases.Kinds = nil
	sum := 0.0
	for name, v := range yamldoc.Pairs(n) {
		kind := all
		kind.Name = name.Value
		var k kindKeys
		if v.Kind == yaml.MappingNode {
			l.doc.Decode(v, &k, l.diags)
			l.kind(&kind, k.Escalated, k.Latency, k.Cost, k.Wrong)
			kind.Sorted = kind.Sorted && k.Escalated == nil && k.Wrong == nil
			if len(k.Services) > 0 {
				kind.Calls = l.calls(k.Services)
			}
		} else {
			text := l.doc.Text(v)
			k.Share = &text
		}
		if k.Share == nil {
			l.diags.Add(l.doc.Pos(v), fmt.Sprintf("kind %q: missing key %q", name.Value, "share"), "")
		}
		kind.Share = l.number(k.Share, "share", 0, 1, 0)
		sum += kind.Share
		l.sc.Cases.Kinds = append(l.sc.Cases.Kinds, kind)
	}
	if math.Abs(sum-1) > 1e-6 {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf(kindsAddUp, sum), "")
	}
}

// maxBins bounds the entries of a profile: kinds times bins.
const maxBins = 1000

// confidence reads how sure a design is of cases.
func (l *loader) confidence(k *caseKeys) {
	c := k.Confidence
	if k.Escalated != nil || k.Wrong != nil {
		l.diags.Add(c.Pos, `"confidence" beside "escalated" or "wrong", want it alone: below the cutoff its team takes a case, and its bins say what is wrong`, "")
	}
	out := &Confidence{Team: c.Team.Value, Pos: c.Pos, Cutoff: l.number(&c.Cutoff, "cutoff", 0, 1, 0)}
	l.sc.Cases.Confidence = out
	if said(&c.Team) {
		l.refs = append(l.refs, ref{name: c.Team.Value, pos: c.Team.Pos})
	}
	if len(c.Bins) == 0 || len(c.Bins) > maxBins {
		l.diags.Add(c.Pos, fmt.Sprintf("%d bins, want 1 to %d", len(c.Bins), maxBins), "bins: [{to: 0.5, share: 0.2, wrong: 0.3}, {to: 1, share: 0.8, wrong: 0.02}]")
		return
	}
	sum, from := 0.0, 0.0
	before := len(*l.diags)
	for i := range c.Bins {
		b := &c.Bins[i]
		bin := Bin{To: l.number(&b.To, "to", 0, 1, 1), Share: l.number(&b.Share, "share", 0, 1, 0), Wrong: l.number(b.Wrong, "wrong", 0, 1, 0)}
		if said(&b.To) && !(bin.To > from) {
			l.diags.Add(b.To.Pos, fmt.Sprintf("a bin to %v begins at %v, want bins in ascending order", bin.To, from), "")
		}
		from, sum = bin.To, sum+bin.Share
		out.Bins = append(out.Bins, bin)
	}
	switch {
	case len(*l.diags) > before:
	case from != 1:
		l.diags.Add(c.Bins[len(c.Bins)-1].To.Pos, fmt.Sprintf("the last bin ends at %v, want 1", from), "")
	case math.Abs(sum-1) > 1e-6:
		l.diags.Add(c.Pos, fmt.Sprintf("the bins' shares add up to %.6g, want 1", sum), "")
	}
}

func (l *loader) kind(out *StatedKind, escalated *yaml.Node, latency *lengthKeys, cost, wrong *flow.Text) {
	if escalated != nil {
		out.Escalated = l.shares(escalated, "escalated")
	}
	if latency != nil {
		out.Latency = latency.stated
	}
	out.Cost = l.number(cost, "cost", 0, 1e12, out.Cost)
	out.Wrong = l.number(wrong, "wrong", 0, 1, out.Wrong)
}

// deadlines reads `deadline: 24h`, or one for each kind of cases.
func (l *loader) deadlines(n *yaml.Node) {
	if n == nil {
		return
	}
	read := func(v *yaml.Node) time.Duration {
		var d time.Duration
		before := len(*l.diags)
		l.doc.Decode(v, &d, l.diags)
		if len(*l.diags) == before && d <= 0 {
			l.diags.Add(l.doc.Pos(v), fmt.Sprintf("a deadline of %v, want one above 0", d), "")
		}
		return d
	}
	if n.Kind != yaml.MappingNode {
		l.sc.Due = []Deadline{{Within: read(n)}}
		return
	}
	for name, v := range yamldoc.Pairs(n) {
		l.sc.Due = append(l.sc.Due, Deadline{Kind: name.Value, Within: read(v)})
		l.refs = append(l.refs, ref{name: name.Value, pos: l.doc.Pos(name), kind: true})
	}
}
