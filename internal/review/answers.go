package review

import (
	"context"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Run is one run with what it was made of.
type Run struct {
	*record.Run
	Workflow *design.Workflow
	Card     *dataset.Card
}

// answer is what one design says of one case, over its repeats.
type answer struct {
	design int
	p      []float64 // by class; nil where it states no confidence
	votes  []float64 // by class: the shares of its repeats
}

// labelled is a case with its label, and what the designs say.
type labelled struct {
	id      string
	label   int // class
	answers []answer
}

// gathering collects the answers of all runs.
type gathering struct {
	classes []string
	designs []Design
	cases   []*labelled
	byID    map[string]*labelled
	skipped map[string]bool // cases whose label a person has reviewed
}

// gather walks over a run. Answers that people gave are left out: they are the
// label, or hang on it.
func (g *gathering) gather(ctx context.Context, run Run, field string) error {
	first := len(g.designs)
	at := map[string]int{}
	for _, d := range run.Header.Designs {
		if d.Variant == "" {
			at[d.Name] = len(g.designs)
			g.designs = append(g.designs, Design{Run: run.Header.Run, Name: d.Name})
		}
	}
	var current *labelled
	err := score.Walk(ctx, run.Run, run.Workflow, run.Card, dataset.Request{}, func(t *flow.Trial, c *flow.Case, start bool) error {
		if start {
			current = g.labelled(run, c, field)
		}
		i, written := at[t.Design]
		if current == nil || !written || t.Variant != "" {
			return nil
		}
		decided, ok := g.decided(run.Workflow, t)
		if !ok {
			return nil
		}
		current.add(i, decided, score.Stated(t), g.classes)
		return nil
	})
	if err != nil {
		return err
	}
	for i := first; i < len(g.designs); i++ {
		g.judge(i)
	}
	return nil
}

// labelled is the case's entry; nil where it has no label, or one that a person
// has reviewed.
func (g *gathering) labelled(run Run, c *flow.Case, field string) *labelled {
	if slices.ContainsFunc(run.Card.Reviewed[c.ID], func(r dataset.Reviewed) bool { return r.Field == field }) {
		g.skipped[c.ID] = true
		return nil
	}
	if k := g.byID[c.ID]; k != nil {
		return k
	}
	word, _ := c.Label.Outcome.Values[run.Workflow.Decision].(string)
	class := slices.Index(g.classes, word)
	if class < 0 {
		return nil
	}
	k := &labelled{id: c.ID, label: class}
	g.byID[c.ID] = k
	g.cases = append(g.cases, k)
	return k
}

// decided is the class that the design itself came to.
func (g *gathering) decided(w *design.Workflow, t *flow.Trial) (int, bool) {
	outcome := t.Shadow
	if t.Status == flow.Automated {
		outcome = t.Outcome
	}
	if outcome == nil || t.Right != nil {
		return 0, false
	}
	word, _ := outcome[w.Decision].(string)
	class := slices.Index(g.classes, word)
	return class, class >= 0
}

// add takes in a trial of a design.
func (k *labelled) add(design, decided int, c *flow.Confidence, classes []string) {
	i := slices.IndexFunc(k.answers, func(a answer) bool { return a.design == design })
	if i < 0 {
		i = len(k.answers)
		k.answers = append(k.answers, answer{design: design, votes: make([]float64, len(classes))})
	}
	a := &k.answers[i]
	a.votes[decided]++
	if c == nil {
		return
	}
	if a.p == nil {
		a.p = make([]float64, len(classes))
	}
	for class, p := range distribution(decided, c, classes) {
		a.p[class] += p
	}
}

// distribution is the probability of every class that a confidence stands for:
// the classes that it names, and what is left evenly over the others.
func distribution(decided int, c *flow.Confidence, classes []string) []float64 {
	out := make([]float64, len(classes))
	known := make([]bool, len(classes))
	left, others := 1.0, len(classes)
	name := func(class int, p float64) {
		if class >= 0 && !known[class] {
			out[class], known[class] = p, true
			left, others = left-p, others-1
		}
	}
	for _, n := range c.Classes {
		name(slices.Index(classes, n.Name), n.P)
	}
	name(decided, c.Calibrated)
	for class := range out {
		if !known[class] {
			out[class] = max(0, left) / float64(others)
		}
	}
	return out
}

// judge brings the answers of a design to shares of 1, and counts how often it
// agrees with the label. A design that states no confidence is as sure of every
// answer as it is often right, by the rule of succession.
func (g *gathering) judge(design int) {
	d := &g.designs[design]
	var own []*answer
	right := 0.0
	for _, k := range g.cases {
		for i := range k.answers {
			a := &k.answers[i]
			if a.design != design {
				continue
			}
			total := 0.0
			for _, v := range a.votes {
				total += v
			}
			for c := range a.votes {
				a.votes[c] /= total
				if a.p != nil {
					a.p[c] /= total
				}
			}
			right += a.votes[k.label]
			own = append(own, a)
		}
	}
	d.Cases = len(own)
	if len(own) == 0 {
		return
	}
	d.Agrees = right / float64(len(own))
	sure := (right + 1) / float64(len(own)+2)
	for _, a := range own {
		if d.Stated = a.p != nil; d.Stated {
			continue
		}
		a.p = make([]float64, len(g.classes))
		rest := (1 - sure) / float64(max(1, len(g.classes)-1))
		for c, v := range a.votes {
			a.p[c] = v*sure + (1-v)*rest
		}
	}
}
