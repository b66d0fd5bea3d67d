package joint_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/joint"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/system"
)

// project is a system of three workflows: offers come to a price, orders add a
// fee to it, and bills charge what orders, or offers at once, came to. What each
// design answers stands in its cases, so that errors can be planted.
var project = map[string]string{
	"systems/trade.yaml": `
system: trade
workflows:
  offers: {design: say}
  orders: {design: say}
  bills: {design: say}
links:
  - {from: offers, to: orders, key: offer, when: outcome.decision == "go", in: {base: outcome.price}}
  - {from: orders, to: bills, key: order, when: outcome.decision == "go", in: {base: outcome.price}}
`,
	"workflows/offers/workflow.yaml": workflow("offers"),
	"workflows/orders/workflow.yaml": workflow("orders"),
	"workflows/bills/workflow.yaml":  workflow("bills"),
	"workflows/offers/say.yaml":      sayer("offers"),
	"workflows/orders/say.yaml":      sayer("orders"),
	"workflows/bills/say.yaml":       sayer("bills"),
	"datasets/offers/dataset.yaml":   card("offers"),
	"datasets/orders/dataset.yaml":   card("orders"),
	"datasets/bills/dataset.yaml":    card("bills"),
}

func workflow(name string) string {
	return fmt.Sprintf(`
workflow: %s
input: {base: number, add: number, say: {enum: [go, stop]}}
outcome: {decision: {enum: [go, stop]}, price: number}
costs: {go: {stop: 10}, stop: {go: 1}}
`, name)
}

func sayer(name string) string {
	return fmt.Sprintf(`
design: say
workflow: %s
steps:
  - {name: ask, kind: compute, in: {base: input.base, add: input.add}, compute: {price: in.base + in.add}, out: {price: number}}
outcome: {decision: input.say, price: ask.price}
`, name)
}

func card(name string) string {
	return fmt.Sprintf("source: %s.csv\nid: id\nlabels: {outcome: {decision: decision, price: price}}\n", name)
}

// planted is one joint case: an offer, its order, its bill. What is right and
// what the designs say of each.
type planted struct {
	right, say [3]bool    // whether to go on
	add, added [3]float64 // what ought to be added, and what the design adds
}

// price is the right price of a stage.
func (p planted) price(stage int) float64 {
	sum := 100.0
	for i := range stage + 1 {
		sum += p.add[i]
	}
	return sum
}

// is says whether the case is right end to end when some stages are corrected,
// and which is the first that is not.
func (p planted) is(correct [3]bool) (right bool, first int) {
	price, ought, comes := 100.0, true, true
	for i := range 3 {
		if i > 0 {
			ought = ought && p.right[i-1]
		}
		if comes != ought {
			return false, i
		}
		if !comes {
			return true, -1
		}
		said, asked := p.say[i], price+p.added[i]
		if correct[i] {
			said, asked = p.right[i], p.price(i)
		}
		if said != p.right[i] || asked != p.price(i) {
			return false, i
		}
		comes, price = said, asked
	}
	return true, -1
}

var goStop = map[bool]string{true: "go", false: "stop"}

