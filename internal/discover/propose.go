package discover

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// File is a file of a proposed project, its path by slashes.
type File struct{ Path, Text string }

// maxResults is how many last activities an outcome tells apart.
const maxResults = 40

// Propose makes a project of the process: a workflow whose outcome is how cases
// end, its as-is design, the cases as a dataset, a scenario of the traced time with
// the people and their hours, one of all roles, and one for every role alone. The
// result is one of Run.
func (r *Result) Propose(name string) []File {
	w := &proposer{Result: r, name: name, p: r.process}
	w.results()
	w.teams()
	folder := "workflows/" + name + "/"
	files := []File{
		{"datasets/" + name + "/cases.csv", w.cases()},
		{"datasets/" + name + "/dataset.yaml", w.card()},
		{folder + "workflow.yaml", w.workflow()},
		{folder + "as-is.yaml", w.asIs()},
		{folder + "scenarios/as-it-is.yaml", w.scenario()},
	}
	if text := w.network(); text != "" {
		files = append(files, File{"scenarios/network.yaml", text})
	}
	for i := range r.Roles {
		if text := w.roleScenario(i); text != "" {
			files = append(files, File{"scenarios/" + w.roles[i] + ".yaml", text})
		}
	}
	return files
}

// proposer writes the files.
type proposer struct {
	*Result
	p     *Process
	name  string
	team  string
	roles []string         // names of the roles, fit for files
	words map[int32]string // of last activities
	list  []string         // of words, most frequent first
}

// results names how cases end.
func (w *proposer) results() {
	counts := map[string]int{}
	for _, c := range w.p.cases {
		counts[w.p.log.Activities[c.last()]]++
	}
	w.words = map[int32]string{}
	taken := map[string]bool{"other": true}
	number := map[string]int32{}
	for a, name := range w.p.log.Activities {
		number[name] = int32(a)
	}
	for i, part := range parts(counts) {
		word := "other"
		if i < maxResults {
			word = plainWord(part.Name, taken)
			w.list = append(w.list, word)
		} else if i == maxResults {
			w.list = append(w.list, word)
		}
		w.words[number[part.Name]] = word
	}
}

// last is the activity of a case that ended last.
func (c *run) last() int32 {
	last := 0
	for i := range c.items {
		if c.items[i].end >= c.items[last].end {
			last = i
		}
	}
	return c.items[last].activity
}

// teams names the roles, and the team that stands for them all.
func (w *proposer) teams() {
	taken := map[string]bool{"network": true}
	for _, r := range w.Roles {
		w.roles = append(w.roles, plainWord(r.Name, taken))
	}
	w.team = "staff"
	if len(w.roles) == 1 {
		w.team = w.roles[0]
	}
}

// plainWord makes a name of small letters, digits and _ that is not taken.
func plainWord(name string, taken map[string]bool) string {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	word := strings.Trim(b.String(), "_")
	word = strings.TrimRight(word[:min(len(word), 50)], "_")
	if word == "" || word[0] >= '0' && word[0] <= '9' || slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off"}, word) {
		word = strings.TrimRight("a_"+word, "_")
	}
	for base, n := word, 2; taken[word]; n++ {
		word = fmt.Sprintf("%s_%d", base, n)
	}
	taken[word] = true
	return word
}

// comment is untrusted text fit for a comment: one line of printable runes.
func comment(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 80 {
		s = string(r[:79]) + "…"
	}
	return s
}

// cases are the cases of the log, a row each.
func (w *proposer) cases() string {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	header := []string{"case", "arrived_at", "ended_at", "result", "minutes"}
	for _, role := range w.roles {
		header = append(header, "minutes_"+role)
	}
	out.Write(header)
	for i, c := range w.p.cases {
		total := 0.0
		by := make([]float64, len(w.roles))
		for _, it := range c.items {
			if it.person < 0 {
				continue // no person's time
			}
			total += 60 * it.work
			by[w.p.people[it.person].role] += 60 * it.work
		}
		at := func(t float64) string {
			return w.p.origin.Add(time.Duration(t * float64(time.Hour))).UTC().Format(time.RFC3339)
		}
		row := []string{w.p.log.Cases[i], at(c.arrive), at(c.end), w.words[c.last()], minutes(total)}
		for _, m := range by {
			row = append(row, minutes(m))
		}
		out.Write(row)
	}
	out.Flush()
	return b.String() // a Buffer never fails
}

func minutes(x float64) string { return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64) }

func (w *proposer) card() string {
	after := []string{"ended_at", "result", "minutes"}
	for _, role := range w.roles {
		after = append(after, "minutes_"+role)
	}
	return fmt.Sprintf(`# The cases of %s, a row each.
# Add what people see of a case when it comes, as columns, to let other designs
# decide by it.
dataset: %s
source: cases.csv
id: case
time: arrived_at
input: [arrived_at]
labels:
  outcome: {result: result}             # the last activity, which is taken to be right
  person: {result: result, minutes: minutes}
after_the_fact: [%s]
label_source: {result: clerk, person: clerk}
`, comment(filepath.Base(w.Log)), w.name, strings.Join(after, ", "))
}

func (w *proposer) workflow() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# The process of %s as it is: %d cases from
# %s to %s.
workflow: %s
data: datasets/%s/dataset.yaml

input:                                  # what every design receives
  arrived_at: time                      # all that the log tells of a case when it comes

outcome:                                # what every design must produce
  result:                               # how a case ends: its last activity
    enum: %s

