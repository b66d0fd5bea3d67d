package discover

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/eventlog"
)

// logOf is a log of lines such as "c1 A ann 3T09:00 3T10:00": case, activity, who
// (- for nobody), start (- for none) and end, by days of March 2025, whose third
// is a Monday.
func logOf(t testing.TB, lines ...string) *eventlog.Log {
	t.Helper()
	var b strings.Builder
	b.WriteString("case,activity,resource,start,end\n")
	for _, line := range lines {
		f := strings.Fields(line)
		for i := range f {
			var day, hour, minute int
			if f[i] == "-" {
				f[i] = ""
			} else if n, _ := fmt.Sscanf(f[i], "%dT%d:%d", &day, &hour, &minute); n == 3 {
				f[i] = time.Date(2025, 3, day, hour, minute, 0, 0, time.UTC).Format(time.RFC3339)
			}
		}
		b.WriteString(strings.Join(f, ",") + "\n")
	}
	path := filepath.Join(t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := eventlog.Read(t.Context(), path, eventlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// processOf is the process of a log, hours by role and hour.
func processOf(t testing.TB, lines ...string) *Process {
	t.Helper()
	return estimate(logOf(t, lines...), time.UTC, 60, choices()[0])
}

// near is equal but for rounding.
var near = cmpopts.EquateApprox(0, 1e-9)

func TestSideBySide(t *testing.T) {
	overlapping := func(n, over int) (lines []string) {
		for c := range n {
			b := "3T10:00 3T11:00"
			if c < over {
				b = "3T09:59 3T11:00"
			}
			lines = append(lines, fmt.Sprintf("c%d A ann 3T09:00 3T10:00", c), fmt.Sprintf("c%d B bob %s", c, b))
		}
		return lines
	}
	ends := func(ab, ba, aba int) (lines []string) {
		for c := range ab + ba + aba {
			path := "AB"
			if c >= ab {
				path = "BA"
			}
			if c >= ab+ba {
				path = "ABA"
			}
			for i, a := range path {
				lines = append(lines, fmt.Sprintf("c%d %c ann - 3T%02d:00", c, a, 9+i))
			}
		}
		return lines
	}
	for _, tc := range []struct {
		why   string
		lines []string
		want  bool
	}{
		{"three of 59 cases overlap, over 5%", overlapping(59, 3), true},
		{"three of 61 do not make 5%", overlapping(61, 3), false},
		{"two cases are chance", overlapping(2, 2), false},
		{"ends alone: nine one way and three the other differ by half of the sum", ends(9, 3, 0), true},
		{"ends alone: ten and three differ by more", ends(10, 3, 0), false},
		{"ends alone: two of an order are chance", ends(5, 2, 0), false},
		{"ends alone: A, B, A is a loop", ends(9, 3, 1), false},
	} {
		if got := sideBySide(logOf(t, tc.lines...))[0][1]; got != tc.want {
			t.Errorf("%s: side by side %v, want %v", tc.why, got, tc.want)
		}
	}
}

// Without starts work begins when the activity before has ended and whoever does it
// is done with what they did before.
func TestWhenWorkBegins(t *testing.T) {
	p := processOf(t,
		"c1 A bob - 3T09:00", "c1 B ann - 3T09:30",
		"c2 A bob - 3T09:05", "c2 B ann - 3T09:50")
	for c, want := range [][2]float64{{9, 9.5}, {9.5, 9 + 50./60}} {
		it := p.cases[c].items[1]
		if d := cmp.Diff(want, [2]float64{it.start, it.end}, near); d != "" {
			t.Errorf("case %d: B from and to: %s", c, d)
		}
	}
}

// An activity that waits for several waits for the last of them.
func TestDueWhenTheLastHasEnded(t *testing.T) {
	var lines []string
	for c := range 5 {
		lines = append(lines, fmt.Sprintf("c%d A ann 3T09:00 3T11:00", c), fmt.Sprintf("c%d B bob 3T09:30 3T10:00", c), fmt.Sprintf("c%d C cid 3T13:00 3T14:00", c))
	}
	it := processOf(t, lines...).cases[0].items[2]
	if len(it.before) != 2 || it.enabled != 11 {
		t.Errorf("C waits for %v and is due at %v, want both of them and 11", it.before, it.enabled)
	}
}

func TestHoursOfWork(t *testing.T) {
	var coarse, rare []string
	for day := 3; day < 31; day++ {
		if day%7 == 1 || day%7 == 2 { // the 8th is a Saturday
			continue
		}
		coarse = append(coarse, fmt.Sprintf("c%d A ann %dT09:00 %dT11:00", day, day, day))
		end := "12:00"
		if day == 3 {
			end = "11:50"
		}
		rare = append(rare, fmt.Sprintf("c%d A ann %dT09:10 %dT%s", day, day, day, end))
	}
	for _, tc := range []struct {
		why, want string
		lines     []string
	}{
		{"all times lie on edges: the granules that begin with them are worked in", "mon-fri 09:00-12:00", coarse},
		{"an end on an edge ends with the granule before it", "mon-fri 09:00-12:00", rare},
	} {
		p := processOf(t, tc.lines...)
		if got := p.people[0].calendar.String(); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.why, got, tc.want)
		}
	}
	for _, tc := range []struct {
		why, start, end string
		want            bool
	}{{"half of the times lie on edges", "09:10", "12:00", false}, {"all of them", "09:00", "12:00", true}} {
		if p := processOf(t, "c A ann 3T"+tc.start+" 3T"+tc.end); p.seen.coarse != tc.want {
			t.Errorf("%s: coarse %v, want %v", tc.why, p.seen.coarse, tc.want)
		}
	}
}

func TestWorked(t *testing.T) {
	for _, tc := range []struct {
		why              string
		from, to         float64
		work             float64
		overtime, paused int
	}{
		{"within hours", 10, 11.5, 1.5, 0, 0},
		{"over the break", 11, 14, 2, 0, 0},
		{"begun in hours, ended after them", 16, 18.5, 2.5, 1, 0},
		{"begun before hours, ended in them", 8, 10, 2, 1, 0},
		{"outside hours", 19, 20, 1, 1, 0},
		{"left for the next day", 16, 34, 2, 0, 1},
		{"all of it at night, to the next day", 22, 30, 8, 0, 0},
	} {
		p := &Process{zone: time.UTC, origin: time.Date(2025, 3, 3, 0, 0, 0, 0, time.UTC), people: []person{{clock: newClock([]des.Span{{From: 9, To: 12}, {From: 13, To: 17}, {From: 33, To: 36}})}}}
		it := item{start: tc.from, end: tc.to}
		p.worked(&it)
		if it.work != tc.work || p.overtime != tc.overtime || p.paused != tc.paused {
			t.Errorf("%s: %v h, overtime %d, paused %d; want %v, %d, %d", tc.why, it.work, p.overtime, p.paused, tc.work, tc.overtime, tc.paused)
		}
	}
}

func TestAtATime(t *testing.T) {
	duty := newClock([]des.Span{{From: 0, To: 100}})
	for _, tc := range []struct {
		why   string
		spans []des.Span
		want  int
	}{
		{"one after the other", []des.Span{{From: 0, To: 10}, {From: 10, To: 20}}, 1},
		{"two in 4% of the time", []des.Span{{From: 0, To: 52}, {From: 50, To: 100}}, 1},
		{"two in 10% of the time", []des.Span{{From: 0, To: 55}, {From: 45, To: 100}}, 2},
		{"three in hand, mostly", []des.Span{{From: 0, To: 9}, {From: 0, To: 10}, {From: 0, To: 10}}, 3},
		{"together while off duty alone", []des.Span{{From: 90, To: 200}, {From: 100, To: 200}}, 1},
	} {
		if got := atATime(tc.spans, duty); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.why, got, tc.want)
		}
	}
}

