package drift

import (
	"fmt"
	"strconv"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	// segmentCases of a side make a segment that is looked at.
	segmentCases = 30
	// segmentAlpha is the part of a check's budget that goes to segments.
	segmentAlpha = 0.2
)

// segments compares what the design does in every segment, a value of a tag
// that both samples have often enough: accuracy, escalations, broken handoffs
// and confidence.
func (r *Result) segments(c *check) error {
	for k := range c.base.Inputs {
		tag, now := &c.base.Inputs[k], &c.fresh.Inputs[k]
		if !tag.Tag {
			continue
		}
		if tag.many || now.many {
			r.NotCompared = append(r.NotCompared, fmt.Sprintf("%s (tag): more than %d values make no segments", tag.Name, manyTexts))
			continue
		}
		for code, name := range tag.names {
			to, ok := now.number[name]
			if !ok {
				continue
			}
			b := part{Sample: c.base}.where(func(i int) bool { return tag.codes[i] == int32(code) })
			f := part{Sample: c.fresh}.where(func(i int) bool { return now.codes[i] == to })
			if b.size() < segmentCases || f.size() < segmentCases {
				continue
			}
			shown := name
			if tag.Personal || now.Personal {
				shown = "value " + strconv.Itoa(code+1)
			}
			if err := r.segment(c, tag.Name+"="+shown, b, f); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Result) segment(c *check, name string, b, f part) error {
	var out []Signal
	for _, q := range []question{c.ofAccuracy(), ofEscalation, ofHandoffs} {
		s, err := rate(q, b, f)
		if err != nil {
			return err
		}
		out = append(out, s)
	}
	if confidence := (columns{Behaviour, &c.base.confidence, &c.fresh.confidence, b.among(stated), f.among(stated)}); confidence.b.size() > 0 && confidence.f.size() > 0 {
		list, _, err := column(c, confidence)
		if err != nil {
			return err
		}
		out = append(out, list...)
	}
	for _, s := range out {
		if s.P.Valid {
			s.Segment = name
			r.Segments = append(r.Segments, s)
		}
	}
	return nil
}

// adjust corrects the p-values of a family and says what moved at a level.
func adjust(family []Signal, alpha float64) error {
	ps := make([]stats.Number, len(family))
	for i, s := range family {
		ps[i] = s.P
	}
	adjusted, err := stats.AdjustP(ps, stats.Holm)
	if err != nil {
		return err
	}
	for i := range family {
		s := &family[i]
		s.Adjust = adjusted[i]
		s.Moved = s.Adjust.Valid && s.Adjust.Value <= alpha && s.Effect.Valid && s.Effect.Value >= s.Floor && !s.harmless
	}
	return nil
}
