package scorecard

import (
	"slices"

	"github.com/rehearse-dev/rehearse/internal/redact"
)

// Hidden is the result as it may be shown: without the cases' ids where they
// are personal. The result itself stays as it is.
func (r *Result) Hidden(ids bool) *Result {
	if r == nil || !ids {
		return r
	}
	out := *r
	out.Designs = slices.Clone(r.Designs)
	for i := range out.Designs {
		d := &out.Designs[i]
		measures := []*Measure{&d.Integrated, &d.Repeated, &d.Accountable, &d.Automated}
		if d.Restated != nil {
			restated := *d.Restated
			d.Restated = &restated
			measures = append(measures, &restated.Measure)
		}
		for _, m := range measures {
			m.Lacks = slices.Clone(m.Lacks)
			for j := range m.Lacks {
				m.Lacks[j].Examples = []string{redact.Personal}
			}
		}
	}
	return &out
}
