package scorecard

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/people"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/restate"
)

// accountable takes in a trial that came to an outcome: what its trace lacks to
// explain it.
func (d *tally) accountable(t *flow.Trial, c *flow.Case, at place) {
	lacks := append([]string(nil), d.changed...)
	values := c.Input.Values
	if kind, ok := restate.Of(t.Variant); ok {
		values, _ = kind.Input(c.Input)
	}
	d.json = flow.AppendJSON(d.json[:0], c.Input.Schema, values)
	if engine.Digest(d.json) != t.InputDigest {
		lacks = append(lacks, "inputs: the case is another in the dataset now")
	}
	for i := range t.Spans {
		s := &t.Spans[i]
		if !s.Shadow && len(s.Attempts) > 0 && s.Class == "" && s.Attempts[len(s.Attempts)-1].Model == "" && d.header.Outside[s.Step] == "" {
			lacks = append(lacks, "versions: nothing says what answered "+s.Step)
		}
	}
	for i := range t.Routes {
		if r := &t.Routes[i]; !r.Shadow && r.Values == nil {
			lacks = append(lacks, "evidence: nothing says what "+r.Step+" decided by")
		}
	}
	if t.Status == flow.Automated {
		lacks = append(lacks, d.automatedTrace(t, c)...)
	} else {
		lacks = append(lacks, d.escalatedTrace(t, c)...)
	}
	d.outcomes.add(at, lacks...)
}

// automatedTrace is what the trace of a case that was finished without people
// lacks: the outcome has to follow from what the record has of the steps, and
// somebody has to answer for every action that was taken.
func (d *tally) automatedTrace(t *flow.Trial, c *flow.Case) (lacks []string) {
	if d.plan != nil {
		record.Frame(d.plan, t, c, d.frame)
		for i, f := range d.w.Outcome.Fields() {
			if !d.follows(i, t.Outcome) {
				lacks = append(lacks, "evidence: "+f.Name+" does not follow from the recorded outputs")
			}
		}
	}
	owned := false
	for i := range t.Spans {
		s := &t.Spans[i]
		n := d.nodes[s.Step]
		if s.Shadow || s.Class != "" || n == nil || n.Role != flow.Action {
			continue
		}
		if owned = true; n.Owner == "" {
			lacks = append(lacks, "owner: nobody answers for "+s.Step)
		}
	}
	if d.plan != nil && !owned {
		lacks = append(lacks, "owner: no system and no team receives the outcome")
	}
	return lacks
}

// follows says whether a field of the outcome is what the design makes of the
// recorded outputs.
func (d *tally) follows(field int, outcome []any) bool {
	f := d.w.Outcome.Fields()[field]
	var made, has any
	if v := d.plan.Outcome[field]; v != nil {
		// What cannot be evaluated is absent, as in the engine.
		if got, err := v.Eval(d.frame); err == nil && (got == nil || f.Type.Check(got) == "") {
			made = got
		}
	}
	if field < len(outcome) {
		has = outcome[field]
	}
	date := f.Type.Kind == flow.Date
	return bytes.Equal(flow.AppendValue(nil, made, date), flow.AppendValue(nil, has, date))
}

// escalatedTrace is what the trace of a case that people took lacks: why they
// got it, what they were given, and what they answered.
func (d *tally) escalatedTrace(t *flow.Trial, c *flow.Case) (lacks []string) {
	team, known := d.w.Team(t.Team)
	if !known {
		lacks = append(lacks, "owner: no team took the case")
	}
	if t.Reason == "" {
		lacks = append(lacks, "evidence: nothing says why people got the case")
	}
	given := false
	for i := range t.Handoffs {
		h := &t.Handoffs[i]
		n := d.nodes[h.To]
		given = given || !h.Shadow && (h.To == t.Team || n != nil && n.Answer != nil && n.Answer.Team == t.Team) && h.Digest != 0
	}
	if !given {
		lacks = append(lacks, "inputs: nothing says what the team was given")
	}
	if known && !d.answeredThen(t, c) {
		lacks = append(lacks, "evidence: the answer of "+team.Name+" is not recorded")
	}
	return lacks
}

// answeredThen says whether the people's answer is the one that was recorded at
// the time, by the field that the workflow decides by, or by the first where
// there is none.
func (d *tally) answeredThen(t *flow.Trial, c *flow.Case) bool {
	for i := len(t.Spans) - 1; i >= 0; i-- {
		if s := &t.Spans[i]; !s.Shadow && s.Source != "" {
			return s.Source == string(people.Recorded)
		}
	}
	team, _ := d.w.Team(t.Team)
	_, from := people.Answer(d.w, team, c.Label, flow.Key{Seed: d.seed, Case: t.Case, Repeat: t.Repeat}, max(0, d.w.Decision))
	return from == people.Recorded
}

// changedFiles are the lacks that every trial of a design has: files as run that
// the record no longer keeps as its header names them.
func changedFiles(run *record.Run, was record.Design) (lacks []string) {
	for _, f := range []record.File{run.Header.Workflow, was.File} {
		content, err := os.ReadFile(filepath.Join(run.Dir, filepath.FromSlash(f.Copy)))
		sum := sha256.Sum256(content)
		if err != nil || hex.EncodeToString(sum[:]) != f.SHA256 {
			lacks = append(lacks, "versions: the run's copy of "+f.Path+" is not what was run")
		}
	}
	for _, l := range was.Learnt {
		if l.SHA256 == "" || l.Key == "" {
			lacks = append(lacks, "versions: nothing says what "+l.Step+" learnt")
		}
	}
	return lacks
}
