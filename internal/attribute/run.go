package attribute

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Run attributes the designs of a record that holds them as written and with
// their [Oracles]. The plans are those that were replayed.
func Run(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card, plans []*design.Plan) (*Result, error) {
	scored, err := score.Run(ctx, run, w, card)
	if err != nil {
		return nil, err
	}
	r, at := begin(run, w, scored, "every part and metric of one design, by Holm")
	for _, p := range plans {
		written, ok := at[p.Design.Name+"\x00"]
		if !ok {
			return nil, fmt.Errorf("run %s has no trials of design %q as written", run.Header.Run, p.Design.Name)
		}
		d := newDesign(scored, written, Metrics)
		for _, t := range Targets(p, card) {
			d.Parts = append(d.Parts, Part{Target: t})
		}
		if err := d.effects(scored, at, written); err != nil {
			return nil, err
		}
		r.Designs = append(r.Designs, d)
	}
	schemas, err := score.GoldSchemas(plans, card)
	if err != nil {
		return nil, err
	}
	if err := firstErrors(ctx, run, w, card, plans, schemas, r.Designs); err != nil {
		return nil, err
	}
	r.Warnings = append(r.Warnings, warnings(r, plans)...)
	r.Warnings = append(r.Warnings, uncorrectable(plans, card)...)
	return r, nil
}

// begin is a result that says of what it is, and the places of the run's
// designs and variants by "name\x00variant".
func begin(run *record.Run, w *design.Workflow, scored *score.Result, family string) (*Result, map[string]int) {
	r := &Result{
		Run: run.Header.Run, Workflow: scored.Workflow, Title: scored.Title, Dataset: scored.Dataset,
		Split: scored.Split, Cases: scored.Cases, Repeats: scored.Repeats, Clusters: scored.Clusters,
		ClusterBy: scored.ClusterBy, Currency: w.Currency, Family: family,
		Warnings: slices.Clone(run.Header.Warnings),
	}
	at := make(map[string]int, len(run.Header.Designs))
	for i, d := range run.Header.Designs {
		at[d.Name+"\x00"+d.Variant] = i
	}
	return r, at
}

// newDesign is a design with its figures as written.
func newDesign(scored *score.Result, written int, metrics []string) Design {
	d := Design{Name: scored.Designs[written].Name}
	for _, name := range metrics {
		m, _ := scored.Designs[written].Metric(name)
		d.Metrics = append(d.Metrics, m)
	}
	return d
}

// effects compares every part's variant with the design as written.
func (d *Design) effects(scored *score.Result, at map[string]int, written int) error {
	variants, words := make([]int, len(d.Parts)), make([]string, len(d.Parts))
	for i := range d.Parts {
		p := &d.Parts[i]
		v, ok := at[d.Name+"\x00"+p.Variant()]
		if !ok {
			return fmt.Errorf("the run has no trials of design %q with %s", d.Name, p.Variant())
		}
		variants[i], words[i] = v, "once "+p.words()+" is corrected"
	}
	effects, err := paired(scored, written, variants, words, Metrics)
	for i := range effects {
		d.Parts[i].Effects = effects[i]
	}
	return err
}

// paired compares variants, by their places among the designs of a run, with
// the design as written, p-values adjusted over all of them. words say when
// trials would have no known end.
func paired(scored *score.Result, written int, variants []int, words, metrics []string) ([][]Effect, error) {
	var family []*compare.Difference
	lists := make([][]compare.Difference, len(variants))
	lost := make([]int, len(variants))
	for i, v := range variants {
		lost[i] = unmeasured(&scored.Vectors.Designs[v], &scored.Vectors.Designs[written])
		var err error
		if lists[i], err = compare.Between(scored, v, written, metrics...); err != nil {
			return nil, err
		}
		if lost[i] == 0 {
			for k := range lists[i] {
				family = append(family, &lists[i][k])
			}
		}
	}
	if err := compare.Adjust(family); err != nil {
		return nil, err
	}
	out := make([][]Effect, len(variants))
	for i := range variants {
		for _, diff := range lists[i] {
			e := Effect{Metric: diff.Metric, Unit: diff.Unit, Change: diff.Interval, P: diff.P, Adjusted: diff.Adjusted, Cases: diff.Cases, Why: diff.Why}
			if lost[i] > 0 {
				e.NotMeasured, e.P, e.Adjusted = lost[i], stats.Number{}, stats.Number{}
				e.Change = unknown(diff)
				e.Why = fmt.Sprintf("not measurable: %d trials have no known end %s", lost[i], words[i])
			}
			out[i] = append(out[i], e)
		}
	}
	return out, nil
}

