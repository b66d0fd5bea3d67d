package des_test

import (
	"context"
	"fmt"
	"time"
	_ "time/tzdata"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// reviews is a model: cases arrive by the hour, reviewers need twenty minutes
// for each on average, and one in ten comes back.
type reviews struct {
	rates               *des.Rates
	gaps, work, returns des.Draws
	cases               int64
}

func (m *reviews) next(s *des.Sim) {
	gap := m.gaps.For(m.cases, 0)
	s.At(m.rates.Next(s.Now(), gap.Exp(1)), 0, 0)
}

func (m *reviews) Tick(s *des.Sim, _ des.Event) {
	s.Submit(0, des.Visit{Case: m.cases})
	m.cases++
	m.next(s)
}

func (m *reviews) Start(_ *des.Sim, v *des.Visit) float64 {
	d := m.work.For(v.Case, int(v.Tag))
	return d.LogNormal(1./3, 0.5)
}

func (m *reviews) Done(s *des.Sim, v *des.Visit) {
	if d := m.returns.For(v.Case, int(v.Tag)); d.Uniform() < 0.1 {
		s.Submit(0, des.Visit{Case: v.Case, Tag: v.Tag + 1})
	}
}

func (m *reviews) Left(*des.Sim, *des.Visit, des.Reason) {}

// Four reviewers in Berlin over six weeks, the first of them to warm up.
func Example() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	office := []des.Hours{{From: 9 * time.Hour, To: 12 * time.Hour}, {From: 13 * time.Hour, To: 17 * time.Hour}}
	calendar := des.Calendar{Zone: berlin}
	for day := time.Monday; day <= time.Friday; day++ {
		calendar.Week[day] = office
	}
	const week = 7 * 24.0
	shifts, err := calendar.Shifts(time.Date(2026, time.March, 2, 0, 0, 0, 0, berlin), 6*week)
	if err != nil {
		panic(err)
	}
	team := des.Pool{
		Name: "review", Servers: des.Team(4, des.Server{Shifts: shifts}),
		ShiftEnd: des.Finish, Within: []float64{1},
	}

	// 6 cases an hour from 8 to 18 on weekdays, one in five hours otherwise.
	var starts, perHour []float64
	for day := range 5 {
		starts = append(starts, float64(24*day), float64(24*day+8), float64(24*day+18))
		perHour = append(perHour, 0.2, 6, 0.2)
	}
	rates, err := des.NewRates(week, starts, perHour)
	if err != nil {
		panic(err)
	}

	work := rates.Mean() / 3 / 0.9 // hours of work an hour, with those that come back
	load, err := des.OfferedLoad(team, []float64{work}, week, 2*week)
	if err != nil {
		panic(err)
	}
	fmt.Printf("offered load %.2f\n", load.Ratio())

	runs, err := des.Replicate(context.Background(), 20, 2, 1, func(_ int, seed uint64) (des.PoolStats, error) {
		m := &reviews{rates: rates, gaps: des.NewDraws(seed, 0), work: des.NewDraws(seed, 1), returns: des.NewDraws(seed, 2)}
		s, err := des.New([]des.Pool{team}, m)
		if err != nil {
			return des.PoolStats{}, err
		}
		m.next(s)
		s.Run(week)
		s.Observe()
		s.Run(6 * week)
		return s.Stats(0), nil
	})
	if err != nil {
		panic(err)
	}
	var wait, within []float64
	for i := range runs {
		c := runs[i].Total()
		wait = append(wait, c.Wait.Mean())
		within = append(within, c.ServedWithin(0))
	}
	w, p := des.TInterval(wait, 0.95), des.TInterval(within, 0.95)
	fmt.Printf("mean wait %.2f hours (%.2f to %.2f)\n", w.Mean, w.Low, w.High)
	fmt.Printf("begun within an hour %.1f %% (%.1f to %.1f)\n", 100*p.Mean, 100*p.Low, 100*p.High)
	// Output:
	// offered load 0.86
	// mean wait 4.50 hours (4.36 to 4.65)
	// begun within an hour 60.6 % (58.6 to 62.6)
}
