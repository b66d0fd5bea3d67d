package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// TraceOptions say how a case is shown.
type TraceOptions struct {
	Workflow *design.Workflow
	Redact   *redact.Policy // nil shows everything
	JSON     bool
	Text     TextOptions
}

// traceGroup is a titled part of a trace, whatever it is printed as.
type traceGroup struct {
	title string
	after string // of the title, and less of it
	lines []traceLine
}

// traceLine is one event.
type traceLine struct {
	depth int
	bad   bool
	text  string
}

func (g *traceGroup) add(depth int, format string, args ...any) {
	g.lines = append(g.lines, traceLine{depth: depth, text: fmt.Sprintf(format, args...)})
}

func (g *traceGroup) bad(depth int, format string, args ...any) {
	g.lines = append(g.lines, traceLine{depth: depth, bad: true, text: fmt.Sprintf(format, args...)})
}

// text prints the lines of a group for a terminal.
func (g *traceGroup) text(b *strings.Builder, o TextOptions) {
	for _, l := range g.lines {
		b.WriteString(strings.Repeat("  ", l.depth+1))
		if l.bad {
			b.WriteString(o.paint(red, l.text))
		} else {
			b.WriteString(l.text)
		}
		b.WriteByte('\n')
	}
}

// tracer shows one case.
type tracer struct {
	workflow *design.Workflow
	shown    *redact.Case
}

