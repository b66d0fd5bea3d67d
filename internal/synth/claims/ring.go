package claims

import (
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A ring takes out policies under many names, and files claims for losses
// that never happened, all with one repairer. In 2025 most of its claims give
// one phone; in 2026 each gives its own, and the address is what they share.
type ring struct {
	peril    string
	claims   int
	from, to time.Time
	repairer *repairer
	front    *holder // whose phone and address the others use
	phone    float64 // share of its claims that give the front's phone
	address  float64
	party    string
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

// rings sets up the rings: at least one in every split, and two in 2026.
func (w *world) rings() []*ring {
	all := []*ring{
		{peril: "collision", claims: 16, from: day(2025, 2, 10), to: day(2025, 4, 20)},
		{peril: "burglary", claims: 17, from: day(2025, 4, 28), to: day(2025, 7, 10)},
		{peril: "collision", claims: 18, from: day(2025, 7, 28), to: day(2025, 9, 28)},
		{peril: "water", claims: 22, from: day(2025, 9, 15), to: day(2025, 11, 15)},
		{peril: "collision", claims: 18, from: day(2025, 11, 1), to: day(2025, 12, 28)},
		{peril: "collision", claims: 24, from: day(2026, 1, 5), to: day(2026, 3, 1)},
		{peril: "burglary", claims: 26, from: day(2026, 2, 1), to: day(2026, 3, 29)},
	}
	seen := map[string]bool{}
	for _, r := range w.repairers {
		seen[r.name] = true
	}
	for i, r := range all {
		d := synth.NewDraw(w.seed, "ring", i)
		r.repairer = w.newRepairer(tradeOf(r.peril, r.peril == "collision"), seen)
		r.repairer.weight, r.repairer.level, r.repairer.codes = 0.015, 1.12, true
		r.front = w.newHolder(r.from.AddDate(0, 0, -d.Int(40, 90)), r.product())
		r.party = r.front.party
		r.phone, r.address = 0.8, 0.3
		if synth.Fresh(r.from) {
			r.phone, r.address = 0.1, 0.6
		}
		r.repairer.watched = r.from.Add(r.to.Sub(r.from) * time.Duration(d.Int(55, 80)) / 100).Truncate(24 * time.Hour)
	}
	return all
}

func (r *ring) product() string {
	if r.peril == "collision" {
		return "motor_full"
	}
	return "home_full"
}

// member is the name and the policy under which the next claim is filed.
func (w *world) member(r *ring, d synth.Draw) *holder {
	h := w.newHolder(r.from.AddDate(0, 0, -d.Int(25, 110)), r.product())
	h.party, h.region = r.party, r.front.region
	if d.Bool(r.phone) {
		h.phone = r.front.phone
	}
	if d.Bool(r.address) {
		h.street, h.town, h.code = r.front.street, r.front.town, r.front.code
	}
	return h
}
