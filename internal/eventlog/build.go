package eventlog

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What a row says.
const (
	fieldCase = iota
	fieldActivity
	fieldResource
	fieldStart
	fieldEnd
	fieldLifecycle
	fields
)

// record is one row, or one event of XES.
type record struct {
	values [fields]any
	place  func() string
}

// stamp is a row on its way to becoming an event, or half of one.
type stamp struct {
	Event
	phase phase
}

// phase is what a row of a log with lifecycles tells of its activity.
type phase uint8

const (
	whole phase = iota
	begun
	completed
)

// builder makes a log of rows.
type builder struct {
	log        *Log
	o          Options
	times      timeReader
	cases      map[string]int32
	activities map[string]int32
	resources  map[string]int32
	stamps     []stamp
	left       map[string]int // in log.Left
}

func newBuilder(path string, o Options) *builder {
	return &builder{
		log:   &Log{Path: path, Zone: o.Zone},
		o:     o,
		times: timeReader{zone: o.Zone, dates: o.Dates},
		cases: map[string]int32{}, activities: map[string]int32{}, resources: map[string]int32{}, left: map[string]int{},
	}
}

// mostReasons are told apart for what is left out: a lifecycle of the wrong column
// has as many as it has rows.
const mostReasons = 20

// leave counts a row that becomes no event.
func (b *builder) leave(why string, r *record) {
	i, ok := b.left[why]
	if !ok && len(b.left) >= mostReasons {
		why = "other reasons"
		i, ok = b.left[why]
	}
	if !ok {
		i = len(b.log.Left)
		b.left[why] = i
		b.log.Left = append(b.log.Left, Left{Why: why, First: r.place()})
	}
	b.log.Left[i].Rows++
}

// add takes a row in.
func (b *builder) add(r *record) error {
	if len(b.stamps) == MaxEvents {
		return fmt.Errorf("%s: more than %d events: cut the log, by time or by case", r.place(), MaxEvents)
	}
	s := stamp{Event: Event{Resource: -1}}
	var err error
	if s.Case, err = b.name(r, fieldCase, "case", b.cases, &b.log.Cases, MaxEvents); err != nil {
		return err
	}
	if s.Activity, err = b.name(r, fieldActivity, "activity", b.activities, &b.log.Activities, maxActivities); err != nil {
		return err
	}
	if text(r.values[fieldResource]) != "" {
		if s.Resource, err = b.name(r, fieldResource, "resource", b.resources, &b.log.Resources, maxResources); err != nil {
			return err
		}
	}
	start, hasStart, err := b.time(r, fieldStart, b.log.Columns.Start)
	if err != nil {
		return err
	}
	end, hasEnd, err := b.time(r, fieldEnd, b.log.Columns.End)
	if err != nil {
		return err
	}
	if !hasEnd {
		why := "no end: work that was not done yet when the log was made"
		if !hasStart {
			why = "no time"
		}
		b.leave(why, r)
		return nil
	}
	if b.log.Columns.Lifecycle != "" {
		switch strings.ToLower(text(r.values[fieldLifecycle])) {
		case "complete", "completed", "end", "":
			s.phase = completed
		case "start", "started", "begin":
			s.phase = begun
			b.log.Starts = true
		default:
			b.leave(fmt.Sprintf("the step %q of a lifecycle, which is neither start nor complete", brief(text(r.values[fieldLifecycle]))), r)
			return nil
		}
	}
	if !hasStart {
		start = end
	}
	if end.Before(start) {
		b.leave("the end is before the start", r)
		return nil
	}
	b.log.Starts = b.log.Starts || hasStart
	s.Start, s.End = start.UnixNano(), end.UnixNano()
	b.stamps = append(b.stamps, s)
	return nil
}

