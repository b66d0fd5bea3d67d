package onboarding

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// An application is one case: the truth about it, what people made of it, and
// how it is written.
type application struct {
	facts
	id         string
	received   time.Time
	situation  situation
	channel    string
	company    *company
	applicant  *person
	introducer string // code; empty for none
	answered   bool   // the papers that were asked for have come
	explained  bool   // a new seat is explained and proved

	// as typed
	typedName, typedRegNo, typedSeat string
	former                           string // family name on the identity document; empty for the same
	idBorn                           int32  // day of birth on it
	shownNumber                      string // its number
	expires                          time.Time
	figure                           int64 // turnover as written
	thousands, yearly                bool
	notes                            []string
	papers                           []paper

	form, documents string

	decision, reason, tier string
	plan, training         string
	limit                  int64
	person                 bool
	officerDecision        string
	officerMinutes         float64
	activated              *time.Time
}

// newApplication makes case i, which arrives at t, and enters what follows
// from it into the books.
func (w *world) newApplication(i int, t time.Time) *application {
	d := synth.NewDraw(w.seed, "application", i)
	a := &application{received: t, situation: synth.DrawAt(d, t, mix)}
	// Numbers as the input system gives them: they run in time, with gaps.
	a.id = fmt.Sprintf("APP-%06d", 310_000+i*5+d.Int(0, 4))
	a.channel = synth.DrawAt(d, t, channels)
	a.facts = facts{identity: "good", proof: "good", nameAgrees: true, owners: true, licence: true}
	a.party(w, d)
	a.fill(d)
	w.settle(a, d)
	a.judge(w)
	a.state(d)
	a.write(synth.NewDraw(w.seed, "text", i))
	a.work(synth.NewDraw(w.seed, "officer", i))
	w.book(a, d)
	return a
}

// party finds who applies.
func (a *application) party(w *world, d synth.Draw) {
	t := a.received
	if a.channel == "partner" || d.Bool(0.12) {
		a.introducer = w.introducer(d, t)
	}
	switch a.situation {
	case again:
		before := w.earlier(d, t, 4, 45, func(c *application) bool {
			return c.decision == ask && c.officerDecision == ask && !c.answered && c.registered == "active"
		})
		if before != nil {
			before.answered = true
			a.company, a.applicant, a.introducer, a.channel = before.company, before.applicant, before.introducer, before.channel
			return
		}
		a.situation = clean
	case alreadyCustomer, barred:
		if c := w.customerAt(d, t, a.situation == barred); c != nil {
			a.company, a.applicant = c.company, c.company.director
			return
		}
		a.situation = clean
	case forged:
		w.join(a, d)
		return
	}
	m := w.market(d)
	p, group := newPerson(d, m), ""
	var home *company
	if d.Bool(0.13) { // somebody we know: a group's next company, or another of the household
		if known := w.earlier(d, t, 0, 120, func(c *application) bool { return c.situation != forged && c.listed == "" }); known != nil {
			m, group, home = known.company.market, known.company.group, known.company
			if d.Bool(0.5) {
				p = known.company.director
			} else {
				p = newPerson(d, m)
				p.family = known.company.director.family
				p.identify(d)
			}
		}
	}
	if a.situation == exposed || a.situation == sanctioned {
		p = w.watched(d, t, string(a.situation), false)
	}
	if a.situation == namesake {
		p = w.watched(d, t, synth.Pick(d, []string{"exposed", "sanctioned"}), true)
	}
	c := w.newCompany(d, m, p, t)
	if c.group = group; group == "" {
		c.group = w.newGroup()
	} else if d.Bool(0.5) {
		c.street, c.town = home.street, home.town
	}
	a.company, a.applicant = c, p
}

// watched is somebody on the watch list at the time, or only called so.
func (w *world) watched(d synth.Draw, t time.Time, kind string, otherBirthday bool) *person {
	var found []listedRow
	for _, r := range w.listed {
		if r.Kind == kind && !r.ValidFrom.After(t) && (r.ValidTo == nil || r.ValidTo.After(t)) {
			found = append(found, r)
		}
	}
	r := synth.Pick(d, found)
	p := &person{born: r.Born}
	p.given, p.family, _ = strings.Cut(r.Name, " ")
	if otherBirthday {
		p.born = birthday(d)
	}
	p.identify(d)
	return p
}

