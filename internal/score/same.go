package score

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Ending is what one trial came to, as far as repeats of it can differ.
type Ending struct {
	Status flow.Status
	Team   string // that took the case
	Final  []any  // people's answers included; nil where there is none
	Right  *bool  // the design's own verdict, where it brings one
}

// NewEnding is what a judged trial came to.
func NewEnding(t *flow.Trial, g *Judgement) Ending {
	e := Ending{Status: t.Status, Team: t.Team, Final: slices.Clone(g.Final)}
	if t.Right != nil {
		right := *t.Right
		e.Right = &right
	}
	return e
}

// Same says whether two trials of a case came to the same: finished in the same
// way, with the same values in every field that the workflow judges, by its
// comparisons.
func (e Ending) Same(o Ending, w *design.Workflow) bool {
	if e.Status != o.Status || e.Team != o.Team || (e.Final == nil) != (o.Final == nil) || (e.Right == nil) != (o.Right == nil) {
		return false
	}
	if e.Right != nil && *e.Right != *o.Right {
		return false
	}
	for i := range e.Final {
		switch {
		case w.Compare[i].Kind == design.Ignore:
		case e.Final[i] == nil || o.Final[i] == nil:
			if e.Final[i] != nil || o.Final[i] != nil {
				return false
			}
		case !Equal(w.Compare[i], o.Final[i], e.Final[i]):
			return false
		}
	}
	return true
}
