package inspect

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Role is what a column is taken for.
type Role string

const (
	ID      Role = "id"
	Time    Role = "time"
	Cluster Role = "cluster"
	Split   Role = "split"
	Label   Role = "label"
	Person  Role = "person's answer"
	Minutes Role = "minutes"
	Input   Role = "input"
	After   Role = "after the fact"
	Other   Role = "" // nothing
)

// guesser takes the columns of a bare file for something, and says why.
type guesser struct {
	columns []Column
	sample  *sample
	rows    int64
	label   string
}

// guess gives every column a role. label is the column of the right answers,
// where the caller knows it.
func guess(columns []Column, s *sample, rows int64, label string) {
	g := &guesser{columns: columns, sample: s, rows: rows, label: label}
	for i := range columns {
		c := &columns[i]
		if c.Distinct == 0 {
			c.Why = "no row has a value"
		}
	}
	g.labels()
	g.splits()
	g.persons()
	g.after()
	g.ids()
	g.times()
	g.clusters()
	g.inputs()
	tags := 0
	for i := range columns {
		if g.marks(&columns[i]); columns[i].Tag {
			tags++
			columns[i].Tag = tags <= maxTags
		}
	}
}

// maxTags is how many columns are proposed for segments: more are not read, and
// some of many would look bad by chance.
const maxTags = 12

// free says whether a column has values and no role yet.
func free(c *Column) bool { return c.Role == Other && c.Why == "" }

func (c *Column) take(r Role, why string, a ...any) { c.Role, c.Why = r, fmt.Sprintf(why, a...) }

// categorical says whether a column has few enough values to be classes.
func (g *guesser) categorical(c *Column) bool {
	if c.Values == nil || !slices.Contains([]string{"string", "integer", "boolean"}, c.Type) || c.Longest > 100 {
		return false
	}
	return g.rows < 10 || c.Distinct <= max(2, g.rows/2) && c.Distinct <= MaxClasses
}

// MaxClasses is how many different answers a decision may have.
const MaxClasses = 1000

// labels finds the right answers: by name, else the last column that could be
// classes.
func (g *guesser) labels() {
	if g.label != "" {
		for i := range g.columns {
			if g.columns[i].Name == g.label {
				g.columns[i].take(Label, "named as the label")
			}
		}
		return
	}
	best, points, word := -1, 0, ""
	for i := range g.columns {
		c := &g.columns[i]
		if !free(c) || !g.categorical(c) {
			continue
		}
		all := words(c.Name)
		score, by := 0, ""
		for _, w := range all {
			if p := labelWords[w]; p > score {
				score, by = p, w
			}
		}
		if len(all) > 1 && score > 0 {
			score -= 5
		}
		if _, ok := has(c.Name, personWords); ok {
			score -= 30
		}
		if _, ok := has(c.Name, toolWords); ok {
			continue
		}
		if _, ok := has(c.Name, besideWords); ok && score > 40 {
			score -= 40
		}
		if c.Type == "integer" && c.Distinct > 30 && score < 75 {
			continue
		}
		if score > 0 && score >= points {
			best, points, word = i, score, by
		}
	}
	if best >= 0 {
		g.columns[best].take(Label, "its name says %s, and it has %s", word, values(&g.columns[best]))
		g.label = g.columns[best].Name
		return
	}
	for i := len(g.columns) - 1; i >= 0; i-- {
		c := &g.columns[i]
		_, tool := has(c.Name, toolWords)
		if free(c) && !tool && g.categorical(c) && c.Type != "integer" && c.Distinct >= 2 && c.Distinct <= 50 && c.Longest <= 40 {
			c.take(Label, "no name says label; it is the last column that could be classes, with %s", values(c))
			g.label = c.Name
			return
		}
	}
}

func values(c *Column) string {
	if c.Distinct == 1 {
		return "1 value"
	}
	return fmt.Sprintf("%d different values", c.Distinct)
}

