package joint

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/system"
)

// passage is what became of one row of a workflow.
type passage struct {
	came     bool             // it was replayed
	handoffs []system.Handoff // aligned with the links into the workflow; of root rows none
	values   []any            // what it came with
	judged   score.Judgement
	outcome  []any // handed on: the final one, or the label in the place of it
	minutes  map[string]float64
	lost     bool // a sender broke the handoff, or ended without an outcome
	unknown  bool // a sender was not measured
}

// play is the whole system once, with some workflows corrected.
type play struct {
	variant  string // folder; "" as replayed
	correct  []bool // by member; nil for none
	passages [][]passage
}

// Run replays the system and judges what came of it. The record lies in the
// job's folder.
func Run(ctx context.Context, j *Job) (*Result, error) {
	stages, err := j.read(ctx)
	if err != nil {
		return nil, err
	}
	known := make(memory, len(stages))
	for i, st := range stages {
		known[i] = make([][]passage, len(st.rows))
	}
	base := &play{}
	if err := j.play(ctx, stages, base, known); err != nil {
		return nil, err
	}
	if err := j.writeHandoffs(stages, base); err != nil {
		return nil, err
	}
	plays := []*play{base}
	if j.Corrections {
		for _, set := range corrections(len(stages)) {
			p := &play{correct: set, variant: variant(stages, set)}
			if err := j.play(ctx, stages, p, known); err != nil {
				return nil, err
			}
			plays = append(plays, p)
		}
	}
	return j.result(stages, plays)
}

// corrections are the sets of workflows that are corrected: each alone, then
// the first two, the first three, and so on to all.
func corrections(n int) [][]bool {
	var out [][]bool
	for i := range n {
		one := make([]bool, n)
		one[i] = true
		out = append(out, one)
	}
	for k := 2; k <= n; k++ {
		first := make([]bool, n)
		for i := range k {
			first[i] = true
		}
		out = append(out, first)
	}
	return out
}

// variant names what is corrected, as a folder.
func variant(stages []*stage, set []bool) string {
	var names []string
	for i, st := range stages {
		if set[i] {
			names = append(names, st.Name)
		}
	}
	return "corrected-" + strings.Join(names, "+")
}

// memory holds the passages that were replayed, by stage and row, each with
// other values.
type memory [][][]passage

// recall takes what became of a row that came with the same values before: the
// same case with the same input gives the same trial.
func (x *passage) recall(before []passage) bool {
	for i := range before {
		if was := &before[i]; reflect.DeepEqual(was.values, x.values) {
			x.judged, x.outcome, x.minutes = was.judged, was.outcome, was.minutes
			return true
		}
	}
	return false
}

// play replays workflow by workflow what is not known already.
func (j *Job) play(ctx context.Context, stages []*stage, p *play, known memory) error {
	for i, st := range stages {
		passages := make([]passage, len(st.rows))
		p.passages = append(p.passages, passages)
		todo := map[int][]any{}
		for r := range st.rows {
			x := &passages[r]
			j.arrive(stages, p, st, r, x)
			if x.came && !x.recall(known[i][r]) {
				todo[r] = x.values
			}
		}
		if len(todo) > 0 {
			if err := j.replay(ctx, st, p.variant, passages, todo); err != nil {
				return err
			}
			for r := range todo {
				known[i][r] = append(known[i][r], passages[r])
			}
		}
		if p.correct != nil && p.correct[i] {
			for r := range passages {
				correct(&passages[r], st, st.rows[r].label)
			}
		}
	}
	return nil
}

