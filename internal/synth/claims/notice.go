package claims

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

//go:embed phrases.txt
var phraseText string

var phrases = synth.Phrases(phraseText)

// tell writes the notice: what the claimant says happened, in the shape of
// the channel.
func (c *claim) tell(d synth.Draw) {
	h := c.holder
	account := strings.Join(c.account(d), " ")
	c.printsPolicy = true
	policy := c.writePolicy(d)
	fields := []string{
		"{account}", account, "{policy}", policy, "{name}", h.given + " " + h.family, "{given}", h.given,
		"{phone}", writePhone(d, h.phone), "{address}", h.address(), "{received}", c.received.Format("2 Jan 15:04"),
		"{loss}", c.writeLoss(), "{kind}", kinds[c.peril], "{amount}", c.writeClaimed(d), "{ref}", c.crimeField(),
	}
	form := synth.Pick(d, phrases["form "+c.channel])
	c.printsClaimed = c.printsClaimed || c.claimed != nil && strings.Contains(form, "{amount}")
	text := strings.NewReplacer(fields...).Replace(strings.ReplaceAll(form, `\n`, "\n"))
	text = strings.NewReplacer(fields...).Replace(text) // what stands in the account
	switch c.channel {
	case "phone":
		text = shorthand.Replace(text)
	case "post":
		rate := 0.004
		if d.Bool(0.2) {
			rate = 0.015
		}
		if synth.Fresh(c.received) {
			rate *= 1.6
		}
		text = synth.Noise(d, text, rate)
	}
	c.notice = text
}

// kinds are what the form calls each peril: of two, one button.
var kinds = map[string]string{
	"collision": "Vehicle damage", "vandalism": "Vehicle damage", "glass": "Glass", "car_theft": "Theft",
	"storm": "Weather or water", "water": "Weather or water", "burglary": "Theft", "accidental": "Other damage",
}

// shorthand is how the call centre writes.
var shorthand = strings.NewReplacer("windscreen", "w/screen", "because", "bc", " and ", " & ", "vehicle", "veh", "without", "w/o", "police", "plce", "estimate", "est.", "yesterday", "ystdy")

// account is what happened, sentence by sentence.
func (c *claim) account(d synth.Draw) []string {
	c.printsClaimed = false
	h := c.holder
	line := c.peril
	if c.peril == "storm" {
		line += " " + h.line()
	}
	say := func(kind string) string {
		list := phrases[kind]
		if len(list) == 0 {
			panic("no phrases for " + kind)
		}
		phrase := synth.Pick(d, list)
		c.printsClaimed = c.printsClaimed || strings.Contains(phrase, "{claimed}")
		return strings.NewReplacer(
			"{date}", c.tellLoss(d), "{car}", h.car, "{crime}", c.crime,
			"{weeks}", fmt.Sprint(max(2, c.delay/7)), "{months}", fmt.Sprint(max(2, c.delay/30)),
			"{claimed}", c.writeClaimed(d),
		).Replace(phrase)
	}
	var told []string
	add := func(kind string, chance float64) {
		if d.Bool(chance) {
			told = append(told, capital(say(kind)))
		}
	}
	if c.ring && d.Bool(0.65) {
		add("ring "+c.peril, 1)
	} else {
		add(fmt.Sprintf("what %s %s", line, c.told), 1)
	}
	add("detail "+line, 0.55)
	switch {
	case c.situation == excluded:
		add("excluded "+line, 1)
	default:
		add("harmless "+line, 0.3)
	}
	if c.injury {
		add("injury", 1)
	} else if c.peril == "collision" {
		add("unhurt", 0.35)
	}
	if c.disputed {
		add("disputed", 1)
	} else if c.peril == "collision" && c.told != "front" {
		add("agreed", 0.3)
	}
	switch {
	case c.situation == lateExcused:
		add("excuse", 1)
	case c.delay > lateAfter:
		add("lame", 0.75)
	}
	switch {
	case c.crime != "":
		add("reported", 0.97)
	case c.situation == noReport:
		add("unreported", 0.6)
	}
	if c.original != nil {
		add("again", 0.5)
	}
	switch {
	case c.estimate:
		add("quoted", 0.6)
	case c.situation == noEstimate && c.claimed != nil:
		add("roughly", 0.6)
	case c.situation == noEstimate:
		add("to follow", 0.8)
	case c.claimed != nil:
		add("receipt", 1)
	}
	if h.wordy {
		add("chat", 0.8)
	}
	return told
}

// capital begins a sentence with a capital letter.
func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// writePolicy is the policy number as the claimant writes it, and a remark
// where it is not at hand.
func (c *claim) writePolicy(d synth.Draw) string {
	missing := map[string]float64{"app": 0.004, "email": 0.06, "phone": 0.025, "post": 0.04}[c.channel]
	number := c.holder.policy
	if c.situation == elsewhere && d.Bool(0.5) { // another insurer's
		number = synth.Pick(d, []string{"TRM/", "BQ-", "AX "}) + d.Digits(8)
	} else if d.Bool(missing) {
		c.printsPolicy = false
		return synth.Pick(d, []string{"not to hand", "see your files", "-", "I cannot find it just now"})
	}
	if number != c.holder.policy {
		c.printsPolicy = false
		return number
	}
	switch synth.Favour(d, []int{0, 1, 2, 3}) {
	case 0:
		return "HM-" + number
	case 1:
		return "HM" + number
	case 2:
		return "HM " + number[:3] + " " + number[3:]
	default:
		return "hm-" + number
	}
}

func writePhone(d synth.Draw, phone string) string {
	digits := strings.ReplaceAll(phone, " ", "")
	return synth.Favour(d, []string{phone, digits, digits[:4] + "-" + digits[4:7] + "-" + digits[7:]})
}

// lossStyles are the ways in which people write a day.
var lossStyles = []string{"02/01/2006", "2 January 2006", "2.1.2006", "02/01/06", "2 Jan 2006"}

func (c *claim) writeLoss() string {
	return c.printedLoss.Format(lossStyles[c.holder.dates])
}

// tellLoss is the day of the loss within a sentence.
func (c *claim) tellLoss(d synth.Draw) string {
	ago := daysBetween(c.printedLoss, c.received)
	switch {
	case ago == 0 && d.Bool(0.6):
		return synth.Pick(d, []string{"this morning", "today", "earlier today"})
	case ago == 1 && d.Bool(0.6):
		return synth.Pick(d, []string{"yesterday", "last night"})
	case ago > 1 && ago < 6 && d.Bool(0.3):
		return "on " + c.printedLoss.Weekday().String()
	default:
		return "on " + c.writeLoss()
	}
}

// writeClaimed is the amount that the notice states, empty for none.
func (c *claim) writeClaimed(d synth.Draw) string {
	if c.claimed == nil {
		return ""
	}
	s := synth.CommaPoint.Money(*c.claimed)
	if c.estimate || c.cost > smallLoss {
		s = strings.TrimSuffix(s, ".00")
	}
	return synth.Favour(d, []string{"£" + s, s + " GBP", s + " pounds"})
}

func (c *claim) crimeField() string {
	if c.crime == "" {
		return "none"
	}
	return c.crime
}
