package audit

import "github.com/rehearse-dev/rehearse/flow"

// ActionState is what is known of an action, by its idempotency key.
type ActionState string

const (
	Begun   ActionState = "begun"   // it may have been taken
	Done    ActionState = "done"    // it was taken
	Refused ActionState = "refused" // it was not taken, and will not be
)

// Action is what the log knows of one idempotency key.
type Action struct {
	Case, Trial, Step string
	Key               string // sha256 of the step's name and the key, hex
	State             ActionState
	Class             flow.ErrorClass // why it was refused
}

// Act writes what is known of an action, and returns when that is on disk.
func (l *Log) Act(a Action) error {
	text, err := appendLine(nil, actionLine{
		head: head{Schema: SchemaVersion, Event: Acted, Time: l.now(), Case: l.Alias(a.Case), Trial: a.Trial, Design: l.options.Design, Digest: l.options.Digest},
		Step: a.Step, Key: a.Key, State: a.State, Class: a.Class,
	})
	if err != nil {
		return err
	}
	return l.commit.wait(text, nil)
}
