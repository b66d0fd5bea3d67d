package report

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/report/page"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// CaseTrace is what happened to one case under one design, as a page shows it.
// It holds text alone: the case and its trial may be gone.
type CaseTrace struct {
	design, id string
	title      string
	groups     []traceGroup
}

// NewCaseTrace keeps what may be shown of a trial.
func NewCaseTrace(t *flow.Trial, c *flow.Case, g score.Judgement, o TraceOptions) CaseTrace {
	tr := tracer{o.Workflow, o.Redact.Of(c)}
	title, more := tr.title(c)
	if more != "" {
		title += ", " + more
	}
	trial := tr.trial(t, c, g)
	trial.title += trial.after
	return CaseTrace{design: score.DesignName(t.Design, t.Variant), id: t.Case, title: title, groups: []traceGroup{tr.input(c), tr.label(c), trial}}
}

// traces are the wrong cases of the report behind their headlines, those of a
// design together.
func (r *Report) traces() []page.Part {
	var parts []page.Part
	for i := range r.Score.Designs {
		d := &r.Score.Designs[i]
		var traces []page.Trace
		for _, e := range d.Worst {
			for j := range r.Cases {
				if c := &r.Cases[j]; c.design == d.Name && c.id == e.Case {
					traces = append(traces, c.page(fmt.Sprintf("decided %s, right is %s, cost %s %s", oneLine(e.Decided, 30), oneLine(e.Right, 30), amount(e.Cost), r.Score.Currency)))
				}
			}
		}
		if len(traces) > 0 {
			parts = append(parts, page.Part{Heading: name(d.Name)}, page.Part{Traces: traces})
		}
	}
	return parts
}

func (c *CaseTrace) page(detail string) page.Trace {
	out := page.Trace{Headline: c.title, Detail: detail}
	for _, g := range c.groups {
		group := page.TraceGroup{Title: g.title}
		for _, l := range g.lines {
			line := page.TraceLine{Depth: l.depth, Text: l.text}
			if l.bad {
				line.Tone = page.Bad
			}
			group.Lines = append(group.Lines, line)
		}
		out.Groups = append(out.Groups, group)
	}
	return out
}
