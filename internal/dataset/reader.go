package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// Reader reads the cases that a request asked for, in the order of the
// sources. It is not safe for concurrent use.
type Reader struct {
	card *Card
	req  Request
	plan *plan

	src     source
	file    int // index of the next source
	at, n   int // rows of the source's batch: the next, and their number
	row     int64
	fit     int64 // cases read that fit the request
	given   int64
	ids     idSet
	lastID  string // while ids ascend
	mixed   bool   // they did not: ids holds all of them
	slab    []any
	repeats *repeats       // with a repeat column
	drawn   *ordered       // in another order than that of the sources
	only    map[int64]bool // indexes of the only cases to read; nil for all
	exact   bool           // decimals as they are written, not as the nearest float64
	err     error          // what ended the reading

	when, weigh *converter
}

// Open plans the reading of cases, and says all that the card, the request and
// the columns of the first source have against each other.
//
// Errors here and of [Reader.Next] are of type [*SourceError], save io.EOF and
// those of the context.
func (c *Card) Open(r Request) (*Reader, error) {
	reader, err := c.open(r)
	return reader, faulty(err)
}

func (c *Card) open(r Request) (*Reader, error) {
	reader, err := c.prepare(r)
	if err != nil {
		return nil, err
	}
	return reader, reader.nextSource()
}

// prepare is a reader before its first source.
func (c *Card) prepare(r Request) (*Reader, error) {
	if len(c.Sources) == 0 {
		return nil, fmt.Errorf("%s names no source", c.File)
	}
	p, err := newPlan(c, &r)
	if err != nil {
		return nil, err
	}
	format := c.Format
	if format == "" {
		format, _ = FormatOf(c.Sources[0])
	}
	if err := c.checkMarks(p.have, format != JSONL); err != nil {
		return nil, err
	}
	reader := &Reader{
		card: c, req: r, plan: p,
		when:  newConverter(flow.Type{Kind: flow.Time}, true),
		weigh: newConverter(flow.Type{Kind: flow.Number}, true),
	}
	c.Dated.read(reader.when)
	if p.repeat >= 0 {
		reader.repeats = &repeats{}
	}
	if r.Order != nil {
		reader.drawn = &ordered{atOnce: orderedAtOnce}
	}
	return reader, nil
}

// Close ends the reading.
func (r *Reader) Close() error {
	if r.src == nil {
		return nil
	}
	err := r.src.close()
	r.src = nil
	return err
}

// nextSource opens the next file. It is io.EOF behind the last.
func (r *Reader) nextSource() error {
	if err := r.Close(); err != nil {
		return err
	}
	if r.file == len(r.card.Sources) {
		return io.EOF
	}
	src, err := open(r.card.Sources[r.file], r.card.Format, r.plan.columns, r.exact)
	if err != nil {
		return r.card.missing(err)
	}
	r.src = src
	r.file++
	return nil
}

// Next fills cases from the start and gives their number; io.EOF comes with
// the last cases or after them. Cases own their values.
func (r *Reader) Next(ctx context.Context, cases []flow.Case) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	var n int
	if r.drawn != nil {
		n, r.err = r.drawn.next(ctx, r, cases)
	} else if r.repeats != nil {
		n, r.err = r.nextRepeated(ctx, cases)
	} else {
		n, r.err = r.nextRows(ctx, cases)
	}
	if r.err != nil {
		r.err = faulty(r.err)
		r.Close()
	}
	return n, r.err
}

func (r *Reader) nextRows(ctx context.Context, cases []flow.Case) (int, error) {
	n := 0
	for n < len(cases) {
		if r.req.Limit > 0 && r.given == r.req.Limit {
			return n, io.EOF
		}
		if r.at == r.n {
			if err := r.nextBatch(ctx); err != nil {
				return n, err
			}
		}
		i := r.at
		r.at++
		index := r.row
		r.row++
		id, err := r.id(i, index)
		if err != nil {
			return n, err
		}
		if err := r.unique(ctx, id, index, i); err != nil {
			return n, err
		}
		if index < r.req.SkipTo || r.only != nil && !r.only[index] {
			continue
		}
		c := &cases[n]
		*c = flow.Case{Index: index, ID: id}
		if keep, err := r.head(c, i); err != nil {
			return n, err
		} else if !keep {
			continue
		}
		r.fit++
		if !r.req.passes(r.fit - 1) {
			continue
		}
		if err := r.fill(c, i); err != nil {
			return n, err
		}
		if r.req.WantRecorded {
			m, err := r.message(r.req.Recorded, r.plan.recorded, i)
			if err != nil {
				return n, err
			}
			c.Recorded = []flow.Message{m}
		}
		n++
		r.given++
	}
	return n, nil
}

