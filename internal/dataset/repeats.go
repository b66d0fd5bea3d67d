package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/rehearse-dev/rehearse/flow"
)

// repeats are all cases of sources whose rows are trials, gathered in memory:
// the rows of a case may stand anywhere.
type repeats struct {
	cases  []flow.Case
	trials [][]trial // of each case
	ready  bool
	at     int
}

// trial is one row of a case.
type trial struct {
	repeat   string
	recorded flow.Message
	place    string
}

// nextRepeated gives cases in the order of their first rows. Input, label and
// tags are those of the first row of a case that was asked for; Index counts
// the cases of the source from 0.
func (r *Reader) nextRepeated(ctx context.Context, cases []flow.Case) (int, error) {
	g := r.repeats
	if !g.ready {
		if err := r.gather(ctx); err != nil {
			return 0, err
		}
		g.ready = true
	}
	n := copy(cases, g.cases[g.at:])
	if r.req.Limit > 0 {
		n = int(min(int64(n), r.req.Limit-r.given))
	}
	clear(g.cases[g.at : g.at+n])
	g.at += n
	r.given += int64(n)
	if g.at == len(g.cases) || r.req.Limit > 0 && r.given == r.req.Limit {
		return n, io.EOF
	}
	return n, nil
}

func (r *Reader) gather(ctx context.Context) error {
	g := r.repeats
	index := make(map[string]int64) // of every case
	place := make(map[int64]int)    // of a case that fits, in g.cases, or left
	const left = -1                 // out by Every
	for {
		if r.at == r.n {
			if err := r.nextBatch(ctx); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return err
			}
		}
		i := r.at
		r.at++
		id, err := r.id(i, 0)
		if err != nil {
			return err
		}
		at, known := index[id]
		if !known {
			at = int64(len(index))
			index[id] = at
		}
		if at < r.req.SkipTo || r.only != nil && !r.only[at] {
			continue
		}
		c := flow.Case{Index: at, ID: id}
		if keep, err := r.head(&c, i); err != nil {
			return err
		} else if !keep {
			continue
		}
		k, known := place[at]
		if !known && !r.req.passes(int64(len(place))) {
			k, known = left, true
			place[at] = k
		}
		if known && k == left {
			continue
		}
		if !known {
			if err := r.fill(&c, i); err != nil {
				return err
			}
			k = len(g.cases)
			place[at] = k
			g.cases, g.trials = append(g.cases, c), append(g.trials, nil)
		}
		t := trial{repeat: textOf(r.src.vectors()[r.plan.repeat], i), place: r.src.place(i)}
		if t.repeat == "" {
			return r.wrong(i, r.plan.repeat, errors.New("a trial without its repeat"))
		}
		if r.req.WantRecorded {
			if t.recorded, err = r.message(r.req.Recorded, r.plan.recorded, i); err != nil {
				return err
			}
		}
		g.trials[k] = append(g.trials[k], t)
	}
	return r.order()
}

// order sorts the cases by their first rows and the trials of each by their
// repeat, and refuses two of one.
func (r *Reader) order() error {
	g := r.repeats
	for k, trials := range g.trials {
		slices.SortStableFunc(trials, func(a, b trial) int { return compareRepeats(a.repeat, b.repeat) })
		for j, t := range trials {
			if j > 0 && compareRepeats(trials[j-1].repeat, t.repeat) == 0 {
				return fmt.Errorf("%s: repeat %q of case %q was there already (%s)", t.place, t.repeat, g.cases[k].ID, trials[j-1].place)
			}
			if r.req.WantRecorded {
				g.cases[k].Recorded = append(g.cases[k].Recorded, t.recorded)
			}
		}
	}
	g.trials = nil
	slices.SortFunc(g.cases, func(a, b flow.Case) int { return cmp.Compare(a.Index, b.Index) })
	return nil
}

// compareRepeats orders numbers by value, before all else by text.
func compareRepeats(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	switch {
	case errX == nil && errY == nil:
		return cmp.Compare(x, y)
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return cmp.Compare(a, b)
}