// join makes the application one of a ring's, of the present one or a new one.
func (w *world) join(a *application, d synth.Draw) {
	t := a.received
	if w.ring.left == 0 || w.ring.since.Before(t.AddDate(0, 0, -30)) {
		m := w.market(d)
		w.ring = ring{left: d.Int(3, 8), since: t, market: m, group: w.newGroup(), introducer: w.introducer(d, t)}
		w.ring.street, w.ring.town, _ = strings.Cut(synth.Address(d, m.language, m.country), ", ")
	}
	w.ring.left--
	p := newPerson(d, w.ring.market)
	c := w.newCompany(d, w.ring.market, p, t)
	c.street, c.town, c.group = w.ring.street, w.ring.town, w.ring.group
	a.company, a.applicant = c, p
	if d.Bool(0.7) {
		a.introducer = w.ring.introducer
	}
}

// fill is what an applicant types where nothing is the matter.
func (a *application) fill(d synth.Draw) {
	c := a.company
	a.typedName, a.typedRegNo = c.name, c.regNo
	a.typedSeat = c.street + ", " + c.town
	a.idBorn = a.applicant.born
	if d.Bool(0.1) {
		a.typedRegNo = strings.ReplaceAll(c.regNo, " ", "")
	}
	if d.Bool(0.12) {
		for here, abroad := range exonyms {
			a.typedSeat = strings.Replace(a.typedSeat, here, abroad, 1)
		}
	}
}

// judge turns the facts into the labels, by the policy alone.
func (a *application) judge(w *world) {
	t, c := a.received, a.company
	entry, found := w.entryAt(a.typedRegNo, t)
	switch {
	case !found:
		a.registered = "unknown"
	case entry.Status == "active":
		a.registered = "active"
	default:
		a.registered = "dissolved"
	}
	a.director = slices.Contains(strings.Split(entry.Directors, "; "), a.applicant.name())
	a.seatAgrees = a.explained || entry.Street == c.street && entry.Town == c.town
	a.listed = w.screen(a.applicant, t)
	a.suspended = a.introducer != "" && w.suspended(a.introducer, t)
	view, _ := at(views, t, func(r sectorRow) (time.Time, bool) { return r.ValidFrom, r.Code == c.sector.code })
	a.sector = view.Risk
	if !view.Licence {
		a.licence = true
	}
	a.young = c.entered.After(t.AddDate(0, 0, -182))
	a.turnover, a.seats = c.turnover, c.seats
	a.tariff, _ = at(tariffs, t, func(r tariffRow) (time.Time, bool) { return r.ValidFrom, r.Market == c.market.country })
	a.decision, a.reason = decide(a.facts)
	a.tier = tier(a.facts)
	if a.decision == activate {
		a.plan, a.limit, a.training = configure(a.facts, a.tier)
	}
	a.person = needsPerson(a.facts, a.decision, a.tier, a.limit)
}

// state is how the applicant states the turnover: mostly as asked, a month in
// EUR; in letters also in thousands or a year.
func (a *application) state(d synth.Draw) {
	a.figure = a.turnover
	odd := map[string]float64{"web": 0.03, "app": 0.02, "partner": 0.16}[a.channel]
	if d.Bool(odd) {
		a.yearly = true
		a.figure *= 12
	}
	if a.figure%1000 == 0 && d.Bool(2*odd) {
		a.thousands = true
		a.figure /= 1000
	}
}

// work is what the officer at the time made of it: a decision, sometimes
// wrong, and a glance of about six minutes or an investigation of about thirty.
func (a *application) work(d synth.Draw) {
	a.officerDecision = synth.Decide(d, a.decision, officerErrors[a.decision])
	investigate := map[string]float64{activate: 0.12, ask: 0.45, refuse: 0.7}[a.decision]
	if a.person {
		investigate = max(investigate, 0.75)
	}
	a.officerMinutes = synth.Minutes(d, investigate, 6, 30)
	if a.officerDecision == activate {
		t := a.received.Add(time.Duration(d.Int(3, 90)) * time.Hour).Truncate(time.Minute)
		a.activated = &t
	}
}

// officerErrors are the chances of each wrong decision, by the right one.
var officerErrors = map[string][]synth.Mistake{
	activate: {synth.Slip(ask, 0.022), synth.Slip(refuse, 0.003)},
	ask:      {synth.Slip(activate, 0.045), synth.Slip(refuse, 0.006)},
	refuse:   {synth.Slip(activate, 0.03), synth.Slip(ask, 0.035)},
}

// book enters what the application leaves behind: the identity document that
// was shown, and the account where one was opened.
func (w *world) book(a *application, d synth.Draw) {
	if a.identity == "good" || a.identity == "expired" {
		w.shown = append(w.shown, identityRow{a.shownNumber, a.applicant.family, a.received.Add(time.Hour).Truncate(time.Minute)})
	}
	if a.activated == nil {
		return
	}
	w.open(a.company, *a.activated)
	if a.decision == refuse && d.Bool(0.6) || d.Bool(0.006) {
		w.bar(len(w.customers)-1, a.activated.AddDate(0, 0, d.Int(25, 160)))
	}
}
