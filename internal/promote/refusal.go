package promote

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// Refused is the error of a case that does not hold.
type Refused struct {
	Reasons []string
	// Final says that no override helps: the run is no evidence on the whole
	// held-out split.
	Final bool
	// Verdict is the gate's where nothing else speaks against the design; "" else.
	Verdict gate.Verdict
}

func (e *Refused) Error() string { return strings.Join(e.Reasons, "; ") }

// overridden is the override that a case needs and has; nil where it needs none.
func (c *Case) overridden() (*Override, error) {
	if reason := c.noEvidence(); reason != "" {
		return nil, &Refused{Reasons: []string{reason}, Final: true}
	}
	refused := &Refused{}
	if v := c.Verdict.Candidates[0]; v.Verdict != gate.Pass {
		refused.Reasons = append(refused.Reasons, fmt.Sprintf("the gate's verdict on design %q is %s: %s", v.Design, v.Verdict, v.Reason))
		refused.Verdict = v.Verdict
	}
	if others := c.others(); len(others) > 0 {
		refused.Reasons, refused.Verdict = append(refused.Reasons, others...), ""
	}
	switch {
	case len(refused.Reasons) == 0:
		return nil, nil
	case !c.Override || c.Approve == nil:
		return nil, refused
	}
	return &Override{By: c.Approve.By, Reason: c.Approve.Reason, Refused: refused.Reasons}, nil
}

// noEvidence says why a run is no evidence for production; "" where it is.
func (c *Case) noEvidence() string {
	h := c.Header
	switch {
	case h.State != record.Complete:
		return fmt.Sprintf("run %s is not complete: go on with 'eval run --resume %s'", h.Run, h.Run)
	case len(h.Data.Split) != 1 || h.Data.Split[0] != ledger.HeldOut:
		return fmt.Sprintf("run %s is not of the held-out split alone: promotion needs a run of 'eval run %s --split %s'", h.Run, c.Verdict.Workflow, ledger.HeldOut)
	case h.Data.Limit > 0 || len(h.Data.Where) > 0:
		return fmt.Sprintf("run %s is of a part of the held-out split: promotion needs all of it, without --limit and --where", h.Run)
	case len(c.Verdict.Candidates) != 1 || c.Verdict.Candidates[0].Design != c.Design:
		return fmt.Sprintf("there is no verdict on design %q alone", c.Design)
	}
	return ""
}

// others is what speaks against the case beside the gate.
func (c *Case) others() []string {
	var out []string
	if len(c.Uncommitted) > 0 {
		out = append(out, fmt.Sprintf("not committed to version control: %s", strings.Join(c.Uncommitted, ", ")))
	}
	var steps []string
	for step, models := range c.Answered {
		if len(models) > 1 {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	for _, step := range steps {
		out = append(out, fmt.Sprintf("step %q was answered by several models under one name, so that none of them was measured: %s", step, strings.Join(c.Answered[step], ", ")))
	}
	if r := c.Recomputed; r != nil && r.Differ > 0 {
		out = append(out, fmt.Sprintf("run %s was made by version %s, and by this program, version %s, %d of its %d trials come to something else", c.Header.Run, c.Header.Tool.Version, r.Version, r.Differ, r.Trials))
	}
	return out
}
