package lookup

import (
	"context"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// pick says which of several rows that match counts.
type pick string

const (
	only   pick = "only"
	first  pick = "first"
	last   pick = "last"
	latest pick = "latest"
)

// Join finds rows of a table that is held in memory.
type Join struct {
	choice
	rows  [][]any
	index index
	keys  []field.Term // aligned with index.columns
}

// choice says which of the rows that a case is given count, and what of them.
type choice struct {
	table string // in messages

	rest    field.Term // the part of the condition that no index answers
	hasRest bool

	timed    bool
	asOf     field.Term
	from, to int // columns; -1 for none

	pick       pick
	take       []taken
	aggregates []aggregate
	found      int // out field; -1 for none
	width      int
}

// taken is an out field that is a column of the row.
type taken struct{ out, column int }

// sort puts the rows of each key in the order of time, so that the latest is
// the last that matches.
func (j *Join) sort() {
	if j.pick != latest {
		return
	}
	for _, rows := range j.index.rows {
		slices.SortStableFunc(rows, func(a, b int32) int { return j.since(j.rows[a]).Compare(j.since(j.rows[b])) })
	}
}

// since is when a row began to hold; those without a time held always.
func (c *choice) since(row []any) time.Time {
	at, _ := row[c.from].(time.Time)
	return at
}

// Do looks the rows up.
func (j *Join) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	at, err := j.candidates(in)
	if err != nil {
		return flow.Output{}, err
	}
	return j.choose(ctx, in, len(at), func(i int) []any { return j.rows[at[i]] })
}

// choose gives the output for n rows that may match.
func (c *choice) choose(ctx context.Context, in flow.Input, n int, row func(int) []any) (flow.Output, error) {
	at, holds, err := c.time(in)
	if err != nil {
		return flow.Output{}, err
	}
	var (
		chosen  []any
		matches int
		buffer  [4]running
		sums    = buffer[:0]
	)
	if len(c.aggregates) > len(buffer) {
		sums = make([]running, 0, len(c.aggregates))
	}
	sums = sums[:len(c.aggregates)]
	var scopes [][]any
	if c.hasRest {
		scopes = [][]any{nil, in.Values}
	}
	for i := range n {
		if i%1024 == 1023 {
			if err := ctx.Err(); err != nil {
				return flow.Output{}, err
			}
		}
		row := row(i)
		if c.timed && !(holds && c.valid(row, at)) {
			continue
		}
		if c.hasRest {
			scopes[0] = row
			ok, err := c.rest.True(scopes...)
			if err != nil {
				return flow.Output{}, err
			}
			if !ok {
				continue
			}
		}
		if matches++; matches == 1 || c.pick == last || c.pick == latest {
			chosen = row
		}
		for k := range c.aggregates {
			if a := &c.aggregates[k]; a.at >= 0 {
				sums[k].add(row[a.at])
			}
		}
	}
	if matches > 1 && c.pick == only && len(c.take) > 0 {
		return flow.Output{}, flow.Errorf(flow.ErrMalformed, "%d rows of %q match, and pick is only", matches, c.table)
	}
	values := make([]any, c.width)
	if chosen != nil {
		for _, t := range c.take {
			values[t.out] = chosen[t.column]
		}
	}
	for k, a := range c.aggregates {
		values[a.out] = a.value(sums[k], matches)
	}
	if c.found >= 0 {
		values[c.found] = matches > 0
	}
	return flow.Output{Values: values}, nil
}

// candidates are the rows that the index finds, or all.
func (j *Join) candidates(in flow.Input) ([]int32, error) {
	var space [64]byte
	key := space[:0]
	for _, k := range j.keys {
		v, err := k.Eval(in.Values)
		if err != nil {
			return nil, err
		}
		if v == nil {
			return nil, nil
		}
		key = appendKey(key, v)
	}
	return j.index.rows[string(key)], nil
}

// time is that at which the table is looked at; nothing holds at a time that
// is absent.
func (c *choice) time(in flow.Input) (at time.Time, holds bool, err error) {
	if !c.timed {
		return at, true, nil
	}
	v, err := c.asOf.Eval(in.Values)
	at, holds = v.(time.Time)
	return at, holds, err
}

// valid says whether a row held at a time: from its first moment, until
// before its last.
func (c *choice) valid(row []any, at time.Time) bool {
	if from, ok := row[c.from].(time.Time); ok && from.After(at) {
		return false
	}
	if c.to >= 0 {
		if to, ok := row[c.to].(time.Time); ok && !at.Before(to) {
			return false
		}
	}
	return true
}
