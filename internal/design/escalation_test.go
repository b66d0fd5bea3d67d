package design

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEscalated holds what teams get against what they need: whatever the reason,
// and from inside another workflow too.
func TestEscalated(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	write("workflows/payment/workflow.yaml", `workflow: payment
input: {sum: number}
outcome: {paid: boolean}
teams: {desk: {people: 1, minutes: 5, needs: [sum]}}
`)
	write("workflows/payment/pay.yaml", `design: pay
workflow: payment
on_broken_handoff: desk
steps:
  - {name: rate, kind: echo, in: {sum: input.sum}, out: {rate: number}}
  - name: large
    kind: route
    routes:
      - {when: rate.rate > 2, escalate: desk, show: [rate]}
      - {else: end}
outcome: {paid: input.sum > 0}
`)
	outer := write("workflows/orders/workflow.yaml", `workflow: orders
input: {text: string, phone: string?}
outcome: {paid: boolean}
teams:
  desk: {people: 1, minutes: 5, needs: [text, phone, item]}
  floor: {people: 1, minutes: 5}
`)
	data, err := os.ReadFile(outer)
	if err != nil {
		t.Fatal(err)
	}
	w, diags := ParseWorkflow(outer, data)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		why   string
		steps string
		node  string
		// from and show are of the handoff to the team: by the first branch of a
		// route, else after a broken handoff.
		from, show string
	}{
		{
			why:   "a step that gets something computed: beside it comes the whole input",
			steps: `{name: read, kind: echo, in: {length: len(input.text)}, out: {item: string}, on_broken_handoff: floor}`,
			node:  "read", from: "input", show: "in.length input.text input.phone",
		}, {
			why:   "what the step gets as it stands is not said twice, and what a step before gave comes along where it is needed",
			steps: "{name: read, kind: echo, out: {item: string?, count: number}}\n  - {name: post, kind: echo, in: {body: input.text}, out: {done: boolean}, on_broken_handoff: desk}",
			node:  "post", from: "read", show: "input.text input.phone read.item",
		}, {
			why:   "what the step has under two names comes once",
			steps: `{name: read, kind: echo, in: {a: input.text, b: (input.text), c: 'input.text + "!"'}, out: {item: string}, on_broken_handoff: floor}`,
			node:  "read", from: "input", show: "input.text in.c input.phone",
		}, {
			why:   "where it is not needed it does not",
			steps: "{name: read, kind: echo, out: {item: string?, count: number}}\n  - {name: post, kind: echo, in: {body: input.text}, out: {done: boolean}, on_broken_handoff: floor}",
			node:  "post", from: "input", show: "input.text input.phone",
		}, {
			why:   "the sender is the latest whose output is there, read or needed",
			steps: "{name: read, kind: echo, out: {item: string?}}\n  - {name: price, kind: echo, out: {each: number}}\n  - {name: post, kind: echo, in: {each: price.each}, out: {done: boolean}, on_broken_handoff: desk}",
			node:  "post", from: "price", show: "price.each input.text input.phone read.item",
		}, {
			why:   "a decision that cannot be taken: all that it reads",
			steps: "{name: price, kind: echo, out: {each: number}}\n  - {name: decide, kind: route, on_broken_handoff: floor, routes: [{when: price.each > 2, to: end}]}",
			node:  "decide", from: "price", show: "price.each input.text input.phone",
		}, {
			why:   "a route that shows less than its team needs",
			steps: "{name: read, kind: echo, out: {item: string?, each: number}}\n  - {name: decide, kind: route, routes: [{when: read.each > 2, escalate: desk, show: [read.each]}, {else: end}]}",
			node:  "decide", from: "read", show: "read.each input.text input.phone read.item",
		}, {
			why:   "what another step side by side gives may come later",
			steps: "{name: both, kind: parallel, steps: [{name: read, kind: echo, out: {item: string?}}, {name: look, kind: echo, in: {text: input.text}, out: {found: boolean}, on_broken_handoff: desk}]}",
			node:  "look", from: "input", show: "input.text input.phone",
		}, {
			why:   "inside another workflow, by that one's needs and by this one's",
			steps: "{name: read, kind: echo, out: {item: string?, sum: number}}\n  - {name: payment, kind: workflow, workflow: ../payment, design: pay, in: {sum: read.sum}}",
			node:  "payment.rate", from: "payment.input", show: "payment.input.sum input.text input.phone read.item",
		}, {
			why:   "a route inside another workflow",
			steps: "{name: read, kind: echo, out: {item: string?, sum: number}}\n  - {name: payment, kind: workflow, workflow: ../payment, design: pay, in: {sum: read.sum}}",
			node:  "payment.large", from: "payment.rate", show: "payment.rate.rate payment.input.sum input.text input.phone read.item",
		}, {
			why:   "the handoff back from another workflow",
			steps: "{name: read, kind: echo, out: {item: string?, sum: number}}\n  - {name: payment, kind: workflow, workflow: ../payment, design: pay, in: {sum: read.sum}, on_broken_handoff: desk}",
			node:  "payment", from: "payment.input", show: "in.paid input.text input.phone read.item",
		},
	} {
		file := write("workflows/orders/try.yaml", "design: try\nworkflow: orders\nsteps:\n  - "+row.steps+"\noutcome: {paid: len(input.text) > 0}\n")
		p, diags := Load(file, w, testRegistry(), Options{})
		if err := diags.Err(); err != nil {
			t.Fatalf("%s: %v", row.why, err)
		}
		found := false
		for _, n := range p.Nodes {
			if n.Name != row.node {
				continue
			}
			found = true
			show, edge := n.Broken.Show, n.Broken.Edge
			if n.Route != nil && n.Route.Branches[0].Team != "" {
				show, edge = n.Route.Branches[0].Show, n.Route.Branches[0].Edge
			}
			var names []string
			for _, b := range show {
				names = append(names, b.Name)
			}
			if d := cmp.Diff([]string{row.from, row.show}, []string{edge.From, strings.Join(names, " ")}); d != "" {
				t.Errorf("%s (-want +got):\n%s", row.why, d)
			}
		}
		if !found {
			t.Errorf("%s: no node %q", row.why, row.node)
		}
	}
}
