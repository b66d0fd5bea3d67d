package audit

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"iter"
	"slices"
	"time"
)

// Payload is one whole case as it was served, or a decision about one.
type Payload struct {
	Case, Trial string // the case's own id, also where the log has an alias
	At          time.Time
	CaseTime    time.Time // zero where its sender gave none
	Cluster     string    // "" for the case's id
	Weight      float64
	Tags        map[string]string
	Input       json.RawMessage // nil of a decision
	Outcome     json.RawMessage // the design's, or the reviewer's of a decision; nil for none
	Reviewer    string          // "" unless it is a decision
	Note        string
}

// Payloads gives the whole cases and decisions that a log's owner keeps, oldest
// first. What its days have passed for is not given, though it may not have been
// deleted yet.
func (r *Reader) Payloads(ctx context.Context, now time.Time) iter.Seq2[*Payload, error] {
	return func(yield func(*Payload, error) bool) {
		found, err := fs.ReadDir(r.folder, payloadsName)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			yield(nil, err)
			return
		}
		today := now.UTC().Format(time.DateOnly)
		for _, e := range found {
			m := payloadNames.FindStringSubmatch(e.Name())
			if m == nil || m[1] <= today {
				continue
			}
			each := func(l rawLine, err error) bool {
				var p *Payload
				if err == nil {
					if p, err = payloadOf(l); err != nil {
						err = l.wrong(r.dir, err)
					}
				}
				return yield(p, err) && err == nil
			}
			if !r.file(ctx, payloadsName+"/"+e.Name(), true, []Event{Ended, Decided}, each) {
				return
			}
		}
	}
}

func payloadOf(l rawLine) (*Payload, error) {
	var x payloadLine
	if err := json.Unmarshal(l.text, &x); err != nil {
		return nil, err
	}
	p := &Payload{
		Case: x.Case, Trial: x.Trial, At: x.Time, Cluster: x.Cluster, Weight: 1, Tags: x.Tags, Input: x.Input, Outcome: x.Outcome, Reviewer: x.Reviewer, Note: x.Note,
	}
	if x.CaseTime != nil {
		p.CaseTime = *x.CaseTime
	}
	if x.Weight != nil {
		p.Weight = *x.Weight
	}
	return p, nil
}

// Withheld are the fields of the input that the log withheld from some case.
func (r *Reader) Withheld(ctx context.Context) ([]string, error) {
	seen := map[string]bool{}
	for l, err := range r.lines(ctx, Received) {
		if err != nil {
			return nil, err
		}
		var x caseLine
		if err := json.Unmarshal(l.text, &x); err != nil {
			return nil, l.wrong(r.dir, err)
		}
		for _, name := range x.Input.Withheld {
			seen[name] = true
		}
	}
	var out []string
	for _, f := range r.input.Fields() {
		if seen[f.Name] {
			out = append(out, f.Name)
		}
	}
	return slices.Clip(out), nil
}
