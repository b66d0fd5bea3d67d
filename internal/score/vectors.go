package score

// Vectors are figures of every case under every design, for paired
// comparisons: a case's repeats are averaged first. All slices of one design
// have one entry a case, in case order.
type Vectors struct {
	Cases   []string // ids
	Cluster []int32  // index of the case's cluster; nil where cases are independent
	Weight  []float64
	Designs []DesignVectors // aligned with Result.Designs
	Worst   float64         // what the costliest wrong decision costs; 0 where the workflow does not say
	// What follows is gathered by [RunInDetail] alone.
	TagNames []string
	Details  []CaseDetail
	Outcome  []string // names of the outcome's fields
	Classes  []string // of the decision; nil where there is none
}

// OnCases are the figures of some of the designs, on the cases at those positions of
// each: those of one run, or of several that are all in detail or none.
func OnCases(cases []string, from []*Vectors, design []int, positions [][]int) *Vectors {
	first := from[0]
	out := &Vectors{Cases: cases, Weight: pick(first.Weight, positions[0]), TagNames: first.TagNames, Outcome: first.Outcome, Classes: first.Classes}
	if first.Details != nil {
		out.Details = pick(first.Details, positions[0])
	}
	for i, v := range from {
		out.Worst = max(out.Worst, v.Worst)
		if v.Cluster != nil && out.Cluster == nil {
			out.Cluster = pick(v.Cluster, positions[i])
		}
		out.Designs = append(out.Designs, v.Designs[design[i]].at(positions[i]))
	}
	return out
}

// DesignVectors are one design's figures. What is not known of a case is left
// out of a Ratio's Den (and counted in no difference).
type DesignVectors struct {
	System    []Ratio // right / labelled measured trials
	Automated []Ratio // right / automated trials with a final label
	Forced    []Ratio // right without people / known
	Escalated []Ratio // escalated / measured
	Silent    []Ratio // automated wrong / labelled measured
	Handoff   []Ratio // with a failed handoff / measured
	Failed    []Ratio // failed / measured
	Cost      []Ratio // cost / measured with known minutes
	Minutes   []Ratio
	Detail    *Detail // nil where it was not asked for
}

// at is what is known of the cases at those positions, in their order.
func (v *DesignVectors) at(positions []int) DesignVectors {
	var out DesignVectors
	from, to := v.all(), out.all()
	for i := range from {
		*to[i] = pick(*from[i], positions)
	}
	if v.Detail != nil {
		out.Detail = v.Detail.at(positions)
	}
	return out
}

// Ratio is a numerator and a denominator summed over a case's repeats.
type Ratio struct{ Num, Den float32 }

func (r *Ratio) add(y float64) {
	r.Num += float32(y)
	r.Den++
}

func (r *Ratio) addIf(yes bool) {
	r.Den++
	if yes {
		r.Num++
	}
}

// Mean is the mean over the repeats; NaN where nothing is known.
func (r Ratio) Mean() float64 { return float64(r.Num) / float64(r.Den) }

// Case starts a new case, and takes in what came of it.
func (v *DesignVectors) Case(g *Judgement) {
	v.grow()
	v.add(g)
}

// grow starts a new case.
func (v *DesignVectors) grow() {
	for _, s := range v.all() {
		*s = append(*s, Ratio{})
	}
	if v.Detail != nil {
		v.Detail.grow()
	}
}

func (v *DesignVectors) all() []*[]Ratio {
	return []*[]Ratio{&v.System, &v.Automated, &v.Forced, &v.Escalated, &v.Silent, &v.Handoff, &v.Failed, &v.Cost, &v.Minutes}
}

// add takes in a judged trial of the case started last.
func (v *DesignVectors) add(g *Judgement) {
	if !g.Measured {
		return
	}
	i := len(v.System) - 1
	if g.Right != Unknown {
		v.System[i].addIf(g.Right == Yes)
		v.Silent[i].addIf(g.Disposition == AutomatedWrong)
	}
	if g.Disposition == AutomatedCorrect || g.Disposition == AutomatedWrong {
		v.Automated[i].addIf(g.Right == Yes)
	}
	switch {
	case g.Disposition == Failed && g.Right != Unknown:
		v.Forced[i].addIf(false)
	case g.Shadow != Unknown:
		v.Forced[i].addIf(g.Shadow == Yes)
	}
	v.Escalated[i].addIf(g.Escalated)
	v.Handoff[i].addIf(g.Handoff)
	v.Failed[i].addIf(g.Disposition == Failed)
	if g.MinutesOK {
		v.Cost[i].add(g.cost())
		v.Minutes[i].add(g.Minutes)
	}
}
