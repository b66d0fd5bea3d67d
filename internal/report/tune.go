package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
	"github.com/rehearse-dev/rehearse/internal/tune"
)

// Tuned is what came of tuning a design.
type Tuned struct {
	Design   string `json:"design"`
	Workflow string `json:"workflow"`
	Currency string `json:"currency,omitempty"`
	Dataset  string `json:"dataset"`
	// Mapping is the share of the calibration split that fits confidence maps
	// and certifies nothing; 0 where the design fits none.
	Mapping float64 `json:"calibration_share,omitempty"`
	*tune.Result
	File    string      `json:"file"`    // of the design
	Written bool        `json:"written"` // into the file
	Test    *TestedTune `json:"test,omitempty"`
}

// TestedTune is the tuned design on the held-out split.
type TestedTune struct {
	Run     string         `json:"run"`
	Cases   int            `json:"cases"`
	Metrics []score.Metric `json:"metrics"`
	Looks   int            `json:"looks"` // at the split so far, this one included
	Runs    int            `json:"runs"`  // that were looked at
	// Broken says that the split shows the promise broken: the lower bound of
	// the error there is above what was promised.
	Broken   bool     `json:"broken"`
	Warnings []string `json:"warnings,omitempty"`
}

// JSON prints it for programs.
func (t *Tuned) JSON(w io.Writer) error { return indented(w, t) }

// Text prints it for a terminal.
func (t *Tuned) Text(w io.Writer, o TextOptions) error { return t.document().text(w, o) }

// Markdown prints it for a page.
func (t *Tuned) Markdown(w io.Writer) error { return t.document().markdown(w) }

// HTML prints it as a page.
func (t *Tuned) HTML(w io.Writer) error {
	p := t.document().page("Cutoffs")
	f := page.Finding{Text: "no cutoff", Tone: page.Unsure}
	switch {
	case t.Test != nil && t.Test.Broken:
		f = page.Finding{Text: "broken on test", Tone: page.Bad}
	case t.Best() != nil:
		f = page.Finding{Text: "certified", Tone: page.Good}
	}
	p.Verdicts[0].Findings = []page.Finding{f}
	return p.Render(w)
}

func (t *Tuned) document() document {
	d := document{title: "Cutoffs of " + t.Design, subtitle: t.subtitle(), lead: t.lead()}
	var n notes
	for _, w := range t.Warnings {
		n.add(w)
	}
	d.tables = []table{t.tried()}
	if t.Test != nil {
		for _, w := range t.Test.Warnings {
			n.add(w)
		}
		d.tables = append(d.tables, t.tested())
	}
	d.footnotes = n.texts
	return d
}

func (t *Tuned) subtitle() string {
	s := fmt.Sprintf("workflow %s, dataset %s, split calibration: %s certify", t.Workflow, t.Dataset, counted(t.Cases, "case"))
	if t.Clusters > 0 {
		s += fmt.Sprintf(" (%s by %s)", counted(t.Clusters, "cluster"), t.ClusterBy)
	}
	if t.Mapping > 0 {
		s += fmt.Sprintf("; %s of the split fits the confidence maps, and they certify nothing", plainPercent(t.Mapping))
	}
	return s
}

// counted is a number of things.
func counted(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return strconv.Itoa(n) + " " + what
}

