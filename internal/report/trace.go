package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// TraceOptions say how a case is shown.
type TraceOptions struct {
	Workflow *design.Workflow
	Personal []string // input fields that are shown as redacted
	JSON     bool
	Text     TextOptions
}

const redacted = "(personal, not shown)"

// redact replaces the values of personal fields in a JSON object, also where a
// step gives one under the name of the column's field, or a route reads it.
func (o TraceOptions) redact(object []byte) []byte {
	if len(o.Personal) == 0 || object == nil {
		return object
	}
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return object
	}
	out := []byte{'{'}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return object
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return object
		}
		field := fmt.Sprint(key)
		if slices.Contains(o.Personal, field[strings.LastIndexByte(field, '.')+1:]) && string(value) != "null" {
			value = flow.AppendValue(nil, redacted, false)
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(flow.AppendValue(out, field, false), ':')
		out = append(out, value...)
	}
	return append(out, '}')
}

// TraceHead prints the case itself and its label.
func TraceHead(w io.Writer, c *flow.Case, o TraceOptions) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", o.Text.paint(bold, "case "+oneLine(c.ID, 60)))
	if !c.Time.IsZero() {
		fmt.Fprintf(&b, "  %s", c.Time.Format("2006-01-02 15:04"))
	}
	if c.Cluster != "" && c.Cluster != c.ID {
		fmt.Fprintf(&b, "  cluster %s", oneLine(c.Cluster, 40))
	}
	b.WriteString("\ninput\n")
	for i, f := range c.Input.Schema.Fields() {
		value := show(c.Input.Values[i], f.Type, 300)
		if slices.Contains(o.Personal, f.Name) {
			value = redacted
		}
		fmt.Fprintf(&b, "  %s: %s\n", f.Name, value)
	}
	b.WriteString("label\n")
	if c.Label == nil || !c.Label.Labelled() {
		b.WriteString("  none\n")
	} else {
		fmt.Fprintf(&b, "  %s\n", fields(c.Label.Outcome, o))
	}
	if c.Label != nil {
		if c.Label.NeedsPerson != nil {
			fmt.Fprintf(&b, "  belongs to a person: %s\n", map[bool]string{true: "yes", false: "no"}[*c.Label.NeedsPerson])
		}
		for _, step := range sorted(c.Label.Routes) {
			fmt.Fprintf(&b, "  right way at %s: %s\n", name(step), name(c.Label.Routes[step]))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Trace prints one trial: its steps, handoffs and decisions in order, and what
// came of it.
func Trace(w io.Writer, t *flow.Trial, c *flow.Case, g score.Judgement, o TraceOptions) error {
	if o.JSON {
		return traceJSON(w, t, g, o)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s", o.Text.paint(bold, "design "+name(t.Design)))
	if t.Variant != "" {
		fmt.Fprintf(&b, " (%s)", name(t.Variant))
	}
	if t.Repeat > 0 {
		fmt.Fprintf(&b, " repeat %d", t.Repeat+1)
	}
	fmt.Fprintf(&b, ": %s\n", words(string(g.Disposition)))
	events(&b, t, o)
	switch t.Status {
	case flow.Escalated:
		fmt.Fprintf(&b, "  = %s takes it (%s)\n", name(t.Team), name(words(t.Reason)))
		if t.Shadow != nil {
			fmt.Fprintf(&b, "    without people it would have answered: %s\n", fields(flow.Message{Schema: o.Workflow.Outcome, Values: t.Shadow}, o))
		} else if t.ShadowWhy != "" {
			fmt.Fprintf(&b, "    no shadow outcome: %s\n", oneLine(t.ShadowWhy, 120))
		}
	case flow.Failed:
		fmt.Fprintf(&b, "  = failed at %s: %s, and nobody received the case\n", name(t.End), name(t.Reason))
	case flow.NotMeasured:
		fmt.Fprintf(&b, "  = not measured: %s\n", name(words(t.Reason)))
	}
	if g.Final != nil {
		fmt.Fprintf(&b, "  = final: %s\n", fields(flow.Message{Schema: o.Workflow.Outcome, Values: g.Final}, o))
	}
	if t.Right != nil {
		fmt.Fprintf(&b, "    recorded verdict: %s\n", map[bool]string{true: "right", false: "wrong"}[*t.Right])
	}
	for i, f := range g.Fields {
		if f == score.No && c.Label != nil {
			field := o.Workflow.Outcome.Fields()[i]
			var want any
			if i < len(c.Label.Outcome.Values) {
				want = c.Label.Outcome.Values[i]
			}
			fmt.Fprintf(&b, "    %s\n", o.Text.paint(red, fmt.Sprintf("wrong %s: %s, right is %s", field.Name, show(g.Final[i], field.Type, 80), show(want, field.Type, 80))))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// events prints steps with the handoff into each before it, and decisions
// where they were taken. The record keeps the three in order apart; a
// receiver's name puts them together again.
func events(b *strings.Builder, t *flow.Trial, o TraceOptions) {
	handoffs := slices.Clone(t.Handoffs)
	routes := slices.Clone(t.Routes)
	take := func(to string, shadow bool) {
		for i, h := range handoffs {
			if h.To == to && h.Shadow == shadow {
				handoff(b, h, o)
				handoffs = slices.Delete(handoffs, i, i+1)
				return
			}
		}
	}
	decided := func(r *flow.RouteTaken) {
		take(r.Step, r.Shadow)
		decision(b, r, o)
		if r.To != "" && !r.Shadow && slices.ContainsFunc(o.Workflow.Teams, func(team design.Team) bool { return team.Name == r.To }) {
			take(r.To, false)
		}
	}
	for i := range t.Spans {
		s := &t.Spans[i]
		for len(routes) > 0 && (routes[0].Shadow == s.Shadow && routes[0].To == s.Step || !routes[0].Shadow && s.Shadow) {
			decided(&routes[0])
			routes = routes[1:]
		}
		take(s.Step, s.Shadow)
		stepTaken(b, s, o)
	}
	for i := range routes {
		decided(&routes[i])
	}
	for _, h := range handoffs {
		handoff(b, h, o)
	}
}

func handoff(b *strings.Builder, h flow.Handoff, o TraceOptions) {
	if h.Kind == "" {
		fmt.Fprintf(b, "  %s→ %s to %s\n", shadow(h.Shadow), name(h.From), name(h.To))
		return
	}
	text := fmt.Sprintf("✗ %s to %s: %s", name(h.From), name(h.To), name(string(h.Kind)))
	if h.Clause != "" {
		text += " (" + oneLine(h.Clause, 60)
		if h.Detail != "" {
			text += ", " + name(h.Detail)
		}
		text += ")"
	}
	if h.After != "" {
		text += ", then " + name(h.After)
	}
	fmt.Fprintf(b, "  %s%s\n", shadow(h.Shadow), o.Text.paint(red, text))
}

func shadow(yes bool) string {
	if yes {
		return "(shadow) "
	}
	return ""
}

func stepTaken(b *strings.Builder, s *flow.Span, o TraceOptions) {
	fmt.Fprintf(b, "  %s%s (%s, %s)", shadow(s.Shadow), name(s.Step), name(s.Kind), name(string(s.Actor)))
	if s.Confidence != nil {
		fmt.Fprintf(b, " confidence %.3f", s.Confidence.Calibrated)
		if s.Confidence.Raw != s.Confidence.Calibrated {
			fmt.Fprintf(b, " (raw %.3f)", s.Confidence.Raw)
		}
	}
	if s.Source != "" {
		fmt.Fprintf(b, " answered by the %s", name(words(s.Source)))
	}
	b.WriteByte('\n')
	if s.Suggested != nil {
		fmt.Fprintf(b, "    shown %s\n", oneLine(string(o.redact(s.Suggested)), 400))
	}
	if s.Output != nil {
		fmt.Fprintf(b, "    gave %s\n", oneLine(string(o.redact(s.Output)), 400))
	}
	if s.Error != "" {
		fmt.Fprintf(b, "    %s\n", o.Text.paint(red, name(string(s.Class))+": "+oneLine(s.Error, 200)))
	}
	for i, a := range s.Attempts {
		fmt.Fprintf(b, "    attempt %d: %s, %d + %d tokens", i+1, seconds(a.Latency.Seconds()), a.TokensIn, a.TokensOut)
		if a.Class != "" {
			fmt.Fprintf(b, ", %s", name(string(a.Class)))
		}
		b.WriteByte('\n')
	}
}

func decision(b *strings.Builder, r *flow.RouteTaken, o TraceOptions) {
	to := r.To
	if to == "" {
		to = "nowhere: no branch matched"
	}
	fmt.Fprintf(b, "  %s%s decides: %s", shadow(r.Shadow), name(r.Step), name(to))
	if r.Because != "" {
		fmt.Fprintf(b, " because %s", name(words(r.Because)))
	}
	fmt.Fprintf(b, ", reading %s\n", oneLine(string(o.redact(r.Values)), 200))
}

// fields is a message on one line.
func fields(m flow.Message, o TraceOptions) string {
	var parts []string
	for i, f := range m.Schema.Fields() {
		if i >= len(m.Values) || m.Values[i] == nil {
			continue
		}
		value := show(m.Values[i], f.Type, 80)
		if slices.Contains(o.Personal, f.Name) {
			value = redacted
		}
		parts = append(parts, f.Name+" "+value)
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

func show(v any, t flow.Type, limit int) string {
	if v == nil {
		return "absent"
	}
	return oneLine(string(flow.AppendValue(nil, v, t.Kind == flow.Date)), limit)
}

func sorted(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func traceJSON(w io.Writer, t *flow.Trial, g score.Judgement, o TraceOptions) error {
	raw := func(values []any) json.RawMessage {
		if values == nil {
			return nil
		}
		return o.redact(flow.AppendJSON(nil, o.Workflow.Outcome, values))
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
		Case: t.Case, Design: t.Design, Variant: t.Variant, Repeat: t.Repeat, Status: t.Status, Disposition: g.Disposition,
		Reason: t.Reason, Team: t.Team, Final: raw(g.Final), Shadow: raw(t.Shadow), Handoffs: t.Handoffs,
	}
	for _, s := range t.Spans {
		out.Steps = append(out.Steps, step{s.Step, s.Kind, s.Actor, s.Shadow, json.RawMessage(o.redact(s.Output)), s.Confidence, s.Class, s.Error})
	}
	for _, r := range t.Routes {
		out.Routes = append(out.Routes, route{r.Step, r.To, r.Because, json.RawMessage(o.redact(r.Values)), r.Shadow})
	}
	return json.NewEncoder(w).Encode(out)
}
