package promote

import (
	"iter"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// Answered are, by step, the models that answered a design in a run, as their
// endpoints call themselves, sorted.
func Answered(trials iter.Seq2[*flow.Trial, error], design string) (map[string][]string, error) {
	var out map[string][]string
	for t, err := range trials {
		if err != nil {
			return nil, err
		}
		if t.Design != design || t.Variant != "" {
			continue
		}
		for _, s := range t.Spans {
			for _, a := range s.Attempts {
				if a.Model == "" || slices.Contains(out[s.Step], a.Model) {
					continue
				}
				if out == nil {
					out = map[string][]string{}
				}
				out[s.Step] = append(out[s.Step], a.Model)
				slices.Sort(out[s.Step])
			}
		}
	}
	return out, nil
}