// Somebody who is seen with several things in hand is never too busy for another;
// somebody who is not was busy with what they did.
func TestWaitsForPeople(t *testing.T) {
	for _, tc := range []struct {
		why           string
		second        string // when ann does B on the second case of a day
		busy, unknown float64
	}{
		{"two at a time", "%[1]dT10:00 %[1]dT11:00", 0, 0.5},
		{"one at a time", "%[1]dT11:10 %[1]dT12:10", 1 + 40./60, 0},
		{"a pause after the one before", "%[1]dT11:40 %[1]dT12:40", 1 + 40./60, 0.5},
	} {
		var lines []string
		for day := 3; day < 8; day++ {
			for _, line := range []string{"x%[1]d A - %[1]dT09:00 %[1]dT09:10", "x%[1]d B ann %[1]dT09:10 %[1]dT11:10", "y%[1]d A - %[1]dT09:20 %[1]dT09:30", "y%[1]d B ann " + tc.second} {
				lines = append(lines, fmt.Sprintf(line, day))
			}
		}
		p := processOf(t, lines...)
		it := p.cases[1].items[1]
		if d := cmp.Diff([3]float64{0, tc.busy, tc.unknown}, [3]float64{it.off, it.busy, it.unknown}, near); d != "" {
			t.Errorf("%s: off duty, busy, unexplained: %s", tc.why, d)
		}
	}
}

