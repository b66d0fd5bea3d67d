package report

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Contrasted prints designs in operation against a baseline.
type Contrasted struct{ *opsim.Comparison }

// Text prints it for a terminal.
func (r Contrasted) Text(w io.Writer, o TextOptions) error { return r.document().text(w, o) }

// Markdown prints it for a page.
func (r Contrasted) Markdown(w io.Writer) error { return r.document().markdown(w) }

// HTML prints it as a page.
func (r Contrasted) HTML(w io.Writer) error {
	d := r.document()
	d.lead = nil
	p := d.page("Comparison in operation")
	for _, c := range r.Candidates {
		v := page.Verdict{Name: name(c.Design), Role: "candidate", Sentence: "Against " + name(r.Baseline) + ", on the same cases at the same times: " + r.told(c)}
		for _, f := range r.found(c) {
			v.Findings = append(v.Findings, page.Finding{Text: f.String(), Tone: tone(string(f.verdict))})
		}
		for _, d := range c.Differences {
			if d.Why == "" && d.Paired.Bounded() && len(v.Figures) < 4 {
				unit := r.unitOf(d)
				cell := strings.Split(differenceCell(d.Paired, timeUnit{"", unit.factor}), "\n")
				v.Figures = append(v.Figures, page.Figure{Name: d.Measure, Value: cell[0], Unit: name(unit.name), Interval: cell[1]})
			}
		}
		p.Verdicts = append(p.Verdicts, v)
	}
	return p.Render(w)
}

// JSON prints it for programs.
func (r Contrasted) JSON(w io.Writer) error { return indented(w, r.Comparison) }

func (r Contrasted) document() document {
	var n notes
	op := Operation{r.Result}
	d := op.with(&n, r.differences(&n), op.outcomes(&n), op.promisedByKind(), op.teams(&n))
	for _, c := range r.Candidates {
		d.lead = append(d.lead, name(c.Design)+" against "+name(r.Baseline)+": "+r.told(c))
	}
	return d
}

// told is what can be told of a candidate, in a sentence.
func (r Contrasted) told(c opsim.Contrast) string {
	said := sentence(r.found(c))
	for _, d := range c.Differences {
		if d.Why != "" {
			return strings.TrimPrefix(said+"; "+d.Why+".", "; ")
		}
	}
	return said + "."
}

// found is what can be told of a candidate, best first.
func (r Contrasted) found(c opsim.Contrast) []finding {
	var out []finding
	for _, f := range []finding{
		{verdict: compare.Better, words: "better on "}, {verdict: compare.Worse, words: "worse on "}, {verdict: compare.CannotTell, words: "cannot tell on "},
	} {
		for _, d := range c.Differences {
			if d.Verdict == string(f.verdict) && d.Why == "" {
				f.metrics = append(f.metrics, d.Measure)
			}
		}
		if len(f.metrics) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// differences are all candidates in all measures, one group a measure.
func (r Contrasted) differences(n *notes) table {
	t := table{
		title: "Differences from " + r.Baseline, first: true,
		intro: fmt.Sprintf("Candidate minus %s, replication by replication under common random numbers: mean and paired t interval. The intervals of one measure hold for all candidates at once with 95%%. Needed: replications that would find a difference as large with 80%% power; without pairing it would take so many times as many.", r.Baseline),
		head:  []string{"measure", "design", r.Baseline, "difference", "verdict", "replications\nneeded", "without\npairing"},
		right: []bool{false, false, true, true, false, true, true},
	}
	base := -1
	for i := range r.Designs {
		if r.Designs[i].Name == r.Baseline {
			base = i
		}
	}
	missing := map[string][]string{} // measures that are not compared, by why
	for m := range r.Candidates[0].Differences {
		for _, c := range r.Candidates {
			d := c.Differences[m]
			if d.Why != "" {
				if !slices.Contains(missing[d.Why], d.Measure) {
					missing[d.Why] = append(missing[d.Why], d.Measure)
				}
				continue
			}
			unit := r.unitOf(d)
			row := []string{d.Measure, name(c.Design), r.level(base, d), differenceCell(d.Paired, unit), d.Verdict, figure(d.Replications, manyCases), figure(d.Unpaired, func(x float64) string { return "×" + strconv.FormatFloat(x, 'f', 1, 64) })}
			if !d.Replications.Valid {
				row[5] = none
			}
			t.draw(3, d.Paired, d.Measure, d.Unit)
			t.rows = append(t.rows, row)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(missing)) {
		t.note(n.add("not compared: " + strings.Join(missing[why], ", ") + ": " + why))
	}
	t.panels = differences(r.panels())
	return t
}

// panels are the differences as drawings take them.
func (r Contrasted) panels() []compare.Difference {
	var out []compare.Difference
	for m := range r.Candidates[0].Differences {
		for _, c := range r.Candidates {
			d := c.Differences[m]
			metric := d.Measure
			if unit := r.unitOf(d); unit.name != "" && d.Unit != "rate" {
				metric += " (" + unit.name + ")"
			}
			out = append(out, compare.Difference{Candidate: c.Design, Metric: metric, Unit: d.Unit, Interval: d.Paired, Verdict: compare.Verdict(d.Verdict)})
		}
	}
	return out
}

// unitOf is the unit that differences of a measure are printed in.
func (r Contrasted) unitOf(d opsim.Difference) timeUnit {
	switch d.Unit {
	case "money":
		return timeUnit{r.Currency, 1}
	case "rate":
		return timeUnit{"points", 100}
	}
	return timeUnit{d.Unit, 1}
}

// level is the baseline's own figure of a measure.
func (r Contrasted) level(base int, d opsim.Difference) string {
	x := &r.Designs[base]
	var iv stats.Interval
	if d.Kind != "" {
		return keptOf(x, d.Kind)
	}
	switch d.Measure {
	case "service level":
		if x.Kept != nil {
			return rateOrNone(x.Kept.Estimate)
		}
		return none
	case "mean turnaround", "p95 turnaround":
		if x.Turnaround == nil {
			return none
		}
		if iv = x.Turnaround.P95; d.Measure == "mean turnaround" {
			iv = x.Turnaround.Mean
		}
		return figure(iv.Estimate, func(h float64) string { return strconv.FormatFloat(h, 'f', 2, 64) + " h" })
	case "cost per case":
		iv = x.Cost
	case "people's minutes per case":
		iv = x.Minutes
	default:
		return figure(x.BacklogEnd.Estimate, count)
	}
	return figure(iv.Estimate, amount)
}

// keptOf is the share of a kind of cases within what is promised for it.
func keptOf(x *opsim.DesignResult, kind string) string {
	for _, k := range x.KeptByKind {
		if k.Kind == kind {
			return rateOrNone(k.Kept.Estimate)
		}
	}
	return none
}

// differenceCell is a signed difference with its interval, in one unit.
func differenceCell(iv stats.Interval, unit timeUnit) string {
	signed := func(x float64) string { return signedAmount(x * unit.factor) }
	if !iv.Estimate.Valid || math.IsInf(iv.Lower, 0) {
		return none
	}
	return signed(iv.Estimate.Value) + unitAfter(unit.name) + "\n" + span(iv, signed)
}
