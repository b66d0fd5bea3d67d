package business

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Keys of the general assumptions.
const (
	volume   = "cases a year"
	wage     = "wage"
	realised = "share of freed time that becomes money"
	days     = "working days a year"
	dayHours = "hours a day"
	rampUp   = "months until all of it works"
	discount = "discount rate a year"
	build    = "cost of building it"
	running  = "cost of running it, a year"
)

// varied is how far the tornado moves what has no range of its own.
const varied = 0.2

// add lists an assumption, and gives its place.
func (m *maker) add(a Assumption) int {
	m.list = append(m.list, a)
	return len(m.list) - 1
}

// general lists an assumption of all designs: as stated, or what is assumed.
func (m *maker) general(name, unit string, stated *Amount, otherwise Amount, what string, most float64) {
	a := Assumption{Name: name, Unit: unit, How: Assumed, What: what, Low: otherwise.Low, Likely: otherwise.Likely, High: otherwise.High}
	if stated != nil {
		a.How, a.What = Stated, "by the scenario"
		a.Low, a.Likely, a.High = stated.Low, stated.Likely, stated.High
	}
	m.at[name] = m.add(a.spread(most))
}

// spread gives an assumption without a range one to try.
func (a Assumption) spread(most float64) Assumption {
	if a.High > a.Low || a.Likely == 0 {
		return a
	}
	a.Low, a.High, a.Varied = a.Likely*(1-varied), min(most, a.Likely*(1+varied)), true
	return a
}

// assume lists what figures follow from.
func (m *maker) assume() {
	t := m.Terms
	if m.years == 0 {
		m.years = 3
	}
	none := math.Inf(1)
	m.general(volume, "cases", t.CasesAYear, Amount{}, "", none)
	if a := &m.list[m.at[volume]]; t.CasesAYear == nil {
		a.How, a.What, a.Likely, a.Low, a.High = Stated, m.WhoseVolume, m.Volume, m.Volume, m.Volume
		*a = a.spread(none)
	}
	m.general(wage, "an hour", t.Wage, Amount{}, "", none)
	if a := &m.list[m.at[wage]]; t.Wage == nil {
		a.How, a.What, a.Likely = Stated, "the teams' wages, by the workflow or the scenario", m.meanWage()
		a.Low, a.High = a.Likely, a.Likely
		*a = a.spread(none)
	}
	m.general(realised, "", t.Realised, Amount{Low: 0.5, Likely: 1, High: 1}, "nobody says: that all of it does is the most there can be", 1)
	m.general(days, "days", t.Days, Amount{Low: 205, Likely: 220, High: 230}, "usual", 366)
	m.general(dayHours, "hours", t.HoursADay, Amount{Low: 6, Likely: 7.5, High: 8}, "usual", 24)
	m.general(rampUp, "months", t.RampUp, Amount{Low: 0, Likely: 3, High: 6}, "nobody says", none)
	m.general(discount, "", t.Discount, Amount{Low: 0.04, Likely: 0.08, High: 0.12}, "nobody says", 1)
	base := m.Sample.index[m.Baseline]
	for i, name := range m.Sample.designs {
		if i == base {
			continue
		}
		m.own(name, build, t.Build)
		m.own(name, running, t.RunAYear)
		for _, p := range []struct {
			part int
			what string
			unit string
		}{{hours, "people's minutes a case", "minutes"}, {failed, "cost of wrong decisions a case", "money"}, {models, "cost of calls a case", "money"}} {
			diff, se := m.est.mean[parts*i+p.part]-m.est.mean[parts*base+p.part], m.est.difference(p.part, i, base)
			if diff == 0 && se == 0 {
				continue
			}
			scale := 1.0
			if p.part == hours {
				scale = 60
			}
			const z = 1.96
			k := m.add(Assumption{
				Name: p.what + ", against " + m.Baseline, Design: name, Unit: p.unit, How: Traced, What: fmt.Sprintf("n=%d cases, 95%% interval of the difference", m.Sample.cases),
				Low: scale * (diff - z*se), Likely: scale * diff, High: scale * (diff + z*se), Varied: true, // the draws move all of them together
			})
			m.normal = append(m.normal, shift{k, p.part, i})
		}
	}
}

// own lists an assumption of one design.
func (m *maker) own(design, name string, stated map[string]Amount) {
	a, ok := stated[design]
	if !ok {
		a, ok = stated[""]
	}
	x := Assumption{Name: name, Design: design, Unit: "money", How: Stated, What: "by the scenario", Low: a.Low, Likely: a.Likely, High: a.High}
	if !ok {
		x.How, x.What = Assumed, "nobody says: taken as nothing"
	}
	m.of[name+"\x00"+design] = m.add(x.spread(math.Inf(1)))
}

