package inspect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Proposal is a card for a bare file, and what a workflow needs to know of it.
type Proposal struct {
	Name    string // of the dataset, and of a workflow on it
	Source  string // as the card names it
	Rows    int64
	ID      *Column
	Time    *Column
	Cluster *Column
	Input   []Field
	Outcome *Field // nil where no column is the label
	Person  *Column
	Minutes *Column
	Splits  Splits
	result  *Result
}

// Field is a field of the input or of the outcome, and the column behind it.
type Field struct {
	Name     string
	Type     string // a type's word, without ?
	Optional bool
	Column   *Column
}

// Splits is how a card is to divide the cases: by time, column or hash, or not
// at all.
type Splits struct {
	By    string
	Parts []SplitPart
	Why   string
}

// SplitPart is one split as the card writes it: a window, a list of values or
// a share.
type SplitPart struct{ Name, Text string }

// Rows from which on cases are divided: into train and dev, and into all four
// splits.
const (
	enoughForTwo  = 60
	enoughForFour = 200
)

// Propose makes a card of what was found in a bare file. source is the file as
// the card is to name it.
func (r *Result) Propose(name, source string) *Proposal {
	p := &Proposal{Name: name, Source: source, Rows: r.Rows, result: r}
	first := func(role Role) *Column {
		if c := r.With(role); len(c) > 0 {
			return c[0]
		}
		return nil
	}
	p.ID, p.Time, p.Cluster, p.Person, p.Minutes = first(ID), first(Time), first(Cluster), first(Person), first(Minutes)
	taken := map[string]bool{}
	for i := range r.Columns {
		if c := &r.Columns[i]; !c.withheld && (c.Role == Input || c.Role == Time || c.Role == Cluster) {
			p.Input = append(p.Input, field(c, i, taken))
		}
	}
	if c := first(Label); c != nil {
		f := field(c, slices.IndexFunc(r.Columns, func(x Column) bool { return x.Name == c.Name }), map[string]bool{})
		f.Optional = false
		if c.Name == r.Decision && c.Values != nil && len(c.Values) > 0 {
			f.Type = "enum"
		}
		p.Outcome = &f
	}
	p.Splits = r.proposeSplits(p)
	return p
}

// Classes are the answers of the decision, most frequent first; nil where the
// outcome is no decision.
func (p *Proposal) Classes() []string {
	if p.Outcome == nil || p.Outcome.Type != "enum" {
		return nil
	}
	var out []string
	for _, v := range p.Outcome.Column.Most(MaxClasses) {
		out = append(out, v.Value)
	}
	return out
}

func field(c *Column, at int, taken map[string]bool) Field {
	f := Field{Name: fieldName(c.Name, at), Type: c.Type, Optional: c.Missing > 0, Column: c}
	for base, n := f.Name, 2; taken[f.Name]; n++ {
		f.Name = fmt.Sprintf("%s_%d", base, n)
	}
	taken[f.Name] = true
	return f
}

// meaning are words that mean something in expressions.
var meaning = []string{"in", "not", "and", "or", "let", "if", "else", "nil", "null", "true", "false", "matches", "contains", "starts_with", "ends_with"}

// fieldName makes a column's name one that expressions can use: "Ticket No." is
// ticket_no.
func fieldName(column string, at int) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.Join(words(norm.NFC.String(column)), "_")) {
		if r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if r == 'ß' {
			b.WriteString("ss")
		}
	}
	name := strings.Trim(b.String(), "_")
	switch {
	case name == "":
		return fmt.Sprintf("column_%d", at+1)
	case name[0] >= '0' && name[0] <= '9':
		return "c_" + name
	case slices.Contains(meaning, name):
		return name + "_"
	}
	return name[:min(len(name), 60)]
}

