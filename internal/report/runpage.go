package report

import (
	"io"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/diagram"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// HTML prints the report as one self-contained page.
func (r *Report) HTML(w io.Writer) error {
	tables, footnotes := r.tables()
	p := document{title: r.title(), subtitle: r.subtitle(), tables: tables, footnotes: footnotes}.page("Run report")
	for i := range r.Score.Designs {
		p.Verdicts = append(p.Verdicts, r.verdict(&r.Score.Designs[i]))
	}
	p.Style = diagram.CSS
	p.Sections = slices.Insert(p.Sections, r.mapAt(p.Sections), r.handoffMaps(p)...)
	if traces := r.traces(); len(traces) > 0 {
		for i := range p.Sections {
			if p.Sections[i].Title == expensiveTitle {
				p.Sections[i].Parts = traces // their headlines say what the table says
			}
		}
	}
	if charts := r.confidenceCharts(); len(charts) > 0 {
		at := slices.IndexFunc(p.Sections, func(s page.Section) bool { return s.Title == confidenceTitle })
		p.Sections[at].Parts = append(p.Sections[at].Parts, charts...)
	}
	p.Sections = append(p.Sections, r.repeat().section())
	return p.Render(w)
}

// verdict is what a page says of a design first.
func (r *Report) verdict(d *score.Design) page.Verdict {
	sentence := automates(d)
	v := page.Verdict{Name: name(d.Name), Role: "candidate", Sentence: strings.ToUpper(sentence[:1]) + sentence[1:]}
	if d.Baseline {
		v.Role = "baseline"
	}
	for _, f := range r.findings(d) {
		v.Findings = append(v.Findings, page.Finding{Text: f.String(), Tone: tone(string(f.verdict))})
	}
	for _, f := range []struct{ metric, name string }{
		{score.AutomationRate, "automated"}, {score.AutomatedAccuracy, "of those right"}, {score.SystemAccuracy, "all end right"}, {score.CostPerCase, "cost per case"},
	} {
		m, ok := d.Metric(f.metric)
		if !ok {
			continue
		}
		lines, unit := strings.Split(rateCell(m), "\n"), ""
		if m.Unit == "money" {
			lines, unit = strings.Split(meanCell(m, ""), "\n"), name(r.Score.Currency)
		}
		v.Figures = append(v.Figures, page.Figure{Name: f.name, Value: lines[0], Unit: unit, Interval: lines[1]})
	}
	return v
}
