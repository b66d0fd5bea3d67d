package audit

import (
	"context"
	"encoding/json"
)

// Workflow is the name of the workflow whose cases a log has, and the design that
// served the last of them.
func (r *Reader) Workflow(ctx context.Context) (workflow, design string, err error) {
	for l, err := range r.lines(ctx, Opened) {
		if err != nil {
			return "", "", err
		}
		var x openedLine
		if err := json.Unmarshal(l.text, &x); err != nil {
			return "", "", l.wrong(r.dir, err)
		}
		workflow, design = x.Workflow, x.Design
	}
	return workflow, design, nil
}
