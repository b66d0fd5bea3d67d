package discover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/eventlog"
)

// office is a process that is known: requests come at given minutes of working
// days in Berlin, Ann or Bob take them in and hand them to two checks side by side,
// of Cid and Dot; Eve decides, and one in five goes back to whoever took it in.
// People work from 9 to 17 with an hour's break at 12, and leave what they cannot
// finish for the next day.
type office struct {
	log  *eventlog.Log
	zone *time.Location
	free map[string]time.Time
}

func newOffice(t testing.TB) *office {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return &office{log: &eventlog.Log{Path: "office.csv", Zone: zone, Starts: true}, zone: zone, free: map[string]time.Time{}}
}

// work puts minutes of somebody's hours behind a time, and says from when to when.
func (o *office) work(who string, t time.Time, minutes int) (time.Time, time.Time) {
	if o.free[who].After(t) {
		t = o.free[who]
	}
	on := func(t time.Time) bool {
		w, h := t.In(o.zone).Weekday(), t.In(o.zone).Hour()
		return w != time.Saturday && w != time.Sunday && (h >= 9 && h < 12 || h >= 13 && h < 17)
	}
	for !on(t) {
		t = t.Add(time.Minute).Truncate(time.Minute)
	}
	from := t
	for minutes > 0 {
		if on(t) {
			minutes--
		}
		t = t.Add(time.Minute)
	}
	o.free[who] = t
	return from, t
}

// number gives a name its number.
func number(names *[]string, name string) int32 {
	i := slices.Index(*names, name)
	if i < 0 {
		i = len(*names)
		*names = append(*names, name)
	}
	return int32(i)
}

// do records an activity.
func (o *office) do(c int, what, who string, t time.Time, minutes int) time.Time {
	from, to := o.work(who, t, minutes)
	o.log.Events = append(o.log.Events, eventlog.Event{
		Case: int32(c), Activity: number(&o.log.Activities, what), Resource: number(&o.log.Resources, who), Start: from.UnixNano(), End: to.UnixNano(),
	})
	return to
}

// days lets cases come on so many days from a date on; slow prolongs decisions.
func (o *office) days(n int, slow func(day int) int) {
	first := time.Date(2025, 3, 3, 0, 0, 0, 0, o.zone)
	draws := des.NewDraws(1, 0)
	for d := range n {
		day := first.AddDate(0, 0, d)
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			continue
		}
		for k := range 4 {
			c := len(o.log.Cases)
			o.log.Cases = append(o.log.Cases, day.Format("20060102")+"-"+string(rune('a'+k)))
			draw := draws.For(int64(c), 0)
			t := day.Add(9*time.Hour + time.Duration(k)*105*time.Minute + time.Duration(draw.Index(40))*time.Minute)
			who := []string{"Clerk-1", "Clerk-2"}[draw.Index(2)]
			t = o.do(c, "take in", who, t, 10+draw.Index(20))
			for again := 0; ; again++ {
				a, b := o.do(c, "check means", "Cid", t, 15+draw.Index(20)), o.do(c, "check person", "Dot", t, 5+draw.Index(40))
				t = a
				if b.After(a) {
					t = b
				}
				t = o.do(c, "decide", "Eve", t, 20+slow(d))
				if again > 0 || draw.Index(5) > 0 {
					break
				}
				t = o.do(c, "ask", who, t, 5)
			}
			o.do(c, "file", who, t, 2)
		}
	}
	slices.SortStableFunc(o.log.Events, func(a, b eventlog.Event) int {
		if a.Case != b.Case {
			return int(a.Case - b.Case)
		}
		return int(a.Start - b.Start)
	})
}

func same(int) int { return 0 }

