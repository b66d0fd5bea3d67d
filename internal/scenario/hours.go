package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// DayNames are the days of the week as scenarios name them, from Monday.
var DayNames = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// parseDays reads "mon", "mon-fri" or "daily" as days counted from Monday.
func parseDays(s string) ([]int, bool) {
	if s == "daily" {
		return []int{0, 1, 2, 3, 4, 5, 6}, true
	}
	first, last, ranged := strings.Cut(s, "-")
	from := slices.Index(DayNames, first)
	to := from
	if ranged {
		to = slices.Index(DayNames, last)
	}
	if from < 0 || to < 0 {
		return nil, false
	}
	days := []int{from}
	for d := from; d != to; {
		d = (d + 1) % 7
		days = append(days, d)
	}
	return days, true
}

// parseSpan reads "09:00-17:30" as minutes since midnight; an end before
// the start is one of the next day. Both at once could be no time or a whole day,
// and are neither.
func parseSpan(s string) (from, to int, ok bool) {
	a, b, found := strings.Cut(s, "-")
	from, ok1 := parseClock(a)
	to, ok2 := parseClock(b)
	if !found || !ok1 || !ok2 || from >= 24*60 || from == to {
		return 0, 0, false
	}
	if to < from {
		to += 24 * 60
	}
	return from, to, true
}

func parseClock(s string) (int, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == 5
}

const (
	wantDays = "a day such as mon, days such as mon-fri, or daily"
	wantSpan = "hours such as 09:00-17:00, or 00:00-24:00 for a whole day"
)

// eachDay goes over a mapping of days to something, and says for which days
// (from Monday) each entry is. No day may come twice.
func eachDay(doc *yamldoc.Doc, n *yaml.Node, key, example string, diags *diag.List, each func(days []int, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		diags.Add(doc.Pos(n), fmt.Sprintf("%q wants days and hours, such as %s", key, example), "")
		return
	}
	var taken [7]bool
	for k, v := range yamldoc.Pairs(n) {
		days, ok := parseDays(k.Value)
		if !ok {
			diags.Add(doc.Pos(k), fmt.Sprintf("%q is no day, want %s", k.Value, wantDays), "")
			continue
		}
		for _, d := range days {
			if taken[d] {
				diags.Add(doc.Pos(k), fmt.Sprintf("%s has its hours above already", DayNames[d]), "")
			}
			taken[d] = true
		}
		each(days, v)
	}
}

// readWeek reads a team's hours: `mon-fri: [09:00-12:00, 13:00-17:00]`.
func readWeek(doc *yamldoc.Doc, n *yaml.Node, diags *diag.List) (week [7][]des.Hours) {
	eachDay(doc, n, "hours", "{mon-fri: [09:00-17:00]}", diags, func(days []int, v *yaml.Node) {
		spans := []*yaml.Node{v}
		if v.Kind == yaml.SequenceNode {
			spans = v.Content
		}
		for _, s := range spans {
			from, to, ok := parseSpan(s.Value)
			if s.Kind != yaml.ScalarNode || !ok {
				diags.Add(doc.Pos(s), fmt.Sprintf("%q are no hours, want %s", s.Value, wantSpan), "")
				continue
			}
			for _, d := range days {
				day := (d + 1) % 7 // time.Weekday counts from Sunday
				week[day] = append(week[day], des.Hours{From: time.Duration(from) * time.Minute, To: time.Duration(to) * time.Minute})
			}
		}
	})
	return week
}

// readRates reads stated arrivals: `mon-fri: {08:00-18:00: 12}`, in cases an
// hour.
func readRates(doc *yamldoc.Doc, n *yaml.Node, diags *diag.List) Week {
	var pieces Week
	eachDay(doc, n, "per_hour", "{mon-fri: {08:00-18:00: 12}}, or one number", diags, func(days []int, v *yaml.Node) {
		if v.Kind != yaml.MappingNode {
			diags.Add(doc.Pos(v), "want hours and cases an hour, such as {08:00-18:00: 12}", "")
			return
		}
		for k, r := range yamldoc.Pairs(v) {
			from, to, ok := parseSpan(k.Value)
			if !ok {
				diags.Add(doc.Pos(k), fmt.Sprintf("%q are no hours, want %s", k.Value, wantSpan), "")
				continue
			}
			rate := readRate(doc, r, diags)
			for _, d := range days {
				pieces = append(pieces, wrap(d*24*60+from, d*24*60+to, rate)...)
			}
		}
	})
	slices.SortFunc(pieces, func(a, b Piece) int { return a.From - b.From })
	for i := 1; i < len(pieces); i++ {
		if a, b := pieces[i-1], pieces[i]; b.From < a.To {
			diags.Add(doc.Pos(n), fmt.Sprintf("two rates hold at %s %02d:%02d", DayNames[b.From/(24*60)], b.From/60%24, b.From%60), "")
			return nil
		}
	}
	return pieces
}

// wrap cuts a piece at the end of the week.
func wrap(from, to int, rate float64) Week {
	if to <= WeekMinutes {
		return Week{{from, to, rate}}
	}
	return Week{{from, WeekMinutes, rate}, {0, to - WeekMinutes, rate}}
}