// unknown is the interval of a change of which nothing is known.
func unknown(d compare.Difference) stats.Interval {
	iv := stats.Interval{Lower: -1, Upper: 1, Level: d.Level}
	if d.Unit != "rate" {
		iv.Lower, iv.Upper = math.Inf(-1), math.Inf(1)
	}
	return iv
}

// unmeasured counts trials measured as written and not in the variant.
func unmeasured(variant, written *score.DesignVectors) int {
	n := 0
	for i := range written.Escalated {
		n += max(0, int(written.Escalated[i].Den-variant.Escalated[i].Den))
	}
	return n
}

// words names the part in a sentence.
func (p *Part) words() string {
	switch p.Kind {
	case Steps:
		return "every step with gold"
	case All:
		return "everything with gold"
	}
	return string(p.Kind) + " " + p.Name
}

// warnings says what a reader has to know about the effects.
func warnings(r *Result, plans []*design.Plan) []string {
	var out []string
	for i := range r.Designs {
		d := &r.Designs[i]
		if len(d.Parts) == 0 {
			out = append(out, fmt.Sprintf("%s: the dataset has gold for none of its steps and routes", d.Name))
		}
		for k := range d.Parts {
			p := &d.Parts[k]
			if p.SentOn > 0 {
				out = append(out, fmt.Sprintf("%s: gold for %s sends cases on that the design gives to people (%d). Correcting it takes their answers away, so that accuracy may fall and wrong decisions cost more; that speaks for these escalations, and not against the step", d.Name, p.Name, p.SentOn))
			}
			if own := p.confidences(); len(own) > 0 {
				out = append(out, fmt.Sprintf("%s: %s has no gold confidence; its own %s stays, so that what it made people look at, they still look at", d.Name, p.Name, strings.Join(own, " and ")))
			}
			if len(p.Effects) > 0 && p.Effects[0].NotMeasured > 0 {
				out = append(out, d.Name+": "+p.Effects[0].Why+cmp.Or(recordedAfter(plans[i], p), p.lostWhere()))
			}
		}
	}
	return out
}

// uncorrectable says which tools have gold that cannot be used.
func uncorrectable(plans []*design.Plan, card *dataset.Card) []string {
	var out []string
	for _, p := range plans {
		for _, n := range p.Nodes {
			for _, t := range n.Tools {
				if score.StepGold(t, card) != nil {
					out = append(out, fmt.Sprintf("%s: %s is a tool of %s: what it should have given hangs on what it is called with, so it is not corrected, and its gold tells nothing", p.Design.Name, t.Name, n.Name))
				}
			}
		}
	}
	return out
}

// confidences are the probabilities that a corrected step keeps.
func (p *Part) confidences() []string {
	var out []string
	for _, name := range p.Own {
		if f := p.node.Out.Fields()[p.node.Out.Index(name)]; f.Type.Kind == flow.Probability {
			out = append(out, name)
		}
	}
	return out
}

// lostWhere names the steps at which corrected trials were lost, and why.
func (p *Part) lostWhere() string {
	var out []string
	for _, at := range slices.Sorted(maps.Keys(p.lostAt)) {
		out = append(out, fmt.Sprintf("%s: %d", at, p.lostAt[at]))
	}
	if len(out) == 0 {
		return ""
	}
	return ", lost at " + strings.Join(out, ", ")
}

// recordedAfter names the recorded steps that a correction may reach.
func recordedAfter(plan *design.Plan, p *Part) string {
	var names []string
	for _, n := range plan.Nodes {
		if flow.HappenedElsewhere(n.Step) && (p.node == nil || n.Index > p.node.Index) {
			names = append(names, n.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf(" (what %s would have answered to other inputs was not recorded)", strings.Join(names, " and "))
}
