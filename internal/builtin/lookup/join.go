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
	table string
	rows  [][]any
	index index
	keys  []field.Term // aligned with index.columns

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
		slices.SortStableFunc(rows, func(a, b int32) int { return j.since(a).Compare(j.since(b)) })
	}
}

// since is when a row began to hold; those without a time held always.
func (j *Join) since(row int32) time.Time {
	at, _ := j.rows[row][j.from].(time.Time)
	return at
}

// Do looks the rows up.
func (j *Join) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	rows, err := j.candidates(in)
	if err != nil {
		return flow.Output{}, err
	}
	at, holds, err := j.time(in)
	if err != nil {
		return flow.Output{}, err
	}
	var (
		chosen  []any
		matches int
		buffer  [4]running
		sums    = buffer[:0]
	)
	if len(j.aggregates) > len(buffer) {
		sums = make([]running, 0, len(j.aggregates))
	}
	sums = sums[:len(j.aggregates)]
	var scopes [][]any
	if j.hasRest {
		scopes = [][]any{nil, in.Values}
	}
	for n, i := range rows {
		if n%1024 == 1023 {
			if err := ctx.Err(); err != nil {
				return flow.Output{}, err
			}
		}
		row := j.rows[i]
		if j.timed && !(holds && j.valid(row, at)) {
			continue
		}
		if j.hasRest {
			scopes[0] = row
			ok, err := j.rest.True(scopes...)
			if err != nil {
				return flow.Output{}, err
			}
			if !ok {
				continue
			}
		}
		if matches++; matches == 1 || j.pick == last || j.pick == latest {
			chosen = row
		}
		for k := range j.aggregates {
			if a := &j.aggregates[k]; a.at >= 0 {
				sums[k].add(row[a.at])
			}
		}
	}
	if matches > 1 && j.pick == only && len(j.take) > 0 {
		return flow.Output{}, flow.Errorf(flow.ErrMalformed, "%d rows of %q match, and pick is only", matches, j.table)
	}
	values := make([]any, j.width)
	if chosen != nil {
		for _, t := range j.take {
			values[t.out] = chosen[t.column]
		}
	}
	for k, a := range j.aggregates {
		values[a.out] = a.value(sums[k], matches)
	}
	if j.found >= 0 {
		values[j.found] = matches > 0
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
func (j *Join) time(in flow.Input) (at time.Time, holds bool, err error) {
	if !j.timed {
		return at, true, nil
	}
	v, err := j.asOf.Eval(in.Values)
	at, holds = v.(time.Time)
	return at, holds, err
}

// valid says whether a row held at a time: from its first moment, until
// before its last.
func (j *Join) valid(row []any, at time.Time) bool {
	if from, ok := row[j.from].(time.Time); ok && from.After(at) {
		return false
	}
	if j.to >= 0 {
		if to, ok := row[j.to].(time.Time); ok && !at.Before(to) {
			return false
		}
	}
	return true
}
