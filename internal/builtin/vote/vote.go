// Package vote is the step kind `vote`: several answers to one question, made
// one, with their agreement as confidence.
package vote

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// Vote is a step that counts ballots.
type Vote struct {
	ballots []int    // places of in
	weights []weight // aligned with ballots
	method  string   // majority, weighted or unanimous
	quorum  int      // ballots that have to be cast
	first   bool     // a tie goes to the ballot that stands first
	out     *flow.Schema
	winner  int // place of out
	share   int // place of out; -1 for none
}

// option is an answer that somebody voted for.
type option struct {
	value  any
	weight float64
	votes  int
}

// Do counts the ballots that were cast: a value that is absent is no ballot.
func (v *Vote) Do(_ context.Context, in flow.Input) (flow.Output, error) {
	var (
		options []option // in the order of their first ballot
		total   float64
		cast    int
	)
	for i, at := range v.ballots {
		value := in.Values[at]
		if value == nil {
			continue
		}
		w, err := v.weights[i].of(in.Values)
		if err != nil {
			return flow.Output{}, err
		}
		cast++
		total += w
		j := slices.IndexFunc(options, func(o option) bool { return o.value == value })
		if j < 0 {
			options = append(options, option{value: value})
			j = len(options) - 1
		}
		options[j].weight += w
		options[j].votes++
	}
	slices.SortStableFunc(options, func(a, b option) int { return cmp.Compare(b.weight, a.weight) })
	values := make([]any, v.out.Len())
	if total == 0 { // nobody voted: there is no agreement to speak of
		if v.share >= 0 {
			values[v.share] = 0.0
		}
		return flow.Output{Values: values}, nil
	}
	share := options[0].weight / total
	if v.decided(options, cast) {
		values[v.winner] = options[0].value
	}
	if v.share >= 0 {
		values[v.share] = share
	}
	conf := &flow.Confidence{Raw: share, Calibrated: share}
	for _, o := range options[:min(len(options), 10)] {
		conf.Classes = append(conf.Classes, flow.Class{Name: fmt.Sprint(o.value), P: o.weight / total})
	}
	return flow.Output{Values: values, Confidence: conf}, nil
}

// decided says whether the option with the most votes has won.
func (v *Vote) decided(options []option, cast int) bool {
	switch {
	case cast < v.quorum:
		return false
	case len(options) == 1:
		return true
	case v.method == "unanimous":
		return false
	}
	return options[0].weight > options[1].weight || v.first
}