// holds says in short what a column holds.
func holds(c *Column, rows int64) string {
	out := c.Type
	switch {
	case c.Words >= textWords:
		out = fmt.Sprintf("text, %.0f words on average", c.Words)
	case c.Estimated:
		out += fmt.Sprintf(", about %d different values", c.Distinct)
	case c.Type != "list" && c.Type != "record" && c.Type != "any":
		out += ", " + values(c)
	}
	if c.Missing > 0 {
		out += fmt.Sprintf(", missing in %.1f%%", 100*float64(c.Missing)/float64(rows))
	}
	return out
}

func (g *guesser) splits() {
	for i := range g.columns {
		c := &g.columns[i]
		if _, ok := has(c.Name, splitWords); !ok || !free(c) || c.Values == nil || c.Missing > 0 {
			continue
		}
		known := true
		for v := range c.Values {
			known = known && splitNames[strings.ToLower(v)] != ""
		}
		if known {
			c.take(Split, "its values are names of splits")
			return
		}
	}
}

// persons finds what a person answered: a column with the values of the label
// and a name for somebody; and how long it took.
func (g *guesser) persons() {
	at := slices.IndexFunc(g.columns, func(c Column) bool { return c.Role == Label })
	person := false
	if at >= 0 && g.columns[at].Values != nil {
		right := g.columns[at].Values
		for i := range g.columns {
			c := &g.columns[i]
			if !free(c) || c.Values == nil || c.Distinct < min(2, int64(len(right))) {
				continue
			}
			shared, all := int64(0), int64(0)
			for v, n := range c.Values {
				all += n
				if right[v] > 0 {
					shared += n
				}
			}
			if len(right) < 2 || float64(shared) < 0.9*float64(all) || g.columns[at].Type != c.Type || c.Type != "string" {
				continue
			}
			if w, ok := has(c.Name, personWords); ok && !person {
				c.take(Person, "its name says %s, and its values are those of %s", w, g.label)
				person = true
			} else {
				c.take(After, "its values are those of %s: another answer to the same question", g.label)
			}
		}
	}
	for i := range g.columns {
		c := &g.columns[i]
		_, minutes := has(c.Name, minuteWords)
		if person && minutes && free(c) && (c.Type == "number" || c.Type == "integer") && c.As == "" && *c.Min >= 0 {
			c.take(Minutes, "its name says minutes, and there is what a person answered")
			return
		}
	}
}

// after finds what no design can have had: by name, by time, and by what it
// tells.
func (g *guesser) after() {
	for i := range g.columns {
		c := &g.columns[i]
		if !free(c) {
			continue
		}
		if w, ok := has(c.Name, toolWords); ok {
			c.take(After, "its name says %s: what another tool answered", w)
		} else if w, ok := has(c.Name, afterWords); ok {
			c.take(After, "its name says %s: not known when the case comes", w)
		}
	}
}

// ids finds a column that has another value in every row.
func (g *guesser) ids() {
	best, points := -1, 0
	for i := range g.columns {
		c := &g.columns[i]
		if !free(c) || c.Missing > 0 || !c.Unique || c.Type != "string" && c.Type != "integer" || c.Words > 1.2 {
			continue
		}
		score := 0
		all := words(c.Name)
		switch {
		case c.Name == "case_id" || c.Name == "id":
			score = 10
		case len(all) > 0 && slices.Contains(idWords, all[len(all)-1]):
			score = 5
		case i == 0:
			score = 3
		}
		if score > points {
			best, points = i, score
		}
	}
	if best >= 0 {
		g.columns[best].take(ID, "every row has another one")
		return
	}
	// A card without an id would take a column of these names for it.
	for i := range g.columns {
		if c := &g.columns[i]; (c.Name == "case_id" || c.Name == "id") && free(c) && g.rows > 1 {
			c.take(Cluster, "its name is of an id, and rows share it: %s in %d rows", values(c), g.rows)
			return
		}
	}
}

