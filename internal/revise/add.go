// Package revise makes new versions of a dataset: cases that people decided are
// added, and two versions are compared.
package revise

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/decisions"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/inspect"
	"github.com/rehearse-dev/rehearse/internal/queue"
)

// Addition says what is added to a dataset.
type Addition struct {
	Card     *dataset.Card
	From     *dataset.Card // where the decided cases are; may be the same
	Workflow *design.Workflow
	Settled  []decisions.Settled
	// Split is where new cases land: of those that the card declares, or
	// [dataset.Regression].
	Split string
	Why   string
	// Alike lets near-duplicates in.
	Alike bool
}

// Added is what an addition comes to. Nothing is written yet.
type Added struct {
	Columns []string   // of the dataset
	Rows    [][]string // of new cases, by column
	Cases   []string   // their ids
	// Reviewed are labels of cases that the dataset has already.
	Reviewed []dataset.Reviewed
	Upheld   int // of them
	Refused  []Refused
	// Unsettled are decided cases that add nothing: in dispute, or nobody can tell.
	Unsettled int
}

// Refused is a case that cannot be added.
type Refused struct {
	Pos  flow.Pos // of the decision
	Case string
	Why  string
}

func (r Refused) String() string { return fmt.Sprintf("%s: case %q %s", r.Pos, r.Case, r.Why) }

// known is a case of the dataset that was decided.
type known struct {
	place  string
	labels map[string]string // by column
}

// Add finds what decisions add: labels of cases that the dataset has, and new
// cases. Those that repeat another one, nearly or in all of its input, and those
// that land in another split than the one asked for are refused.
func (a *Addition) Add(ctx context.Context) (*Added, error) {
	out := &Added{}
	settled := map[string]*decisions.Settled{}
	for i := range a.Settled {
		if s := &a.Settled[i]; s.Disputed || s.Unknown && a.From.File != a.Card.File {
			out.Unsettled++
		} else {
			settled[s.Case] = s
		}
	}
	fresh := map[string]*newCase{}
	if a.From.File != a.Card.File {
		if err := a.read(ctx, settled, fresh); err != nil {
			return nil, err
		}
	}
	have, err := a.walk(ctx, settled, fresh, out)
	if err != nil {
		return nil, err
	}
	for _, s := range a.Settled {
		if settled[s.Case] == nil {
			continue
		}
		switch k, n := have[s.Case], fresh[s.Case]; {
		case k != nil:
			a.relabel(&s, k, out)
		case n == nil:
			out.refuse(&s, "is in neither dataset any more")
		default:
			a.enter(&s, n, out)
		}
	}
	return out, nil
}

func (o *Added) refuse(s *decisions.Settled, format string, args ...any) {
	o.Refused = append(o.Refused, Refused{Pos: s.By[0].Pos, Case: s.Case, Why: fmt.Sprintf(format, args...)})
}

// newCase is a case as its own dataset has it.
type newCase struct {
	head  flow.Case
	texts map[string]string // by column of its own dataset
	input []string          // by field of the workflow's input
	place string
	like  []string // what it repeats, in words
}

// read gathers the decided cases of the other dataset.
func (a *Addition) read(ctx context.Context, settled map[string]*decisions.Settled, into map[string]*newCase) error {
	return eachRow(ctx, a.From, func(rows *dataset.Rows, i int, head flow.Case) error {
		if settled[head.ID] == nil {
			return nil
		}
		n := &newCase{head: head, texts: map[string]string{}, place: rows.Place(i)}
		for c, name := range rows.Columns() {
			n.texts[name] = strings.Clone(rows.Text(i, c))
		}
		for _, f := range a.Workflow.Input.Fields() {
			n.input = append(n.input, n.texts[column(a.From.Input, f.Name)])
		}
		into[head.ID] = n
		return nil
	})
}

// column is the column that a field is read from.
func column(of []dataset.Column, field string) string {
	for _, c := range of {
		if c.Field == field {
			return c.Column
		}
	}
	if of == nil {
		return field
	}
	return ""
}

