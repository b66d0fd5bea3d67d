package traced

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/mathext"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Chance says how case times differ from the Poisson process that arrivals are
// simulated by, whose rate follows the hours of the week.
type Chance struct {
	// Unit is what the times are rounded to.
	Unit time.Duration
	// Spread is the coefficient of variation of days, beyond what their hours
	// vary by, and Most the one that so few cases could hide.
	Spread, Most float64

	days  int // whole days that were looked at; 0: too few cases to tell
	cases int
	// grouped is how many cases came at once, on average; 0: one by one.
	grouped              float64
	dayCounts, hourCount stats.Dispersion
	spacings             stats.UniformOrder
	scv                  float64 // squared coefficient of variation of the gaps, in units of what is expected
}

const (
	minTestedCases = 50
	minTestedDays  = 14
	maxTestedDays  = 100 * 366 // more is a mistyped year
	// Four tests share an error rate of 5 %.
	chanceAlpha = 0.05 / 4
	// What is smaller than these is of no matter for waits, however sure it is.
	minAtOnce      = 0.02 // share of the cases that came with one before
	minDaySpread   = 0.05
	minExcess      = 0.1 // of a dispersion, from 1
	minGapDistance = 0.02
)

// ChanceOf tests case times for being a Poisson process. Sampling weights do
// not matter: cases of such a process that are kept at random are one.
func ChanceOf(times []time.Time, zone *time.Location) Chance {
	sorted := slices.SortedFunc(slices.Values(times), time.Time.Compare)
	unit := resolution(sorted)
	out := Chance{Unit: unit}
	if unit <= time.Second {
		sorted = out.groups(sorted, unit, zone)
	}
	if len(sorted) < minTestedCases {
		return out
	}
	wall := func(t time.Time) (day int64, hour float64) {
		w := scenario.WallOf(t, zone)
		day = w.Whole(scenario.Day)
		return day, (float64(int64(w)-day*24*3600) + float64(t.Nanosecond())/1e9) / 3600
	}
	first, _ := wall(sorted[0])
	last, _ := wall(sorted[len(sorted)-1])
	first, last = first+1, last-1 // the ends are seldom whole days
	if days := last - first + 1; days < minTestedDays || days > maxTestedDays {
		return out
	}
	out.days = int(last - first + 1)
	hours := make([][]float64, 24*out.days) // times within each, as shares
	draws := des.NewDraws(0, 0)
	for i, t := range sorted {
		day, hour := wall(t)
		if day < first || day > last {
			continue
		}
		out.cases++
		h := math.Floor(hour)
		d := draws.For(int64(i), 0)
		within := hour - h + unit.Hours()*d.Uniform() // times were rounded down
		block := &hours[int(day-first)*24+int(h)]
		*block = append(*block, min(within, math.Nextafter(1, 0)))
	}
	if out.cases == 0 {
		return Chance{}
	}
	out.count(hours, first)
	ones := slices.Repeat([]float64{1}, len(sorted))
	week, err := Rates(sorted, ones, zone)
	if err != nil {
		return Chance{}
	}
	clumps := 1.0
	if out.hourCount.P < chanceAlpha {
		clumps = out.hourCount.Index.Value
	}
	out.Spread = DaySpread(sorted, ones, week, zone, clumps)
	if unit < time.Hour {
		out.spacings = stats.TestUniformOrder(hours)
		out.scv = gapVariation(hours, week, first)
	}
	return out
}

// count holds the cases of days, and of their hours, against chance, weekday by
// weekday.
func (c *Chance) count(hours [][]float64, firstDay int64) {
	var tables [7][][]int
	var totals [7][]int
	for day := range c.days {
		w := scenario.Wall((firstDay + int64(day)) * 24 * 3600).OfWeek(scenario.Day)
		row, total := make([]int, 24), 0
		for h := range row {
			row[h] = len(hours[24*day+h])
			total += row[h]
		}
		tables[w], totals[w] = append(tables[w], row), append(totals[w], total)
	}
	c.hourCount = stats.TableDispersion(tables[:])
	c.dayCounts = stats.PoissonDispersion(totals[:])
	mean := 0.0 // cases of a day, busy weekdays weighing more
	for _, of := range totals {
		sum := 0.0
		for _, n := range of {
			sum += float64(n)
		}
		mean += sum * sum / float64(len(of)) / float64(c.cases)
	}
	c.Most = math.Sqrt(max(0, c.dayCounts.Upper(0.95)-1) / mean)
}

// resolution is the unit that times are rounded to.
func resolution(times []time.Time) time.Duration {
	for _, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if !slices.ContainsFunc(times, func(t time.Time) bool { return t.UnixNano()%int64(unit) != 0 }) {
			return unit
		}
	}
	return time.Nanosecond
}

