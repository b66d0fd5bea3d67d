package score

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Retrieval is how well one step of kind retrieve finds the documents that the
// label names.
type Retrieval struct {
	Step string `json:"step"`
	// Recall has the share of the right documents among the first k found, by
	// k, and last, as "recall", among all found. A k beyond what any trial
	// found is left out.
	Recall []Metric `json:"recall"`
	// MRR is the mean reciprocal rank of the first right document, 0 where none
	// was found.
	MRR Metric `json:"mrr"`
}

// retrieveKind is the kind of steps that search, and the fields of out that
// gold may name: documents for any number, best for one.
const (
	retrieveKind   = "retrieve"
	documentsField = "documents"
	bestField      = "best"
)

// recallAt are the depths at which recall is counted.
var recallAt = []int{1, 3, 5, 10}

// retrievalGold are the gold documents that a card has, by step.
func retrievalGold(card *dataset.Card) map[string]*flow.Schema {
	out := map[string]*flow.Schema{}
	for step, columns := range card.Steps {
		var fields []flow.Field
		for _, c := range columns {
			if c.Field != documentsField && c.Field != bestField {
				continue
			}
			as := flow.Type{Kind: flow.Any} // a list, or a text
			if c.Type != nil {
				as = *c.Type
			}
			as.Optional = true
			fields = append(fields, flow.Field{Name: c.Field, Type: as})
		}
		if fields != nil {
			out[step] = flow.NewSchema(fields...)
		}
	}
	return out
}

// recall gathers shares, most of which are 0 or 1.
type recall struct {
	rate
	parts bool // some are neither
}

func (r *recall) add(u units, cluster int32, weight, share float64) {
	if share == 0 || share == 1 {
		r.rate.add(u, cluster, weight, share == 1)
		return
	}
	r.parts = true
	r.addValue(u, cluster, weight, share)
}

// metric is a rate where every case has one right document, and a mean of
// shares otherwise.
func (r *recall) metric(u units, name string) Metric {
	if r.parts {
		return meanShare(&r.rate, u, name)
	}
	return r.rate.metric(u, name)
}

// meanShare is the mean of shares, whose interval is cut where no mean can be.
func meanShare(r *rate, u units, name string) Metric {
	m := r.mean(u, name, "share")
	m.Lower, m.Upper = max(m.Lower, 0), min(m.Upper, 1)
	return m
}

// retrievalTally adds up one step's searches.
type retrievalTally struct {
	at      []recall // aligned with recallAt
	all     recall
	mrr     rate
	deepest int // most documents that a trial found
}

// retrieval takes in what a trial's searches found.
func (d *designTally) retrieval(t *flow.Trial, label *flow.Label, cluster int32) {
	if label == nil {
		return
	}
	for i := range t.Spans {
		s := &t.Spans[i]
		if s.Kind != retrieveKind || s.Shadow {
			continue
		}
		right := rightDocuments(label.Steps[s.Step])
		if len(right) == 0 {
			continue
		}
		r := d.searches[s.Step]
		if r == nil {
			r = &retrievalTally{at: make([]recall, len(recallAt))}
			d.searches[s.Step] = r
		}
		r.add(d.u, cluster, t.Weight, foundDocuments(s.Output), right)
	}
}

func (r *retrievalTally) add(u units, cluster int32, weight float64, found, right []string) {
	r.deepest = max(r.deepest, len(found))
	share := func(k int) float64 {
		n := 0
		for _, id := range found[:min(k, len(found))] {
			if slices.Contains(right, id) {
				n++
			}
		}
		return float64(n) / float64(len(right))
	}
	for i, k := range recallAt {
		r.at[i].add(u, cluster, weight, share(k))
	}
	r.all.add(u, cluster, weight, share(len(found)))
	reciprocal := 0.0
	if first := slices.IndexFunc(found, func(id string) bool { return slices.Contains(right, id) }); first >= 0 {
		reciprocal = 1 / float64(first+1)
	}
	r.mrr.addValue(u, cluster, weight, reciprocal)
}

// rightDocuments are the ids that gold names, each once.
func rightDocuments(gold flow.Message) []string {
	v := gold.Get(documentsField)
	if v == nil {
		v = gold.Get(bestField)
	}
	var out []string
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			if id, ok := e.(string); ok {
				out = append(out, id)
			}
		}
	case string: // a list as a CSV writes it, or one id
		if !strings.HasPrefix(x, "[") || json.Unmarshal([]byte(x), &out) != nil {
			out = []string{x}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// foundDocuments are the documents that a search gave, best first, each once;
// none where it failed.
func foundDocuments(output []byte) []string {
	var o struct {
		Documents []string `json:"documents"`
		Hits      []struct {
			Document string `json:"document"`
		} `json:"hits"`
		Best string `json:"best"`
	}
	if output == nil || json.Unmarshal(output, &o) != nil {
		return nil
	}
	found := o.Documents
	if found == nil {
		for _, h := range o.Hits {
			found = append(found, h.Document)
		}
	}
	if found == nil && o.Best != "" {
		found = []string{o.Best}
	}
	var out []string
	for _, id := range found {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func (d *designTally) retrievalList() []Retrieval {
	var out []Retrieval
	for step, r := range d.searches {
		x := Retrieval{Step: step, MRR: meanShare(&r.mrr, d.u, "mrr")}
		for i, k := range recallAt {
			if k < r.deepest {
				x.Recall = append(x.Recall, r.at[i].metric(d.u, fmt.Sprintf("recall@%d", k)))
			}
		}
		x.Recall = append(x.Recall, r.all.metric(d.u, "recall"))
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b Retrieval) int { return cmp.Compare(a.Step, b.Step) })
	return out
}
