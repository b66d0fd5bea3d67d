package joint

import (
	"context"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/system"
)

// row is a case of a workflow as its dataset has it.
type row struct {
	id      string
	cluster string
	weight  float64
	own     []any // input
	label   *flow.Label
	parents []int // of every link into the workflow: a row of the sender, -1 for none
	root    int   // a row of the first workflow
}

// stage is a workflow with the rows that take part.
type stage struct {
	*system.Member
	at   int // among the members
	rows []row
	byID map[string]int
	// outside are rows whose sender is not among those replayed, and apart
	// those that no link leads to.
	outside, apart int
}

// read reads the cases that take part: those chosen of the first workflow, and
// all that follow from them.
func (j *Job) read(ctx context.Context) ([]*stage, error) {
	stages := make([]*stage, len(j.System.Members))
	byMember := map[*system.Member]*stage{}
	for i, m := range j.System.Members {
		st := &stage{Member: m, at: i, byID: map[string]int{}}
		stages[i], byMember[m] = st, st
		keys, err := st.keys(ctx)
		if err != nil {
			return nil, err
		}
		request := dataset.Request{
			Input: m.Workflow.Input, Outcome: m.Workflow.Outcome, WantInput: true, WantLabels: true, Splits: j.Splits[m.Name],
		}
		if i == 0 {
			request.Limit = j.Limit
		}
		if err := st.read(ctx, request, keys, byMember); err != nil {
			return nil, err
		}
	}
	if len(stages[0].rows) == 0 {
		return nil, dataset.Fault("no case to replay: %s has none", stages[0].Card.File)
	}
	return stages, nil
}

// keys are the ids of senders' cases, by the id of the receiver's.
func (st *stage) keys(ctx context.Context) (map[string][]string, error) {
	if len(st.In) == 0 {
		return nil, nil
	}
	rows, err := st.Card.Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := make([]int, len(st.In))
	for i, l := range st.In {
		if at[i] = slices.Index(rows.Columns(), l.Column); at[i] < 0 {
			return nil, dataset.Fault("%s has no column %q, by which %s sends cases to %s", st.Card.Sources[0], l.Column, l.From.Name, l.To.Name)
		}
	}
	out := map[string][]string{}
	return out, rows.Each(ctx, func(i int) error {
		c, err := rows.Head(i)
		if err != nil {
			return err
		}
		keys := make([]string, len(at))
		for k, column := range at {
			keys[k] = string([]byte(rows.Text(i, column)))
		}
		out[c.ID] = keys
		return nil
	})
}

func (st *stage) read(ctx context.Context, request dataset.Request, keys map[string][]string, stages map[*system.Member]*stage) error {
	return st.Card.Each(ctx, request, func(c *flow.Case) error {
		r := row{id: c.ID, cluster: c.Cluster, weight: c.Weight, own: c.Input.Values, label: c.Label, root: len(st.rows)}
		if len(st.In) > 0 {
			if ok, err := st.follow(&r, keys[c.ID], stages); err != nil || !ok {
				return err
			}
		}
		st.byID[r.id] = len(st.rows)
		st.rows = append(st.rows, r)
		return nil
	})
}

// follow finds the senders' cases that a case comes from, and says whether it
// takes part.
func (st *stage) follow(r *row, keys []string, stages map[*system.Member]*stage) (bool, error) {
	r.root = -1
	named := false
	for k, l := range st.In {
		from := stages[l.From]
		at, ok := from.byID[keys[k]]
		if !ok {
			at = -1
		}
		named = named || keys[k] != ""
		r.parents = append(r.parents, at)
		if at < 0 {
			continue
		}
		root := from.rows[at].root
		if r.root >= 0 && r.root != root {
			return false, dataset.Fault("%s: case %q of %s comes from two cases of the first workflow: %s %q leads to another than %s", st.Card.Sources[0], r.id, st.Name, l.Column, keys[k], st.In[k-1].Column)
		}
		r.root = root
	}
	switch {
	case !named:
		st.apart++
	case r.root < 0:
		st.outside++
	}
	return r.root >= 0, nil
}

// warnings says which cases of the datasets take no part.
func (st *stage) warnings() []string {
	var out []string
	if st.outside > 0 {
		out = append(out, fmt.Sprintf("%s: cases left out since they come from cases that are not among those replayed: %d", st.Name, st.outside))
	}
	if st.apart > 0 {
		out = append(out, fmt.Sprintf("%s: cases left out since they come over no link: %d", st.Name, st.apart))
	}
	if len(st.rows) == 0 {
		out = append(out, st.Name+": no case comes to it")
	}
	return out
}
