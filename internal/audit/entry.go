package audit

import (
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// Entry is one case in the log, from when it was sent.
type Entry struct {
	log   *Log
	head  head // of its lines
	of    *flow.Case
	shown *redact.Case // nil where nothing is personal
	when  time.Time
}

// Trial is the id of the case's trial: another one each time that it is sent.
func (e *Entry) Trial() string { return e.head.Trial }

// When is the time at which the case was sent.
func (e *Entry) When() time.Time { return e.when }

// Receive writes that a case was sent, and does not wait for the disk: what
// [Entry.End] waits for includes it.
func (l *Log) Receive(c *flow.Case) (*Entry, error) {
	now := l.now()
	e := &Entry{log: l, when: now, of: c, shown: l.options.Policy.Of(c)}
	e.head = head{Schema: SchemaVersion, Case: l.Alias(c.ID), Trial: newTrial(now), Design: l.options.Design, Digest: l.options.Digest}
	line := caseLine{head: e.at(Received, now), Input: kept(c.Input.Schema, c.Input.Values, e.shown)}
	if !c.Time.IsZero() {
		line.CaseTime = &c.Time
	}
	if c.Cluster != c.ID {
		line.Cluster = l.cluster(c.Cluster)
	}
	if c.Weight != 1 {
		line.Weight = &c.Weight
	}
	for i, name := range l.options.Tags {
		if i >= len(c.Tags) || c.Tags[i] == "" || l.options.Policy != nil && slices.Contains(l.options.Policy.Personal, name) {
			continue
		}
		if line.Tags == nil {
			line.Tags = map[string]string{}
		}
		line.Tags[name] = c.Tags[i]
	}
	text, err := appendLine(nil, line)
	if err != nil {
		return nil, err
	}
	return e, l.commit.add(text, nil, nil)
}

// End writes what became of the case, and returns when that is on disk: only
// then may the sender be told. wall is how long it took, spent the money that
// calls cost now.
func (e *Entry) End(t *flow.Trial, wall time.Duration, spent float64) error {
	now := e.log.now()
	var text []byte
	var err error
	for _, s := range e.steps(t) {
		if text, err = appendLine(text, stepLine{e.at(Stepped, now), s}); err != nil {
			return err
		}
	}
	for _, h := range e.handoffs(t) {
		if text, err = appendLine(text, handoffLine{e.at(Handed, now), h}); err != nil {
			return err
		}
	}
	if text, err = appendLine(text, endLine{e.at(Ended, now), e.ending(t, wall, spent)}); err != nil {
		return err
	}
	payload, err := e.payload(t, now)
	if err != nil {
		return err
	}
	return e.log.commit.wait(text, payload)
}

// Shadow writes what another design would have done with the case. It does not
// wait for the disk.
func (e *Entry) Shadow(design, designDigest string, t *flow.Trial, wall time.Duration, spent float64) error {
	h := e.at(Shadowed, e.log.now())
	h.Design, h.Digest = design, designDigest
	text, err := appendLine(nil, shadowLine{head: h, ending: e.ending(t, wall, spent), Spans: e.steps(t), Edges: e.handoffs(t)})
	if err != nil {
		return err
	}
	return e.log.commit.add(text, nil, nil)
}

// at begins a line.
func (e *Entry) at(event Event, now time.Time) head {
	h := e.head
	h.Event, h.Time = event, now
	return h
}

func (e *Entry) ending(t *flow.Trial, wall time.Duration, spent float64) ending {
	out := ending{
		Status: t.Status, Reason: t.Reason, Team: t.Team, End: t.End, ShadowWhy: e.shown.Message(t.ShadowWhy), Right: t.Right,
		Cost: Cost(t), Content: digest(t.InputDigest), Spent: spent, Wall: milliseconds(wall), Steps: len(t.Spans), Routes: len(t.Routes), Handoffs: len(t.Handoffs),
	}
	if t.Outcome != nil {
		f := kept(e.log.options.Outcome, t.Outcome, e.shown)
		out.Outcome = &f
	}
	if t.Shadow != nil {
		f := kept(e.log.options.Outcome, t.Shadow, e.shown)
		out.ShadowEnd = &f
	}
	return out
}

// steps are a trial's spans, then its routes.
func (e *Entry) steps(t *flow.Trial) []step {
	out := make([]step, 0, len(t.Spans)+len(t.Routes))
	for i := range t.Spans {
		s := &t.Spans[i]
		l := step{
			N: i, Step: s.Step, Kind: s.Kind, Actor: s.Actor, Shadow: s.Shadow, Output: e.shown.JSON(s.Output), Class: s.Class,
			Error: e.shown.Message(s.Error), Source: s.Source, Team: s.Team, Suggested: e.shown.JSON(s.Suggested), Key: digest(s.Key),
		}
		if c := s.Confidence; c != nil {
			l.Confidence = &confidence{Raw: c.Raw, Calibrated: c.Calibrated}
			for _, k := range c.Classes {
				l.Confidence.Classes = append(l.Confidence.Classes, class{e.shown.Text(k.Name), k.P})
			}
		}
		for _, a := range s.Attempts {
			l.Attempts = append(l.Attempts, attempt{
				Model: a.Model, TokensIn: a.TokensIn, TokensCached: a.TokensCached, TokensOut: a.TokensOut,
				Price: a.Price, Latency: milliseconds(a.Latency), Class: a.Class,
			})
		}
		out = append(out, l)
	}
	for i := range t.Routes {
		r := &t.Routes[i]
		out = append(out, step{N: i, Step: r.Step, Kind: "route", Shadow: r.Shadow, Route: &route{
			Branch: r.Branch, To: r.To, Because: r.Because, Values: e.shown.JSON(r.Values),
		}})
	}
	return out
}

func (e *Entry) handoffs(t *flow.Trial) []handoff {
	out := make([]handoff, len(t.Handoffs))
	for i, h := range t.Handoffs {
		out[i] = handoff{
			N: i, From: h.From, To: h.To, Kind: h.Kind, Detail: e.detail(h.Detail), Clause: h.Clause, After: h.After,
			Payload: digest(h.Digest), Shadow: h.Shadow,
		}
	}
	return out
}

// detail is a handoff's; one that a schema gives may quote what did not fit.
func (e *Entry) detail(text string) string {
	if text == "" {
		return ""
	}
	return e.shown.Text(e.shown.Message(text))
}

// Cost is the listed price of a trial's calls, in the workflow's currency, but
// for those made in shadow.
func Cost(t *flow.Trial) float64 {
	var sum float64
	for i := range t.Spans {
		if t.Spans[i].Shadow {
			continue
		}
		for _, a := range t.Spans[i].Attempts {
			sum += a.Price
		}
	}
	return sum
}