// walk goes over the dataset once: which decided cases it has, with their labels,
// and which of its cases new ones repeat.
func (a *Addition) walk(ctx context.Context, settled map[string]*decisions.Settled, fresh map[string]*newCase, out *Added) (map[string]*known, error) {
	exact, alike := map[string][]string{}, &inspect.Finder{}
	var earlier []string // new cases, in the order of the decisions
	for _, s := range a.Settled {
		n := fresh[s.Case]
		if n == nil {
			continue
		}
		key := strings.Join(n.input, "\x00")
		for _, id := range exact[key] {
			n.like = append(n.like, fmt.Sprintf("has the input of case %q (%s)%s", id, fresh[id].place, conflict(settled[id], settled[s.Case], a.Workflow)))
		}
		text := inspect.Running(n.input)
		if !a.Alike && len(exact[key]) == 0 {
			for _, id := range alike.Like(text) {
				n.like = append(n.like, fmt.Sprintf("is nearly case %q (%s)%s", id, fresh[id].place, conflict(settled[id], settled[s.Case], a.Workflow)))
			}
		}
		exact[key] = append(exact[key], s.Case)
		alike.Add(s.Case, text)
		earlier = append(earlier, s.Case)
	}
	have := map[string]*known{}
	decided := ""
	if d := a.Workflow.Decision; d >= 0 {
		decided = column(a.Card.Outcome, a.Workflow.Outcome.Fields()[d].Name)
	}
	err := eachRow(ctx, a.Card, func(rows *dataset.Rows, i int, head flow.Case) error {
		if out.Columns == nil {
			out.Columns = slices.Clone(rows.Columns())
		}
		at := func(name string) string {
			if c := slices.Index(rows.Columns(), name); c >= 0 {
				return rows.Text(i, c)
			}
			return ""
		}
		if settled[head.ID] != nil {
			k := &known{place: rows.Place(i), labels: map[string]string{}}
			for _, c := range a.Card.Outcome {
				k.labels[c.Column] = strings.Clone(at(c.Column))
			}
			have[head.ID] = k
			return nil
		}
		if len(earlier) == 0 {
			return nil
		}
		var input []string
		for _, f := range a.Workflow.Input.Fields() {
			input = append(input, at(column(a.Card.Input, f.Name)))
		}
		say := func(id, how string) {
			n, other := fresh[id], ""
			if label := at(decided); decided != "" && label != "" {
				if d := a.Workflow.Decision; queue.TextOf(settled[id].Values[d], a.Workflow.Outcome.Fields()[d].Type) != label {
					other = fmt.Sprintf(", which is labelled %q: the labels are in conflict", label)
				}
			}
			n.like = append(n.like, fmt.Sprintf("%s case %q (%s)%s", how, head.ID, rows.Place(i), other))
		}
		same := exact[strings.Join(input, "\x00")]
		for _, id := range same {
			say(id, "has the input of")
		}
		if !a.Alike {
			for _, id := range alike.Like(inspect.Running(input)) {
				if !slices.Contains(same, id) {
					say(id, "is nearly")
				}
			}
		}
		return nil
	})
	return have, err
}

// conflict says that two decided cases were decided otherwise.
func conflict(a, b *decisions.Settled, w *design.Workflow) string {
	if d := w.Decision; d >= 0 && fmt.Sprint(a.Values[d]) != fmt.Sprint(b.Values[d]) {
		return fmt.Sprintf(", which was decided as %q: the labels are in conflict", a.Values[d])
	}
	return ""
}

