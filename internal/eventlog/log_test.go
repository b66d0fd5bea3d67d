package eventlog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// put writes a file to be read, packed where its name says so.
func put(t testing.TB, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	data := []byte(content)
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(data)
		z.Close()
		data = b.Bytes()
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// told is a log in lines: case activity resource start-end, by the clock.
func told(l *Log) []string {
	var out []string
	for _, e := range l.Events {
		who := "nobody"
		if e.Resource >= 0 {
			who = l.Resources[e.Resource]
		}
		at := func(ns int64) string { return time.Unix(0, ns).UTC().Format("2T15:04") }
		out = append(out, fmt.Sprintf("%s %s %s %s-%s", l.Cases[e.Case], l.Activities[e.Activity], who, at(e.Start), at(e.End)))
	}
	return out
}

const xes = `<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0"><string key="concept:name" value="a log"/>
<trace><string key="concept:name" value="c1"/>
<event><string key="concept:name" value="A"/><string key="org:resource" value="ann"/><date key="time:timestamp" value="2025-03-01T09:00:00.000+01:00"/><string key="lifecycle:transition" value="start"/></event>
<event><string key="concept:name" value="A"/><string key="org:resource" value="ann"/><date key="time:timestamp" value="2025-03-01T09:30:00.000+01:00"/><string key="lifecycle:transition" value="complete"/></event>
<event><string key="concept:name" value="B &amp; C"/><date key="time:timestamp" value="2025-03-01T10:00:00Z"/><string key="lifecycle:transition" value="complete"/></event>
</trace>
<trace><event><string key="concept:name" value="A"/><date key="time:timestamp" value="2025-03-01T11:00:00Z"/></event></trace>
</log>`

func TestRead(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		why, file, content string
		o                  Options
		want               []string
		left               []string
	}{
		{
			"columns are found by their names, in any order, and cases by their first event", "log.csv",
			"End Time,Activity,case:concept:name,Resource,Start_Timestamp\n2025-03-01T10:00:00Z,B,c2,bob,2025-03-01T09:00:00Z\n2025-03-01T08:30:00Z,A,c1,ann,2025-03-01T08:00:00Z\n",
			Options{}, []string{"c1 A ann 1T08:00-1T08:30", "c2 B bob 1T09:00-1T10:00"}, nil,
		},
		{
			"flags name columns; a log with ends alone", "log.csv.gz",
			"ticket;what;when\nt1;A;01.03.2025 08:00\nt1;B;01.03.2025 9:15\n",
			Options{Columns: Columns{Case: "ticket", Activity: "what", End: "when"}, Zone: berlin},
			[]string{"t1 A nobody 1T07:00-1T07:00", "t1 B nobody 1T08:15-1T08:15"}, nil,
		},
		{
			"begin and end in rows of their own; what is still open is left out", "log.csv",
			"case,activity,resource,timestamp,lifecycle:transition\nc,A,ann,2025-03-01T08:00:00Z,START\nc,A,bob,2025-03-01T08:10:00Z,start\nc,A,bob,2025-03-01T08:20:00Z,complete\nc,A,ann,2025-03-01T08:40:00Z,complete\nc,B,ann,2025-03-01T09:00:00Z,start\nc,B,ann,2025-03-01T09:00:00Z,schedule\n",
			Options{}, []string{"c A ann 1T08:00-1T08:40", "c A bob 1T08:10-1T08:20"},
			[]string{`the step "schedule" of a lifecycle, which is neither start nor complete`, "begun and never completed"},
		},
		{
			"rows that are no events are counted", "log.csv",
			"case,activity,start,end\nc,A,2025-03-01T08:00:00Z,\nc,B,2025-03-01T08:00:00Z,2025-03-01T07:00:00Z\nc,C,,\nc,D,,2025-03-01T09:00:00Z\n",
			Options{}, []string{"c D nobody 1T09:00-1T09:00"},
			[]string{"no end: work that was not done yet when the log was made", "the end is before the start", "no time"},
		},
		{
			"JSON lines", "log.jsonl",
			`{"case":1,"activity":"A","end":"2025-03-01T08:00:00Z"}` + "\n",
			Options{}, []string{"1 A nobody 1T08:00-1T08:00"}, nil,
		},
		{
			"XES, with lifecycles and a trace without a name", "log.xes.gz", xes, Options{},
			[]string{"c1 A ann 1T08:00-1T08:30", "c1 B & C nobody 1T10:00-1T10:00", "trace 2 A nobody 1T11:00-1T11:00"}, nil,
		},
	} {
		t.Run(tc.why, func(t *testing.T) {
			l, err := Read(t.Context(), put(t, tc.file, tc.content), tc.o)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, told(l)); d != "" {
				t.Error(d)
			}
			var left []string
			for _, x := range l.Left {
				left = append(left, x.Why)
			}
			if d := cmp.Diff(tc.left, left); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	for _, tc := range []struct {
		why, file, content string
		o                  Options
		want               string // after the folder
	}{
		{"no format", "log.txt", "x", Options{}, "log.txt: the name does not say the format: name it " + Formats},
		{"nothing to guess", "log.csv", "a,b\n1,2\n", Options{}, "log.csv: no column looks like the case of an event: name it with --case; the columns are a, b"},
		{"a flag names nothing", "log.csv", "case,activity,end\n", Options{Columns: Columns{Case: "csae"}}, `log.csv has no column "csae" (did you mean "case"?)`},
		{"one column twice", "log.csv", "case,activity,end\n", Options{Columns: Columns{Start: "end", End: "end"}}, `log.csv: the column "end" cannot be both start and end`},
		{"no rows", "log.csv", "case,activity,end\n", Options{}, "log.csv: there is no event in it that was done"},
		{"a bad time", "log.csv", "case,activity,end\nc,A,2025-03-01\nc,A,soon\n", Options{}, `log.csv:3: end: "soon" is no time, want one like 2006-01-02T15:04:05Z`},
		{"a time that is none of ours", "log.csv", "case,activity,end\nc,A,0001-01-01T00:00:00Z\n", Options{}, "log.csv:2: end: 0001-01-01T00:00:00Z lies outside the years 1950 to 2199"},
		{"a time that stands for none", "log.csv", "case,activity,end\nc,A,1900-01-01\n", Options{}, "log.csv:2: end: 1900-01-01T00:00:00Z lies outside the years 1950 to 2199"},
		{"an event of no case", "log.csv", "case,activity,end\n,A,2025-03-01\n", Options{}, "log.csv:2: the event has no case"},
		{"an event of nothing", "log.csv", "case,activity,end\nc, ,2025-03-01\n", Options{}, "log.csv:2: the event has no activity"},
		{"a name without end", "log.csv", "case,activity,end\nc," + strings.Repeat("x", 2000) + ",2025-03-01\n", Options{}, `log.csv:2: the activity has a name of 2000 bytes, want at most 1000: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"`},
		{"all rows left out", "log.csv", "case,activity,start,end\nc,A,2025-03-01,\n", Options{}, "log.csv: there is no event in it that was done: of 1 rows, the first at log.csv:2, it says no end: work that was not done yet when the log was made"},
		{"XML of another kind", "log.xes", "<svg></svg>", Options{}, "log.xes:1: the first element is <svg>, want <log>: it is no XES"},
		{"no XML", "log.xes", "case,activity\n", Options{}, "log.xes: there is no <log> in it: it is no XES"},
		{"XML that breaks off", "log.xes", "<log>\n<trace>", Options{}, "log.xes:2: no XML: unexpected EOF"},
		{"elements without end", "log.xes", "<log>" + strings.Repeat("<a>", 100), Options{}, "log.xes:1: elements stand 64 deep in each other"},
		{"a tag without end", "log.xes", `<log><string key="` + strings.Repeat("x", maxToken+10), Options{}, "log.xes:1: a tag or a text of more than 1048576 bytes"},
		{"a bad time in XES", "log.xes", "<log><trace><event>\n<date key=\"time:timestamp\" value=\"x\"/><string key=\"concept:name\" value=\"A\"/></event></trace></log>", Options{}, `log.xes:2: time:timestamp: "x" is no time, want one like 2006-01-02T15:04:05Z`},
		{"not packed", "log.xes.gz", "", Options{}, ""},
	} {
		t.Run(tc.why, func(t *testing.T) {
			path := put(t, tc.file, tc.content)
			_, err := Read(t.Context(), path, tc.o)
			if err == nil {
				t.Fatal("it is read")
			}
			if source := (*dataset.SourceError)(nil); !errors.As(err, &source) {
				t.Errorf("%T is no error of the source", err)
			}
			got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+"/", "")
			if tc.want != "" && got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// A log of more activities than any process has named the wrong column.
func TestTooManyActivities(t *testing.T) {
	var b strings.Builder
	b.WriteString("case,activity,end\n")
	for i := range maxActivities + 1 {
		fmt.Fprintf(&b, "c,A%d,2025-03-01\n", i)
	}
	_, err := Read(t.Context(), put(t, "log.csv", b.String()), Options{})
	if err == nil || !strings.HasSuffix(err.Error(), "log.csv:1002: more than 1000 different values of the activity: name the right column with --activity") {
		t.Error(err)
	}
}

// Rows that are left out for ever new reasons are counted together.
func TestManyReasons(t *testing.T) {
	var b strings.Builder
	b.WriteString("case,activity,end,lifecycle\nc,A,2025-03-01,complete\n")
	for i := range 3 * mostReasons {
		fmt.Fprintf(&b, "c,A,2025-03-01,step %d\n", i)
	}
	l, err := Read(t.Context(), put(t, "log.csv", b.String()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, x := range l.Left {
		rows += x.Rows
	}
	if last := l.Left[len(l.Left)-1]; len(l.Left) != mostReasons+1 || rows != 3*mostReasons || last.Why != "other reasons" || last.Rows != 2*mostReasons || !strings.HasSuffix(last.First, ":23") {
		t.Errorf("%d reasons for %d rows, the last %+v", len(l.Left), rows, last)
	}
}

func TestKeep(t *testing.T) {
	l, err := Read(t.Context(), put(t, "log.csv", "case,activity,end\na,A,2025-03-01\nb,B,2025-03-02\nc,A,2025-03-03\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	kept := l.Keep(func(c int, _ []Event) bool { return c != 1 })
	if d := cmp.Diff([]string{"a A nobody 1T00:00-1T00:00", "c A nobody 3T00:00-3T00:00"}, told(kept)); d != "" {
		t.Error(d)
	}
	if len(l.Events) != 3 || l.Events[1].Case != 1 {
		t.Error("the whole log was changed")
	}
}

func FuzzTable(f *testing.F) {
	f.Add("case,activity,start,end\nc,A,2025-03-01T08:00:00Z,2025-03-01T09:00:00Z\n")
	f.Add("case;activity;time;lifecycle\nc;A;1/2/25 3:04 PM;start\n")
	f.Fuzz(func(t *testing.T, content string) { read(t, "log.csv", content) })
}

func FuzzXES(f *testing.F) {
	f.Add(xes)
	f.Add("<log><trace></trace></log>")
	f.Fuzz(func(t *testing.T, content string) { read(t, "log.xes", content) })
}

// read holds whatever is read to what a log promises.
func read(t *testing.T, name, content string) {
	l, err := Read(t.Context(), put(t, name, content), Options{})
	if err != nil {
		return
	}
	for i, e := range l.Events {
		if e.End < e.Start || int(e.Case) >= len(l.Cases) || int(e.Activity) >= len(l.Activities) || int(e.Resource) >= len(l.Resources) {
			t.Fatalf("event %d: %+v", i, e)
		}
		if i > 0 && (e.Case < l.Events[i-1].Case || e.Case > l.Events[i-1].Case+1 || e.Case == l.Events[i-1].Case && e.Start < l.Events[i-1].Start) {
			t.Fatalf("event %d is out of order", i)
		}
	}
	if len(l.Of()) != len(l.Cases) {
		t.Fatal("a case has no events")
	}
}
