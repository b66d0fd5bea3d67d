package decisions

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/queue"
)

// Place holds decisions against the queue that they are of: which case each is
// about, and that what it says is an outcome of the workflow. What a reviewer
// decided of a case twice is what was decided last. They come back in the order of
// the queue, then of the reviewers' names, without what is wrong.
func Place(all []Decision, q *queue.Queue, w *design.Workflow) ([]Decision, diag.List) {
	var diags diag.List
	byCase := make(map[string]int, len(q.Entries))
	for _, e := range q.Entries {
		byCase[e.Case] = e.Number
	}
	type key struct {
		entry    int
		reviewer string
	}
	kept := map[key]Decision{}
	for _, d := range all {
		before := len(diags)
		n, known := byCase[d.Case]
		switch {
		case d.Queue != "" && d.Queue != q.Header.Queue && d.Queue != q.Header.Of:
			diags.Add(d.Pos, fmt.Sprintf("a decision of queue %q, and this is queue %q", d.Queue, q.Header.Queue), "")
		case d.Case != "" && !known:
			diags.Add(d.Pos, fmt.Sprintf("case %q is not in the queue", d.Case), "")
		case d.Case == "" && (d.Entry < 1 || d.Entry > len(q.Entries)):
			diags.Add(d.Pos, fmt.Sprintf("entry %d, and the queue has 1 to %d", d.Entry, len(q.Entries)), "")
		case d.Case != "" && d.Entry != 0 && d.Entry != n:
			diags.Add(d.Pos, fmt.Sprintf("entry %d is not case %q, which is entry %d", d.Entry, d.Case, n), "")
		}
		d.read(w, q.Header.Outcome, &diags)
		if len(diags) > before {
			continue
		}
		if d.Case == "" {
			n = d.Entry
		}
		d.Entry, d.Case, d.Queue = n, q.Entries[n-1].Case, q.Header.Queue
		k := key{n, d.Reviewer}
		had, twice := kept[k]
		switch {
		case twice && had.At.Equal(d.At) && !had.same(&d):
			diags.Add(d.Pos, fmt.Sprintf("%s decided entry %d otherwise at the same time", d.Reviewer, n), fmt.Sprintf("first at %s: take one of them out", had.Pos))
		case twice && !d.At.After(had.At):
		default:
			kept[k] = d
		}
	}
	out := slices.Collect(maps.Values(kept))
	slices.SortFunc(out, func(a, b Decision) int {
		return cmp.Or(cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Reviewer, b.Reviewer))
	})
	return out, diags.Sort()
}

// read turns the texts into values of the workflow's outcome.
func (d *Decision) read(w *design.Workflow, judged []string, diags *diag.List) {
	d.values = make([]any, w.Outcome.Len())
	for _, name := range slices.Sorted(maps.Keys(d.Outcome)) {
		at := w.Outcome.Index(name)
		if at < 0 || !slices.Contains(judged, name) {
			diags.Add(d.Pos, fmt.Sprintf("the workflow judges no outcome field %q", name), diag.Suggest(name, judged))
			continue
		}
		t := w.Outcome.Fields()[at].Type
		v, err := dataset.Column{}.Reading(t)(d.Outcome[name])
		why := ""
		if err != nil {
			why = ": " + err.Error()
		} else if bad := t.Check(v); bad != "" {
			why = ", which " + bad
		}
		if why != "" {
			diags.Add(d.Pos, fmt.Sprintf("field %q is %q%s", name, d.Outcome[name], why), "")
			continue
		}
		d.values[at] = v
	}
	if at := w.Decision; at >= 0 && !d.Unknown && d.Outcome[w.Outcome.Fields()[at].Name] == "" {
		diags.Add(d.Pos, fmt.Sprintf("nothing is decided: field %q is empty", w.Outcome.Fields()[at].Name), "")
	}
}

// same says whether two decisions say the same in so many words.
func (d *Decision) same(o *Decision) bool {
	return d.Unknown == o.Unknown && maps.Equal(d.Outcome, o.Outcome)
}
