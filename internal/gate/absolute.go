package gate

import (
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Judge holds a design of a scored run against one threshold over all cases
// that compares with no baseline.
func Judge(t design.Threshold, scored *score.Result, d *score.Design) Line {
	return newJudge(scored, nil, d).line(t, part{Summary: &d.Summary})
}
