package onboarding

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

//go:embed papers.tmpl
var paperText string

var templates = template.Must(template.New("papers").
	Funcs(template.FuncMap{"upper": strings.ToUpper}).Parse(paperText))

// A paper is one document that was handed in.
type paper struct {
	text string
	bad  bool // a photograph that nobody can read
}

// chosen are the papers that an application comes with.
type chosen struct {
	identity, proof, certificate bool
	owners                       string // "", declared, holding or missing
	attorney                     string // "", covers or covers not
	licence                      string // "", granted or pending
	number                       string // of somebody else's identity document
}

// papersOf are the papers that somebody hands in who does it right.
func papersOf(a *application) *chosen {
	p := &chosen{identity: true, proof: true}
	if a.company.kind == "company" {
		p.owners = "declared"
	}
	return p
}

// A sheet is what a paper's template prints.
type sheet struct {
	W                                         words
	Family, Given, Born, Number, Expires, MRZ string
	Issuer, Date, Name, Address               string
	Body                                      string
	Lines                                     []string
}

func render(name string, s sheet) string {
	var b strings.Builder
	if err := templates.ExecuteTemplate(&b, name, s); err != nil {
		panic(err) // the templates are part of the program
	}
	return b.String()
}

func (p *chosen) write(a *application, d synth.Draw) []paper {
	c, w := a.company, vocabulary[a.company.market.language]
	date := func(least, most int) string {
		return a.received.AddDate(0, 0, -d.Int(least, most)).Format(w.dateStyle)
	}
	var papers []paper
	add := func(name string, s sheet) {
		s.W = w
		papers = append(papers, paper{text: render(name, s)})
	}
	if d.Bool(0.06) && *p != (chosen{}) {
		add("other", sheet{Body: synth.Pick(d, w.flyer)})
	}
	if p.identity {
		papers = append(papers, p.card(a, d))
	}
	if p.proof {
		least, most := 2, 84
		if a.proof == "old" {
			least, most = 97, 420
		}
		name := c.name
		if c.kind == "sole_trader" && d.Bool(0.6) {
			name = c.director.name()
		}
		add([]string{"bill", "bank letter", "lease"}[d.Index([]float64{6, 3, 2})],
			sheet{Issuer: synth.Pick(d, w.issuers), Date: date(least, most), Name: name, Address: c.street + ", " + c.town})
	}
	switch p.owners {
	case "declared":
		share := d.Int(4, 10) * 10
		lines := []string{fmt.Sprintf("%s %d %%", c.director.name(), share)}
		if share < 100 {
			other := newPerson(d, c.market)
			lines = append(lines, fmt.Sprintf("%s %d %%", other.name(), 100-share))
		}
		add("owners", sheet{Name: c.name, Lines: lines})
	case "holding":
		share := d.Int(5, 10) * 10
		lines := []string{fmt.Sprintf("%s %d %%", synth.Pick(d, w.holdings), share)}
		if share < 100 {
			lines = append(lines, fmt.Sprintf("%s %d %%", c.director.name(), 100-share))
		}
		add("owners", sheet{Name: c.name, Lines: lines})
	}
	letter := func(name string, bodies []string, first, second string) {
		body := strings.NewReplacer("{a}", first, "{b}", second, "{n}", synth.Pick(d, []string{"G", "E", "L"})+"-"+d.Digits(5)).Replace(synth.Pick(d, bodies))
		add(name, sheet{Body: body, Date: date(5, 200)})
	}
	switch p.attorney {
	case "covers":
		letter("attorney", w.covers, a.applicant.name(), c.director.name())
	case "covers not":
		letter("attorney", w.coversNot, a.applicant.name(), c.director.name())
	}
	if p.certificate {
		letter("certificate", w.wed, a.applicant.given+" "+a.former, a.applicant.name())
	}
	switch p.licence {
	case "granted":
		letter("licence", w.granted, "", "")
	case "pending":
		letter("licence", w.pending, "", "")
	}
	return papers
}

// card is the identity document, with its machine-readable lines where the
// back was photographed too.
func (p *chosen) card(a *application, d synth.Draw) paper {
	w := vocabulary[a.company.market.language]
	family := a.applicant.family
	if a.former != "" {
		family = a.former
	}
	if p.number == "" {
		p.number = a.applicant.identity
	}
	a.shownNumber = p.number
	expires := a.received.AddDate(0, 0, d.Int(60, 3_300))
	if a.identity == "expired" {
		expires = a.received.AddDate(0, 0, -d.Int(3, 900))
	}
	a.expires = expires.Truncate(24 * time.Hour)
	born := date(a.idBorn)
	s := sheet{W: w, Family: family, Given: a.applicant.given, Born: born.Format(w.dateStyle), Number: p.number, Expires: expires.Format(w.dateStyle)}
	if d.Bool(0.65) {
		s.MRZ = fmt.Sprintf("ID%s<<%s<<<<<<<<\n%s<%s<<<<<<<<<<\n%s<<%s<<<<<<", a.company.market.country, p.number,
			born.Format("060102"), expires.Format("060102"),
			strings.ToUpper(strings.ReplaceAll(ascii(family), "-", "<")), strings.ToUpper(ascii(a.applicant.given)))
	}
	return paper{render("identity", s), a.identity == "unreadable"}
}

// date is the day of a number of days since 1970.
func date(days int32) time.Time { return time.Unix(int64(days)*24*60*60, 0).UTC() }

// scan is the papers as the OCR read them, one after the other; empty where
// nothing was handed in.
func (a *application) scan(d synth.Draw) string {
	pages := make([]string, len(a.papers))
	for i, p := range a.papers {
		rate := a.noiseRate(d)
		if p.bad {
			rate = 0.3
		}
		pages[i] = synth.Noise(d, p.text, rate)
	}
	return strings.Join(pages, "--- page ---\n")
}

// noiseRate is how badly the OCR reads a page: hardly at all from the web,
// where people hand in files, visibly from photographs and partners' scans,
// and awfully from one photograph in twelve. Phones of 2026 are no better, and
// the new partners fax.
func (a *application) noiseRate(d synth.Draw) float64 {
	switch a.channel {
	case "web":
		if d.Bool(0.75) {
			return 0
		}
		return 0.003
	case "app":
		if d.Bool(1.0 / 12) {
			return 0.02
		}
		return 0.003
	}
	if synth.Fresh(a.received) {
		return 0.012
	}
	return 0.005
}