// meanWage is what an hour of people costs under the baseline, or under the
// first design that needs any.
func (m *maker) meanWage() float64 {
	order := []int{m.Sample.index[m.Baseline]}
	for i := range m.Sample.designs {
		order = append(order, i)
	}
	for _, i := range order {
		if h := m.est.mean[parts*i+hours]; h > 0 {
			return m.est.mean[parts*i+people] / h
		}
	}
	return 0
}

func (m *maker) value(w world, name string) float64 { return w.x[m.at[name]] }

func (m *maker) valueOf(w world, name string, design int) float64 {
	if k, ok := m.of[name+"\x00"+m.Sample.designs[design]]; ok {
		return w.x[k]
	}
	return 0
}

// mean is a part of a case's cost under a design in a world: that of the
// sample, moved by what an assumption on it is off its likely value.
func (m *maker) mean(w world, design, part int) float64 {
	x := w.m[parts*design+part]
	for _, s := range m.normal {
		moved := w.x[s.assumption] - m.list[s.assumption].Likely
		if s.design != design || moved == 0 {
			continue
		}
		switch {
		case s.part == part && part == hours:
			x += moved / 60
		case s.part == part:
			x += moved
		case s.part == hours && part == people:
			x += moved / 60 * m.meanWage()
		}
	}
	return x
}

// cost is what people's time costs under a design, a case: at the wage of the
// world where one is stated for all, else at the teams' own, all moved alike.
func (m *maker) cost(w world, design int) float64 {
	now := m.value(w, wage)
	if m.Terms.Wage != nil {
		return m.mean(w, design, hours) * now
	}
	if likely := m.list[m.at[wage]].Likely; likely > 0 {
		return m.mean(w, design, people) * now / likely
	}
	return 0
}

func (m *maker) hoursOf(w world, design int) float64 {
	return m.value(w, volume) * m.mean(w, design, hours)
}

// perPerson is the hours that a person works a year.
func (m *maker) perPerson(w world) float64 { return m.value(w, days) * m.value(w, dayHours) }

// annual is what a design takes in a year.
func (m *maker) annual(design int, likely world, all []world) Annual {
	money := func(of func(world) float64) Range {
		return over(likely, all, func(w world) float64 { return m.value(w, volume) * of(w) })
	}
	return Annual{
		Design: m.Sample.designs[design],
		Hours:  over(likely, all, func(w world) float64 { return m.hoursOf(w, design) }),
		FTE:    over(likely, all, func(w world) float64 { return m.hoursOf(w, design) / m.perPerson(w) }),
		People: money(func(w world) float64 { return m.cost(w, design) }),
		Errors: money(func(w world) float64 { return m.mean(w, design, failed) }),
		Models: money(func(w world) float64 { return m.mean(w, design, models) }),
		Run:    over(likely, all, func(w world) float64 { return m.valueOf(w, running, design) }),
		Total: over(likely, all, func(w world) float64 {
			return m.value(w, volume)*(m.cost(w, design)+m.mean(w, design, failed)+m.mean(w, design, models)) + m.valueOf(w, running, design)
		}),
	}
}

// gross is the money that a candidate saves in a year in which all of it works,
// before what it costs to run.
func (m *maker) gross(w world, design, base int) float64 {
	freed := m.cost(w, base) - m.cost(w, design)
	if freed > 0 {
		freed *= m.value(w, realised) // more people cost all of their time
	}
	return m.value(w, volume) * (freed + m.mean(w, base, failed) - m.mean(w, design, failed) + m.mean(w, base, models) - m.mean(w, design, models))
}

// flows gives the money of every month: the saving grows evenly until all of it
// works, running it costs from the start.
func (m *maker) flows(w world, design, base, months int) []float64 {
	gross, run, ramp := m.gross(w, design, base)/12, m.valueOf(w, running, design)/12, m.value(w, rampUp)
	out := make([]float64, months)
	for i := range out {
		share := 1.0
		if ramp > 0 {
			share = working(float64(i+1), ramp) - working(float64(i), ramp)
		}
		out[i] = gross*share - run
	}
	return out
}

// working is how many months' worth of the full saving there was by a month.
func working(month, ramp float64) float64 {
	if month >= ramp {
		return month - ramp/2
	}
	return month * month / (2 * ramp)
}