// name gives a name its number.
func (b *builder) name(r *record, field int, what string, known map[string]int32, names *[]string, most int) (int32, error) {
	s := text(r.values[field])
	if i, ok := known[s]; ok {
		return i, nil
	}
	switch {
	case s == "":
		return 0, fmt.Errorf("%s: the event has no %s", r.place(), what)
	case len(s) > maxName:
		return 0, fmt.Errorf("%s: the %s has a name of %d bytes, want at most %d: %q", r.place(), what, len(s), maxName, brief(s))
	case !utf8.ValidString(s):
		return 0, fmt.Errorf("%s: the %s %q is not UTF-8: save the file in UTF-8", r.place(), what, brief(s))
	case len(*names) == most:
		return 0, fmt.Errorf("%s: more than %d different values of the %s: name the right column with --%s", r.place(), most, what, what)
	}
	i := int32(len(*names))
	s = strings.Clone(s) // the text may share memory with a whole block of the file
	known[s] = i
	*names = append(*names, s)
	return i, nil
}

// time reads a time; false where there is none.
func (b *builder) time(r *record, field int, column string) (time.Time, bool, error) {
	t, ok, err := b.times.read(r.values[field])
	if err != nil {
		return t, false, fmt.Errorf("%s: %s: %w", r.place(), column, err)
	}
	return t, ok, nil
}

// finish makes events of what was read.
func (b *builder) finish() error {
	l := b.log
	if l.Columns.Lifecycle != "" {
		b.pair()
	} else {
		l.Events = make([]Event, len(b.stamps))
		for i := range b.stamps {
			l.Events[i] = b.stamps[i].Event
		}
	}
	b.stamps = nil
	if len(l.Events) == 0 {
		return fmt.Errorf("%s: there is no event in it that was done%s", l.Path, b.why())
	}
	order(l.Events)
	b.number()
	return nil
}

// why says what became of the rows, where none is an event.
func (b *builder) why() string {
	if len(b.log.Left) == 0 {
		return ""
	}
	return fmt.Sprintf(": of %d rows, the first at %s, it says %s", b.log.Left[0].Rows, b.log.Left[0].First, b.log.Left[0].Why)
}

// number gives cases numbers without gaps, in the order of their first event.
func (b *builder) number() {
	l := b.log
	first := make([]int64, len(l.Cases))
	has := make([]bool, len(l.Cases))
	for _, e := range l.Events {
		if !has[e.Case] { // events are ordered by start
			first[e.Case], has[e.Case] = e.Start, true
		}
	}
	var by []int32
	for c := range l.Cases {
		if has[c] {
			by = append(by, int32(c))
		}
	}
	slices.SortStableFunc(by, func(x, y int32) int { return cmp.Compare(first[x], first[y]) })
	numbers, names := make([]int32, len(l.Cases)), make([]string, len(by))
	for n, c := range by {
		numbers[c], names[n] = int32(n), l.Cases[c]
	}
	l.Cases = names
	for i := range l.Events {
		l.Events[i].Case = numbers[l.Events[i].Case]
	}
	order(l.Events)
}

// pair joins the begin and the end of activities: an end takes the earliest
// begin of the same activity on the same case that is open, of the same person
// where there is one. An end without a begin has none.
func (b *builder) pair() {
	slices.SortStableFunc(b.stamps, func(x, y stamp) int {
		return cmp.Or(cmp.Compare(x.Case, y.Case), cmp.Compare(x.End, y.End), cmp.Compare(x.phase, y.phase))
	})
	type key struct{ c, activity int32 }
	open := map[key][]Event{}
	last, unfinished := int32(-1), 0
	drop := func() {
		for _, list := range open {
			unfinished += len(list)
		}
		clear(open)
	}
	for _, s := range b.stamps {
		if s.Case != last {
			drop()
			last = s.Case
		}
		k := key{s.Case, s.Activity}
		if s.phase == begun {
			open[k] = append(open[k], s.Event)
			continue
		}
		e := s.Event
		if list := open[k]; len(list) > 0 {
			i := max(0, slices.IndexFunc(list, func(x Event) bool { return x.Resource == e.Resource }))
			e.Start = list[i].Start
			if e.Resource < 0 {
				e.Resource = list[i].Resource
			}
			open[k] = slices.Delete(list, i, i+1)
		}
		b.log.Events = append(b.log.Events, e)
	}
	drop()
	if unfinished > 0 {
		b.log.Left = append(b.log.Left, Left{Why: "begun and never completed", Rows: unfinished, First: b.log.Path})
	}
}

// brief is the start of a text, to show it.
func brief(s string) string { return cut(s, 40) }

// cut is so many runes of a text.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
