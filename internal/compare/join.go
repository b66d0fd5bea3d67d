package compare

import (
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// Choice is one design of a scored run.
type Choice struct {
	Result *score.Result
	Design int // among the result's
}

// Join puts designs of one or several runs, scored in detail, side by side on the
// cases that all the runs have, by their ids, in the order of the first. A design
// whose name another run has too gets its run's id behind it. Residues say on
// how many cases the runs differ. It is an error to join runs that have no case
// in common, or whose outcomes and tags are not the same.
func Join(choices []Choice) (*score.Result, []Contestant, []Residue, error) {
	first := choices[0].Result
	var results []*score.Result
	for _, c := range choices {
		if !slices.Contains(results, c.Result) {
			results = append(results, c.Result)
		}
	}
	var residues []Residue
	for _, r := range results[1:] {
		if !slices.Equal(r.Vectors.Outcome, first.Vectors.Outcome) || !slices.Equal(r.Vectors.Classes, first.Vectors.Classes) || !slices.Equal(r.Vectors.TagNames, first.Vectors.TagNames) {
			return nil, nil, nil, fmt.Errorf("run %s and run %s have not the same outcome and tags: their cases cannot be held against each other", first.Run, r.Run)
		}
	}
	ids, positions := common(results)
	if len(ids) == 0 {
		return nil, nil, nil, fmt.Errorf("run %s and run %s have no case in common", first.Run, results[len(results)-1].Run)
	}
	for k, r := range results {
		if left := len(r.Vectors.Cases) - len(ids); left > 0 {
			residues = append(residues, Residue{What: "cases", First: fmt.Sprintf("%d in common", len(ids)), Run: r.Run, Other: fmt.Sprintf("%d more, left out", left)})
		}
		changed := 0
		for i := range ids {
			if first.Vectors.Details[positions[0][i]].Input != r.Vectors.Details[positions[k][i]].Input {
				changed++
			}
		}
		if changed > 0 {
			residues = append(residues, Residue{What: "inputs", First: "as replayed", Run: r.Run, Other: fmt.Sprintf("of %d cases others", changed)})
		}
	}

	out := *first
	out.Designs, out.Baseline, out.Cases = nil, "", len(ids)
	var contestants []Contestant
	var from []*score.Vectors
	var designs []int
	var at [][]int
	for _, c := range choices {
		d := c.Result.Designs[c.Design]
		if slices.ContainsFunc(choices, func(o Choice) bool {
			return o.Result != c.Result && o.Result.Designs[o.Design].Name == d.Name
		}) {
			d.Name += " @ " + c.Result.Run
		}
		contestants = append(contestants, Contestant{Name: d.Name, Design: c.Result.Designs[c.Design].Name, Run: c.Result.Run})
		out.Designs = append(out.Designs, d)
		from, designs = append(from, c.Result.Vectors), append(designs, c.Design)
		at = append(at, positions[slices.Index(results, c.Result)])
	}
	out.Vectors = score.OnCases(ids, from, designs, at)
	return &out, contestants, residues, nil
}

// common are the cases that all results have, with their positions in each.
func common(results []*score.Result) (ids []string, positions [][]int) {
	where := make([]map[string]int, len(results))
	for k, r := range results[1:] {
		where[k+1] = make(map[string]int, len(r.Vectors.Cases))
		for i, id := range r.Vectors.Cases {
			where[k+1][id] = i
		}
	}
	positions = make([][]int, len(results))
next:
	for i, id := range results[0].Vectors.Cases {
		at := make([]int, len(results))
		at[0] = i
		for k := 1; k < len(results); k++ {
			p, ok := where[k][id]
			if !ok {
				continue next
			}
			at[k] = p
		}
		ids = append(ids, id)
		for k, p := range at {
			positions[k] = append(positions[k], p)
		}
	}
	return ids, positions
}