// present is the net present value over the years: monthly flows, discounted
// from the end of their month, after the building is paid.
func (m *maker) present(w world, design, base int) float64 {
	rate := m.value(w, discount)
	sum := -m.valueOf(w, build, design)
	for i, f := range m.flows(w, design, base, 12*m.years) {
		sum += f / math.Pow(1+rate, float64(i+1)/12)
	}
	return sum
}

// payback is the months until the building is paid, undiscounted; +Inf where it
// is not within the years. What costs nothing to build pays from the first month
// that saves something on the whole.
func (m *maker) payback(w world, design, base int) float64 {
	left := m.valueOf(w, build, design)
	for i, f := range m.flows(w, design, base, 12*m.years) {
		if f > 0 && f >= left {
			return float64(i) + left/f
		}
		left -= f
	}
	return math.Inf(1)
}

// candidate is what a design gives over the baseline.
func (m *maker) candidate(name string, design, base int, likely world, all []world) Return {
	saved := func(w world) float64 { return m.hoursOf(w, base) - m.hoursOf(w, design) }
	r := Return{
		Design: name,
		Hours:  over(likely, all, saved),
		FTE:    over(likely, all, func(w world) float64 { return saved(w) / m.perPerson(w) }),
		Money:  over(likely, all, func(w world) float64 { return m.gross(w, design, base) - m.valueOf(w, running, design) }),
		Build:  over(likely, all, func(w world) float64 { return m.valueOf(w, build, design) }),
		Value:  over(likely, all, func(w world) float64 { return m.present(w, design, base) }),
	}
	var gains, never int
	for _, w := range all {
		if m.present(w, design, base) > 0 {
			gains++
		}
		if math.IsInf(m.payback(w, design, base), 1) {
			never++
		}
	}
	r.Gains, r.Never = float64(gains)/draws, float64(never)/draws
	for _, what := range []string{build, running} {
		if m.list[m.of[what+"\x00"+name]].How == Assumed {
			r.Missing = append(r.Missing, what)
		}
	}
	if !slices.Contains(r.Missing, build) {
		if p := over(likely, all, func(w world) float64 { return m.payback(w, design, base) }); !math.IsInf(p.Likely, 1) {
			r.Payback = &Payback{Likely: p.Likely, Low: within(p.Low), High: within(p.High)}
		}
	}
	r.Tornado = m.tornado(name, design, base, likely)
	return r
}

// within is a time to pay back, nil where there is none.
func within(months float64) *float64 {
	if math.IsInf(months, 1) {
		return nil
	}
	return &months
}

// tornado moves every assumption to the ends of its range, the others as
// likely; the one that moves the value most comes first.
func (m *maker) tornado(name string, design, base int, likely world) []Driver {
	var out []Driver
	for k, a := range m.list {
		if a.Design != "" && a.Design != name {
			continue
		}
		at := func(x float64) float64 {
			w := world{x: slices.Clone(likely.x), m: likely.m}
			w.x[k] = x
			return m.present(w, design, base)
		}
		d := Driver{Assumption: k, AtLow: at(a.Low), AtHigh: at(a.High)}
		if d.Swing() > 1e-9*(math.Abs(d.AtLow)+math.Abs(d.AtHigh)) {
			d.BreakEven = breakEven(at, a)
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(x, y Driver) int {
		switch {
		case x.Swing() > y.Swing():
			return -1
		case x.Swing() < y.Swing():
			return 1
		}
		return 0
	})
	return out
}

// breakEven is the value of an assumption at which nothing is gained or lost,
// between nothing and three times what is likely; nil where there is none.
func breakEven(value func(float64) float64, a Assumption) *float64 {
	low, high := 0.0, 3*a.Likely
	if a.Likely < 0 {
		low, high = high, 0
	}
	if a.Unit == "" {
		high = min(high, 1)
	}
	if (value(low) > 0) == (value(high) > 0) {
		return nil
	}
	rising := value(high) > 0
	for range 60 {
		if middle := (low + high) / 2; (value(middle) > 0) == rising {
			high = middle
		} else {
			low = middle
		}
	}
	x := (low + high) / 2
	return &x
}

// sortAssumptions puts the assumed ones first, then the stated, then the
// traced, and has the drivers point at where they are then.
func (m *maker) sortAssumptions(c *Case) {
	order := make([]int, len(c.Assumptions))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(m.list[a].How, m.list[b].How) })
	where, sorted := make([]int, len(order)), make([]Assumption, len(order))
	for to, from := range order {
		where[from], sorted[to] = to, m.list[from]
	}
	c.Assumptions = sorted
	for i := range c.Candidates {
		for k := range c.Candidates[i].Tornado {
			d := &c.Candidates[i].Tornado[k]
			d.Assumption = where[d.Assumption]
		}
	}
}
