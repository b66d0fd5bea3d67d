package score

// Vectors are figures of every case under every design, for paired
// comparisons: a case's repeats are averaged first. All slices of one design
// have one entry a case, in case order.
type Vectors struct {
	Cases   []string // ids
	Cluster []int32  // index of the case's cluster; nil where cases are independent
	Weight  []float64
	Designs []DesignVectors // aligned with Result.Designs
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

// mean is the mean over the repeats.
func (r Ratio) mean() float64 { return float64(r.Num) / float64(r.Den) }

// grow starts a new case.
func (v *DesignVectors) grow() {
	for _, s := range v.all() {
		*s = append(*s, Ratio{})
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