func TestArrivalFigures(t *testing.T) {
	var lines []string
	for monday, cases := range []int{1, 2, 4, 3, 1} {
		for c := range cases {
			day := 3 + 7*monday
			lines = append(lines, fmt.Sprintf("c%d-%d A - %dT10:15 %dT10:16", day, c, day, day))
		}
	}
	got := processOf(t, lines...).arrivalResult()
	if x := got.PerHour[0][10]; math.Abs(x-11./5) > 1e-12 {
		t.Errorf("%v cases an hour on Mondays at ten, want 11 on 5 days", x)
	}
	// Without the first and the last day: Mondays with 2, 4 and 3, whose squares
	// about their mean are 2, and four of each other weekday without any. 9 cases
	// on 27 days.
	if want := 2. / (2 + 6*3) / (9. / 27); math.Abs(got.Dispersion-want) > 1e-12 {
		t.Errorf("dispersion %v, want %v", got.Dispersion, want)
	}
}

func TestAlikePeople(t *testing.T) {
	for _, tc := range []struct {
		why   string
		other map[int32]int
		roles int
	}{
		{"a cosine of 0.8", map[int32]int{0: 4, 1: 3}, 1},
		{"a cosine of 0.6", map[int32]int{0: 3, 1: 4}, 2},
	} {
		people := []person{{name: "ann", events: 10, acts: map[int32]int{0: 10}}, {name: "bob", events: 7, acts: tc.other}}
		if got := rolesOf(people, []string{"A", "B"}); len(got) != tc.roles {
			t.Errorf("%s: %d roles, want %d", tc.why, len(got), tc.roles)
		}
	}
}

