package stress

import (
	"context"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Cases are read and tried a block at a time, so that memory does not hold them
// all. Every block is a walk over the dataset, and there are so many at most.
const (
	blockCases = 4096
	mostBlocks = 32
)

// member is a drawn case of a block.
type member struct {
	at     int       // among the cases drawn, in the order of the dataset
	c      flow.Case // as it was read
	before *flow.Case
}

// blocks are the drawn cases in random order, in parts: the first part is a
// random sample of them all, as is every number of parts.
func (s *sample) blocks(size int) [][]int {
	order := make([]int, len(s.draws))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return drawOrder(s.draws[a], s.draws[b]) })
	return slices.Collect(slices.Chunk(order, size))
}

// blockSize is how many of so many cases are held at a time.
func blockSize(cases int) int { return max(blockCases, (cases+mostBlocks-1)/mostBlocks) }

// read reads the cases of a block, in its order.
func (job *Job) read(ctx context.Context, p *design.Plan, s *sample, block []int) ([]member, error) {
	request := job.Request
	request.WantInput, request.WantLabels, request.WantRecorded = true, true, true
	request.Input, request.Outcome, request.Recorded = job.Workflow.Input, job.Workflow.Outcome, design.RecordedFields(p)
	rank := make(map[int]int, len(block))
	for i, at := range block {
		rank[at] = i
	}
	out := make([]member, len(block))
	place, next := int32(0), 0 // among all cases, and of those drawn
	var before *flow.Case
	err := job.Card.Each(ctx, request, func(c *flow.Case) error {
		defer func() { place++ }()
		if next == len(s.draws) || s.draws[next].at != place {
			return nil
		}
		held := *c
		if i, ok := rank[next]; ok {
			out[i] = member{at: next, c: held, before: before}
		}
		before = &held
		next++
		return nil
	})
	if err == nil && next < len(s.draws) {
		err = fmt.Errorf("%s changed while it was read: %d of the %d cases that were drawn are there", job.Card.Name, next, len(s.draws))
	}
	return out, err
}