// TraceHead prints the case itself and its label.
func TraceHead(w io.Writer, c *flow.Case, o TraceOptions) error {
	tr := tracer{o.Workflow, o.Redact.Of(c)}
	var b strings.Builder
	title, when := tr.title(c)
	fmt.Fprintf(&b, "%s", o.Text.paint(bold, title))
	if when != "" {
		fmt.Fprintf(&b, "  %s", when)
	}
	b.WriteByte('\n')
	for _, g := range []traceGroup{tr.input(c), tr.label(c)} {
		fmt.Fprintf(&b, "%s\n", g.title)
		g.text(&b, o.Text)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// title is what a case is called, and what else is known of it.
func (tr tracer) title(c *flow.Case) (title, more string) {
	var parts []string
	if !c.Time.IsZero() {
		parts = append(parts, c.Time.Format("2006-01-02 15:04"))
	}
	if c.Cluster != "" && c.Cluster != c.ID {
		parts = append(parts, "cluster "+oneLine(tr.shown.Cluster(c.Cluster), 40))
	}
	return "case " + oneLine(tr.shown.CaseID(c.ID), 60), strings.Join(parts, "  ")
}

func (tr tracer) input(c *flow.Case) traceGroup {
	g := traceGroup{title: "input"}
	for i, f := range c.Input.Schema.Fields() {
		g.add(0, "%s: %s", name(f.Name), tr.value(f, c.Input.Values[i], 300))
	}
	return g
}

func (tr tracer) label(c *flow.Case) traceGroup {
	g := traceGroup{title: "label"}
	if c.Label == nil || !c.Label.Labelled() {
		g.add(0, "none")
	} else {
		g.add(0, "%s", tr.fields(c.Label.Outcome))
	}
	if c.Label != nil {
		if c.Label.NeedsPerson != nil {
			g.add(0, "belongs to a person: %s", map[bool]string{true: "yes", false: "no"}[*c.Label.NeedsPerson])
		}
		for _, step := range sortedKeys(c.Label.Routes) {
			g.add(0, "right way at %s: %s", name(step), name(tr.shown.Text(c.Label.Routes[step])))
		}
	}
	return g
}

// Trace prints one trial: its steps, handoffs and decisions in order, and what
// came of it.
func Trace(w io.Writer, t *flow.Trial, c *flow.Case, g score.Judgement, o TraceOptions) error {
	tr := tracer{o.Workflow, o.Redact.Of(c)}
	if o.JSON {
		return tr.json(w, t, g)
	}
	var b strings.Builder
	trial := tr.trial(t, c, g)
	fmt.Fprintf(&b, "\n%s%s\n", o.Text.paint(bold, trial.title), trial.after)
	trial.text(&b, o.Text)
	_, err := io.WriteString(w, b.String())
	return err
}

// trial is all that happened in one trial, and what came of it.
func (tr tracer) trial(t *flow.Trial, c *flow.Case, g score.Judgement) traceGroup {
	out := traceGroup{title: "design " + name(t.Design)}
	if t.Variant != "" {
		out.after = fmt.Sprintf(" (%s)", name(t.Variant))
	}
	if t.Repeat > 0 {
		out.after += fmt.Sprintf(" repeat %d", t.Repeat+1)
	}
	out.after += ": " + words(string(g.Disposition))
	tr.events(&out, t)
	switch t.Status {
	case flow.Escalated:
		out.add(0, "= %s takes it (%s)", name(t.Team), name(words(t.Reason)))
		if t.Shadow != nil {
			out.add(1, "without people it would have answered: %s", tr.fields(flow.Message{Schema: tr.workflow.Outcome, Values: t.Shadow}))
		} else if t.ShadowWhy != "" {
			out.add(1, "no shadow outcome: %s", oneLine(tr.shown.Message(t.ShadowWhy), 120))
		}
	case flow.Failed:
		out.add(0, "= failed at %s: %s, and nobody received the case", name(t.End), name(t.Reason))
	case flow.NotMeasured:
		out.add(0, "= not measured: %s", name(words(t.Reason)))
	}
	if g.Final != nil {
		out.add(0, "= final: %s", tr.fields(flow.Message{Schema: tr.workflow.Outcome, Values: g.Final}))
	}
	if t.Right != nil {
		out.add(1, "recorded verdict: %s", map[bool]string{true: "right", false: "wrong"}[*t.Right])
	}
	for i, f := range g.Fields {
		if f == score.No && c.Label != nil {
			field := tr.workflow.Outcome.Fields()[i]
			var want any
			if i < len(c.Label.Outcome.Values) {
				want = c.Label.Outcome.Values[i]
			}
			out.bad(1, "wrong %s: %s, right is %s", field.Name, tr.value(field, g.Final[i], 80), tr.value(field, want, 80))
		}
	}
	return out
}

// fields is a message on one line.
func (tr tracer) fields(m flow.Message) string {
	var parts []string
	for i, f := range m.Schema.Fields() {
		if i >= len(m.Values) || m.Values[i] == nil {
			continue
		}
		parts = append(parts, f.Name+" "+tr.value(f, m.Values[i], 80))
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// value is what is shown of a field's value, on one line.
func (tr tracer) value(f flow.Field, v any, limit int) string {
	if v == nil {
		return "absent"
	}
	if shown := tr.shown.Value(f.Name, v); shown == redact.Personal || shown == redact.Unclear {
		return shown.(string)
	} else {
		return oneLine(string(flow.AppendValue(nil, shown, f.Type.Kind == flow.Date)), limit)
	}
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (tr tracer) json(w io.Writer, t *flow.Trial, g score.Judgement) error {
	raw := func(values []any) json.RawMessage {
		if values == nil {
			return nil
		}
		return tr.shown.JSON(flow.AppendJSON(nil, tr.workflow.Outcome, values))
	}
	type step struct {
		Step       string           `json:"step"`
		Kind       string           `json:"kind"`
		Actor      flow.Actor       `json:"actor"`
		Shadow     bool             `json:"shadow,omitempty"`
		Output     json.RawMessage  `json:"output,omitempty"`
		Confidence *flow.Confidence `json:"confidence,omitempty"`
		Class      flow.ErrorClass  `json:"error_class,omitempty"`
		Error      string           `json:"error,omitempty"`
	}
	type route struct {
		Step    string          `json:"step"`
		To      string          `json:"to"`
		Because string          `json:"because,omitempty"`
		Values  json.RawMessage `json:"values"`
		Shadow  bool            `json:"shadow,omitempty"`
	}
	out := struct {
		Case        string            `json:"case"`
		Design      string            `json:"design"`
		Variant     string            `json:"variant,omitempty"`
		Repeat      int               `json:"repeat"`
		Status      flow.Status       `json:"status"`
		Disposition score.Disposition `json:"disposition"`
		Reason      string            `json:"reason,omitempty"`
		Team        string            `json:"team,omitempty"`
		Final       json.RawMessage   `json:"final,omitempty"`
		Shadow      json.RawMessage   `json:"shadow_outcome,omitempty"`
		Routes      []route           `json:"routes"`
		Steps       []step            `json:"steps"`
		Handoffs    []flow.Handoff    `json:"handoffs"`
	}{
		Case: tr.shown.CaseID(t.Case), Design: t.Design, Variant: t.Variant, Repeat: t.Repeat, Status: t.Status, Disposition: g.Disposition,
		Reason: t.Reason, Team: t.Team, Final: raw(g.Final), Shadow: raw(t.Shadow), Handoffs: t.Handoffs,
	}
	for _, s := range t.Spans {
		out.Steps = append(out.Steps, step{s.Step, s.Kind, s.Actor, s.Shadow, json.RawMessage(tr.shown.JSON(s.Output)), s.Confidence, s.Class, tr.shown.Message(s.Error)})
	}
	for _, r := range t.Routes {
		out.Routes = append(out.Routes, route{r.Step, r.To, r.Because, json.RawMessage(tr.shown.JSON(r.Values)), r.Shadow})
	}
	return json.NewEncoder(w).Encode(out)
}
