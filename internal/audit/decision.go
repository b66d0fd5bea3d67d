package audit

import (
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// Review is a reviewer's decision about an escalated case, as it is written.
type Review struct {
	Case   string // as the log calls it; see [Log.Alias]
	Trial  string
	Design string // of the trial
	Digest string

	Reviewer string
	Took     time.Duration // how long the reviewer worked on it; 0 where nobody said
	Outcome  []any         // aligned with the workflow's outcome
	// Agrees says whether it is what the design would have done; nil where
	// nobody knows.
	Agrees *bool
	Note   string // in the payloads alone
	// Entry is the case's, where this process took it in; nil after a restart,
	// and then texts of the outcome are withheld.
	Entry *Entry
}

// Decide writes a decision, and returns when it is on disk.
func (l *Log) Decide(r Review) (at time.Time, err error) {
	at = l.now()
	h := head{Schema: SchemaVersion, Event: Decided, Time: at, Case: r.Case, Trial: r.Trial, Design: r.Design, Digest: r.Digest}
	line := decisionLine{head: h, Reviewer: r.Reviewer, Took: r.Took.Seconds(), Agrees: r.Agrees}
	if r.Entry != nil {
		line.Outcome = kept(l.options.Outcome, r.Outcome, r.Entry.shown)
	} else {
		line.Outcome = spare(l.options.Outcome, r.Outcome, l.options.Policy)
	}
	text, err := appendLine(nil, line)
	if err != nil {
		return at, err
	}
	var payload []byte
	if l.options.Payloads > 0 {
		payload, err = appendLine(nil, payloadLine{
			head: h, Outcome: flow.AppendJSON(nil, l.options.Outcome, r.Outcome), Reviewer: r.Reviewer, Note: r.Note,
		})
		if err != nil {
			return at, err
		}
	}
	return at, l.commit.wait(text, payload)
}
