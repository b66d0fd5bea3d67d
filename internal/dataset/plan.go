package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/normalise"
)

// plan says which columns are read and where their values go.
type plan struct {
	columns []string // distinct
	have    []string // columns of the first source

	id, time, cluster, weight, repeat, split int // in columns; -1 for none
	tags                                     []int
	where                                    []clause

	input, outcome, person, recorded []cell // aligned with their schemas
	steps                            []stepCells
	routes                           []cell
	needs, minutes                   cell
}

// cell is where the value of a field comes from.
type cell struct {
	field  string
	column int // -1 for nowhere
	*converter
}

type stepCells struct {
	step   string
	schema *flow.Schema
	cells  []cell
}

// planner makes a plan and collects what does not fit.
type planner struct {
	card  *Card
	plan  *plan
	diags diag.List
}

func newPlan(card *Card, r *Request) (*plan, error) {
	have, err := columnNames(card.Sources[0], card.Format)
	if err != nil {
		return nil, err
	}
	p := &planner{card: card, plan: &plan{have: have}}
	p.keys(r)
	if r.WantInput {
		p.plan.input = p.fields(r.Input, card.Input, "input", "input", false)
	}
	if r.WantRecorded {
		p.plan.recorded = p.fields(r.Recorded, card.Recorded, "recorded", "recorded output", true)
	}
	if r.WantLabels {
		p.labels(r)
	}
	for _, w := range r.Where {
		at := p.column(w.Column)
		i := slices.IndexFunc(p.plan.where, func(c clause) bool { return c.column == at })
		if i < 0 {
			i = len(p.plan.where)
			p.plan.where = append(p.plan.where, clause{column: at})
		}
		p.plan.where[i].add(w.Value)
	}
	p.splits(r)
	return p.plan, p.diags.Sort().Err()
}

// column is the position of a column among those that are read, -1 for "".
func (p *planner) column(name string) int {
	if name == "" {
		return -1
	}
	i := slices.Index(p.plan.columns, name)
	if i < 0 {
		i = len(p.plan.columns)
		p.plan.columns = append(p.plan.columns, name)
	}
	return i
}

func (p *planner) keys(r *Request) {
	c := p.card
	id := c.ID
	for _, name := range []string{"case_id", "id"} {
		if id == "" && name != c.Cluster && slices.Contains(p.plan.have, name) {
			id = name
		}
	}
	p.plan.id, p.plan.time, p.plan.cluster = p.column(id), p.column(c.Time), p.column(c.Cluster)
	p.plan.weight, p.plan.split = p.column(c.Weight), p.column(c.Splits.Column)
	p.plan.repeat = -1
	if c.Repeat != "" {
		p.plan.repeat = p.column(c.Repeat)
	}
	for _, t := range c.Tags {
		p.plan.tags = append(p.plan.tags, p.column(t))
	}
}

// fields finds the columns of a schema's fields. Required fields need one.
func (p *planner) fields(s *flow.Schema, columns []Column, key, what string, lenient bool) []cell {
	var mapped []string
	for _, c := range columns {
		mapped = append(mapped, c.Field)
	}
	out := make([]cell, s.Len())
	for i, f := range s.Fields() {
		out[i] = cell{field: f.Name, column: -1, converter: newConverter(f.Type, lenient)}
		at := slices.IndexFunc(columns, func(c Column) bool { return c.Field == f.Name })
		switch {
		case at >= 0:
			out[i].column = p.column(columns[at].Column)
			p.typed(columns[at], f.Type)
			p.written(columns[at], out[i].converter)
		case columns == nil && slices.Contains(p.plan.have, f.Name):
			out[i].column = p.column(f.Name)
		case f.Type.Optional:
		case columns == nil:
			p.diags.Add(flow.Pos{File: p.card.File}, fmt.Sprintf("the card has no %s, and %s no column %q", key, p.card.Sources[0], f.Name), fmt.Sprintf(`add "%s: {%s: <column>}"`, key, f.Name))
		default:
			p.diags.Add(flow.Pos{File: p.card.File}, fmt.Sprintf("%s %q has no column in the card", what, f.Name), diag.Suggest(f.Name, mapped))
		}
	}
	return out
}

// typed compares the type that the card states with the field's.
func (p *planner) typed(c Column, t flow.Type) {
	if c.Type == nil || c.Type.Kind == t.Kind || c.Type.Kind == flow.Any || c.Type.Kind == flow.String && t.Kind == flow.Enum {
		return
	}
	p.diags.Add(c.Pos, fmt.Sprintf("column %q is %s in the card, and field %q is %s", c.Column, c.Type, c.Field, t), "")
}