// nextBatch reads rows, from the next source where this one ends.
func (r *Reader) nextBatch(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.src.next()
		if err == nil {
			r.at, r.n = 0, n
			return nil
		}
		if !errors.Is(err, io.EOF) {
			return err
		}
		if err := r.nextSource(); err != nil {
			return err
		}
	}
}

// id is the id of a row, which is its number where the data has no ids.
func (r *Reader) id(i int, index int64) (string, error) {
	if r.plan.id < 0 {
		return strconv.FormatInt(index+1, 10), nil
	}
	id := textOf(r.src.vectors()[r.plan.id], i)
	if id == "" {
		return "", r.wrong(i, r.plan.id, errors.New("a case without an id"))
	}
	return id, nil
}

// wrong gives an error about a value its place.
func (r *Reader) wrong(i, column int, err error) error {
	return fmt.Errorf("%s, column %q: %w", r.src.place(i), r.plan.columns[column], err)
}

// unique is the error for an id that came before. Exports are mostly sorted by
// id, and ids that ascend cannot repeat: then nothing is remembered. Where the
// order first breaks, the ids so far are read again into a set.
func (r *Reader) unique(ctx context.Context, id string, index int64, i int) error {
	if r.plan.id < 0 {
		return nil // row numbers
	}
	if !r.mixed {
		if index == 0 || id > r.lastID {
			r.lastID = id
			return nil
		}
		r.mixed = true
		if err := r.before(ctx, index, func(earlier string, _ func() string) bool {
			r.ids.add(earlier)
			return true
		}); err != nil {
			return err
		}
	}
	if r.ids.add(id) {
		return r.repeated(ctx, id, index, i)
	}
	return nil
}

// before gives the ids of the rows before index, read again, with their
// places, until each says that it has seen enough.
func (r *Reader) before(ctx context.Context, index int64, each func(id string, place func() string) bool) error {
	again := &Reader{card: r.card, plan: &plan{columns: []string{r.plan.columns[r.plan.id]}}}
	if err := again.nextSource(); err != nil {
		return err
	}
	defer again.Close()
	for row := int64(0); row < index; row++ {
		if again.at == again.n {
			if err := again.nextBatch(ctx); err != nil {
				return err
			}
		}
		at := again.at
		if !each(textOf(again.src.vectors()[0], at), func() string { return again.src.place(at) }) {
			return nil
		}
		again.at++
	}
	return nil
}

// repeated is the error for an id that came before. Two ids of one hash are
// none; so the sources are read again up to the row to find the first.
func (r *Reader) repeated(ctx context.Context, id string, index int64, i int) error {
	here, first := r.src.place(i), ""
	if err := r.before(ctx, index, func(earlier string, place func() string) bool {
		if earlier == id {
			first = place()
		}
		return first == ""
	}); err != nil || first == "" {
		return err
	}
	return fmt.Errorf("%s: id %q was there already (%s); where cases come in several trials, name the column of the trial with \"repeat\"", here, id, first)
}

