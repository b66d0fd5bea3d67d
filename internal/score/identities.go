package score

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// asker is a step that asks a model.
type asker struct{ design, step string }

// identities count who answered each step: the names by which endpoints say
// which model it was.
type identities map[asker]map[string]int

// saw counts an attempt that brought an answer.
func (i identities) saw(design, step string, a flow.Attempt) {
	if a.Model == "" {
		return
	}
	at := asker{design, step}
	if i[at] == nil {
		i[at] = map[string]int{}
	}
	i[at][a.Model]++
}

// changed says where several models answered under one name at one endpoint:
// designs, and cases, are then not compared on the same model.
func (i identities) changed(h *record.Header) []string {
	byName := map[string]map[string]int{} // what was asked → who answered
	for _, d := range h.Designs {
		for step, asked := range d.Outside {
			asked, _, _ = strings.Cut(asked, ", settings ")
			for model, n := range i[asker{d.Name, step}] {
				if byName[asked] == nil {
					byName[asked] = map[string]int{}
				}
				byName[asked][model] += n
			}
		}
	}
	var out []string
	for _, asked := range slices.Sorted(maps.Keys(byName)) {
		who := byName[asked]
		if len(who) < 2 {
			continue
		}
		var parts []string
		for _, model := range slices.Sorted(maps.Keys(who)) {
			parts = append(parts, fmt.Sprintf("%q (%d answers)", model, who[model]))
		}
		out = append(out, fmt.Sprintf("the model behind one name changed: %s was answered by %s; figures compare different models. 'cache prune' removes old answers, to ask again", asked, strings.Join(parts, " and ")))
	}
	return out
}
