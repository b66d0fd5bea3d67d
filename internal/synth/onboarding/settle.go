package onboarding

import (
	"fmt"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// settle lets the situation happen: it sets the facts that differ from those
// of a clean application, enters the company in the registry and chooses the
// papers.
func (w *world) settle(a *application, d synth.Draw) {
	c, t := a.company, a.received
	language := c.market.language
	_, entered := w.registry[plain(c.regNo)]
	entry := c.entry()
	p := papersOf(a)
	// The registry agrees with the form, save where the situation says otherwise.
	switch a.situation {
	case moved, seatDiffers:
		old := *c
		old.seat(d)
		entry.Street, entry.Town = old.street, old.town
		if a.situation == moved {
			a.explained = true
			a.say(d, "moved", nil)
		}
	case attorney, stranger:
		a.attorney = a.situation == attorney
		a.applicant = newPerson(d, c.market)
		a.idBorn = a.applicant.born
		switch {
		case a.attorney:
			p.attorney = "covers"
			a.say(d, "attorney", map[string]string{"{director}": c.director.name()})
		case d.Bool(0.4):
			p.attorney = "covers not"
			a.say(d, "attorney", map[string]string{"{director}": c.director.name()})
		}
	case married, nameDiffers:
		for a.former == "" || a.former == a.applicant.family {
			_, a.former = synth.Person(d, language)
		}
		a.nameAgrees = a.situation == married
		if a.situation == married {
			p.certificate = true
			a.say(d, "married", map[string]string{"{former}": a.former})
		}
	case tradingName:
		a.typedName = synth.Pick(d, synth.Founders) + " " + synth.Pick(d, synth.Trades[language])
		a.say(d, "trading", map[string]string{"{other}": a.typedName})
	case licensed, licenceMissing:
		var need []sector
		for _, s := range sectors {
			if s.licence || s.laterLicence && !s.from.After(t) {
				need = append(need, s)
			}
		}
		c.sector = synth.Pick(d, need)
		a.licence = a.situation == licensed
		switch {
		case a.licence:
			p.licence = "granted"
		case d.Bool(0.4):
			p.licence = "pending"
		}
	case again:
		a.say(d, "again", nil)
		if r, _ := w.entryAt(a.typedRegNo, t); r.Town != c.town {
			a.explained = true
			a.say(d, "moved", nil)
		}
		if a.applicant != c.director && a.applicant != c.partner {
			a.attorney = true
			p.attorney = "covers"
			a.say(d, "attorney", map[string]string{"{director}": c.director.name()})
		}
	case idMissing:
		a.identity, p.identity = "missing", false
		if d.Bool(0.35) { // nothing was handed in
			*p = chosen{}
			a.proof = "missing"
		}
	case idExpired:
		a.identity = "expired"
	case idUnreadable:
		a.identity = "unreadable"
	case proofMissing:
		a.proof, p.proof = "missing", false
	case proofOld:
		a.proof = "old"
	case ownersMissing:
		if c.kind != "company" {
			c.kind, c.name = "company", synth.Company(d, language, c.market.country)
			a.typedName, entry.Name = c.name, c.name
		}
		a.owners = false
		p.owners = "missing"
		if d.Bool(0.4) {
			p.owners = "holding"
		}
	case prohibited:
		a.prohibited = true
		a.say(d, "prohibited", nil)
	case barred:
		a.barred = true
	case alreadyCustomer:
		a.customer = true
	case forged:
		a.forged = true
		swapped := 0.2 // shows papers whose day of birth is not that of the form
		if synth.Fresh(t) {
			swapped = 0.8
		}
		if victim := w.victim(d, t); victim != "" && !d.Bool(swapped) {
			p.number = victim
		} else {
			for a.idBorn == a.applicant.born {
				a.idBorn = birthday(d)
			}
		}
	}
	if a.situation != prohibited && a.situation != forged && d.Bool(0.075) {
		a.risky = true
		a.say(d, "risky", nil)
	} else if d.Bool(0.07) {
		a.say(d, "harmless", nil)
	}
	if c.sector.licence && p.licence == "" && a.situation != licenceMissing || c.sector.laterLicence && !c.sector.from.After(t) && a.situation != licenceMissing {
		p.licence = "granted"
	}
	a.want(d)
	a.papers = p.write(a, d)
	w.register(a, d, entry, entered)
}

// want is the plan that the applicant asks for.
func (a *application) want(d synth.Draw) {
	a.wanted = "starter"
	if a.company.turnover > 8_000 && d.Bool(0.7) {
		a.wanted = "business"
	}
	if a.company.turnover > 60_000 && d.Bool(0.6) {
		a.wanted = "enterprise"
	}
	if d.Bool(0.06) {
		a.wanted = synth.Pick(d, plans)
	}
}

// victim is the number of an identity document that somebody else has shown.
func (w *world) victim(d synth.Draw, t time.Time) string {
	for range 20 {
		if r := synth.Pick(d, w.shown); r.ValidFrom.Before(t.AddDate(0, 0, -20)) && r.Family != "" {
			return r.Number
		}
	}
	return ""
}

// register enters the company, as the situation wants it, with what changes
// before and after the application: only a look-up as of its time tells them
// apart.
func (w *world) register(a *application, d synth.Draw, entry companyRow, entered bool) {
	t := a.received
	if entered {
		return
	}
	if a.situation == unregistered {
		switch u := d.Float(0, 1); {
		case u < 0.3:
			a.typedRegNo = ""
		case u < 0.55: // a slip of the finger
			digits := []byte(a.typedRegNo)
			for i := len(digits) - 1; ; i-- {
				if '0' <= digits[i] && digits[i] <= '9' {
					digits[i] = '0' + (digits[i]-'0'+byte(d.Int(1, 9)))%10
					break
				}
			}
			a.typedRegNo = string(digits)
			w.enter(entry)
		default: // founded, not entered yet
			entry.Entered = t.AddDate(0, 0, d.Int(2, 20)).Truncate(24 * time.Hour)
			entry.ValidFrom = entry.Entered
			a.company.entered = entry.Entered
			w.enter(entry)
		}
		return
	}
	if d.Bool(0.06) { // sat elsewhere at first
		first, before := entry, *a.company
		before.seat(d)
		first.Street, first.Town = before.street, before.town
		w.enter(first)
		entry.ValidFrom = entry.Entered.Add(t.Sub(entry.Entered) / 2).Truncate(time.Hour)
	}
	w.enter(entry)
	later := entry
	later.ValidFrom = t.AddDate(0, 0, d.Int(3, 90)).Truncate(time.Hour)
	switch {
	case a.situation == dissolved:
		entry.Status = synth.Pick(d, []string{"dissolved", "in_liquidation"})
		entry.ValidFrom = t.AddDate(0, 0, -d.Int(1, 200)).Truncate(time.Hour)
		if entry.ValidFrom.Before(entry.Entered) {
			entry.ValidFrom = entry.Entered.AddDate(0, 0, 1)
		}
		w.enter(entry)
	case a.situation == moved && d.Bool(0.8), a.situation == seatDiffers && d.Bool(0.3):
		later.Street, later.Town = a.company.street, a.company.town
		w.enter(later)
	case a.situation == stranger && d.Bool(0.3): // was to become a director
		later.Directors += "; " + a.applicant.name()
		w.enter(later)
	case d.Bool(0.02):
		later.Status = "dissolved"
		w.enter(later)
	case d.Bool(0.03):
		later.Directors = newPerson(d, a.company.market).name()
		w.enter(later)
	}
}

// say adds a sentence of the kind to the application.
func (a *application) say(d synth.Draw, kind string, slots map[string]string) {
	s := synth.Pick(d, phrases[kind+" "+a.company.market.language])
	month := a.received.AddDate(0, -d.Int(1, 3), 0)
	pairs := []string{"{sector}", a.company.sector.name(a.company.market.language), "{month}", fmt.Sprintf("%02d/%d", month.Month(), month.Year())}
	for slot, value := range slots {
		pairs = append(pairs, slot, value)
	}
	a.notes = append(a.notes, strings.NewReplacer(pairs...).Replace(s))
}