// times finds when the case came.
func (g *guesser) times() {
	best, points := -1, -1
	for i := range g.columns {
		c := &g.columns[i]
		if !free(c) || c.Type != "time" && c.Type != "date" || c.Missing*20 > g.rows {
			continue
		}
		if _, planned := has(c.Name, plannedWords); planned {
			continue
		}
		score := 0
		for at, w := range timeWords {
			if slices.Contains(words(c.Name), w) {
				score = max(score, len(timeWords)-at)
			}
		}
		if score > points {
			best, points = i, score
		}
	}
	if best < 0 {
		return
	}
	c := &g.columns[best]
	c.take(Time, "the time that reads most like the coming of a case")
	came := g.sample.times(c)
	for i := range g.columns {
		o := &g.columns[i]
		if !free(o) || o.Type != "time" && o.Type != "date" {
			continue
		}
		later, both := later(came, g.sample.times(o))
		w, planned := has(o.Name, plannedWords)
		switch {
		case both == 0 || later*2 <= both:
		case planned:
			o.Notes = append(o.Notes, fmt.Sprintf("lies after the case's time in %d of %d sampled rows; its name says %s, so it is taken as known beforehand", later, both, w))
		default:
			o.take(After, "it lies after the case's time in %d of %d sampled rows", later, both)
		}
	}
}

// fewClusters is below how many clusters nothing can be divided by them.
const fewClusters = 20

// clusters finds what several cases have in common.
func (g *guesser) clusters() {
	if slices.ContainsFunc(g.columns, func(c Column) bool { return c.Role == Cluster }) {
		return
	}
	best, points := -1, 0
	for i := range g.columns {
		c := &g.columns[i]
		if !free(c) || c.Missing*2 > g.rows || c.Distinct < fewClusters || float64(c.Distinct) > 0.95*float64(g.rows) || c.Words > 3 ||
			c.Type != "string" && c.Type != "integer" || float64(c.Distinct) < 0.005*float64(g.rows) {
			continue
		}
		all := words(c.Name)
		score := 0
		for at, w := range clusterWords {
			if slices.Contains(all, w) {
				score = max(score, len(clusterWords)-at)
			}
		}
		if score > 0 && slices.Contains(idWords, all[len(all)-1]) {
			score += len(clusterWords)
		}
		if score > points {
			best, points = i, score
		}
	}
	if best >= 0 {
		c := &g.columns[best]
		c.take(Cluster, "its name is of what comes again: %s in %d rows", values(c), g.rows)
	}
}

// inputs are all others that say something.
func (g *guesser) inputs() {
	for i := range g.columns {
		c := &g.columns[i]
		switch {
		case !free(c):
		case c.Distinct == 1 && g.rows > 1 && c.Missing == 0:
			c.Why = "every row has the same value"
		default:
			c.take(Input, "%s", holds(c, g.rows))
		}
	}
}

var personalTexts = regexp.MustCompile(`[\w.+-]+@[\w-]+\.\w|\+\d[\d ()/-]{7,}\d|\b[A-Z]{2}\d{2}(?: ?\w{4}){3,}`)

// marks says whether segments go by a column, and whether it is personal.
func (g *guesser) marks(c *Column) {
	if c.Role != Input && c.Role != Cluster && c.Role != ID {
		return
	}
	if c.Role == Input && c.Values != nil && c.Distinct >= 2 && c.Distinct <= 20 && c.Type != "number" && c.Longest <= 40 && float64(c.Top[0].Count) <= 0.98*float64(g.rows) {
		c.Tag = true
	}
	if w, ok := has(c.Name, personalWords); ok && c.Type == "string" {
		c.Personal = "its name says " + w
		return
	}
	if c.Type != "string" {
		return
	}
	found, texts := 0, 0
	for _, t := range g.sample.column(c.Name) {
		if t == "" {
			continue
		}
		if texts++; texts > 2000 {
			break
		}
		if personalTexts.MatchString(t) {
			found++
		}
	}
	if found*100 >= max(texts, 1) && found > 0 {
		c.Personal = fmt.Sprintf("e-mail addresses, telephone or account numbers in %.0f%% of its texts", math.Ceil(100*float64(found)/float64(texts)))
	}
}

// later counts how often the second time is after the first, of the rows that
// have both.
func later(came, other []time.Time) (after, both int) {
	for i := range came {
		if came[i].IsZero() || other[i].IsZero() {
			continue
		}
		both++
		// A date alone is its first moment.
		if other[i].After(came[i]) {
			after++
		}
	}
	return after, both
}
