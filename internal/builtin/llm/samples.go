package llm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

// sample is what one of several questions came to.
type sample struct {
	out flow.Output
	err error
}

// several puts the same question so many times, and lets the answers vote.
func (s *Step) several(ctx context.Context, in flow.Input, messages []client.Message) (flow.Output, error) {
	samples := make([]sample, s.samples)
	var wg sync.WaitGroup
	for i := range samples {
		wg.Go(func() { samples[i].out, samples[i].err = s.ask(ctx, in, messages, i) })
		if len(s.request.Tools) > 0 {
			wg.Wait() // calls of tools are made one at a time, in order
		}
	}
	wg.Wait()
	out := flow.Output{Cost: flow.Cost{Cached: true}}
	for _, one := range samples {
		out.Attempts = append(out.Attempts, one.out.Attempts...)
		out.Cost.Cached = out.Cost.Cached && one.out.Cost.Cached
		out.Cost.Spent += one.out.Cost.Spent
	}
	for _, one := range samples {
		if one.err != nil && !spoilt(one.err) {
			return out, one.err
		}
	}
	return out, s.vote(samples, &out)
}

// spoilt says that a sample was answered, and the answer is no use: it votes
// for nothing. What was not answered for another reason leaves the agreement
// unknown.
func spoilt(err error) bool {
	var e *flow.StepError
	return errors.As(err, &e) && (e.Class == flow.ErrMalformed || e.Class == flow.ErrRejected)
}

// vote gives the answer of the class that most samples gave: of equal ones,
// the class that was given first. The other fields are those of the first
// sample that gave the class, so that an answer is never put together from
// several. The confidence is the class's share of all samples.
func (s *Step) vote(samples []sample, out *flow.Output) error {
	var classes []flow.Class
	first := map[string]int{} // sample that gave the class first
	for i, one := range samples {
		if one.err != nil {
			continue
		}
		name := fmt.Sprint(one.out.Values[s.decided])
		at := slices.IndexFunc(classes, func(c flow.Class) bool { return c.Name == name })
		if at < 0 {
			at, first[name] = len(classes), i
			classes = append(classes, flow.Class{Name: name})
		}
		classes[at].P += 1 / float64(len(samples))
	}
	if len(classes) == 0 {
		return samples[0].err
	}
	classes = likeliest(classes)
	out.Values = samples[first[classes[0].Name]].out.Values
	s.sure(out, classes[0].P, classes)
	return nil
}
