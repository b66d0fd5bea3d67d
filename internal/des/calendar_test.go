package des

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func clock(h, m int) time.Duration {
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
}

// everyDay is the same hours on all days.
func everyDay(hours ...Hours) (week [7][]Hours) {
	for i := range week {
		week[i] = hours
	}
	return week
}

func TestCalendarShifts(t *testing.T) {
	office := []Hours{{clock(9, 0), clock(12, 0)}, {clock(13, 0), clock(17, 30)}}
	night := Hours{clock(22, 0), clock(30, 0)}
	for _, tt := range []struct {
		why   string
		zone  string
		week  [7][]Hours
		dates map[Date][]Hours
		start string
		hours float64
		want  []Span
	}{
		{
			why: "a lunch break is a gap, and Sunday is closed", zone: "Europe/Berlin",
			week: [7][]Hours{time.Monday: office}, start: "2026-06-07T00:00:00+02:00", hours: 48,
			want: []Span{{33, 36}, {37, 41.5}},
		},
		{
			why: "the clocks go forward: 09:00 is an hour earlier after midnight", zone: "Europe/Berlin",
			week: everyDay(Hours{clock(9, 0), clock(17, 0)}), start: "2026-03-28T00:00:00+01:00", hours: 47,
			want: []Span{{9, 17}, {32, 40}},
		},
		{
			why: "the clocks go back: 09:00 is an hour later", zone: "Europe/Berlin",
			week: everyDay(Hours{clock(9, 0), clock(17, 0)}), start: "2026-10-24T00:00:00+02:00", hours: 49,
			want: []Span{{9, 17}, {34, 42}},
		},
		{
			why: "a night shift is an hour shorter when the clocks go forward", zone: "Europe/Berlin",
			week: [7][]Hours{time.Saturday: {night}}, start: "2026-03-28T00:00:00+01:00", hours: 48,
			want: []Span{{22, 29}},
		},
		{
			why: "and an hour longer when they go back", zone: "Europe/Berlin",
			week: [7][]Hours{time.Saturday: {night}}, start: "2026-10-24T00:00:00+02:00", hours: 48,
			want: []Span{{22, 31}},
		},
		{
			why: "02:30 is skipped: the shift begins at the change", zone: "Europe/Berlin",
			week: [7][]Hours{time.Sunday: {{clock(2, 30), clock(4, 0)}}}, start: "2026-03-29T00:00:00+01:00", hours: 24,
			want: []Span{{2, 3}},
		},
		{
			why: "the same in America, where the rule data give the other side of the gap", zone: "America/New_York",
			week: [7][]Hours{time.Sunday: {{clock(2, 30), clock(4, 0)}}}, start: "2026-03-08T00:00:00-05:00", hours: 24,
			want: []Span{{2, 3}},
		},
		{
			why: "02:30 comes twice: the first counts", zone: "Europe/Berlin",
			week: [7][]Hours{time.Sunday: {{clock(2, 30), clock(4, 0)}}}, start: "2026-10-25T00:00:00+02:00", hours: 24,
			want: []Span{{2.5, 5}},
		},
		{
			why: "a zone whose clocks change by half an hour", zone: "Australia/Lord_Howe",
			week: [7][]Hours{time.Sunday: {{clock(1, 0), clock(9, 0)}}}, start: "2026-10-04T00:00:00+10:30", hours: 24,
			want: []Span{{1, 8.5}},
		},
		{
			why: "midnight itself is skipped", zone: "Africa/Cairo",
			week: [7][]Hours{time.Friday: {{0, clock(2, 0)}}}, start: "2026-04-23T12:00:00+02:00", hours: 24,
			want: []Span{{12, 13}},
		},
		{
			why: "29 February exists in 2028", zone: "UTC",
			week: everyDay(Hours{clock(8, 0), clock(9, 0)}), start: "2028-02-28T00:00:00Z", hours: 72,
			want: []Span{{8, 9}, {32, 33}, {56, 57}},
		},
		{
			why: "a closed date and a date with other hours", zone: "UTC",
			week:  everyDay(Hours{clock(8, 0), clock(9, 0)}),
			dates: map[Date][]Hours{{2026, time.May, 1}: nil, {2026, time.May, 2}: {{clock(10, 0), clock(11, 0)}}},
			start: "2026-05-01T00:00:00Z", hours: 72, want: []Span{{34, 35}, {56, 57}},
		},
		{
			why: "a shift that runs at the start, and one cut at the end", zone: "UTC",
			week: everyDay(night), start: "2026-05-01T02:00:00Z", hours: 24,
			want: []Span{{0, 4}, {20, 24}},
		},
		{
			why: "round the clock is one span", zone: "Europe/Berlin",
			week: everyDay(Hours{0, clock(24, 0)}), start: "2026-03-28T00:00:00+01:00", hours: 72,
			want: []Span{{0, 72}},
		},
		{
			why: "the start is in another zone than the calendar", zone: "Asia/Kolkata",
			week: everyDay(Hours{clock(9, 0), clock(10, 0)}), start: "2026-05-01T00:00:00Z", hours: 24,
			want: []Span{{3.5, 4.5}},
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			start, err := time.Parse(time.RFC3339, tt.start)
			if err != nil {
				t.Fatal(err)
			}
			c := Calendar{Zone: zone(t, tt.zone), Week: tt.week, Dates: tt.dates}
			sh, err := c.Shifts(start, tt.hours)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, sh.Spans(0, tt.hours)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDaysAway leaves out the hours that begin on a day away, all of them, and no
// others.
func TestDaysAway(t *testing.T) {
	c := Calendar{Zone: time.UTC, Week: everyDay(Hours{clock(22, 0), clock(30, 0)})}
	start := time.Date(2025, 3, 3, 0, 0, 0, 0, time.UTC)
	sh, err := c.ShiftsWithout(start, 96, func(d Date) bool { return d == Date{2025, time.March, 4} })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Span{{-2, 6}, {22, 30}, {70, 78}, {94, 96}}, sh.Spans(-24, 96)); diff != "" {
		t.Error(diff)
	}
}

func TestCalendarErrors(t *testing.T) {
	for _, tt := range []struct {
		why  string
		c    Calendar
		want string
	}{
		{"no zone", Calendar{}, "no time zone"},
		{"ends before it starts", Calendar{Zone: time.UTC, Week: everyDay(Hours{clock(9, 0), clock(8, 0)})}, "Sunday"},
		{"starts after the day", Calendar{Zone: time.UTC, Week: everyDay(Hours{clock(25, 0), clock(26, 0)})}, "from 0h to 24h"},
		{"a date's hours", Calendar{Zone: time.UTC, Dates: map[Date][]Hours{{2026, 5, 1}: {{-1, 1}}}}, "2026-05-01"},
	} {
		if _, err := tt.c.Shifts(time.Now(), 1); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want it to say %q", tt.why, err, tt.want)
		}
	}
}

func TestShifts(t *testing.T) {
	sh, err := NewShifts(10, Span{7, 10}, Span{1, 3}, Span{2, 4}, Span{4, 5})
	if err != nil {
		t.Fatal(err)
	}
	want := []Span{{8, 10}, {11, 15}, {17, 20}, {21, 22}}
	if diff := cmp.Diff(want, sh.Spans(8, 22)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Span{{7, 10}}, sh.Spans(5, 11)); diff != "" {
		t.Errorf("what ends or begins just there is no part of it: %s", diff)
	}
	if got := sh.OnDuty(0, 100); got != 70 {
		t.Errorf("on duty %v, want 70", got)
	}
	for _, tt := range []struct {
		why    string
		period float64
		span   Span
	}{
		{"ends when it starts", 0, Span{1, 1}},
		{"leaves the period", 10, Span{9, 11}},
		{"negative period", -1, Span{0, 1}},
	} {
		if _, err := NewShifts(tt.period, tt.span); err == nil {
			t.Errorf("%s: no error", tt.why)
		}
	}
}