// lead says what was found, what it promises, and what to do.
func (t *Tuned) lead() []string {
	best := t.Best()
	limit, sure := plainPercent(t.Error), plainPercent(t.Confidence)
	if best == nil {
		return []string{fmt.Sprintf("no cutoff is certified: on these cases none can be shown, with %s confidence, to automate with at most %s wrong", sure, limit), t.wanting()}
	}
	was := make([]float64, len(t.Cutoffs))
	for i, c := range t.Cutoffs {
		was[i] = c.Was
	}
	chosen := fmt.Sprintf("chosen: %s (was %s): automates %s of the cases, %s of them wrong, at most %s with %s confidence",
		t.named(best.Values), plainValues(was), percent(float64(best.Automated)/float64(t.Cases)), percent(best.Rate.Or(0)), percent(best.Upper), sure)
	if best.Cost.Valid {
		chosen += fmt.Sprintf("; %s a case, the least of %s", t.money(best.Cost), counted(t.certified(), "certified setting"))
	}
	promise := fmt.Sprintf("the promise: with %s confidence over the draw of the calibration cases, at most %s of what it automates is wrong, as long as cases stay like these", sure, limit)
	switch {
	case t.Approximate != "":
		promise += "; approximately, since " + t.Approximate
	case t.OnePerCluster:
		promise += "; for a case of a cluster drawn at random"
	}
	lines := []string{chosen, promise}
	if t.Sequences > 1 {
		lines = append(lines, fmt.Sprintf("%s of tests share the error by Bonferroni, since there are %s", counted(t.Sequences, "sequence"), counted(len(t.Cutoffs), "cutoff")))
	}
	if !t.Written {
		return append(lines, fmt.Sprintf("not written: --write puts it into %s, and then shows the split test once", t.File))
	}
	lines = append(lines, "written into "+t.File)
	if t.Test == nil {
		return append(lines, "the card has no split test, on which the promise could be seen to hold")
	}
	return append(lines, t.outcome())
}

// wanting says how many cases would do where nothing is certified.
func (t *Tuned) wanting() string {
	need := t.Needed
	switch {
	case !slices.ContainsFunc(t.Points, func(p tune.Point) bool { return p.Judged > 0 }):
		return "no case that it would automate has a label that tells whether the result is right"
	case need == nil:
		return "no number of cases would do: at every cutoff as much or more is wrong"
	case need.Cases > stats.ManyCases:
		return "more than a million labelled cases would be needed to certify on"
	}
	if need.Cases <= t.Cases {
		return fmt.Sprintf("%s alone would pass on these %d cases, but tests go from the strictest cutoff down, and a stricter one failed: --grid leaves out such ones, if it is fixed without looking at these labels", t.named(need.Values), t.Cases)
	}
	s := fmt.Sprintf("about %d labelled cases to certify on would do, at %s, if %s of what it automates there stay wrong; there are %d", need.Cases, t.named(need.Values), percent(need.Rate), t.Cases)
	if t.Mapping > 0 {
		s += fmt.Sprintf(", which is %s of the split", plainPercent(1-t.Mapping))
	}
	return s
}

func (t *Tuned) outcome() string {
	k := t.Test
	m := k.metric(score.AutomatedAccuracy)
	if !m.Estimate.Valid {
		return "the split test shows nothing: no automated case there has a label"
	}
	s := fmt.Sprintf("on the split test %s of %s that it automated are wrong (%s); ", whole(m.Denominator-m.Numerator), whole(m.Denominator), percent(1-m.Estimate.Value))
	switch {
	case k.Broken:
		s += "the promise is broken there: those cases are not like the calibration cases"
	case m.Exact != nil && 1-m.Exact.Lower.Lower <= t.Error:
		s += "the split shows by itself that the promise holds there"
	default:
		s += "that agrees with the promise"
	}
	return s + fmt.Sprintf(". Looks at that split so far: %d, at %s", k.Looks, counted(k.Runs, "run"))
}

func (k *TestedTune) metric(name string) score.Metric {
	i := slices.IndexFunc(k.Metrics, func(m score.Metric) bool { return m.Name == name })
	if i < 0 {
		return score.Metric{}
	}
	return k.Metrics[i]
}

func (t *Tuned) money(n stats.Number) string {
	if !n.Valid {
		return none
	}
	return amount(n.Value) + unitAfter(t.Currency)
}

func (t *Tuned) certified() int {
	n := 0
	for _, p := range t.Points {
		if p.Certified {
			n++
		}
	}
	return n
}

// named are the cutoffs with values.
func (t *Tuned) named(values []float64) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = t.Cutoffs[i].Param + " " + plainNumber(v)
	}
	return strings.Join(parts, ", ")
}

func plainValues(values []float64) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = plainNumber(v)
	}
	return strings.Join(parts, ", ")
}

func plainNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// shownSettings is how many settings a table shows where there are several
// cutoffs.
const shownSettings = 30