// written lets the converter read texts as the card says that they are written.
func (p *planner) written(c Column, to *converter) {
	kinds := map[string][]flow.Kind{asMoney: {flow.Number, flow.Any}, asDate: {flow.Date, flow.Time, flow.Any}}[c.As]
	if c.As == "" {
		return
	}
	if !slices.Contains(kinds, to.t.Kind) {
		p.diags.Add(c.Pos, fmt.Sprintf("column %q is read as %s, and field %q is %s", c.Column, c.As, c.Field, to.t), "")
		return
	}
	c.read(to)
}

// read makes the converter read texts as the card says that they are written.
func (c Column) read(to *converter) {
	if c.As == "" {
		return
	}
	order := cmp.Or(c.Dates, normalise.DayFirst)
	to.read = func(s string) (any, error) {
		if c.As == asMoney {
			if x, ok := normalise.Number(s, normalise.Inferred); ok {
				return x, nil
			}
			return nil, fmt.Errorf("%s is no amount", quote(s))
		}
		if at, ok := normalise.Date(s, order); ok {
			return at, nil
		}
		return nil, fmt.Errorf("%s is no date", quote(s))
	}
}

// labelled finds the columns of labels. A field that the schema has not is a
// slip that would leave the labels out without a word.
func (p *planner) labelled(s *flow.Schema, columns []Column, what string, strict bool) []cell {
	out := make([]cell, s.Len())
	for i, f := range s.Fields() {
		out[i] = cell{field: f.Name, column: -1, converter: newConverter(f.Type, true)}
	}
	for _, c := range columns {
		i := s.Index(c.Field)
		if i < 0 {
			if strict {
				p.diags.Add(c.Pos, fmt.Sprintf("the card labels %q, and %s has no such field", c.Field, what), diag.Suggest(c.Field, s.Names()))
			}
			continue
		}
		out[i].column = p.column(c.Column)
		p.typed(c, s.Fields()[i].Type)
		p.written(c, out[i].converter)
	}
	return out
}

func (p *planner) labels(r *Request) {
	c := p.card
	p.plan.outcome = p.labelled(r.Outcome, c.Outcome, "the outcome", r.Outcome != nil)
	p.plan.person = p.labelled(r.Outcome, c.Person, "the outcome", r.Outcome != nil)
	steps := make([]string, 0, len(r.Steps))
	for step := range r.Steps {
		steps = append(steps, step)
	}
	slices.Sort(steps)
	for _, step := range steps {
		if cols, ok := c.Steps[step]; ok {
			p.plan.steps = append(p.plan.steps, stepCells{step, r.Steps[step], p.labelled(r.Steps[step], cols, "the step", false)})
		}
	}
	text := newConverter(flow.Type{Kind: flow.String}, true)
	for _, route := range c.Routes {
		p.plan.routes = append(p.plan.routes, cell{field: route.Field, column: p.column(route.Column), converter: text})
	}
	p.plan.needs = cell{column: p.column(c.Needs), converter: newConverter(flow.Type{Kind: flow.Boolean}, true)}
	p.plan.minutes = cell{column: p.column(c.Minutes), converter: newConverter(flow.Type{Kind: flow.Number}, true)}
}

// splits refuses splits that the card does not have.
func (p *planner) splits(r *Request) {
	declared := p.card.SplitNames()
	if len(declared) == 0 {
		declared = []string{"dev"}
	}
	if p.card.RegressionFile != "" {
		declared = append(declared, Regression)
	}
	for _, s := range r.Splits {
		if !slices.Contains(declared, s) {
			at := p.card.at["splits"]
			at.File = p.card.File
			p.diags.Add(at, fmt.Sprintf("the card has no split %q", s), diag.Suggest(s, declared))
		}
	}
}

// missing says where the card names a column that a source lacks.
func (c *Card) missing(err error) error {
	var m *missingError
	if !errors.As(err, &m) {
		return err
	}
	for _, u := range c.uses() {
		if u.column == m.column {
			return fmt.Errorf("%s: %s: %w", u.pos, u.what, err)
		}
	}
	return err
}

// checkMarks refuses marks on columns that no source has: a slip in one of
// them would let a personal or later column pass.
func (c *Card) checkMarks(have []string, certain bool) error {
	if !certain {
		return nil
	}
	var diags diag.List
	for _, marks := range []struct {
		key     string
		columns []string
	}{{"personal", c.Personal}, {"after_the_fact", c.After}} {
		for _, column := range marks.columns {
			if !slices.ContainsFunc(have, func(h string) bool { return within(column, h) }) {
				diags.Add(c.at[marks.key+" "+column], fmt.Sprintf("%s names column %q, which %s does not have", marks.key, column, c.Sources[0]), diag.Suggest(column, have))
			}
		}
	}
	return diags.Err()
}
