package flow

import "time"

// Case is one historical item of a dataset.
type Case struct {
	Index   int64     // position in the dataset's order, from 0, before any filter
	ID      string    // unique in its dataset
	Time    time.Time // when it came; zero where the card names no time column
	Cluster string    // cases of one cluster are not independent; the ID where the card names none
	Weight  float64   // sampling weight; 1 where the card names none
	Tags    []string  // values of the card's tag columns, in the card's order; "" where absent
	Split   string    // train, calibration, dev or test
	Input   Message   // what every design receives
	// Recorded holds columns known only afterwards, for steps of kind recorded:
	// one message a recorded repeat, a single one where the card names no
	// repeat column.
	Recorded []Message
	// Label is what was right. It is nil where labels were not asked for, and
	// no step can reach it.
	Label *Label
}

// Label says what was right about a case. Every part may be unknown.
type Label struct {
	Outcome     Message            // the right final outcome; absent values are unlabelled fields
	Steps       map[string]Message // the right output of named steps
	Routes      map[string]string  // the right branch of named routes: a step, a team or "end"
	NeedsPerson *bool              // whether the case belonged to a person
	Person      Message            // what a person decided at the time, in outcome fields
	Minutes     *float64           // how long that person worked on it
}

// Labelled says whether any part of the final outcome is known.
func (l *Label) Labelled() bool {
	if l == nil {
		return false
	}
	for _, v := range l.Outcome.Values {
		if v != nil {
			return true
		}
	}
	return false
}

// Gold is the right value of a field of a step's output, t being the field's
// type, and whether it is known. A field that the dataset has gold for and
// that is empty here is rightly absent where it may be absent and the case has
// gold for any step; a case without any was never looked at.
func (l *Label) Gold(step, field string, t Type) (v any, known bool) {
	if l == nil {
		return nil, false
	}
	m, ok := l.Steps[step]
	if !ok || m.Schema.Index(field) < 0 {
		return nil, false
	}
	if v = m.Get(field); v != nil {
		return v, t.Check(v) == ""
	}
	return nil, t.Optional && l.hasGold()
}

func (l *Label) hasGold() bool {
	for _, m := range l.Steps {
		for _, v := range m.Values {
			if v != nil {
				return true
			}
		}
	}
	return false
}
