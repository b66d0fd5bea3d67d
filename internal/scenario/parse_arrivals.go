package scenario

import (
	"fmt"
	"math"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

type arrivalKeys struct {
	Zone      *flow.Text  `yaml:"zone"`
	PerHour   *yaml.Node  `yaml:"per_hour" schema:"rates"`
	PerWeek   *flow.Text  `yaml:"per_week"`
	Volume    *flow.Text  `yaml:"volume"`
	Growth    *flow.Text  `yaml:"growth"`
	DaySpread *flow.Text  `yaml:"day_spread"`
	Gaps      *yaml.Node  `yaml:"gaps" schema:"gaps"`
	Batch     *yaml.Node  `yaml:"batch" schema:"batch"`
	Bursts    []burstKeys `yaml:"bursts,omitempty" schema:"[burst]"`
}

type burstKeys struct {
	Pos    flow.Pos    `yaml:",pos"`
	At     *flow.Text  `yaml:"at"`
	Every  *lengthKeys `yaml:"every" schema:"length"`
	Lasts  lengthKeys  `yaml:"lasts" schema:"length"`
	Factor flow.Text   `yaml:"factor"`
}

type batchKeys struct {
	Distribution flow.Text `yaml:"distribution" jsonschema:"enum=geometric,enum=sizes"`
	Mean         *float64  `yaml:"mean"`
	Sizes        []int     `yaml:"sizes,omitempty"`
	Shares       []float64 `yaml:"shares,omitempty"`
}

func (l *loader) arrivals(k *arrivalKeys) {
	a := &l.sc.Arrivals
	a.Zone = l.zone(k.Zone)
	before := len(*l.diags)
	if a.PerWeek = l.number(k.PerWeek, "per_week", 0, 1e9, 0); a.PerWeek == 0 && said(k.PerWeek) && len(*l.diags) == before {
		l.diags.Add(k.PerWeek.Pos, fmt.Sprintf(`"per_week" is %q, want more than 0`, k.PerWeek.Value), "")
	}
	a.Volume = l.number(k.Volume, "volume", 0, 1e6, 1)
	a.Growth = l.number(k.Growth, "growth", -0.5, 0.5, 0)
	if a.DaysTraced = said(k.DaySpread) && k.DaySpread.Value == "traced"; !a.DaysTraced {
		a.DaySpread = l.number(k.DaySpread, "day_spread", 0, 3, 0)
	} else if l.sc.Cases != nil {
		l.diags.Add(k.DaySpread.Pos, `"day_spread" is traced, and only a run has case times`, "a number such as 0.2")
	}
	if w := l.sc.Workflow; k.PerWeek == nil && k.PerHour == nil && w != nil {
		a.PerWeek = w.Volume * 7 / 365.25
	}
	a.Stated = k.PerWeek != nil
	if k.PerHour != nil {
		a.Week = l.rates(k.PerHour)
	} else if l.sc.Cases != nil {
		at, what := l.doc.Pos(l.doc.Root), "nothing says when cases come"
		if said(k.PerWeek) {
			at, what = k.PerWeek.Pos, `"per_week" says how many cases come, and nothing says at which hours`
		}
		l.diags.Add(at, what, "arrivals: {per_hour: 12}; only a run has case times")
	}
	l.gaps(k.Gaps)
	l.batch(k.Batch)
	for i := range k.Bursts {
		b := &k.Bursts[i]
		s, ok := l.spell(&outageKeys{Pos: b.Pos, At: b.At, Every: b.Every, Lasts: b.Lasts})
		factor := l.number(&b.Factor, "factor", 0, 1000, 1)
		if ok {
			a.Bursts = append(a.Bursts, Burst{Spell: s, Factor: factor})
		}
	}
}

// rates reads one rate, or rates by hour of the week.
func (l *loader) rates(n *yaml.Node) Week {
	if n.Kind == yaml.ScalarNode {
		return Week{{0, WeekMinutes, readRate(l.doc, n, l.diags)}}
	}
	return readRates(l.doc, n, l.diags)
}

// readRate reads cases an hour.
func readRate(doc *yamldoc.Doc, n *yaml.Node, diags *diag.List) float64 {
	x, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(x >= 0 && x <= 1e6) {
		diags.Add(doc.Pos(n), fmt.Sprintf("%q cases an hour, want a number from 0 to 1000000", n.Value), "")
		return 0
	}
	return x
}

// gaps reads the shape of the times between arrivals; a mean follows from the
// volume, and may be left out.
func (l *loader) gaps(n *yaml.Node) {
	if n == nil {
		return
	}
	var k distributionKeys
	before := len(*l.diags)
	l.doc.Decode(n, &k, l.diags)
	if len(*l.diags) > before {
		return
	}
	if k.Mean == nil && k.From == nil && len(k.Means) == 0 {
		k.Mean = &flow.Text{Value: "1", Pos: k.Pos}
	}
	l.sc.Arrivals.Gaps = k.distribution(l.diags)
}

// batch reads how many cases come at once.
func (l *loader) batch(n *yaml.Node) {
	if n == nil {
		return
	}
	b := &Batch{Name: "fixed"}
	if n.Kind != yaml.MappingNode {
		text := l.doc.Text(n)
		b.Mean = float64(l.whole(&text, "batch", 1, 10_000, 1))
		l.sc.Arrivals.Batch = b
		return
	}
	var k batchKeys
	before := len(*l.diags)
	l.doc.Decode(n, &k, l.diags)
	if len(*l.diags) > before {
		return
	}
	at := l.doc.Pos(n)
	switch b.Name = k.Distribution.Value; b.Name {
	case "geometric":
		if k.Mean == nil || !(*k.Mean >= 1 && *k.Mean <= 10_000) || len(k.Sizes)+len(k.Shares) > 0 {
			l.diags.Add(at, "geometric batches want a mean from 1 to 10000, and no more", "")
			return
		}
		b.Mean = *k.Mean
	case "sizes":
		sum := 0.0
		if len(k.Sizes) == 0 || len(k.Sizes) != len(k.Shares) || k.Mean != nil {
			l.diags.Add(at, "batches of several sizes want sizes: [1, 5] and shares: [0.9, 0.1]", "")
			return
		}
		for i, size := range k.Sizes {
			if size < 1 || size > 10_000 || !(k.Shares[i] >= 0) {
				l.diags.Add(at, fmt.Sprintf("size %d has share %v, want a size from 1 to 10000 and a share from 0 up", size, k.Shares[i]), "")
				return
			}
			sum += k.Shares[i]
			b.Mean += float64(size) * k.Shares[i]
		}
		if math.Abs(sum-1) > 1e-9 {
			l.diags.Add(at, fmt.Sprintf("the shares add up to %.6g, want 1", sum), "")
			return
		}
		b.Sizes, b.Shares = k.Sizes, k.Shares
	default:
		l.diags.Add(k.Distribution.Pos, fmt.Sprintf("unknown distribution %q of batches", b.Name), diag.Suggest(b.Name, []string{"geometric", "sizes"}))
		return
	}
	l.sc.Arrivals.Batch = b
}