// Three cases: A, B by the same person; A, B, A, B by two; A alone.
func TestFlowFigures(t *testing.T) {
	r := processOf(t,
		"c1 A ann 3T09:00 3T10:00", "c1 B ann 3T10:00 3T11:00",
		"c2 A ann 3T09:00 3T10:00", "c2 B bob 3T10:00 3T11:00", "c2 A ann 3T11:00 3T12:00", "c2 B bob 3T13:00 3T14:00",
		"c3 A ann 3T09:00 3T10:00").result()
	for i, want := range []struct {
		name         string
		events       int
		cases, again float64
	}{{"A", 4, 1, 1. / 3}, {"B", 3, 2. / 3, 1. / 2}} {
		a := r.Activities[i]
		if a.Name != want.name || a.Events != want.events || math.Abs(a.Cases-want.cases) > 1e-12 || math.Abs(a.Again-want.again) > 1e-12 {
			t.Errorf("%+v, want %+v", a, want)
		}
	}
	flows := map[string][2]float64{}
	for _, f := range r.Flows {
		flows[f.From+">"+f.To] = [2]float64{f.Cases, f.Share}
	}
	want := map[string][2]float64{">A": {1, 1}, "A>B": {2. / 3, 3. / 4}, "B>A": {1. / 3, 1. / 3}, "A>": {1. / 3, 1. / 4}, "B>": {2. / 3, 2. / 3}}
	if d := cmp.Diff(want, flows, near); d != "" {
		t.Errorf("share of cases and of what leaves: %s", d)
	}
	// From A at nine to A at eleven, and from B at ten to B at one.
	if d := cmp.Diff([]Loop{{Path: []string{"A", "B"}, Times: 2, Cases: 1. / 3, Hours: 2.5}}, r.Loops, near); d != "" {
		t.Errorf("loops: %s", d)
	}
	same, count := 0.0, 0
	for _, h := range r.Handoffs {
		same += h.Same * float64(h.Count)
		count += h.Count
	}
	if count != 4 || math.Abs(same-1) > 1e-12 {
		t.Errorf("%d handoffs, %v of them by one person; want 4 and 1", count, same)
	}
}

// Who has two things in hand for five of ten hours on duty each is busy a quarter.
func TestBusy(t *testing.T) {
	p := &Process{
		log:    &eventlog.Log{Activities: []string{"A"}},
		cases:  []run{{arrive: 0, end: 10, items: []item{{work: 5, timed: true, start: 0, end: 10}}}},
		people: []person{{name: "ann", parallel: 2, clock: newClock([]des.Span{{From: 0, To: 10}})}},
		roles:  []role{{name: "clerk", people: []int32{0}}},
	}
	r := p.roleResults()[0]
	if r.Busy != 0.25 || r.People[0].Busy != 0.25 {
		t.Errorf("role %v and person %v, want 0.25", r.Busy, r.People[0].Busy)
	}
}

func TestCutLast(t *testing.T) {
	var lines []string
	for c := range 10 {
		lines = append(lines, fmt.Sprintf("c%d A - %dT10:00 %dT11:00", c, 20-c, 20-c))
	}
	before, last := cutLast(logOf(t, lines...))
	if len(before.Cases) != 8 || cmp.Diff([]string{"c1", "c0"}, last.Cases) != "" {
		t.Errorf("%d cases before, and %v last; want 8, and those that came last whatever their place", len(before.Cases), last.Cases)
	}
}

func TestJudge(t *testing.T) {
	logs := func(values ...float64) (out [][]float64) {
		for _, x := range values {
			out = append(out, []float64{x})
		}
		return out
	}
	alike := make([]float64, 19)
	for i := range alike {
		alike[i] = 10
	}
	for _, tc := range []struct {
		why         string
		logs        [][]float64
		held        float64
		distance, p float64
		verdict     string
	}{
		// Means to the others: 5, 5 and 10; all are as far away.
		{"among them", logs(0, 0, 10), 4, 14. / 3, 1, WithinChance},
		{"of 0, 0 and 10 one is farther from the others", logs(0, 0, 10), 11, 23. / 3, 2. / 4, WithinChance},
		{"apart, by less than a tenth of the mean", logs(alike...), 11, 1, 1. / 20, Near},
		{"apart, by more", logs(alike...), 11.2, 1.2, 1. / 20, Off},
	} {
		var c Check
		c.judge(tc.logs, []float64{tc.held + 3}, []float64{tc.held})
		if got := c.Distance.Estimate.Value; math.Abs(got-tc.distance) > 1e-9 || math.Abs(c.P-tc.p) > 1e-12 || c.Verdict != tc.verdict || c.Own != 3 {
			t.Errorf("%s: distance %v, p %v, own %v: %s; want %v, %v, 3: %s", tc.why, got, c.P, c.Own, c.Verdict, tc.distance, tc.p, tc.verdict)
		}
	}
}

