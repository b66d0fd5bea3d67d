package drift

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/ledger"
)

// Past is one check of the history.
type Past struct {
	At      time.Time `json:"at"`
	Dataset string    `json:"dataset"`
	Cases   int       `json:"cases"`
	Verdict Verdict   `json:"verdict"`
	Alpha   float64   `json:"alpha"`
	Again   bool      `json:"again,omitempty"` // of the same cases as an earlier one
	// Signals are what moved then, and those that moved in any check shown, with
	// their effects.
	Signals []ledger.Signal `json:"signals"`
}

// sketchSize is how many of the smallest hashes of a sample's cases are kept to
// see that samples overlap.
const sketchSize = 256

// Entry is the check as the ledger keeps it. Baseline identifies what the fresh
// cases were compared with.
func (r *Result) Entry(at time.Time, baseline string, fresh *Sample) ledger.Check {
	e := ledger.Check{
		At: at.UTC().Truncate(time.Second), Workflow: r.Workflow, Design: r.Design, Baseline: baseline,
		Dataset: r.Fresh.Dataset, Cases: r.Fresh.Cases, Labelled: r.Fresh.Labelled, Verdict: string(r.Verdict), Alpha: r.Alpha, Signals: []ledger.Signal{},
	}
	if fresh != nil {
		e.From, e.To, e.Sketch = fresh.From, fresh.To, fresh.sketch()
	}
	for _, list := range [][]Signal{r.Signals, r.Segments} {
		for i := range list {
			s := &list[i]
			if s.P.Valid && (s.Segment == "" || s.Moved) {
				e.Signals = append(e.Signals, ledger.Signal{Name: s.Name, Segment: s.Segment, Effect: s.Effect.Value, Floor: s.Floor, P: s.Adjust.Value, Moved: s.Moved, Alarm: s.Alarm})
			}
		}
	}
	return e
}

// sketch are the smallest hashes of the cases (bottom-k, Beyer et al. 2007).
func (s *Sample) sketch() []uint64 {
	ids := slices.Sorted(slices.Values(s.ids))
	return slices.Clone(ids[:min(len(ids), sketchSize)])
}

// overlap estimates how many of the fresh cases are in an earlier sample: the
// share among the smallest hashes of both that both have.
func overlap(a, b []uint64, casesA, casesB int) int {
	union := slices.Concat(a, b)
	slices.Sort(union)
	union = slices.Compact(union)
	// Below the smaller of the largest hashes both sketches are whole.
	limit := ^uint64(0)
	if len(a) == sketchSize && len(a) < casesA {
		limit = a[len(a)-1]
	}
	if len(b) == sketchSize && len(b) < casesB {
		limit = min(limit, b[len(b)-1])
	}
	all, both, mine := 0, 0, 0
	for _, h := range union {
		if h > limit {
			break
		}
		_, inA := slices.BinarySearch(a, h)
		_, inB := slices.BinarySearch(b, h)
		all++
		if inA {
			mine++
		}
		if inA && inB {
			both++
		}
	}
	if mine == 0 {
		return 0
	}
	return int(float64(both) / float64(mine) * float64(casesA))
}

// Earlier are the checks of a workflow, of a design and against a baseline; each
// is "" for any.
func Earlier(all []ledger.Check, workflow, design, baseline string) []ledger.Check {
	var out []ledger.Check
	same := func(is, want string) bool { return want == "" || is == want }
	for _, c := range all {
		if same(c.Workflow, workflow) && same(c.Design, design) && same(c.Baseline, baseline) {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b ledger.Check) int { return a.At.Compare(b.At) })
	return out
}

// Same is the earlier check of the very same fresh cases, with as many labels: this one is that one
// once more, spends nothing and has its share.
func Same(earlier []ledger.Check, fresh *Sample) (ledger.Check, bool) {
	sketch := fresh.sketch()
	for _, c := range earlier {
		if c.Cases == fresh.Cases && c.Labelled == fresh.Labelled && !c.Again && len(c.Sketch) > 0 && slices.Equal(c.Sketch, sketch) {
			return c, true
		}
	}
	return ledger.Check{}, false
}

// Remember puts a check beside the earlier ones: since which of them signals
// have moved, and which of them had some of its cases.
func (r *Result) Remember(earlier []ledger.Check, now ledger.Check) {
	for _, c := range earlier {
		if now.Again && c.Cases == now.Cases && slices.Equal(c.Sketch, now.Sketch) {
			continue
		}
		if n := overlap(now.Sketch, c.Sketch, now.Cases, c.Cases); n > 0 {
			r.Warnings = append(r.Warnings, fmt.Sprintf("about %d of the %d fresh cases were in the check of %s too: the two are not independent, and what one saw by chance the other sees again", n, now.Cases, c.At.Format(time.DateTime)))
		}
	}
	for _, list := range [][]Signal{r.Signals, r.Segments} {
		for i := range list {
			s := &list[i]
			if !s.Moved {
				continue
			}
			for k := len(earlier) - 1; k >= 0; k-- {
				at := slices.IndexFunc(earlier[k].Signals, func(l ledger.Signal) bool { return l.Name == s.Name && l.Segment == s.Segment })
				if at < 0 || !earlier[k].Signals[at].Moved {
					break
				}
				if s.Since == nil {
					s.Since = &Since{}
				}
				s.Since.Check = earlier[k].At
			}
		}
	}
	r.History = history(append(slices.Clone(earlier), now))
}

// historySignals are shown of a history beside what moved in a check.
const historySignals = 6

// history are checks as they are shown: of every one the signals that moved
// most often in all of them.
func history(checks []ledger.Check) []Past {
	times := map[string]int{}
	var order []string
	for _, c := range checks {
		for _, s := range c.Signals {
			if s.Segment != "" {
				continue
			}
			if _, ok := times[s.Name]; !ok {
				order = append(order, s.Name)
				times[s.Name] = 0
			}
			if s.Moved {
				times[s.Name]++
			}
		}
	}
	slices.SortStableFunc(order, func(a, b string) int { return cmp.Compare(times[b], times[a]) })
	order = order[:min(len(order), historySignals)]
	out := make([]Past, 0, len(checks))
	for _, c := range checks {
		p := Past{At: c.At, Dataset: c.Dataset, Cases: c.Cases, Verdict: Verdict(c.Verdict), Alpha: c.Alpha, Again: c.Again, Signals: []ledger.Signal{}}
		for _, name := range order {
			if i := slices.IndexFunc(c.Signals, func(s ledger.Signal) bool { return s.Name == name && s.Segment == "" }); i >= 0 {
				p.Signals = append(p.Signals, c.Signals[i])
			}
		}
		out = append(out, p)
	}
	return out
}
