package decisions

import (
	"context"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/queue"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Study is what decisions tell.
type Study struct {
	Queue    string `json:"queue"`
	Workflow string `json:"workflow"`
	Design   string `json:"design"`
	Source   string `json:"source"` // the run or audit log
	Cases    int    `json:"cases"`  // in the queue
	Decided  int    `json:"decided"`
	Unknown  int    `json:"unknown"` // of which nobody can tell
	// Reviewers are those who decided, by name.
	Reviewers []Reviewer `json:"reviewers"`
	Agreement *Agreement `json:"agreement,omitempty"` // nil where no two reviewers met
	Disputed  []Dispute  `json:"disputed"`
	// Contradicts are cases whose recorded label is not what was decided.
	Contradicts []Contradiction `json:"contradicts"`
	Accuracy    []Estimate      `json:"accuracy"`
	// Again is the folder of the queue of the disputed cases.
	Again    string   `json:"again,omitempty"`
	Warnings []string `json:"warnings,omitempty"`
}

// Reviewer is one who decided.
type Reviewer struct {
	Name    string  `json:"name"`
	Cases   int     `json:"cases"`
	Minutes float64 `json:"minutes"` // in all, as counted
}

// Agreement is how far reviewers agree on the decision, among the cases that two
// or more of them decided.
type Agreement struct {
	Method    string         `json:"method"`
	Reviewers int            `json:"reviewers"`
	Cases     int            `json:"cases"`
	Agree     stats.Number   `json:"agree"` // share of pairs that agree
	Kappa     stats.Interval `json:"kappa"`
}

// Dispute is a case of which reviewers decided otherwise.
type Dispute struct {
	Entry int      `json:"entry"`
	Case  string   `json:"case"`
	Said  []string `json:"said"`
}

// Contradiction is a field of a case whose recorded label is not what was decided.
type Contradiction struct {
	Case    string   `json:"case"`
	Field   string   `json:"field"`
	Label   string   `json:"label"`
	Decided string   `json:"decided"`
	By      []string `json:"by"`
}

// Estimate is the accuracy of what a design automated, by what it comes from.
type Estimate struct {
	From  string      `json:"from"` // "audit", "audit and the rest", "recorded labels"
	Share score.Share `json:"share"`
	What  string      `json:"what"` // in words: what it is over, or why there is none
}

// Tell says what settled decisions tell of a queue whose cases come from a source.
// HideIDs and hidden fields are not shown.
func Tell(ctx context.Context, q *queue.Queue, settled []Settled, from queue.Source, w *design.Workflow, card *dataset.Card) (*Study, error) {
	s := &Study{
		Queue: q.Header.Queue, Workflow: w.Name, Design: q.Header.Design, Cases: len(q.Entries), Decided: len(settled),
		Disputed: []Dispute{}, Contradicts: []Contradiction{}, Source: q.Header.Run + q.Header.Log,
	}
	s.count(settled)
	units := score.NewUnits(card, 1)
	s.agree(settled, q, w, units)
	name := func(e int) string { return q.CaseName(&q.Entries[e-1]) }
	right := map[int]score.Tri{}
	at := map[string]*Settled{}
	for i := range settled {
		at[settled[i].Case] = &settled[i]
		if settled[i].Disputed {
			d := Dispute{Entry: settled[i].Entry, Case: name(settled[i].Entry)}
			for _, by := range settled[i].By {
				d.Said = append(d.Said, by.Reviewer+": "+by.words(w))
			}
			s.Disputed = append(s.Disputed, d)
		}
	}
	personal := card.PersonalFields()
	err := from.Cases(ctx, false, func(c *queue.Seen) error {
		x := at[c.Case.ID]
		if x == nil {
			return nil
		}
		right[x.Entry] = x.Judge(w, c.Proposed)
		if c.Case.Label == nil || x.Disputed || x.Unknown {
			return nil
		}
		for i, f := range w.Outcome.Fields() {
			if i >= len(c.Case.Label.Outcome.Values) || x.Values[i] == nil {
				continue
			}
			label := c.Case.Label.Outcome.Values[i]
			if label == nil || score.Equal(w.Compare[i], label, x.Values[i]) || slices.Contains(personal, f.Name) {
				continue
			}
			k := Contradiction{Case: name(x.Entry), Field: f.Name, Label: queue.TextOf(label, f.Type), Decided: queue.TextOf(x.Values[i], f.Type)}
			for _, by := range x.By {
				k.By = append(k.By, by.Reviewer)
			}
			s.Contradicts = append(s.Contradicts, k)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.estimate(q, right, units)
	return s, nil
}

// words are what was decided, in the order of the outcome.
func (d *Decision) words(w *design.Workflow) string {
	if d.Unknown {
		return "cannot tell"
	}
	out := ""
	for _, f := range w.Outcome.Fields() {
		if text := d.Outcome[f.Name]; text != "" {
			if out != "" {
				out += ", "
			}
			out += f.Name + " " + text
		}
	}
	return out
}

func (s *Study) count(settled []Settled) {
	at := map[string]int{}
	for i := range settled {
		if settled[i].Unknown {
			s.Unknown++
		}
		for _, d := range settled[i].By {
			k, known := at[d.Reviewer]
			if !known {
				k = len(s.Reviewers)
				at[d.Reviewer] = k
				s.Reviewers = append(s.Reviewers, Reviewer{Name: d.Reviewer})
			}
			s.Reviewers[k].Cases++
			s.Reviewers[k].Minutes += d.Seconds / 60
		}
	}
	slices.SortFunc(s.Reviewers, func(a, b Reviewer) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
}

// agree is how far the reviewers agree on the decision; that nobody can tell is an
// answer, too.
func (s *Study) agree(settled []Settled, q *queue.Queue, w *design.Workflow, units *score.Units) {
	if w.Decision < 0 {
		s.Warnings = append(s.Warnings, "the workflow decides nothing that has classes: no kappa")
		return
	}
	classes := w.Outcome.Fields()[w.Decision].Type.Enum
	class := func(d *Decision) int {
		if v, ok := d.values[w.Decision].(string); ok && !d.Unknown {
			return slices.Index(classes, v)
		}
		return len(classes)
	}
	var counts [][]int
	var clusters []int32
	var one, other []int
	names := map[string]bool{}
	for i := range settled {
		by := settled[i].By
		if len(by) < 2 {
			continue
		}
		row := make([]int, len(classes)+1)
		for k := range by {
			row[class(&by[k])]++
			names[by[k].Reviewer] = true
		}
		counts = append(counts, row)
		one, other = append(one, class(&by[0])), append(other, class(&by[1])) // in the order of their names
		e := &q.Entries[settled[i].Entry-1]
		if units.Clustered() {
			clusters = append(clusters, units.Cluster(&flow.Trial{Case: e.Case, Cluster: e.Cluster}))
		}
	}
	if len(counts) == 0 {
		if len(s.Reviewers) > 0 {
			s.Warnings = append(s.Warnings, "no case was decided by two reviewers: how far they agree is not known")
		}
		return
	}
	a := &Agreement{Reviewers: len(names), Method: "Fleiss' kappa"}
	found, err := stats.FleissAgreement(counts, clusters, 0.95)
	if len(names) == 2 {
		a.Method = "Cohen's kappa"
		found, err = stats.CohenAgreement(one, other, len(classes)+1, clusters, 0.95)
	}
	if err != nil {
		panic(err) // categories are of the classes
	}
	a.Cases, a.Agree, a.Kappa = found.Cases, found.Agree, found.Kappa
	for _, x := range found.Warnings {
		s.Warnings = append(s.Warnings, "agreement: "+string(x))
	}
	s.Agreement = a
}

// estimate is how often the design is right when nobody looks: by the audit alone,
// and by all automated cases of the queue, weighted.
func (s *Study) estimate(q *queue.Queue, right map[int]score.Tri, units *score.Units) {
	audit, rest := units.Counter(), units.Counter()
	var drawn, open, openCertain, certainCases, certainRight int
	var certain, certainWeight float64
	for i := range q.Entries {
		e := &q.Entries[i]
		if !e.Automated {
			continue
		}
		told := right[e.Number]
		cluster := units.Cluster(&flow.Trial{Case: e.Case, Cluster: e.Cluster})
		if e.Drawn {
			if drawn++; told == score.Unknown {
				open++
			} else {
				audit.Add(cluster, e.Weight, told == score.Yes)
			}
		}
		switch {
		case !e.Taken && told != score.Unknown:
			rest.Add(cluster, e.Weight, told == score.Yes)
		case e.Taken && told == score.Unknown:
			openCertain++
		case e.Taken:
			certainCases++
			certainWeight += e.Weight
			if told == score.Yes {
				certain += e.Weight
				certainRight++
			}
		}
	}
	x := Estimate{From: "audit", Share: audit.Share()}
	x.What = fmt.Sprintf("%d of the %d cases drawn of %d automated are decided", drawn-open, drawn, q.Header.Frame.Automated)
	s.Accuracy = append(s.Accuracy, x)
	if open > 0 && drawn > open {
		s.Warnings = append(s.Warnings, fmt.Sprintf("of %d cases of the audit no decision counts yet: the estimate holds if those were not left out for what they are", open))
	}
	if certainCases+openCertain == 0 {
		return
	}
	all := Estimate{From: "audit and the rest"}
	switch share := rest.Share(); {
	case openCertain > 0:
		all.What = fmt.Sprintf("not yet: %d automated cases that are in the queue for what they are are not decided", openCertain)
	case q.Header.Frame.Others == 0:
		all.Share = exactly(certain/certainWeight, certainRight, certainCases)
		all.What = "every automated case is decided"
	case !share.Estimate.Valid:
		all.What = "not yet: none of the cases that are there by the draw alone is decided"
	default:
		// The sum over the certain cases is known; the others are estimated by those
		// drawn of them, and so is the interval.
		whole := certainWeight + q.Header.Frame.OthersWeight
		of := func(p float64) float64 { return (certain + q.Header.Frame.OthersWeight*p) / whole }
		all.Share = share
		all.Share.X, all.Share.N = share.X+certainRight, share.N+certainCases
		all.Share.Estimate = stats.Num(of(share.Estimate.Value))
		all.Share.Lower, all.Share.Upper = of(share.Lower), of(share.Upper)
		all.Share.Method = "weighted by the inverse inclusion probability; " + share.Method
		all.What = fmt.Sprintf("%d automated cases taken for what they are, and %d that stand for %d others", certainCases, share.N, q.Header.Frame.Others)
	}
	s.Accuracy = append(s.Accuracy, all)
}

func exactly(p float64, x, n int) score.Share {
	return score.Share{X: x, N: n, Interval: stats.Interval{Estimate: stats.Num(p), Lower: p, Upper: p, Level: 0.95, Method: "all of them"}}
}