`, comment(filepath.Base(w.Log)), w.Cases, w.From.Format(time.DateOnly), w.To.Format(time.DateOnly), w.name, w.name, wrapped(w.list, "      "))
	people := 0
	b.WriteString("teams:\n")
	if len(w.Roles) > 1 {
		b.WriteString("  # One team for all roles: a case goes to one team, and its minutes are those of\n  # all. The roles, and what each of them does:\n")
	}
	for i, r := range w.Roles {
		people += len(r.People)
		var does []string
		for _, p := range r.Activities[:min(4, len(r.Activities))] {
			does = append(does, p.Name)
		}
		fmt.Fprintf(&b, "  #   %s: %d people, busy %.0f%%, %s\n  #     %s\n", w.roles[i], len(r.People), 100*r.Busy, comment(r.Calendar.String()), comment(strings.Join(does, ", ")))
	}
	fmt.Fprintf(&b, `  %s: {people: %d, minutes: label}      # the wage is not in the log: wage: 30/h

baseline: as-is
`, w.team, people)
	return b.String()
}

// wrapped is a list in brackets, broken into lines.
func wrapped(words []string, indent string) string {
	var b strings.Builder
	b.WriteString("[")
	width := len(indent)
	for i, word := range words {
		if i > 0 {
			b.WriteString(", ")
			if width += len(word) + 2; width > 90 {
				b.WriteString("\n" + indent)
				width = len(indent)
			}
		}
		b.WriteString(word)
	}
	return b.String() + "]"
}

func (w *proposer) asIs() string {
	var b strings.Builder
	b.WriteString("# People do it all, as the log shows it. What a case goes through most often:\n")
	if len(w.Variants) > 0 {
		for _, a := range w.Variants[0].Path[:min(20, len(w.Variants[0].Path))] {
			fmt.Fprintf(&b, "#   %s\n", comment(a))
		}
	}
	fmt.Fprintf(&b, `design: as-is
workflow: %s
on_broken_handoff: fail                 # nobody stands behind them

steps:
  - {name: people, kind: human, team: %s}
outcome: {result: people.result}
`, w.name, w.team)
	return b.String()
}

// hoursText is a calendar as a scenario writes it.
func hoursText(c *Calendar) string {
	var days []string
	for _, r := range c.runs() {
		days = append(days, fmt.Sprintf("%s: [%s]", r.days, strings.Join(r.spans, ", ")))
	}
	return "{" + strings.Join(days, ", ") + "}"
}

// monday is the Monday before the log's first event, and the weeks from there.
func (w *proposer) monday() (time.Time, int) {
	first := w.p.origin
	for first.Weekday() != time.Monday {
		first = first.AddDate(0, 0, -1)
	}
	return first, max(1, int(math.Ceil(w.To.Sub(first).Hours()/weekHours)))
}

func (w *proposer) shiftEnd() string {
	if w.p.overtime > w.p.paused {
		return "finish"
	}
	return "hand_over"
}

func (w *proposer) scenario() string {
	start, weeks := w.monday()
	people := 0
	for _, r := range w.Roles {
		people += len(r.People)
	}
	return fmt.Sprintf(`# The time of the log again, by what was found in it: eval run %s, then simulate
# run %s/as-it-is. Cases wait for one team here, and not for each role after the
# other: scenarios/network.yaml has those.
scenario: as-it-is
run: latest
designs: [as-is]
arrivals: {zone: %s}                    # traced: by hour of week, as the cases came
teams:
  %s:
    people: %d
    zone: %s
    hours: %s    # support %.0f%%, confidence %.0f%%, %d stamps
    shift_end: %s
start: %s
weeks: %d
warm_up: 0
replications: 20
seed: 1
`, w.name, w.name, w.Zone, w.team, people, w.Zone, hoursText(w.Calendar), 100*w.Calendar.Support, 100*w.Calendar.Confidence, w.Calendar.Seen, w.shiftEnd(), start.Format(time.DateOnly), weeks)
}

// roleScenario is one role with its own queue, "" where nothing is known of how
// long it works.
func (w *proposer) roleScenario(i int) string {
	r := &w.Roles[i]
	work := w.minutes(i)
	if work == "" {
		return ""
	}
	var due []float64
	for _, c := range w.p.cases {
		for _, it := range c.items {
			if it.person >= 0 && w.p.people[it.person].role == i {
				due = append(due, it.enabled)
			}
		}
	}
	came := w.p.perHour(due, w.p.day(0), w.p.day(w.p.end()))
	start, weeks := w.monday()
	return fmt.Sprintf(`# The role %s alone: a case is one activity that comes to it. Minutes keep the
# mean and the spread of %d recorded ones; that they are lognormal is assumed.
scenario: %s
cases:
  escalated: {%s: 1}
arrivals:                               # activities an hour, as they became due
  zone: %s
  per_hour:
%steams:
  %s:
    people: %d
    minutes: %s
    zone: %s
    hours: %s    # support %.0f%%, confidence %.0f%%, %d stamps
    shift_end: %s
start: %s
weeks: %d
warm_up: 0
`, comment(r.Name), r.Minutes.N, w.roles[i], w.roles[i], w.Zone, perHour(came), w.roles[i], len(r.People), work, w.Zone,
		hoursText(r.Calendar), 100*r.Calendar.Support, 100*r.Calendar.Confidence, r.Calendar.Seen, w.shiftEnd(), start.Format(time.DateOnly), weeks)
}
