package llm

import "time"

const (
	// margin is the share of a rate that is used. Evenly spaced calls at the
	// full rate would arrive, by the jitter of the network, now and then one
	// too many in the endpoint's minute.
	margin = 0.985
	// credit is how far a pacer that fell behind may catch up at once. With
	// it, a minute stays below what margin leaves free.
	credit = 200 * time.Millisecond
)

// pacer spaces what goes out evenly (the virtual scheduling of GCRA, ITU-T
// I.371): the next unit may go at a theoretical time that every unit moves on.
type pacer struct {
	unit time.Duration // the time that one unit takes; 0 for no limit
	next time.Time
}

func newPacer(perMinute int) pacer {
	if perMinute <= 0 {
		return pacer{}
	}
	return pacer{unit: time.Duration(float64(time.Minute) / (margin * float64(perMinute)))}
}

// wait is how long the next unit has to wait.
func (p *pacer) wait(now time.Time) time.Duration {
	if p.unit == 0 {
		return 0
	}
	return max(0, p.next.Sub(now))
}

// take counts n units that go out now.
func (p *pacer) take(now time.Time, n int) {
	if p.unit == 0 {
		return
	}
	if earliest := now.Add(-credit); p.next.Before(earliest) {
		p.next = earliest
	}
	p.next = p.next.Add(time.Duration(n) * p.unit)
}

// correct counts n units more, or less where n is below 0, than were taken.
func (p *pacer) correct(n int) { p.next = p.next.Add(time.Duration(n) * p.unit) }
