package inspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Options say what the caller knows.
type Options struct {
	// Label is the column of the right answers of a bare file; "" where names
	// are to tell. It is an error where no column is called so.
	Label string
}

// ErrNoColumn is that of a label which no column is named as.
var ErrNoColumn = errors.New("no column is named")

// Run inspects the rows behind a card. What the columns of a bare one are is
// guessed.
func Run(ctx context.Context, card *dataset.Card, o Options) (*Result, error) {
	r := &Result{Dataset: card.Name, Card: card.File, Sources: card.Sources}
	r.bare = card.Name == ""
	if r.bare {
		r.Dataset, r.Card = card.Sources[0], ""
	}
	s, err := r.profile(ctx, card)
	if err != nil {
		return nil, err
	}
	if o.Label != "" && r.Column(o.Label) == nil {
		return nil, fmt.Errorf("%w %q: there is %s", ErrNoColumn, o.Label, r.listed())
	}
	if r.bare {
		guess(r.Columns, s, r.Rows, o.Label)
	} else {
		r.roles(card)
	}
	r.associate(s)
	if err := r.compare(ctx, card, s); err != nil {
		return nil, err
	}
	if !r.bare {
		r.survey(ctx, card)
	}
	r.warn(s)
	for i := range r.Columns {
		if c := &r.Columns[i]; c.Personal != "" {
			c.Top = nil // its values are nobody's to read
		}
	}
	return r, nil
}

// Column is the column of that name; nil where there is none.
func (r *Result) Column(name string) *Column {
	for i := range r.Columns {
		if r.Columns[i].Name == name {
			return &r.Columns[i]
		}
	}
	return nil
}

// With are the columns of a role, in their order.
func (r *Result) With(role Role) []*Column {
	var out []*Column
	for i := range r.Columns {
		if r.Columns[i].Role == role {
			out = append(out, &r.Columns[i])
		}
	}
	return out
}

// listed names the columns, at most twenty.
func (r *Result) listed() string {
	var names []string
	for _, c := range r.Columns {
		names = append(names, fmt.Sprintf("%q", c.Name))
	}
	if len(names) > 20 {
		names = append(names[:20], "…")
	}
	return strings.Join(names, ", ")
}

// profile reads all rows once.
func (r *Result) profile(ctx context.Context, card *dataset.Card) (*sample, error) {
	rows, err := card.Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for _, u := range rows.Unread {
		r.Warnings = append(r.Warnings, "not read: "+u)
	}
	profiles := make([]*profile, len(rows.Columns()))
	for i, name := range rows.Columns() {
		profiles[i] = newProfile(name)
	}
	s := newSample(rows.Columns())
	texts := make([]string, len(profiles))
	if err := rows.Each(ctx, func(i int) error {
		r.Rows++
		for c, p := range profiles {
			texts[c] = rows.Text(i, c)
			p.add(rows.Value(i, c), texts[c])
		}
		s.add(rows.Number(i), texts)
		return nil
	}); err != nil {
		return nil, err
	}
	for _, p := range profiles {
		c := p.done()
		if c.Type == "string" {
			c.Words = s.meanWords(c.Name)
		}
		if c.Type == "time" || c.Type == "date" {
			for _, at := range s.times(&c) {
				if !at.IsZero() {
					c.quantiles = append(c.quantiles, at)
				}
			}
			slices.SortFunc(c.quantiles, time.Time.Compare)
		}
		r.Columns = append(r.Columns, c)
	}
	return s, nil
}

// Most are the most frequent values of a column that has few, at most n.
func (c *Column) Most(n int) []Count { return top(c.Values, n) }

// top are the most frequent values, at most n; equally frequent ones by name.
func top(values map[string]int64, n int) []Count {
	var out []Count
	for v, c := range values {
		out = append(out, Count{v, c})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value)) })
	return out[:min(n, len(out))]
}

// roles are those that a card gives.
func (r *Result) roles(card *dataset.Card) {
	take := func(role Role, why string, columns ...string) {
		for _, name := range columns {
			if c := r.Column(name); c != nil && c.Role == Other {
				c.Role, c.Why = role, why
			}
		}
	}
	of := func(columns []dataset.Column) []string {
		var out []string
		for _, c := range columns {
			out = append(out, c.Column)
		}
		return out
	}
	take(Label, "label", of(card.Outcome)...)
	for _, columns := range card.Steps {
		take(Label, "label of a step", of(columns)...)
	}
	take(Label, "label", of(card.Routes)...)
	take(Label, "label", card.Needs)
	take(Person, "what a person answered", of(card.Person)...)
	take(Minutes, "minutes that a person took", card.Minutes)
	take(After, "recorded", of(card.Recorded)...)
	take(After, "after the fact", card.After...)
	take(ID, "id", card.ID)
	take(Split, "splits", card.Splits.Column)
	take(Input, "input", of(card.Input)...)
	take(Time, "time", card.Time)
	take(Cluster, "cluster", card.Cluster)
	if card.ID == "" {
		if take(ID, "id", "case_id"); len(r.With(ID)) == 0 {
			take(ID, "id", "id")
		}
	}
	for i := range r.Columns {
		c := &r.Columns[i]
		c.Tag = slices.Contains(card.Tags, c.Name)
		if slices.Contains(card.Personal, c.Name) {
			c.Personal = "the card says so"
		}
		// Without input a card's columns are found by the workflow's fields.
		if card.Input == nil && c.Role == Other {
			c.Role, c.Why = Input, "the card names no input: any column may be one"
		}
	}
	for _, o := range card.Outcome {
		if c := r.Column(o.Column); c != nil && r.Decision == "" && c.classes(r.Rows) {
			r.Decision = o.Column
		}
	}
}

// classes says whether the values of a label are answers to choose from, and
// no amounts, dates or texts of their own.
func (c *Column) classes(rows int64) bool {
	if c.Values == nil || c.As != "" || c.Distinct > MaxClasses || c.Distinct > max(20, rows/2) {
		return false
	}
	switch c.Type {
	case "string", "boolean":
		return true
	case "integer":
		return c.Distinct <= 100
	case "number":
		return c.Distinct <= 10
	}
	return false
}

// associate measures what single columns tell about the decision. In a bare
// file, what gives it away is taken as known after the fact.
func (r *Result) associate(s *sample) {
	if r.bare {
		for _, c := range r.With(Label) {
			if c.classes(r.Rows) {
				r.Decision = c.Name
			}
		}
	}
	if r.Decision == "" {
		return
	}
	skip := map[string]bool{}
	for _, c := range r.With(Label) {
		skip[c.Name] = true
	}
	r.Associations = associations(s, r.Columns, r.Decision, skip)
	for _, a := range r.Associations {
		c := r.Column(a.Column)
		if !r.bare || c == nil || a.Part != partValue || c.Role != Input && c.Role != Cluster && c.Role != Time {
			continue
		}
		if c.Role != Input && (a.Removed >= gives || a.Derived >= derives) {
			c.withheld = true // it stays what it is, and no design sees it
			c.Why += fmt.Sprintf("; no input, for it alone tells %s in %.1f%% of the cases", r.Decision, 100*a.Accuracy)
			continue
		}
		switch {
		case a.Removed >= gives:
			c.take(After, "it alone tells %s in %.1f%% of the cases, where the most frequent answer is right in %.1f%%", r.Decision, 100*a.Accuracy, 100*a.Baseline)
		case a.Derived >= derives:
			c.take(After, "it follows from %s: each answer has its own value here", r.Decision)
		default:
			continue
		}
		c.Tag = false
	}
}