// head fills what says which case it is, and whether it was asked for.
func (r *Reader) head(c *flow.Case, i int) (keep bool, err error) {
	p, v := r.plan, r.src.vectors()
	for j := range p.where {
		if !p.where[j].holds(v[p.where[j].column], i) {
			return false, nil
		}
	}
	if p.time >= 0 {
		at, err := r.when.convert(v[p.time], i)
		if err != nil {
			return false, r.wrong(i, p.time, err)
		}
		c.Time, _ = at.(time.Time)
	}
	c.Cluster = c.ID
	if p.cluster >= 0 {
		if cluster := textOf(v[p.cluster], i); cluster != "" {
			c.Cluster = cluster
		}
	}
	value := ""
	if p.split >= 0 {
		value = textOf(v[p.split], i)
	}
	if c.Split, keep = r.card.splitOf(r.card.Splits.of(c.Cluster, c.Time, value), c.ID, r.req.Splits); !keep {
		return false, nil
	}
	c.Weight = 1
	if p.weight >= 0 {
		w, err := r.weigh.convert(v[p.weight], i)
		if err != nil {
			return false, r.wrong(i, p.weight, err)
		}
		x, ok := w.(float64)
		if !ok || x != 0 && !(x >= minWeight && x <= maxWeight) {
			return false, r.wrong(i, p.weight, fmt.Errorf("a weight is 0, or a number from %v to %v", minWeight, maxWeight))
		}
		c.Weight = x
	}
	if len(p.tags) > 0 {
		c.Tags = make([]string, len(p.tags))
		for j, t := range p.tags {
			c.Tags[j] = textOf(v[t], i)
		}
	}
	return true, nil
}

// Weights within these bounds can be squared and added up over any number of
// cases without leaving the range of numbers.
const (
	minWeight = 1e-12
	maxWeight = 1e12
)

// fill reads the input and the label.
func (r *Reader) fill(c *flow.Case, i int) (err error) {
	if r.req.WantInput {
		if c.Input, err = r.message(r.req.Input, r.plan.input, i); err != nil {
			return err
		}
	}
	if r.req.WantLabels {
		if c.Label, err = r.label(i); err != nil {
			return err
		}
		return r.reviewLabel(c.ID, c.Label, i)
	}
	return nil
}

// values cuts n values from a piece of memory that many cases share.
func (r *Reader) values(n int) []any {
	if n > len(r.slab) {
		r.slab = make([]any, max(64*n, 256))
	}
	out := r.slab[:n:n]
	r.slab = r.slab[n:]
	return out
}

func (r *Reader) message(s *flow.Schema, cells []cell, i int) (flow.Message, error) {
	m := flow.Message{Schema: s, Values: r.values(len(cells))}
	for j := range cells {
		v, err := r.value(&cells[j], i)
		if err != nil {
			return m, err
		}
		m.Values[j] = v
	}
	return m, nil
}

func (r *Reader) value(c *cell, i int) (any, error) {
	if c.column < 0 {
		return nil, nil
	}
	v, err := c.convert(r.src.vectors()[c.column], i)
	if err != nil {
		return nil, r.wrong(i, c.column, err)
	}
	return v, nil
}

func (r *Reader) label(i int) (*flow.Label, error) {
	p, l := r.plan, new(flow.Label)
	var err error
	if l.Outcome, err = r.message(r.req.Outcome, p.outcome, i); err != nil {
		return nil, err
	}
	if len(r.card.Person) > 0 {
		if l.Person, err = r.message(r.req.Outcome, p.person, i); err != nil {
			return nil, err
		}
	}
	for _, s := range p.steps {
		m, err := r.message(s.schema, s.cells, i)
		if err != nil {
			return nil, err
		}
		if l.Steps == nil {
			l.Steps = make(map[string]flow.Message, len(p.steps))
		}
		l.Steps[s.step] = m
	}
	for j := range p.routes {
		v, err := r.value(&p.routes[j], i)
		if err != nil {
			return nil, err
		}
		if to, ok := v.(string); ok {
			if l.Routes == nil {
				l.Routes = make(map[string]string, len(p.routes))
			}
			l.Routes[p.routes[j].field] = to
		}
	}
	needs, err := r.value(&p.needs, i)
	if err != nil {
		return nil, err
	}
	if b, ok := needs.(bool); ok {
		l.NeedsPerson = &b
	}
	minutes, err := r.value(&p.minutes, i)
	if err != nil {
		return nil, err
	}
	if x, ok := minutes.(float64); ok {
		if x < 0 {
			return nil, r.wrong(i, p.minutes.column, fmt.Errorf("%v is no number of minutes, want 0 or more", x))
		}
		l.Minutes = &x
	}
	return l, nil
}
