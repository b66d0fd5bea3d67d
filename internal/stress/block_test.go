package stress

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBlocks: in parts of any size every drawn case is read once, with the same case
// before it.
func TestBlocks(t *testing.T) {
	job, r := world(t, t.TempDir(), plain, coded(90, 0.2, rand.New(rand.NewPCG(1, 1))))
	drawn, err := choose(context.Background(), job.Card, job.Workflow, job.Request, 50, 3)
	if err != nil {
		t.Fatal(err)
	}
	read := func(size int) map[int][2]string {
		out := map[int][2]string{}
		for _, block := range drawn.blocks(size) {
			members, err := job.read(context.Background(), r.Plan(), drawn, block)
			if err != nil {
				t.Fatal(err)
			}
			for i, m := range members {
				before := ""
				if m.before != nil {
					before = m.before.ID
				}
				if m.at != block[i] || out[m.at] != [2]string{} {
					t.Errorf("in parts of %d, case %d comes where %d is due, or again", size, m.at, block[i])
				}
				out[m.at] = [2]string{m.c.ID, before}
			}
		}
		return out
	}
	whole := read(50)
	if len(whole) != 50 || whole[0][1] != "" || whole[49][1] != whole[48][0] {
		t.Errorf("%d cases: %v", len(whole), whole)
	}
	for _, size := range []int{1, 7, 49} {
		if diff := cmp.Diff(whole, read(size)); diff != "" {
			t.Errorf("in parts of %d (-whole +parts):\n%s", size, diff)
		}
	}
	// A dataset that loses cases meanwhile is no dataset.
	drawn.draws[49].at = 1000
	if _, err := job.read(context.Background(), r.Plan(), drawn, []int{0}); err == nil {
		t.Error("a case that is not there any more is not missed")
	}
	for cases, want := range map[int]int{0: blockCases, 4096: blockCases, 1_000_000: 31_250} {
		if got := blockSize(cases); got != want {
			t.Errorf("%d cases in blocks of %d, want %d", cases, got, want)
		}
	}
}