// write writes the project with its cases.
func write(t testing.TB, dir string, cases []planted) {
	t.Helper()
	var files [3]strings.Builder
	for i, head := range []string{"id,base,add,say,decision,price\n", "id,offer,base,add,say,decision,price\n", "id,order,base,add,say,decision,price\n"} {
		files[i].WriteString(head)
	}
	for c, p := range cases {
		for i := range files {
			from := ""
			if i > 0 {
				from = fmt.Sprintf("%d-%d,", c, i-1)
			}
			base := 0.0 // what the receiver has of its own is never right
			if i == 0 {
				base = 100
			}
			fmt.Fprintf(&files[i], "%d-%d,%s%v,%v,%s,%s,%v\n", c, i, from, base, p.added[i], goStop[p.say[i]], goStop[p.right[i]], p.price(i))
		}
	}
	all := map[string]string{}
	for path, text := range project {
		all[path] = text
	}
	for i, name := range []string{"offers", "orders", "bills"} {
		all[fmt.Sprintf("datasets/%s/%s.csv", name, name)] = files[i].String()
	}
	for path, text := range all {
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// run replays the project's system.
func run(t testing.TB, dir, out string, corrections bool) *joint.Result {
	t.Helper()
	r := new(flow.Registry)
	builtin.Register(r)
	s, diags := system.Load(filepath.Join(dir, "systems/trade.yaml"), r, nil)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	result, err := joint.Run(context.Background(), &joint.Job{
		System: s, Dir: filepath.Join(dir, out), Seed: 1, Corrections: corrections,
		Replay: func(ctx context.Context, m *system.Member, card *dataset.Card, to string) (*record.Run, error) {
			return replayed(ctx, r, m, card, to)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func replayed(ctx context.Context, r *flow.Registry, m *system.Member, card *dataset.Card, dir string) (*record.Run, error) {
	plan, diags := design.Load(m.Plan.Design.File, m.Plan.Workflow, r, design.Options{})
	if err := diags.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return nil, err
	}
	w, err := record.Create(dir, &record.Header{
		FormatVersion: record.FormatVersion, Run: filepath.Base(dir), State: record.Running, Started: time.Now(), Seed: 1, Repeats: 1,
		SegmentCases: record.BlockCases, Designs: []record.Design{{Name: plan.Design.Name}},
	})
	if err != nil {
		return nil, err
	}
	if err := replay.Run(ctx, &replay.Job{Plans: []*design.Plan{plan}, Card: card, Seed: 1, Repeats: 1, Parallel: 2, Writer: w}); err != nil {
		return nil, err
	}
	return record.Open(dir)
}

// draw makes cases with errors in some stages.
func draw(rng *rand.Rand, n int, wrong [3]float64) []planted {
	out := make([]planted, n)
	for c := range out {
		p := &out[c]
		for i := range 3 {
			p.right[i] = rng.Float64() < 0.8
			p.say[i] = p.right[i] != (rng.Float64() < wrong[i]/2)
			p.add[i] = float64(rng.IntN(3))
			if p.added[i] = p.add[i]; rng.Float64() < wrong[i]/2 {
				p.added[i]++
			}
		}
	}
	return out
}

// TestPlantedErrors: whatever is wrong in whichever workflow, joint cases are
// judged as the oracle says, as replayed and with workflows corrected, and from
// the front the workflows' losses sum to the whole gap.
func TestPlantedErrors(t *testing.T) {
	for seed, test := range []struct {
		why   string
		cases int
		wrong [3]float64
	}{
		{"nothing is wrong", 20, [3]float64{}},
		{"one case, all of it wrong", 1, [3]float64{2, 2, 2}},
		{"the first alone", 40, [3]float64{0.5, 0, 0}},
		{"the middle alone", 40, [3]float64{0, 0.5, 0}},
		{"the last alone", 40, [3]float64{0, 0, 0.5}},
		{"all, a little", 60, [3]float64{0.1, 0.1, 0.1}},
		{"all, a lot", 60, [3]float64{0.7, 0.7, 0.7}},
	} {
		dir := t.TempDir()
		cases := draw(rand.New(rand.NewPCG(uint64(seed), 1)), test.cases, test.wrong)
		write(t, dir, cases)
		r := run(t, dir, "out", true)

		count := func(correct [3]bool) (n int) {
			for _, p := range cases {
				if right, _ := p.is(correct); right {
					n++
				}
			}
			return n
		}
		check := func(what string, m score.Metric, correct [3]bool) {
			if want := count(correct); int(m.Numerator) != want || int(m.Denominator) != len(cases) {
				t.Errorf("%s, %s: %v of %v right, want %d of %d", test.why, what, m.Numerator, m.Denominator, want, len(cases))
			}
		}
		m, _ := r.EndToEnd.Metric(score.SystemAccuracy)
		check("as replayed", m, [3]bool{})
		var first [3]int
		for _, p := range cases {
			if right, at := p.is([3]bool{}); !right {
				first[at]++
			}
		}
		gained, before := 0.0, count([3]bool{})
		for i, w := range r.Workflows {
			var one, upTo [3]bool
			one[i] = true
			for k := range i + 1 {
				upTo[k] = true
			}
			check("only "+w.Name, r.Corrections[i].Metrics[0], one)
			check("up to "+w.Name, r.Cumulative[i].Metrics[0], upTo)
			gained += r.Cumulative[i].Effects[0].Estimate.Value
			if w.First != first[i] {
				t.Errorf("%s: %s loses %d cases first, want %d", test.why, w.Name, w.First, first[i])
			}
		}
		if gap := float64(len(cases)-before) / float64(len(cases)); gained < gap-1e-6 || gained > gap+1e-6 {
			t.Errorf("%s: from the front the workflows lose %v, and the gap is %v", test.why, gained, gap)
		}
	}
}

// Links tell handoffs that were held back from those that were sent in vain.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	goes := planted{right: [3]bool{true, true, true}, say: [3]bool{true, true, true}}
	stops := planted{right: [3]bool{false, true, true}, say: [3]bool{false, true, true}}
	held, vain := goes, stops
	held.say[0], vain.say[0] = false, true
	write(t, dir, []planted{goes, goes, stops, held, held, vain})
	r := run(t, dir, "out", false)
	type counts struct{ Handoffs, Sent, Withheld, Needless int }
	var got []counts
	for _, l := range r.Links {
		got = append(got, counts{l.Handoffs, l.Sent, l.Withheld, l.Needless})
		if l.Failed.X != 0 {
			t.Errorf("%s → %s: %d handoffs failed", l.From, l.To, l.Failed.X)
		}
	}
	// What came to the orders in vain goes on to the bills as their labels say,
	// and ought not to be there either.
	want := []counts{{3, 3, 2, 1}, {3, 3, 0, 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
	if len(r.Corrections) != 0 {
		t.Error("corrections were replayed without being asked for")
	}
	data, err := os.ReadFile(filepath.Join(dir, "out/handoffs.jsonl"))
	if err != nil || strings.Count(string(data), "\n") != 9 {
		t.Errorf("%d handoffs are recorded (%v), want 6 of offers and 3 of orders", strings.Count(string(data), "\n"), err)
	}
}

// A case of two senders that belong to two joint cases is a fault of the data.
func TestOneCaseOfTwo(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, make([]planted, 2))
	path := filepath.Join(dir, "systems/trade.yaml")
	text := strings.Replace(project["systems/trade.yaml"], "links:", "links:\n  - {from: offers, to: bills, key: offer}", 1)
	bills := "id,order,offer,base,add,say,decision,price\n0-2,0-1,1-0,0,0,go,go,0\n"
	for p, content := range map[string]string{path: text, filepath.Join(dir, "datasets/bills/bills.csv"): bills} {
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := new(flow.Registry)
	builtin.Register(r)
	s, diags := system.Load(path, r, nil)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	_, err := joint.Run(t.Context(), &joint.Job{System: s, Dir: dir, Replay: func(context.Context, *system.Member, *dataset.Card, string) (*record.Run, error) {
		t.Error("something was replayed")
		return nil, nil
	}})
	if err == nil || !strings.Contains(err.Error(), `case "0-2" of bills comes from two cases of the first workflow`) {
		t.Errorf("%v, want that the case comes from two", err)
	}
}