// Where fewer than half of an activity's events name somebody there is no queue.
func TestQueues(t *testing.T) {
	var lines []string
	for c := range 5 {
		who := [2]string{"-", "-"}
		for i := range who {
			if c < 2+i {
				who[i] = "ann"
			}
		}
		lines = append(lines, fmt.Sprintf("c%d A %s 3T09:00 3T10:00", c, who[0]), fmt.Sprintf("c%d B %s 3T10:00 3T11:00", c, who[1]))
	}
	p := processOf(t, lines...)
	n, err := p.newNetwork()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		overtime, paused int
		want             des.ShiftEnd
	}{{2, 1, des.Finish}, {1, 2, des.HandOver}} {
		p.overtime, p.paused = tc.overtime, tc.paused
		pools, err := n.pools(p.origin, 24)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := pools[n.pool[0]], pools[n.pool[1]]; !a.Unlimited || b.Unlimited || len(b.Servers) == 0 || b.ShiftEnd != tc.want {
			t.Errorf("overtime %d, paused %d: %+v and %+v", tc.overtime, tc.paused, a, b)
		}
	}
}

func TestWhoseDurations(t *testing.T) {
	for _, tc := range []struct {
		why, durations string
		own            int
		want           float64
	}{
		{"enough of their own", Person, fewDurations, 2},
		{"too few of their own", Person, fewDurations - 1, 1},
		{"those of the activity", Activity, fewDurations, 1},
	} {
		own := make([]float64, tc.own)
		for i := range own {
			own[i] = 2
		}
		p := &Process{settings: Settings{Durations: tc.durations}, byAct: [][]float64{{1}}, durations: map[[2]int32][]float64{{0, 7}: own}}
		r := &replication{network: &network{p: p}, work: des.NewDraws(1, forWork)}
		if got := r.drawWork(3, 0, 0, 7); got != tc.want {
			t.Errorf("%s: %v h, want %v", tc.why, got, tc.want)
		}
	}
}

// Waits that nothing explains are drawn from those recorded, whole.
func TestUnexplainedWaits(t *testing.T) {
	var lines []string
	for c := range 40 {
		lines = append(lines, fmt.Sprintf("c%[1]d A - %[2]dT08:00 %[2]dT08:10", c, 3+c), fmt.Sprintf("c%[1]d B - %[2]dT%02[3]d:10 %[2]dT%02[3]d:20", c, 3+c, 9+c%10))
	}
	p := processOf(t, lines...)
	for _, tc := range []struct {
		delays               bool
		mean, least, longest float64
	}{{true, 5.5 + 1./3, 1 + 1./3, 10 + 1./3}, {false, 1. / 3, 1. / 3, 1. / 3}} {
		p.settings.Delays = tc.delays
		n, err := p.newNetwork()
		if err != nil {
			t.Fatal(err)
		}
		done, open, err := n.simulate(24, 400, 1)
		if err != nil || open > 0 || len(done) != 400 {
			t.Fatalf("%d done, %d open: %v", len(done), open, err)
		}
		var took des.Tally
		for _, c := range done {
			took.Add(c.end - c.arrive)
		}
		if math.Abs(took.Mean()-tc.mean) > 0.5 || math.Abs(took.Min-tc.least) > 1e-6 || math.Abs(took.Max-tc.longest) > 1e-6 {
			t.Errorf("delays %v: %v h, from %v to %v; want %v, from %v to %v", tc.delays, took.Mean(), took.Min, took.Max, tc.mean, tc.least, tc.longest)
		}
	}
}