func TestOffice(t *testing.T) {
	o := newOffice(t)
	o.days(70, same) // over the change of clocks on 30 March
	r, err := Run(t.Context(), o.log, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][2]string{{"check means", "check person"}}, r.SideBySide); d != "" {
		t.Errorf("side by side: %s", d)
	}
	if got, want := r.Calendar.String(), "mon-fri 09:00-12:00, 13:00-17:00"; got != want {
		t.Errorf("hours: %s, want %s: with breaks, and by the clock on the wall in summer too", got, want)
	}
	roles := map[string][]string{}
	for _, x := range r.Roles {
		for _, p := range x.People {
			roles[x.Name] = append(roles[x.Name], p.Name)
		}
	}
	if d := cmp.Diff(map[string][]string{"Clerk": {"Clerk-1", "Clerk-2"}, "check means": {"Cid"}, "check person": {"Dot"}, "decide": {"Eve"}}, roles); d != "" {
		t.Errorf("roles: %s", d)
	}
	var order []string
	for _, a := range r.Activities {
		order = append(order, a.Name)
		if a.Name == "decide" && (math.Abs(a.Minutes.P50-20) > 1e-6 || math.Abs(a.Minutes.Mean-20) > 1e-6) {
			t.Errorf("decide takes %v minutes, want 20 whatever lies between: breaks, nights, weekends", a.Minutes)
		}
	}
	if d := cmp.Diff([]string{"take in", "check means", "check person", "decide", "ask", "file"}, order); d != "" {
		t.Errorf("order of activities: %s", d)
	}
	if len(r.Loops) != 2 { // back over the one check or the other, whichever was later
		t.Errorf("loops: %+v, want two", r.Loops)
	}
	for _, l := range r.Loops {
		if len(l.Path) != 3 || !slices.Contains(l.Path, "ask") || !slices.Contains(l.Path, "decide") {
			t.Errorf("loop %v, want one of a check, decide and ask", l.Path)
		}
	}
	if r.Ways != 2 {
		t.Errorf("%d ways, want two: with and without asking, whichever check was first", r.Ways)
	}
	if r.Check == nil || r.Check.Verdict == Off {
		t.Errorf("replay check: %+v, want it to pass: nothing changes in this process", r.Check)
	}
	shares := map[string]float64{}
	for _, f := range r.Flows {
		shares[f.From] += f.Share
		if f.From == "" && f.To != "take in" {
			t.Errorf("cases begin with %q", f.To)
		}
	}
	for from, sum := range shares {
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("the shares of what leaves %q add up to %v", from, sum)
		}
	}
	for _, a := range r.Activities {
		w := a.Wait
		if w.N > 0 && math.Abs(w.Mean-w.Off-w.Busy-w.Unknown) > 1e-6 {
			t.Errorf("wait before %q: %v is not the sum of its parts", a.Name, w)
		}
		if w.Unknown > 1.0/60 {
			t.Errorf("wait before %q: %v h unexplained, and everybody takes up what there is at once", a.Name, w.Unknown)
		}
	}
}

