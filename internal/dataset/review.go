package dataset

import (
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Reviewed is what a person said of one label: it is another one, or none that
// anybody can tell, or the one that the source has.
type Reviewed struct {
	Case  string
	Field string // of the outcome
	From  string // as the source has it; "" for no label
	To    string // as a source would have it; "" where nobody can tell
	By    string
	At    string // date or time
	Why   string
	Pos   flow.Pos
}

// Upheld says that the label stays as the source has it.
func (r Reviewed) Upheld() bool { return r.From == r.To }

// reviewFile is the file that a card names under review.
type reviewFile struct {
	Reviewed []reviewedKeys `yaml:"reviewed" schema:"[reviewed]"`
}

// reviewedKeys is one label in the file.
type reviewedKeys struct {
	Case    flow.Text  `yaml:"case"`
	Field   flow.Text  `yaml:"field"`
	From    *flow.Text `yaml:"from"`
	To      *flow.Text `yaml:"to"`
	Unknown bool       `yaml:"unknown,omitempty"`
	By      flow.Text  `yaml:"by"`
	At      flow.Text  `yaml:"at"`
	Why     flow.Text  `yaml:"why"`
}

// loadReview reads the card's review file.
func (c *Card) loadReview() diag.List {
	data, err := regular.Read(c.Review)
	if err != nil {
		var diags diag.List
		diags.Add(c.at["review"], fmt.Sprintf("%s: %s", c.Review, problem(err)), "")
		return diags
	}
	var fields []string
	for _, col := range c.Outcome {
		fields = append(fields, col.Field)
	}
	reviewed, diags := ParseReview(c.Review, data, fields)
	for _, r := range reviewed {
		c.review(r)
	}
	return diags
}

// review puts a label's review into the card.
func (c *Card) review(r Reviewed) {
	if c.Reviewed == nil {
		c.Reviewed = make(map[string][]Reviewed)
	}
	c.Reviewed[r.Case] = append(c.Reviewed[r.Case], r)
}

// With is the card with more labels reviewed, as if its review file said so.
func (c *Card) With(more []Reviewed) *Card {
	out := *c
	out.Reviewed = make(map[string][]Reviewed, len(c.Reviewed)+len(more))
	maps.Copy(out.Reviewed, c.Reviewed)
	for _, r := range more {
		out.Reviewed[r.Case] = slices.Clone(out.Reviewed[r.Case])
		out.review(r)
	}
	return &out
}

// ParseReview reads a review file's text; fields are those of the outcome that
// the card labels. The path is for faults.
func ParseReview(path string, data []byte, fields []string) ([]Reviewed, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags
	}
	var file reviewFile
	doc.Decode(doc.Root, &file, &diags)
	var out []Reviewed
	first := map[[2]string]flow.Pos{}
	for _, k := range file.Reviewed {
		r, ok := k.reviewed(fields, &diags)
		if !ok {
			continue
		}
		key := [2]string{r.Case, r.Field}
		if at, dup := first[key]; dup {
			diags.Add(r.Pos, fmt.Sprintf("case %q, field %q was reviewed already", r.Case, r.Field), fmt.Sprintf("first at %s", at))
			continue
		}
		first[key] = r.Pos
		out = append(out, r)
	}
	return out, diags.Sort()
}

// reviewed checks one entry; ok is false where it is of no use.
func (k *reviewedKeys) reviewed(fields []string, diags *diag.List) (Reviewed, bool) {
	r := Reviewed{Case: k.Case.Value, Field: k.Field.Value, By: k.By.Value, At: k.At.Value, Why: k.Why.Value, Pos: k.Case.Pos}
	if unread(k.Case) {
		return r, false // reported where it was decoded
	}
	before := len(*diags)
	for _, x := range []struct {
		key  string
		text flow.Text
		hint string
	}{
		{"case", k.Case, "the id of the case"}, {"field", k.Field, "a field of the outcome"}, {"by", k.By, "who reviewed the label"},
		{"at", k.At, "when, as 2026-11-21"}, {"why", k.Why, "the reason, for who reads it later"},
	} {
		if strings.TrimSpace(x.text.Value) == "" && !unread(x.text) {
			diags.Add(x.text.Pos, x.key+" is empty", x.hint)
		}
	}
	if r.Field != "" && !slices.Contains(fields, r.Field) {
		diags.Add(k.Field.Pos, fmt.Sprintf("the card labels no outcome field %q", r.Field), diag.Suggest(r.Field, fields))
	}
	if r.At != "" {
		if _, ok := parseTime(r.At); !ok {
			diags.Add(k.At.Pos, fmt.Sprintf("%q is no date or time", r.At), "as "+time.DateOnly)
		}
	}
	if k.From != nil {
		r.From = k.From.Value
	}
	switch {
	case (k.To != nil && k.To.Value != "") == k.Unknown:
		diags.Add(k.Case.Pos, fmt.Sprintf("case %q: want one of \"to\", the right label, and \"unknown: true\", where nobody can tell", r.Case), "")
	case k.To != nil:
		r.To = k.To.Value
	}
	return r, len(*diags) == before
}

// reviewLabel puts what people said of a case's labels in the place of what the
// source says.
func (r *Reader) reviewLabel(id string, l *flow.Label, i int) error {
	for _, said := range r.card.Reviewed[id] {
		at := r.req.Outcome.Index(said.Field)
		if at < 0 || r.plan.outcome[at].column < 0 {
			continue // the workflow has no use for it
		}
		cell := &r.plan.outcome[at]
		from, err := cell.fromText(said.From)
		if err != nil {
			return fmt.Errorf("%s: from: %w", said.Pos, err)
		}
		has := l.Outcome.Values[at]
		if text := textOf(r.src.vectors()[cell.column], i); text != said.From && !sameValue(has, from) {
			return fmt.Errorf("%s: case %q, field %q: the label in %s is %q, and the review changes %q: review it again", said.Pos, id, said.Field, r.src.place(i), text, said.From)
		}
		to, err := cell.fromText(said.To)
		if err != nil {
			return fmt.Errorf("%s: to: %w", said.Pos, err)
		}
		l.Outcome.Values[at] = to
	}
	return nil
}

// sameValue compares two values of one type as a card reads them.
func sameValue(a, b any) bool {
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// ReviewName is what the review file is called beside a copied dataset.
const ReviewName = "review.yaml"

// CopyReview copies the card's review file and that of its regression split, where
// it has them, into the folder of a dataset that holds some of its cases.
func (c *Card) CopyReview(dir string) error {
	for _, f := range []struct{ from, to string }{{c.Review, ReviewName}, {c.RegressionFile, RegressionName}} {
		if f.from == "" {
			continue
		}
		text, err := regular.Read(f.from)
		if err != nil {
			return err
		}
		if err := regular.Replace(filepath.Join(dir, f.to), func(w io.Writer) error { _, err := w.Write(text); return err }); err != nil {
			return err
		}
	}
	return nil
}

// beside is where a file that a card names is.
func beside(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, filepath.FromSlash(name))
}
