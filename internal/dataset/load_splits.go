package dataset

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// The parts of a split are what its `by` says they are, so that is read first
// and the rest strictly as what it names.

type splitTime struct {
	By          flow.Text  `yaml:"by" jsonschema:"enum=time"`
	Train       *flow.Text `yaml:"train"`
	Calibration *flow.Text `yaml:"calibration"`
	Dev         *flow.Text `yaml:"dev"`
	Test        *flow.Text `yaml:"test"`
}

type splitColumn struct {
	By          flow.Text `yaml:"by" jsonschema:"enum=column"`
	Column      flow.Text `yaml:"column"`
	Train       texts     `yaml:"train,omitempty" schema:"texts_or_one"`
	Calibration texts     `yaml:"calibration,omitempty" schema:"texts_or_one"`
	Dev         texts     `yaml:"dev,omitempty" schema:"texts_or_one"`
	Test        texts     `yaml:"test,omitempty" schema:"texts_or_one"`
}

type splitHash struct {
	By          flow.Text `yaml:"by" jsonschema:"enum=hash"`
	Seed        uint64    `yaml:"seed,omitempty"`
	Train       *float64  `yaml:"train"`
	Calibration *float64  `yaml:"calibration"`
	Dev         *float64  `yaml:"dev"`
	Test        *float64  `yaml:"test"`
}

func (l *loader) splits(n *yaml.Node) {
	if n == nil || n.Kind == 0 {
		return
	}
	if n.Kind != yaml.MappingNode {
		l.diags.Add(l.doc.Pos(n), "splits is no mapping", "{by: time, train: ..2025-06-01, dev: 2025-06-01..}")
		return
	}
	at := l.doc.Pos(n)
	l.card.at["splits"] = at
	s := &l.card.Splits
	var head *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "by" {
			head = n.Content[i+1]
		}
	}
	if head == nil {
		l.diags.Add(at, `splits has no key "by"`, `one of "column", "hash", "time"`)
		return
	}
	by := l.doc.Text(head)
	s.By = by.Value
	switch by.Value {
	case "time":
		l.byTime(n, at)
	case "column":
		l.byColumn(n)
	case "hash":
		l.byHash(n, at)
	default:
		l.diags.Add(by.Pos, fmt.Sprintf("splits by %q", by.Value), diag.Suggest(by.Value, []string{"time", "column", "hash"}))
		return
	}
	if len(s.Windows)+len(s.Values)+len(s.Shares) == 0 && len(l.diags) == 0 {
		l.diags.Add(at, "splits declares no split", `one of "train", "calibration", "dev", "test"`)
	}
}

func (l *loader) byTime(n *yaml.Node, at flow.Pos) {
	var k splitTime
	l.doc.Decode(n, &k, &l.diags)
	s := &l.card.Splits
	if l.card.Time == "" {
		l.diags.Add(at, "splits by time need a time column", `add "time: <column>"`)
	}
	for i, t := range []*flow.Text{k.Train, k.Calibration, k.Dev, k.Test} {
		if t == nil || unread(*t) {
			continue
		}
		from, to, err := parseWindow(t.Value)
		if err != nil {
			l.diags.Add(t.Pos, err.Error(), "")
			continue
		}
		w := Window{Split: SplitKinds[i], From: from, To: to, Pos: t.Pos}
		for _, o := range s.Windows {
			if (w.To.IsZero() || o.From.Before(w.To)) && (o.To.IsZero() || w.From.Before(o.To)) {
				l.diags.Add(t.Pos, fmt.Sprintf("%s overlaps %s (%s)", w.Split, o.Split, o.Pos), "the end of a window is not part of it")
			}
		}
		s.Windows = append(s.Windows, w)
	}
}

func (l *loader) byColumn(n *yaml.Node) {
	var k splitColumn
	l.doc.Decode(n, &k, &l.diags)
	s := &l.card.Splits
	s.Column = k.Column.Value
	l.card.at["splits column"] = k.Column.Pos
	claimed := make(map[string]string)
	for i, t := range []texts{k.Train, k.Calibration, k.Dev, k.Test} {
		if len(t) == 0 {
			continue
		}
		for _, v := range t {
			if first, dup := claimed[v.Value]; dup {
				l.diags.Add(v.Pos, fmt.Sprintf("value %q is in %s and in %s", v.Value, first, SplitKinds[i]), "")
			}
			claimed[v.Value] = SplitKinds[i]
		}
		s.Values = append(s.Values, Values{Split: SplitKinds[i], Values: t.values()})
	}
}

func (l *loader) byHash(n *yaml.Node, at flow.Pos) {
	var k splitHash
	l.doc.Decode(n, &k, &l.diags)
	s := &l.card.Splits
	s.Seed = k.Seed
	sum := 0.0
	for i, share := range []*float64{k.Train, k.Calibration, k.Dev, k.Test} {
		if share == nil {
			continue
		}
		if !(*share > 0 && *share <= 1) {
			l.diags.Add(at, fmt.Sprintf("the share of %s is %v, want more than 0 and at most 1", SplitKinds[i], *share), "")
			continue
		}
		sum += *share
		s.Shares = append(s.Shares, Share{Split: SplitKinds[i], Share: *share})
	}
	if sum > 1+1e-9 {
		l.diags.Add(at, fmt.Sprintf("the shares add up to %.6g, want at most 1", sum), "")
	}
}

// use is one place where the card names a column.
type use struct {
	column string
	what   string // in words: `label of "decision"`
	label  bool
	pos    flow.Pos
}

// uses are all places where the card names a column to be read, in the order
// of a card.
func (c *Card) uses() []use {
	var out []use
	add := func(column, what string, label bool, pos flow.Pos) {
		if column != "" {
			out = append(out, use{column, what, label, pos})
		}
	}
	add(c.ID, "id", false, c.at["id"])
	add(c.Time, "time", false, c.at["time"])
	add(c.Cluster, "cluster", false, c.at["cluster"])
	add(c.Repeat, "repeat", false, c.at["repeat"])
	add(c.Weight, "weight", false, c.at["weight"])
	for _, x := range c.Input {
		add(x.Column, fmt.Sprintf("input %q", x.Field), false, x.Pos)
	}
	for _, x := range c.Recorded {
		add(x.Column, fmt.Sprintf("recorded %q", x.Field), false, x.Pos)
	}
	for _, x := range c.Outcome {
		add(x.Column, fmt.Sprintf("the right %q", x.Field), true, x.Pos)
	}
	steps := make([]string, 0, len(c.Steps))
	for step := range c.Steps {
		steps = append(steps, step)
	}
	slices.Sort(steps)
	for _, step := range steps {
		for _, x := range c.Steps[step] {
			add(x.Column, fmt.Sprintf("the right %q of step %q", x.Field, step), true, x.Pos)
		}
	}
	for _, x := range c.Routes {
		add(x.Column, fmt.Sprintf("the right branch of %q", x.Field), true, x.Pos)
	}
	add(c.Needs, "needs_person", true, c.at["needs_person"])
	for _, x := range c.Person {
		add(x.Column, fmt.Sprintf("what a person decided as %q", x.Field), true, x.Pos)
	}
	add(c.Minutes, "minutes a person took", true, c.at["minutes"])
	for _, t := range c.Tags {
		add(t, "tag", false, c.at["tags "+t])
	}
	add(c.Splits.Column, "splits", false, c.at["splits column"])
	return out
}