// relabel takes a decision about a case of the dataset as a review of its labels.
func (a *Addition) relabel(s *decisions.Settled, k *known, out *Added) {
	last := s.By[len(s.By)-1]
	why := a.Why
	var by []string
	for _, d := range s.By {
		by = append(by, d.Reviewer)
		if d.Note != "" && why == a.Why {
			why = d.Note
		}
		if d.At.After(last.At) {
			last = d
		}
	}
	for i, f := range a.Workflow.Outcome.Fields() {
		col := slices.IndexFunc(a.Card.Outcome, func(c dataset.Column) bool { return c.Field == f.Name })
		told := s.Values[i] != nil || s.Unknown && i == a.Workflow.Decision
		if col < 0 || !told {
			continue
		}
		r := dataset.Reviewed{
			Case: s.Case, Field: f.Name, From: k.labels[a.Card.Outcome[col].Column], To: queue.TextOf(s.Values[i], f.Type),
			By: strings.Join(by, ", "), At: last.At.Format("2006-01-02"), Why: why,
		}
		if had := slices.IndexFunc(a.Card.Reviewed[s.Case], func(x dataset.Reviewed) bool { return x.Field == f.Name }); had >= 0 {
			if was := a.Card.Reviewed[s.Case][had]; was.To != r.To {
				out.refuse(s, "was reviewed as %q (%s) and is decided as %q now: the labels are in conflict; mend that entry", was.To, was.Pos, r.To)
			}
			continue
		}
		if r.Upheld() {
			out.Upheld++
		}
		out.Reviewed = append(out.Reviewed, r)
	}
}

// enter makes a row of a new case.
func (a *Addition) enter(s *decisions.Settled, n *newCase, out *Added) {
	if len(n.like) > 0 {
		out.refuse(s, "%s", strings.Join(n.like[:min(3, len(n.like))], "; and it "))
		return
	}
	value := map[string]string{}
	for _, name := range out.Columns {
		value[name] = n.texts[name]
	}
	set := func(column, text string) {
		if column != "" {
			value[column] = text
		}
	}
	for i, f := range a.Workflow.Input.Fields() {
		set(column(a.Card.Input, f.Name), n.input[i])
	}
	for _, c := range a.Card.Outcome {
		at := a.Workflow.Outcome.Index(c.Field)
		if at >= 0 && s.Values[at] != nil {
			value[c.Column] = queue.TextOf(s.Values[at], a.Workflow.Outcome.Fields()[at].Type)
		}
	}
	set(a.Card.Cluster, n.head.Cluster)
	set(a.Card.Weight, fmt.Sprint(n.head.Weight))
	if a.Card.Time != "" && !n.head.Time.IsZero() {
		set(a.Card.Time, n.texts[a.From.Time])
	}
	id := a.Card.ID
	if id == "" {
		id = firstOf(out.Columns, "case_id", "id")
	}
	if id == "" {
		out.refuse(s, "would have another id: the dataset has no column of ids")
		return
	}
	value[id] = s.Case
	if a.Split != dataset.Regression {
		if col := a.Card.Splits.Column; col != "" {
			for _, v := range a.Card.Splits.Values {
				if v.Split == a.Split {
					value[col] = v.Values[0]
				}
			}
		}
		head := n.head
		if a.Card.Cluster == "" {
			head.Cluster = s.Case
		}
		if lands := a.Card.Lands(head, value[a.Card.Splits.Column]); lands != a.Split {
			out.refuse(s, "lands in %s by the dataset's splits, not in %s", inWords(lands), a.Split)
			return
		}
	}
	row := make([]string, len(out.Columns))
	for i, name := range out.Columns {
		row[i] = value[name]
	}
	out.Rows, out.Cases = append(out.Rows, row), append(out.Cases, s.Case)
}

func inWords(split string) string {
	if split == "" {
		return "no split"
	}
	return split
}

func firstOf(columns []string, names ...string) string {
	for _, n := range names {
		if slices.Contains(columns, n) {
			return n
		}
	}
	return ""
}

// eachRow walks over the rows of a dataset with what its card makes of them.
func eachRow(ctx context.Context, card *dataset.Card, each func(rows *dataset.Rows, i int, head flow.Case) error) error {
	rows, err := card.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	return rows.Each(ctx, func(i int) error {
		head, err := rows.Head(i)
		if err != nil {
			return err
		}
		return each(rows, i, head)
	})
}
