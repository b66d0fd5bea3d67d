package design

import (
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Rule is one thing that a design is checked for beyond being readable. Each
// has a section of docs/lint.md, with a wrong and a right example.
type Rule struct {
	ID string
	// Severity is that of what it finds: an error is proven to break cases, a
	// warning is hardly meant, advice is what could be better.
	Severity diag.Severity
	Doc      string // what it finds, and why that matters
	check    func(*loader, report)
}

// report tells of one thing that a rule found.
type report func(at flow.Pos, message, hint string)

// Rules are all rules, in the order in which they are checked.
var Rules = []Rule{
	{"broken-handoff", diag.Error, "a handoff that breaks in every case", brokenHandoffs},
	{"unused-param", diag.Warning, "a param that nothing reads: moving it changes nothing", unusedParams},
	{"unused-output", diag.Warning, "a field that a step gives and nobody reads", unusedOutputs},
	{"unreachable-step", diag.Warning, "a step that no route leads to", unreachableSteps},
	{"unused-tool", diag.Warning, "a tool that no step calls", unusedTools},
	{"open-route", diag.Warning, "a route without else whose conditions do not provably take every case: the others are lost", openRoutes},
	{"dead-branch", diag.Warning, "a branch that no case can come to", deadBranches},
	{"open-table", diag.Warning, "a decision table without else whose rows do not provably take every case: the others break", openTables},
	{"dead-row", diag.Warning, "a row of a decision table that no case comes to", deadRows},
	{"overlapping-rows", diag.Warning, "two rows of a decision table that match the same case, of which at most one may", overlappingRows},
	{"skipped-step", diag.Warning, "a value read from a step that may have been jumped over", skippedSteps},
	{"unmet-need", diag.Warning, "a value that a step cannot do without and that may be absent, where nobody receives the case then", unmetNeeds},
	{"foreign-word", diag.Warning, "a word that the receiver's enum does not have", foreignWords},
	{"no-escalation", diag.Warning, "a model decides and nobody can take a case from it", noEscalation},
	{"unread-confidence", diag.Warning, "a model's confidence that no route reads", unreadConfidence},
	{"uncalibrated-cutoff", diag.Advice, "a cutoff on a confidence that was never held against right and wrong answers", uncalibratedCutoffs},
	{"no-fallback", diag.Warning, "a broken handoff that nobody receives", noFallback},
	{"action-owner", diag.Warning, "an action that nobody answers for", actionOwner},
	{"action-system", diag.Warning, "an action in no system", actionSystem},
	{"action-key", diag.Warning, "an action without an idempotency key: done twice, it counts twice", actionKey},
	{"unowned-outcome", diag.Advice, "a case that ends without an action or a person: no system receives its outcome, and nobody owns it", unownedOutcomes},
	{"receiver-needs", diag.Warning, "a team or a system that never gets what it needs", lackedNeeds},
	{"file-name", diag.Warning, "a design whose file has another name", fileName},
	{silenceRule, diag.Warning, "a silence without a reason, of an unknown rule, or with nothing to silence", nil},
}

// lint checks the rules, unless the design has errors: what cannot be read
// cannot be judged.
func (l *loader) lint() {
	if l.diags.Err() != nil {
		return
	}
	l.paths = l.follow()
	var found diag.List
	for _, r := range Rules {
		if r.check == nil {
			continue
		}
		r.check(l, func(at flow.Pos, message, hint string) {
			found = append(found, diag.Diagnostic{Pos: at, Severity: r.Severity, Rule: r.ID, Message: message, Hint: hint})
		})
	}
	*l.diags = append(*l.diags, l.silence(found)...)
}

// own are the nodes that this design's file says, without those of other
// workflows that it hands cases to: they are checked in their own files.
func (l *loader) own() []*Node {
	var out []*Node
	for _, d := range l.steps {
		if !d.inside && !d.exit && d.nested == nil {
			out = append(out, d.node)
		}
	}
	return out
}