// groups takes cases that came at once for one, where that is more often so
// than chance would have it, and cases that came within a minute are not.
func (c *Chance) groups(times []time.Time, unit time.Duration, zone *time.Location) []time.Time {
	once := slices.CompactFunc(slices.Clone(times), time.Time.Equal)
	pairs, expected := pairsWithin(times, zone, 1, unit.Hours())
	near, chance := pairsWithin(once, zone, time.Minute, 2*time.Minute.Hours())
	share := 1 - float64(len(once))/float64(len(times))
	if share < minAtOnce || mathext.GammaIncReg(pairs, max(expected, 1e-12)) > chanceAlpha || pairs-expected < near-chance {
		return times
	}
	c.grouped = float64(len(times)) / float64(len(once))
	return once
}

// pairsWithin counts the pairs of an hour's times, in order, that are less than
// a gap apart, and how many chance makes of them where each is with a
// probability.
func pairsWithin(times []time.Time, zone *time.Location, gap time.Duration, p float64) (pairs, expected float64) {
	for i := 0; i < len(times); {
		hour, j := times[i].In(zone).Truncate(time.Hour), i
		for from := i; j < len(times) && times[j].Sub(hour) < time.Hour; j++ {
			for times[j].Sub(times[from]) >= gap {
				from++
			}
			pairs += float64(j - from)
		}
		n := float64(j - i)
		expected += n * (n - 1) / 2 * p
		i = j
	}
	return pairs, expected
}

// gapVariation is the squared coefficient of variation of the gaps between
// cases, each measured by how many cases the hours of the week make expect in
// it: 1 for a Poisson process.
func gapVariation(hours [][]float64, week scenario.Week, firstDay int64) float64 {
	monday := scenario.Wall(firstDay * 24 * 3600).OfWeek(time.Hour)
	var gaps stats.Moments
	expected, before := 0.0, math.NaN()
	for i, times := range hours {
		rate, _ := week.RateAt((monday + i) % scenario.WeekHours * 60)
		for _, t := range slices.Sorted(slices.Values(times)) {
			at := expected + rate*t
			if !math.IsNaN(before) {
				gaps.Add(at - before)
			}
			before = at
		}
		expected += rate
	}
	return gaps.Variance().Value / (gaps.Mean * gaps.Mean)
}

// TooFew says that nothing can be told from so few cases.
func (c *Chance) TooFew() bool { return c.days == 0 }

// Days says how days differ, for a report.
func (c *Chance) Days() string {
	return fmt.Sprintf("%.3g times its variance, p=%.2g, n=%d days", c.dayCounts.Index.Or(1), c.dayCounts.P, c.days)
}

// Gaps says how the gaps between cases were tested, for a report.
func (c *Chance) Gaps() string {
	return fmt.Sprintf("p=%.2g within hours, p=%.2g between them, n=%d cases", c.spacings.P, c.hourCount.P, c.cases)
}

// Clumped says that cases come in a way that gaps between them show, and what
// to write then; "" where they do not.
func (c *Chance) Clumped() (what, write string) {
	switch {
	case c.grouped > 0:
		return fmt.Sprintf("they came several at once, %.3g on average", c.grouped),
			fmt.Sprintf("arrivals: {batch: {distribution: geometric, mean: %.3g}}", c.grouped)
	case c.spacings.P < chanceAlpha && c.spacings.Distance > minGapDistance && math.Abs(c.scv-1) > minExcess:
		return fmt.Sprintf("the gaps between cases of the same hour are %s than by chance: their squared coefficient of variation is %.2g, where that of a Poisson process is 1", evenness(c.scv), c.scv),
			fmt.Sprintf("arrivals: {gaps: {distribution: gamma, scv: %.2g}}", c.scv)
	}
	index := c.hourCount.Index.Or(1)
	if !(c.hourCount.P < chanceAlpha && math.Abs(index-1) > minExcess) {
		return "", ""
	}
	what = fmt.Sprintf("the hours of a day are %s than by chance: the variance of their cases is %.2g times that of a Poisson process", evenness(index), index)
	if index < 1 {
		return what, fmt.Sprintf("arrivals: {gaps: {distribution: gamma, scv: %.2g}}", index)
	}
	return what, "arrivals: {bursts: [...]}, as often, as long and as strong as they come"
}

func evenness(variation float64) string {
	if variation < 1 {
		return "more even"
	}
	return "less even"
}

// DaysDiffer says whether days differ beyond chance, and beyond what gaps,
// batches and bursts within them explain.
func (c *Chance) DaysDiffer() bool {
	more := c.dayCounts.P < chanceAlpha && c.dayCounts.Index.Or(1) > 1
	if c.hourCount.P < chanceAlpha {
		more = c.dayCounts.Exceeds(c.hourCount) < chanceAlpha
	}
	return more && c.Spread > minDaySpread
}