// A process that has changed since is found out.
func TestChanged(t *testing.T) {
	o := newOffice(t)
	o.days(100, func(day int) int { return day / 80 * 60 })
	r, err := Run(t.Context(), o.log, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Check.Verdict != Off {
		t.Errorf("the verdict is %q (%v h, own %v), and decisions take four times as long as they did", r.Check.Verdict, r.Check.Distance.Estimate, r.Check.Own)
	}
}

func TestDeterministic(t *testing.T) {
	o := newOffice(t)
	o.days(60, same)
	var texts [][]byte
	for _, workers := range []int{1, 2, 5} {
		r, err := Run(t.Context(), o.log, Options{Seed: 3, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	for _, text := range texts[1:] {
		if !bytes.Equal(text, texts[0]) {
			t.Error("another number of workers gives other figures")
		}
	}
}

// Without starts, what follows what is still found, and work is at most what lies
// between.
func TestEndsAlone(t *testing.T) {
	o := newOffice(t)
	o.days(70, same)
	o.log.Starts = false
	for i := range o.log.Events {
		o.log.Events[i].Start = o.log.Events[i].End
	}
	slices.SortStableFunc(o.log.Events, func(a, b eventlog.Event) int {
		if a.Case != b.Case {
			return int(a.Case - b.Case)
		}
		return int(a.End - b.End)
	})
	r, err := Run(t.Context(), o.log, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range r.Activities {
		if a.Name == "decide" && (a.Minutes.P50 < 20-1e-6 || a.Minutes.P50 > 40) {
			t.Errorf("decide takes %v minutes, want 20 or a little more", a.Minutes.P50)
		}
		if a.Name == "take in" && a.Minutes.N > 0 {
			t.Error("how long the first activity takes is not known")
		}
	}
	if len(r.Warnings) == 0 {
		t.Error("no warning says that there are no starts")
	}
}

// What cannot be simulated, or not well, is said.
func TestSmallLogs(t *testing.T) {
	at := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC).UnixNano()
	one := &eventlog.Log{Path: "one.csv", Zone: time.UTC, Starts: true, Cases: []string{"c"}, Activities: []string{"A"}, Events: []eventlog.Event{{Resource: -1, Start: at, End: at}}}
	r, err := Run(t.Context(), one, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Check != nil || r.Unchecked == "" || r.Cases != 1 || len(r.Activities) != 1 || len(r.Propose("one")) == 0 {
		t.Errorf("%+v", r)
	}
	if _, err := Run(t.Context(), one, Options{Granule: 7}); err == nil {
		t.Error("a granule that does not divide a day is taken")
	}
}

// single is a log of cases of one activity that nobody is named for.
func single(came []time.Time, takes func(c int) time.Duration) *eventlog.Log {
	l := &eventlog.Log{Path: "single.csv", Zone: time.UTC, Starts: true, Activities: []string{"A"}}
	for c, t := range came {
		l.Cases = append(l.Cases, fmt.Sprint(c))
		l.Events = append(l.Events, eventlog.Event{Case: int32(c), Resource: -1, Start: t.UnixNano(), End: t.Add(takes(c)).UnixNano()})
	}
	return l
}

// Every case that takes long is waited for, and days on which cases come are not
// taken for days that are cut.
func TestEverySimulatedCaseCounts(t *testing.T) {
	var monthly, weekly []time.Time
	for c := range 60 {
		monthly = append(monthly, time.Date(2025, time.Month(1+c/20), 3, 9, c%20, 0, 0, time.UTC))
	}
	for c := range 120 {
		weekly = append(weekly, time.Date(2025, 1, 6+7*c, 9, 0, 0, 0, time.UTC))
	}
	for _, tc := range []struct {
		why  string
		log  *eventlog.Log
		mean float64 // hours
	}{
		{"twenty cases at once each month", single(monthly, func(c int) time.Duration { return time.Duration(10+c%7) * time.Minute }), 13. / 60},
		{"cases of a year and more", single(weekly, func(c int) time.Duration { return time.Duration(400+c%100) * 24 * time.Hour }), 24 * 440},
	} {
		r, err := Run(t.Context(), tc.log, Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if r.Check == nil || r.Check.Open > 0 {
			t.Fatalf("%s: %+v %s", tc.why, r.Check, r.Unchecked)
		}
		if got := r.Check.Figures[0].Simulated.Estimate.Value; math.Abs(got/tc.mean-1) > 0.1 {
			t.Errorf("%s: simulated cases take %v h on average, want about %v", tc.why, got, tc.mean)
		}
		for _, x := range r.Check.Choices {
			if x.Distance == 0 {
				t.Errorf("%s: %+v is at no distance at all", tc.why, x)
			}
		}
	}
}

// A check of as few simulated logs as are allowed finds out a process that changed,
// one of fewer cannot.
func TestFewestReplications(t *testing.T) {
	var came []time.Time
	for c := range 100 {
		came = append(came, time.Date(2025, 1, 6+c, 9, 0, 0, 0, time.UTC))
	}
	l := single(came, func(c int) time.Duration { return time.Duration(10+c%7+c/80*600) * time.Minute })
	for _, tc := range []struct {
		replications int
		want         string
	}{{FewestReplications, Off}, {FewestReplications - 1, WithinChance}} {
		r, err := Run(t.Context(), l, Options{Seed: 1, Replications: tc.replications})
		if err != nil {
			t.Fatal(err)
		}
		if r.Check.Verdict != tc.want {
			t.Errorf("%d simulated logs: %q (p %v), want %q", tc.replications, r.Check.Verdict, r.Check.P, tc.want)
		}
	}
}

// Cases that are all alike are simulated as they were, and rounding is no
// distance.
func TestAlike(t *testing.T) {
	l := &eventlog.Log{Path: "alike.csv", Zone: time.UTC, Starts: true}
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for a := range int32(6) {
		l.Activities = append(l.Activities, fmt.Sprintf("a%d", a))
		l.Resources = append(l.Resources, fmt.Sprintf("p%d", a))
	}
	for c := range int32(60) {
		l.Cases = append(l.Cases, fmt.Sprintf("c%d", c))
		for a := range int32(6) {
			start := at.AddDate(0, 0, int(c)).Add(time.Duration(a) * 9 * time.Minute)
			l.Events = append(l.Events, eventlog.Event{Case: c, Activity: a, Resource: a, Start: start.UnixNano(), End: start.Add(7 * time.Minute).UnixNano()})
		}
	}
	r, err := Run(t.Context(), l, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Check; c == nil || c.Verdict != WithinChance || c.P != 1 {
		t.Errorf("check %+v (%s)", c, r.Unchecked)
	}
}

func TestWasserstein(t *testing.T) {
	for _, tc := range []struct {
		why  string
		x, y []float64
		want float64
	}{
		{"equal", []float64{1, 2, 3}, []float64{3, 2, 1}, 0},
		{"one value moved", []float64{0, 0, 0, 0}, []float64{0, 0, 0, 8}, 2},
		{"unequal sizes", []float64{0, 1}, []float64{0, 0, 1, 1}, 0},
		{"unequal sizes, apart", []float64{0}, []float64{1, 3}, 2},
		// By hand: (3.4-1.4 + 3.9-1.4 + 7.5-4.5 + 7.8-4.5) / 4.
		{"between each other", []float64{3.4, 3.9, 7.5, 7.8}, []float64{4.5, 1.4}, 2.7},
	} {
		if got := Wasserstein(tc.x, tc.y); math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("%s: %v, want %v", tc.why, got, tc.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 20)
		x, y := values.Draw(t, "x"), values.Draw(t, "y")
		d := Wasserstein(x, y)
		if e := Wasserstein(y, x); math.Abs(d-e) > 1e-9 {
			t.Fatalf("%v one way and %v the other", d, e)
		}
		if gap := math.Abs(mean(x) - mean(y)); d < gap-1e-9 {
			t.Fatalf("%v, and the means are %v apart", d, gap)
		}
		by := rapid.Float64Range(-50, 50).Draw(t, "by")
		moved := slices.Clone(x)
		for i := range moved {
			moved[i] += by
		}
		if e := Wasserstein(x, moved); math.Abs(e-math.Abs(by)) > 1e-9 {
			t.Fatalf("%v for values that all moved by %v", e, by)
		}
	})
}

func TestClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var spans, busy []des.Span
		draw := func(name string) []des.Span {
			var out []des.Span
			at := 0.0
			for range rapid.IntRange(0, 6).Draw(t, name) {
				at += rapid.Float64Range(0.5, 20).Draw(t, "gap")
				to := at + rapid.Float64Range(0.5, 10).Draw(t, "length")
				out = append(out, des.Span{From: at, To: to})
				at = to
			}
			return out
		}
		spans, busy = draw("spans"), draw("busy")
		c := newClock(spans)
		from := rapid.Float64Range(0, 100).Draw(t, "from")
		to := from + rapid.Float64Range(0, 100).Draw(t, "more")
		sum, rest := 0.0, 0.0
		for _, s := range spans {
			sum += max(0, min(to, s.To)-max(from, s.From))
			left := max(0, min(to, s.To)-max(from, s.From))
			for _, b := range busy {
				left -= max(0, min(to, s.To, b.To)-max(from, s.From, b.From))
			}
			rest += left
		}
		if got := c.between(from, to); math.Abs(got-sum) > 1e-9 {
			t.Fatalf("on duty %v, want %v", got, sum)
		}
		if got := c.without(busy).between(from, to); math.Abs(got-rest) > 1e-9 {
			t.Fatalf("on duty and not busy %v, want %v", got, rest)
		}
		if sum > 1e-6 {
			if at := c.after(from, sum/2); math.Abs(c.between(from, at)-sum/2) > 1e-9 {
				t.Fatalf("%v hours on duty from %v end at %v, where %v have passed", sum/2, from, at, c.between(from, at))
			}
		}
	})
}