func (r *Result) proposeSplits(p *Proposal) Splits {
	if c := r.With(Split); len(c) > 0 {
		return columnSplits(c[0])
	}
	switch {
	case r.Rows < enoughForTwo:
		return Splits{Why: fmt.Sprintf("%d rows are too few to divide: every case is replayed, and what learns does so in folds", r.Rows)}
	case p.Time != nil && p.Time.Missing == 0 && r.Rows >= enoughForFour && len(p.Time.quantiles) > 0:
		if s, ok := timeSplits(p.Time); ok {
			return s
		}
	}
	shares := []SplitPart{{"train", "0.6"}, {"dev", "0.4"}}
	if r.Rows >= enoughForFour {
		shares = []SplitPart{{"train", "0.5"}, {"calibration", "0.1"}, {"dev", "0.2"}, {"test", "0.2"}}
	}
	why := "by hash of the id, for no column tells when a case came"
	if p.Time != nil {
		why = "by hash of the id: the times do not divide the rows"
	}
	if p.Cluster != nil {
		why = strings.Replace(why, "the id", p.Cluster.Name+", whose cases stay together", 1)
	}
	return Splits{By: "hash", Parts: shares, Why: why}
}

// columnSplits takes the values of a column for splits. What is called test
// becomes dev where there is none, for dev is what is replayed.
func columnSplits(c *Column) Splits {
	values := map[string][]string{}
	for v := range c.Values {
		kind := splitNames[strings.ToLower(v)]
		values[kind] = append(values[kind], v)
	}
	why := "the file says so itself"
	if len(values["dev"]) == 0 && len(values["test"]) > 0 {
		values["dev"], values["test"] = values["test"], nil
		why += "; its test cases are dev here, which is what eval run replays: nothing is held out"
	}
	if len(values["train"]) == 0 || len(values["dev"]) == 0 {
		return Splits{Why: fmt.Sprintf("%s has no values for train and for dev or test: every case is replayed, and what learns does so in folds", c.Name)}
	}
	s := Splits{By: "column", Why: why}
	for _, kind := range splitOrder {
		if v := values[kind]; len(v) > 0 {
			slices.Sort(v)
			for i := range v {
				v[i] = Quote(v[i])
			}
			s.Parts = append(s.Parts, SplitPart{kind, "[" + strings.Join(v, ", ") + "]"})
		}
	}
	return s
}

// timeSplits divides by time: one half to learn from, a tenth to calibrate,
// and the latest two fifths to look at and to hold out.
func timeSplits(c *Column) (Splits, bool) {
	at := func(share float64) time.Time { return c.quantiles[int(share*float64(len(c.quantiles)-1))] }
	cuts := []time.Time{at(0.5), at(0.6), at(0.8)}
	layout := time.DateOnly
	if c.To.Sub(*c.From) < 30*24*time.Hour {
		layout = time.RFC3339
	}
	var texts []string
	for i, cut := range cuts {
		texts = append(texts, cut.Format(layout))
		if i > 0 && texts[i] <= texts[i-1] {
			return Splits{}, false
		}
	}
	if first := c.From.Format(layout); texts[0] <= first {
		return Splits{}, false
	}
	return Splits{By: "time", Why: "in the order of time, as designs will meet their cases; the latest fifth is held out", Parts: []SplitPart{
		{"train", ".." + texts[0]}, {"calibration", texts[0] + ".." + texts[1]}, {"dev", texts[1] + ".." + texts[2]}, {"test", texts[2] + ".."},
	}}, true
}

// Card writes the proposal as a dataset card, with a comment for every choice.
func (p *Proposal) Card() string {
	var w cardWriter
	w.line("", fmt.Sprintf("Proposed from %s (%d rows). Each line says why; change what is not so.", p.Source, p.Rows))
	w.key("dataset", Quote(p.Name), "")
	w.key("source", Quote(p.Source), "")
	if p.ID != nil {
		w.key("id", Quote(p.ID.Name), p.ID.Why)
	} else {
		w.line("", "no id: no column has another value in every row, so rows are numbered")
	}
	if p.Time != nil {
		w.key("time", column(p.Time), p.Time.Why)
	}
	if p.Cluster != nil {
		w.key("cluster", Quote(p.Cluster.Name), p.Cluster.Why)
	}
	if len(p.Input) > 0 {
		w.key("input", "", "what designs get to see: known when the case comes, as far as names and values tell")
		for _, f := range p.Input {
			w.key("  "+f.Name, column(f.Column), f.Column.Why)
		}
	}
	p.labels(&w)
	p.lists(&w)
	p.divided(&w)
	w.key("licence", "unknown", "whose data it is, and what may be done with it")
	w.key("provenance", Quote("proposed from "+filepath.Base(p.Source)), "")
	return w.String()
}

