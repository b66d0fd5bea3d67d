package eventlog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Names by which columns are known, in small letters and digits alone; the first
// that a table has is taken.
var (
	caseNames      = []string{"caseid", "caseconceptname", "case", "traceid", "trace", "processinstanceid", "instanceid", "casenumber", "caseno", "ticketid", "requestid", "applicationid"}
	activityNames  = []string{"activity", "activityname", "conceptname", "task", "taskname", "event", "eventname", "step", "stepname", "operation"}
	resourceNames  = []string{"resource", "orgresource", "resourcename", "resourceid", "user", "username", "userid", "performer", "employee", "originator", "person", "worker", "agent"}
	startNames     = []string{"starttimestamp", "starttime", "start", "started", "startedat", "startdate", "begin", "begintime", "began", "timestart"}
	endNames       = []string{"endtimestamp", "endtime", "end", "ended", "endedat", "enddate", "completetimestamp", "completetime", "completiontime", "completed", "completedat", "finishtime", "finish", "finished", "timeend", "timetimestamp", "timestamp", "datetime", "time", "date"}
	lifecycleNames = []string{"lifecycletransition", "lifecycle", "transition"}
)

// table reads a table with a row for every event.
func (b *builder) table(ctx context.Context) error {
	card, err := dataset.Bare(b.log.Path)
	if err != nil {
		return err
	}
	rows, err := card.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	have := rows.Columns()
	if err := b.columns(have); err != nil {
		return err
	}
	c := &b.log.Columns
	var at [fields]int
	for i, name := range [fields]string{c.Case, c.Activity, c.Resource, c.Start, c.End, c.Lifecycle} {
		at[i] = slices.Index(have, name)
	}
	var r record
	return rows.Each(ctx, func(i int) error {
		for f, column := range at {
			r.values[f] = nil
			if column >= 0 {
				r.values[f] = rows.Value(i, column)
			}
		}
		r.place = func() string { return rows.Place(i) }
		return b.add(&r)
	})
}

// columns decides which column is what.
func (b *builder) columns(have []string) error {
	used := map[string]string{} // column → what for
	for _, given := range []struct{ what, name string }{
		{"case", b.o.Case}, {"activity", b.o.Activity}, {"resource", b.o.Resource}, {"start", b.o.Start}, {"end", b.o.End}, {"lifecycle", b.o.Lifecycle},
	} {
		if given.name == "" {
			continue
		}
		if !slices.Contains(have, given.name) {
			return fmt.Errorf("%s has no column %q%s", b.log.Path, given.name, hint(given.name, have))
		}
		if other := used[given.name]; other != "" {
			return fmt.Errorf("%s: the column %q cannot be both %s and %s", b.log.Path, given.name, other, given.what)
		}
		used[given.name] = given.what
	}
	find := func(what, given string, names []string) string {
		if given != "" {
			return given
		}
		for _, name := range names {
			if i := slices.IndexFunc(have, func(h string) bool { return bare(h) == name && used[h] == "" }); i >= 0 {
				used[have[i]] = what
				return have[i]
			}
		}
		return ""
	}
	c := &b.log.Columns
	*c = b.o.Columns
	c.Case = find("case", c.Case, caseNames)
	c.Activity = find("activity", c.Activity, activityNames)
	c.Resource = find("resource", c.Resource, resourceNames)
	c.Lifecycle = find("lifecycle", c.Lifecycle, lifecycleNames)
	if c.Lifecycle == "" || c.Start != "" {
		c.Start = find("start", c.Start, startNames)
	}
	c.End = find("end", c.End, endNames)
	for _, must := range []struct{ what, name string }{{"case", c.Case}, {"activity", c.Activity}, {"end", c.End}} {
		if must.name == "" {
			return fmt.Errorf("%s: no column looks like the %s of an event: name it with --%s; the columns are %s", b.log.Path, must.what, must.what, cut(strings.Join(have, ", "), 120))
		}
	}
	return nil
}

func hint(name string, have []string) string {
	if s := diag.Suggest(name, have); s != "" {
		return " (" + s + ")"
	}
	return ""
}

// bare is a name in small letters and digits alone.
func bare(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
