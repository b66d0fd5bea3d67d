package inspect

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Part is a split, and what it holds.
type Part struct {
	Name   string           `json:"name"` // "" for the rows in none
	Rows   int64            `json:"rows"`
	From   *time.Time       `json:"from,omitempty"`
	To     *time.Time       `json:"to,omitempty"`
	Labels map[string]int64 `json:"labels,omitempty"`
}

// comparison is what the second reading of the rows gathers.
type comparison struct {
	r          *Result
	parts      map[string]*Part
	labelNames []string
	labelAt    map[string]int32
	hashes     []uint64
	signatures []signature
	signed     []bool
	splits     []int32
	labels     []int32
	buf        []byte
}

// splitOrder are the splits by number; the last is none.
var splitOrder = append(slices.Clone(dataset.SplitKinds), "")

// bareSplit is the one of a file without a card, which has none.
const bareSplit = "all"

// textWords is from how many words on, on average, a column is compared as
// text.
const textWords = 3

// compare reads all rows again: sizes of splits and labels in them, and rows
// that are alike in what designs get to see.
func (r *Result) compare(ctx context.Context, card *dataset.Card, s *sample) error {
	rows, err := card.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	var texts, all []int
	label, named := -1, -1 // columns of the decision, and of the splits of a bare file
	for i, name := range rows.Columns() {
		c := r.Column(name)
		if c.Role == Input && c.Distinct > 0 {
			all = append(all, i)
			r.Repeated.Columns = append(r.Repeated.Columns, name)
			if c.Type == "string" && c.Words >= textWords || c.Type == "list" || c.Type == "record" {
				texts = append(texts, i)
				r.Alike.Columns = append(r.Alike.Columns, name)
			}
		}
		if name == r.Decision && r.Decision != "" {
			label = i
		}
		if r.bare && c.Role == Split {
			named = i
		}
	}
	g := &comparison{r: r, parts: map[string]*Part{}, labelAt: map[string]int32{}}
	var failed error
	if err := rows.Each(ctx, func(i int) error {
		split := bareSplit
		var at time.Time
		if named >= 0 {
			split = splitNames[strings.ToLower(rows.Text(i, named))]
		}
		if !r.bare {
			head, err := rows.Head(i)
			if err != nil {
				r.Unread++
				if failed == nil {
					failed = err
				}
			}
			split, at = head.Split, head.Time
		}
		answer := ""
		if label >= 0 {
			answer = rows.Text(i, label)
		}
		g.part(split, at, answer)
		if int64(len(g.hashes)) < MaxCompared {
			g.row(rows, i, all, texts, split, answer)
		} else {
			r.Uncompared++
		}
		return nil
	}); err != nil {
		return err
	}
	if failed != nil {
		r.Warnings = append(r.Warnings, "some rows cannot be read as the card says, and the run would stop at the first: "+failed.Error())
	}
	if !r.bare || named >= 0 {
		for _, name := range splitOrder {
			if p := g.parts[name]; p != nil {
				r.Splits = append(r.Splits, *p)
			}
		}
	}
	if len(all) > 0 {
		columns := r.Repeated.Columns
		r.Repeated = gather(same(g.hashes), g.splits, g.labels, splitOrder, g.labelNames)
		r.Repeated.Columns = columns
	}
	if len(texts) > 0 {
		columns := r.Alike.Columns
		r.Alike = gather(near(g.signatures, g.signed), g.splits, g.labels, splitOrder, g.labelNames)
		r.Alike.Columns = columns
	}
	return nil
}

func (g *comparison) part(split string, at time.Time, answer string) {
	p := g.parts[split]
	if p == nil {
		p = &Part{Name: split}
		if g.r.Decision != "" {
			p.Labels = map[string]int64{}
		}
		g.parts[split] = p
	}
	p.Rows++
	if answer != "" {
		p.Labels[answer]++
	}
	if !at.IsZero() {
		if p.From == nil || at.Before(*p.From) {
			p.From = &at
		}
		if p.To == nil || at.After(*p.To) {
			p.To = &at
		}
	}
}

// row keeps what a row is compared by.
func (g *comparison) row(rows *dataset.Rows, i int, all, texts []int, split, answer string) {
	h, known := uint64(1), false
	for _, c := range all {
		text := rows.Text(i, c)
		known = known || text != ""
		h = mix(h*31 + hash64(text))
	}
	if !known {
		h = 0
	}
	g.hashes = append(g.hashes, h)
	if len(texts) > 0 {
		var joined string
		if len(texts) == 1 {
			joined = rows.Text(i, texts[0])
		} else {
			parts := make([]string, len(texts))
			for j, c := range texts {
				parts[j] = rows.Text(i, c)
			}
			joined = strings.Join(parts, " ")
		}
		sig, buf, ok := sign(joined, g.buf)
		g.buf = buf
		g.signatures, g.signed = append(g.signatures, sig), append(g.signed, ok)
	}
	g.splits = append(g.splits, int32(slices.Index(splitOrder, split)))
	n := int32(-1)
	if answer != "" {
		at, ok := g.labelAt[answer]
		if !ok {
			at = int32(len(g.labelNames))
			g.labelNames = append(g.labelNames, answer)
			g.labelAt[answer] = at
		}
		n = at
	}
	g.labels = append(g.labels, n)
}

// survey counts clusters over splits, as a run does.
func (r *Result) survey(ctx context.Context, card *dataset.Card) {
	s, err := card.Survey(ctx)
	if err != nil {
		if r.Unread == 0 {
			r.Warnings = append(r.Warnings, "the cases cannot be read as the card says: "+err.Error())
		}
		return
	}
	r.Clusters, r.Straddling = s.Clusters, s.Straddling
	r.Warnings = append(r.Warnings, s.Warnings...)
}