// tried are the settings: all of one cutoff, the cheapest of several.
func (t *Tuned) tried() table {
	x := table{
		title: "Cutoffs tried", first: true,
		intro: fmt.Sprintf("On the calibration cases. Wrong: of the automated that have a label. At most: the upper bound of that share (%s, confidence %s), which has to be within %s. Tests go from the strictest cutoff that could pass down to the first that does not.", t.Method, plainPercent(1-(1-t.Confidence)/float64(t.Sequences)), plainPercent(t.Error)),
	}
	for _, c := range t.Cutoffs {
		x.head = append(x.head, c.Param)
	}
	x.head = append(x.head, "automated", "wrong", "error", "at most", "cost\nper case", "verdict")
	x.right = make([]bool, len(x.head))
	for i := range len(x.head) - 1 {
		x.right[i] = true
	}
	order := make([]int, len(t.Points))
	for i := range order {
		order[i] = i
	}
	if len(t.Cutoffs) > 1 {
		slices.SortStableFunc(order, func(a, b int) int { return t.rank(a) - t.rank(b) })
		if len(order) > shownSettings {
			x.intro += fmt.Sprintf(" The first %d of %d settings, certified ones first.", shownSettings, len(order))
			order = order[:shownSettings]
		}
	}
	last := -1 // of the rows, the setting that begins it
	for _, i := range order {
		p := &t.Points[i]
		if last >= 0 && len(t.Cutoffs) == 1 && t.alike(last, i) {
			row := x.rows[len(x.rows)-1]
			row[0] = plainNumber(t.Points[last].Values[0]) + " to " + plainNumber(p.Values[0])
			continue
		}
		last = i
		var row []string
		for _, v := range p.Values {
			row = append(row, plainNumber(v))
		}
		x.rows = append(x.rows, append(row,
			fmt.Sprintf("%s (%d)", percent(float64(p.Automated)/float64(t.Cases)), p.Automated), fmt.Sprintf("%d/%d", p.Wrong, p.Judged), rateOrNone(p.Rate), percent(p.Upper), t.money(p.Cost), t.verdict(i)))
	}
	return x
}

func (t *Tuned) verdict(i int) string {
	switch p := &t.Points[i]; {
	case i == t.Chosen:
		return "chosen"
	case p.Certified:
		return "certified"
	case p.Tested:
		return "not certified"
	}
	return "not tested"
}

// alike says whether two settings come to the same.
func (t *Tuned) alike(i, j int) bool {
	a, b := &t.Points[i], &t.Points[j]
	return a.Automated == b.Automated && a.Judged == b.Judged && a.Wrong == b.Wrong && a.Cost == b.Cost && t.verdict(i) == t.verdict(j)
}

// rank orders settings for reading: chosen, certified, tested, the others.
func (t *Tuned) rank(i int) int {
	switch p := &t.Points[i]; {
	case i == t.Chosen:
		return 0
	case p.Certified:
		return 1
	case p.Tested:
		return 2
	}
	return 3
}

func rateOrNone(n stats.Number) string {
	if !n.Valid {
		return none
	}
	return percent(n.Value)
}

// tested is the tuned design on the held-out split, beside the calibration
// cases.
func (t *Tuned) tested() table {
	k, best := t.Test, t.Best()
	x := table{title: "On the split test", intro: fmt.Sprintf("Run %s, %s. Estimate, 95%% interval, count.", k.Run, counted(k.Cases, "case")), head: []string{"metric", "test", "calibration"}, right: []bool{false, true, true}}
	calibration := map[string]string{
		score.AutomatedAccuracy: rateOrNone(stats.Number{Value: 1 - best.Rate.Value, Valid: best.Rate.Valid}),
		score.AutomationRate:    percent(float64(best.Automated) / float64(t.Cases)),
		score.CostPerCase:       t.money(best.Cost),
	}
	for _, m := range k.Metrics {
		cell := rateCell(m)
		if m.Unit != "rate" {
			cell = meanCell(m, "")
			if m.Unit == "money" {
				cell = meanCell(m, unitAfter(t.Currency))
			}
		}
		beside := calibration[m.Name]
		if beside == "" {
			beside = none
		}
		x.rows = append(x.rows, []string{words(m.Name), cell, beside})
	}
	return x
}