// column is a column as the card maps a field to it.
func column(c *Column) string {
	switch {
	case c.As == "date":
		return fmt.Sprintf("{column: %s, as: date, dates: %s}", Quote(c.Name), c.Dates)
	case c.As != "":
		return fmt.Sprintf("{column: %s, as: %s}", Quote(c.Name), c.As)
	}
	return Quote(c.Name)
}

func (p *Proposal) labels(w *cardWriter) {
	if p.Outcome == nil {
		w.line("", "no labels: no column looks like the right answer; name one, as labels: {outcome: {queue: <column>}}")
		return
	}
	w.key("labels", "", "")
	w.key("  outcome", "", "what was right")
	w.key("    "+p.Outcome.Name, column(p.Outcome.Column), p.Outcome.Column.Why)
	if p.Person == nil {
		return
	}
	w.key("  person", "", "what a person answered at the time")
	w.key("    "+p.Outcome.Name, Quote(p.Person.Name), p.Person.Why)
	if p.Minutes != nil {
		w.key("    minutes", Quote(p.Minutes.Name), p.Minutes.Why)
	}
}

func (p *Proposal) lists(w *cardWriter) {
	list := func(key, comment string, keep func(*Column) (bool, string)) {
		first := true
		for i := range p.result.Columns {
			c := &p.result.Columns[i]
			ok, why := keep(c)
			if !ok {
				continue
			}
			if first {
				w.key(key, "", comment)
				first = false
			}
			w.item(Quote(c.Name), why)
		}
	}
	segments := "segments go by them"
	if p.result.tags() == maxTags {
		segments += fmt.Sprintf("; the first %d that could, add others that matter", maxTags)
	}
	list("tags", segments, func(c *Column) (bool, string) { return c.Tag, values(c) })
	list("personal", "shown redacted in traces", func(c *Column) (bool, string) { return c.Personal != "" && c.Role != ID, c.Personal })
	list("after_the_fact", "not known when the case comes: refused as input", func(c *Column) (bool, string) {
		return c.Role == After || c.Role == Person || c.Role == Minutes, c.Why
	})
	for i := range p.result.Columns {
		if c := &p.result.Columns[i]; c.Role == Other {
			w.line("", fmt.Sprintf("left out: %s: %s", Quote(c.Name), c.Why))
		}
	}
}

func (p *Proposal) divided(w *cardWriter) {
	if p.Splits.By == "" {
		w.line("", "no splits: "+p.Splits.Why)
		return
	}
	w.key("splits", "", p.Splits.Why)
	w.key("  by", p.Splits.By, "")
	switch p.Splits.By {
	case "hash":
		w.key("  seed", "1", "")
	case "column":
		w.key("  column", Quote(p.result.With(Split)[0].Name), "")
	}
	for _, part := range p.Splits.Parts {
		w.key("  "+part.Name, part.Text, "")
	}
}

// cardWriter writes lines with their comments in one column.
type cardWriter struct{ strings.Builder }

func (w *cardWriter) line(text, comment string) {
	if comment != "" {
		comment = "# " + oneLine(comment)
		if text != "" {
			text += strings.Repeat(" ", max(1, 40-len(text)))
		}
	}
	w.WriteString(text + comment + "\n")
}

func (w *cardWriter) key(key, value, comment string) {
	if value != "" {
		value = " " + value
	}
	w.line(key+":"+value, comment)
}

func (w *cardWriter) item(value, comment string) { w.line("  - "+value, comment) }

// oneLine is a comment, which ends where its line does.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == '\ufffe' || r == '\uffff' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

var plain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_./-]*$`)

// Quote writes a text as a YAML scalar that is read as this text.
func Quote(s string) string {
	if strings.Contains(s, `"`) && !strings.Contains(s, `'`) && simple(s) {
		return "'" + s + "'"
	}
	if plain.MatchString(s) && !slices.Contains([]string{"null", "true", "false", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s)) {
		return s
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""` // no text fails to encode
	}
	return cmp.Or(escapeRare(strings.TrimSuffix(b.String(), "\n")), `""`)
}

// simple says whether a text has none but letters, digits, marks and spaces.
func simple(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// escapeRare escapes what JSON leaves as it is and YAML does not print.
func escapeRare(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 0x7f && r < 0xa0 || r == '\ufeff' || r >= 0xfff0 && r <= math.MaxUint16 {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