// arrive says whether and with what a row comes to its workflow.
func (j *Job) arrive(stages []*stage, p *play, st *stage, r int, x *passage) {
	row := &st.rows[r]
	if len(st.In) == 0 {
		x.came, x.values = true, row.own
		return
	}
	x.came, x.values = true, slices.Clone(row.own)
	x.handoffs = make([]system.Handoff, len(st.In))
	for k, l := range st.In {
		at := row.parents[k]
		if at < 0 {
			continue
		}
		from := indexOf(stages, l.From)
		sender := &p.passages[from][at]
		switch {
		case !sender.came:
			x.came, x.lost, x.unknown = false, x.lost || sender.lost, x.unknown || sender.unknown
			continue
		case !sender.judged.Measured:
			x.came, x.unknown = false, true
			continue
		}
		h := l.Send(sender.values, sender.outcome, row.own)
		x.handoffs[k] = h
		x.came, x.lost = x.came && h.Sent, x.lost || h.Kind != ""
		if h.Sent {
			for _, name := range l.Given() {
				f := st.Workflow.Input.Index(name)
				x.values[f] = h.Values[f]
			}
		}
	}
}

func indexOf(stages []*stage, m *system.Member) int {
	return slices.IndexFunc(stages, func(s *stage) bool { return s.Member == m })
}

// replay runs a workflow over what came to it, and judges the trials.
func (j *Job) replay(ctx context.Context, st *stage, variant string, passages []passage, todo map[int][]any) error {
	if j.Stage != nil {
		what := st.Name
		if variant != "" {
			what += ", " + strings.Replace(variant, "-", " ", 1)
		}
		j.Stage(what)
	}
	card, err := st.write(ctx, j.dataDir(variant, st.Name), todo)
	if err != nil {
		return err
	}
	run, err := j.Replay(ctx, st.Member, card, j.runDir(variant, st.Name))
	if err != nil {
		return err
	}
	judge := score.NewJudge(st.Workflow, card, j.Seed)
	seen := 0
	err = score.Walk(ctx, run, st.Workflow, card, dataset.Request{}, func(t *flow.Trial, c *flow.Case, _ bool) error {
		at, ok := st.byID[t.Case]
		if !ok {
			return fmt.Errorf("run %s has a case %q that did not come to it", run.Header.Run, t.Case)
		}
		seen++
		x := &passages[at]
		x.judged = judge.Judge(t, c.Label)
		x.outcome = x.judged.Final
		judge.Work(t, c.Label, func(team design.Team, minutes float64, _ bool) {
			if x.minutes == nil {
				x.minutes = map[string]float64{}
			}
			x.minutes[team.Name] += minutes
		})
		return nil
	})
	if err == nil && seen != len(todo) {
		err = fmt.Errorf("%d cases came to %s, and its run has %d", len(todo), st.Name, seen)
	}
	return err
}

// correct puts the label in the place of what a workflow gave.
func correct(x *passage, st *stage, label *flow.Label) {
	if !x.came || !x.judged.Measured {
		return
	}
	gold := goldOutcome(st, label)
	if gold == nil {
		return
	}
	// What the label does not say stays as it is.
	for i, v := range gold {
		if v == nil && i < len(x.outcome) && st.unlabelled(i) {
			gold[i] = x.outcome[i]
		}
	}
	x.outcome = gold
	g := &x.judged
	g.Right, g.ErrorCost = score.Yes, 0
	switch g.Disposition {
	case score.AutomatedWrong, score.AutomatedUnknown, score.Failed:
		g.Disposition = score.AutomatedCorrect
	}
}

// goldOutcome is the outcome as labelled; nil where the decision is not.
func goldOutcome(st *stage, label *flow.Label) []any {
	if !label.Labelled() {
		return nil
	}
	if d := st.Workflow.Decision; d >= 0 && label.Outcome.Values[d] == nil {
		return nil
	}
	return slices.Clone(label.Outcome.Values)
}

// unlabelled says whether the dataset labels a field of the outcome at all.
func (st *stage) unlabelled(field int) bool {
	name := st.Workflow.Outcome.Names()[field]
	return !slices.ContainsFunc(st.Card.Outcome, func(c dataset.Column) bool { return c.Field == name })
}
