package engine_test

import (
	"context"
	"testing"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// BenchmarkRun is one case through a design of five steps whose work costs
// nothing: three rules, a route and an action.
func BenchmarkRun(b *testing.B) {
	fail := design.Broken{Mode: design.Fail}
	work := func(name, from string, i int) *design.Node {
		n := assess(twice, fail)
		n.Name, n.OutSlot = name, 2+2*i
		if i > 0 {
			n.In[0].Value, n.Edge = slot(2*i), design.Edge{From: from, Steps: []int{i - 1}}
		}
		return n
	}
	act := post(does(true), fail)
	act.OutSlot = 8
	p := plan(work("first", "", 0), work("second", "first", 1), work("third", "second", 2),
		decide(fail, design.Branch{When: over(scored, "first.score", 1000), Team: "experts"}, design.Branch{To: 4}), act)
	p.Slots = 9
	w := engine.NewRunner(p, 1, nil).NewWorker()
	c := caseOf(8.0, nil)
	var trial flow.Trial
	var arena []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if arena, err = w.Run(context.Background(), c, 0, 7, &trial, arena[:0]); err != nil || trial.Status != flow.Automated {
			b.Fatal(trial.Status, err)
		}
	}
}
