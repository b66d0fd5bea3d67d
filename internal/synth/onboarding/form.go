package onboarding

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

//go:embed phrases.txt
var phraseText string

// phrases maps "kind language" to the ways of saying it.
var phrases = synth.Phrases(phraseText)

// write is the application as it reaches us: the web form, what the app sends,
// or a partner's letter; and the papers as OCR read them.
func (a *application) write(d synth.Draw) {
	m := a.company.market
	w := vocabulary[m.language]
	p := a.applicant
	born := date(p.born).Format(w.dateStyle)
	name := p.name()
	switch {
	case d.Bool(0.04):
		name = strings.ToUpper(name)
	case d.Bool(0.02):
		name = p.family + ", " + p.given
	}
	email := p.email
	if d.Bool(0.008) {
		email = strings.Replace(email, "@", synth.Pick(d, []string{"(at)", " at ", "."}), 1)
	}
	trade := a.company.sector.code + " " + a.company.sector.name(m.language)
	switch a.channel {
	case "app":
		born = date(p.born).Format("2006-01-02")
		if d.Bool(0.5) {
			trade = a.company.sector.code
		}
	case "partner":
		if d.Bool(0.22) {
			trade = a.company.sector.name(m.language)
		}
	}
	a.message(d)
	message := strings.Join(a.notes, " ")
	values := [12]string{a.typedName, a.typedRegNo, a.typedSeat, name, born, email, p.phone, trade, a.writeTurnover(d, w), fmt.Sprint(a.company.seats), a.wanted, message}
	switch a.channel {
	case "web":
		a.form = lines(w.form, values, ": ")
	case "app":
		a.form = lines(keys, values, "=")
	default:
		a.form = a.letter(d, values)
	}
	a.documents = a.scan(d)
}

// lines is a form: a label and a value a line, without what was left empty.
func lines(labels, values [12]string, between string) string {
	var b strings.Builder
	for i, v := range values {
		if v != "" {
			b.WriteString(labels[i] + between + v + "\n")
		}
	}
	return b.String()
}

// letter is what a partner writes.
func (a *application) letter(d synth.Draw, v [12]string) string {
	language := a.company.market.language
	born, email := v[4], v[5]
	slots := strings.NewReplacer("{company}", v[0], "{reg}", v[1], "{address}", v[2], "{name}", v[3], "{born}", born,
		"{email}", email, "{phone}", v[6], "{sector}", v[7], "{turnover}", v[8], "{seats}", v[9], "{plan}", v[10])
	var parts []string
	for _, kind := range []string{"open", "who", "trade"} {
		parts = append(parts, slots.Replace(synth.Pick(d, phrases[kind+" "+language])))
	}
	parts = append(parts, v[11], synth.Pick(d, phrases["bye "+language]), a.introducer)
	return synth.Noise(d, strings.Join(parts, "\n")+"\n", 0.0004)
}

// message adds what people write about themselves, before and after what
// matters.
func (a *application) message(d synth.Draw) {
	matters := a.notes
	a.notes = nil
	if d.Bool(0.8) {
		a.say(d, "purpose", nil)
	}
	a.notes = append(a.notes, matters...)
	if d.Bool(0.35) {
		a.say(d, "remark", nil)
	}
}

// writeTurnover is the turnover as the applicant states it.
func (a *application) writeTurnover(d synth.Draw, w words) string {
	style := map[string]synth.NumberStyle{"de": synth.PointComma, "en": synth.CommaPoint, "fr": synth.SpaceComma, "nl": synth.PointComma, "es": synth.PointComma}[a.company.market.language]
	if a.channel == "app" {
		style = synth.PlainPoint
	}
	number := style.Money(a.figure * 100)
	if d.Bool(0.85) { // without cents
		number = number[:len(number)-3]
	}
	unit := "EUR"
	if a.thousands {
		unit = w.thousand
	}
	period := w.perMonth
	if a.yearly {
		period = w.perYear
	} else if a.channel != "partner" && d.Bool(0.7) {
		period = "" // as asked
	}
	return strings.TrimSpace(number + " " + unit + " " + period)
}
