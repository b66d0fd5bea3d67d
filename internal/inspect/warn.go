package inspect

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// rareCases is below how many cases nothing can be said of a class.
const rareCases = 10

// warn says what a reader should know, most serious first: what gives labels
// away, what repeats, what labels lack, what columns hold.
func (r *Result) warn(s *sample) {
	early := r.Warnings
	r.Warnings = nil
	add := func(format string, a ...any) { r.Warnings = append(r.Warnings, fmt.Sprintf(format, a...)) }
	for _, a := range r.Associations {
		r.associated(a, add)
	}
	r.times(s, add)
	if !r.bare {
		for _, c := range r.With(Input) {
			if w, ok := has(c.Name, afterWords); ok {
				add("input %q has a name that says %s: is it known when the case comes?", c.Name, w)
			}
		}
	}
	r.Warnings = append(r.Warnings, early...)
	r.duplicated(add)
	r.labelled(add)
	for i := range r.Columns {
		r.column(&r.Columns[i], add)
	}
	if r.Uncompared > 0 {
		add("only the first %d rows were compared with each other", MaxCompared)
	}
}

func (r *Result) associated(a Association, add func(string, ...any)) {
	what := fmt.Sprintf("%q alone tells %s in %.1f%% of %d sampled cases, where the most frequent answer is right in %.1f%%", a.Column, a.Label, 100*a.Accuracy, a.Cases, 100*a.Baseline)
	certain := (a.Accuracy-a.Baseline)*math.Sqrt(float64(a.Cases)) > 5*math.Sqrt(max(a.Baseline*(1-a.Baseline), 1e-4))
	c := r.Column(a.Column)
	switch {
	case a.Part == partOrder:
		if a.Removed >= leans && certain {
			add("the order of the rows leans on the label: where a row stands tells %s in %.1f%% of %d sampled cases, where the most frequent answer is right in %.1f%%", a.Label, 100*a.Accuracy, a.Cases, 100*a.Baseline)
		}
	case a.Part != partValue:
		if a.Removed >= leans && certain {
			add("%q gives the label away: its %s tells %s in %.1f%% of %d sampled cases, where the most frequent answer is right in %.1f%%", a.Column, a.Part, a.Label, 100*a.Accuracy, a.Cases, 100*a.Baseline)
		}
	case c == nil || c.Role != Input && c.Role != Time && c.Role != Cluster:
	case a.Removed >= gives:
		add("input %s: it gives the label away", what)
	case a.Derived >= derives:
		add("input %q follows from %s: each answer has its own value, as of a column made from it", a.Column, a.Label)
	case a.Removed >= 0.5 && c.Words < textWords:
		add("%s: look whether it is known when the case comes", what)
	}
}

// times looks for values later than the case.
func (r *Result) times(s *sample, add func(string, ...any)) {
	at := r.With(Time)
	if len(at) == 0 {
		return
	}
	came := s.times(at[0])
	for _, c := range r.With(Input) {
		if c.Type != "date" && c.Type != "time" {
			continue
		}
		if after, both := later(came, s.times(c)); after > 0 {
			add("input %q lies after the case's time in %d of %d sampled rows: was it known then?", c.Name, after, both)
		}
	}
}

func (r *Result) duplicated(add func(string, ...any)) {
	d, what := r.Alike, "near-duplicate texts"
	if len(d.Columns) == 0 {
		d, what = r.Repeated, "the same input"
	}
	if d.Straddling > 0 {
		add("%s of %s with rows in more than one split: what is learnt from train is asked again; a cluster column keeps them together", number(d.Straddling, "group"), what)
	}
	if d.Disputed > 0 {
		add("%s of %s with more than one label: labels that disagree, or inputs that lack something", number(d.Disputed, "group"), what)
	}
	if len(r.Alike.Columns) > 0 && float64(d.Rows) > 0.05*float64(r.Rows) {
		add("%d of %d rows are in groups of %s: such cases are not independent, and intervals come out too narrow without a cluster column", d.Rows, r.Rows, what)
	}
}

func number(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (r *Result) labelled(add func(string, ...any)) {
	c := r.Column(r.Decision)
	if c == nil {
		if len(r.With(Label)) == 0 {
			add("no label: nothing says what was right, so accuracy cannot be measured")
		}
		return
	}
	if c.Missing > 0 {
		add("%s is missing in %d of %d rows: such cases are replayed and not scored", c.Name, c.Missing, r.Rows)
	}
	if c.Distinct == 1 {
		add("%s has a single value: there is nothing to decide", c.Name)
	}
	rare := 0
	for _, n := range c.Values {
		if n < rareCases {
			rare++
		}
	}
	if rare > 0 && c.Distinct > 1 {
		add("%d of %d classes of %s have fewer than %d cases: no rate of theirs is worth much", rare, c.Distinct, c.Name, rareCases)
	}
	var train *Part
	for i := range r.Splits {
		if r.Splits[i].Name == "train" {
			train = &r.Splits[i]
		}
	}
	for _, p := range r.Splits {
		if train == nil || p.Name == "train" || p.Name == "" {
			continue
		}
		var unseen []string
		for class := range p.Labels {
			if train.Labels[class] == 0 {
				unseen = append(unseen, class)
			}
		}
		if slices.Sort(unseen); len(unseen) > 0 {
			add("split %s has classes that train does not have: %s", p.Name, strings.Join(unseen[:min(5, len(unseen))], ", "))
		}
	}
}

func (r *Result) column(c *Column, add func(string, ...any)) {
	switch {
	case c.Placeholders > 0:
		add("%q holds texts that stand for an absent value, such as %q, in %d rows: they are read as they are", c.Name, placeholderOf(c), c.Placeholders)
	case c.Mixed && c.Type == "date":
		add("%q holds dates of both orders, day first and month first", c.Name)
	case c.Mixed && c.Role == Input && c.Words >= 1 && c.Distinct <= r.Rows/2:
		add("%q holds numbers and other texts; it is read as text", c.Name)
	}
	if (c.Role == Input || c.Role == Time) && c.DatesUnsure && c.As != "" {
		add("no date of %q tells whether the day or the month comes first: days are taken", c.Name)
	}
	for _, n := range c.Notes {
		add("%q %s", c.Name, n)
	}
}

func placeholderOf(c *Column) string {
	best := Count{}
	for v, n := range c.Values {
		if placeholders[strings.ToLower(strings.TrimSpace(v))] && cmp.Or(cmp.Compare(n, best.Count), cmp.Compare(best.Value, v)) > 0 {
			best = Count{v, n}
		}
	}
	return cmp.Or(best.Value, "N/A")
}
