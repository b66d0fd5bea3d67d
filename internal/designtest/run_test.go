package designtest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/designtest"
)

// The tests of the project pass, and between them use every key.
func TestProject(t *testing.T) {
	paths, err := designtest.Files("testdata/project")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	text := ""
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text += string(data)
		f, problems := designtest.Load(path, project(t), registry())
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		for _, test := range f.Tests {
			r, err := test.Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !r.Passed() {
				t.Errorf("%s: %s %v", test.Name, r.Err, r.Mismatches)
			}
		}
	}
	for _, key := range []string{"disposition", "escalated_to", "because", "routes", "shown", "outcome", "shadow", "handoff_failures", "steps", "received", "suggested", "not_run", "input", "params", "mock", "fail", "not_found", "calls"} {
		if !strings.Contains(text, key+":") {
			t.Errorf("no test of the project uses %q", key)
		}
	}
}

// TestMismatches says of every kind of expectation what is printed where it
// does not hold.
func TestMismatches(t *testing.T) {
	const (
		sure   = "mock: {assess: {queue: tech, confidence: 0.9}}"
		unsure = "mock: {assess: {queue: tech, confidence: 0.5}}"
	)
	for _, tc := range []struct{ why, design, given, expect, want string }{
		{"the case was not escalated", "sorted", sure, "{disposition: escalated}", "disposition: want escalated, got automated"},
		{"the case was escalated", "sorted", unsure, "{disposition: automated}", "disposition: want automated, got escalated to desk because of low_confidence at decide"},
		{"nobody has it", "sorted", sure, "{escalated_to: desk, because: policy}", "escalated_to: want desk, got automated\nbecause: want policy, got automated"},
		{"somebody else has it", "sorted", unsure, "{escalated_to: managers}", "escalated_to: want managers, got escalated to desk because of low_confidence at decide"},
		{"another branch", "sorted", sure, "{routes: {decide: desk}}", "routes.decide: want desk, got end"},
		{"a decision point that was not reached", "sorted", "mock: {assess: {fail: unavailable}}", "{routes: {decide: end}}", "routes.decide: want end, got it was not reached: escalated to desk because of broken_handoff at assess"},
		{"a decision that could not be taken", "sorted", "mock: {assess: {queue: tech, confidence: null}}", "{routes: {decide: end}}", "routes.decide: want end, got nowhere: no condition held, or it could not read what it decides by"},
		{"another outcome", "sorted", sure, "{outcome: {queue: billing, refund: 39.98}}", `outcome.queue: want "billing", got "tech"` + "\noutcome.refund: want 39.98, got 40"},
		{"within the workflow's tolerance", "sorted", sure, "{outcome: {refund: 39.995}}", ""},
		{"absent is not zero", "sorted", sure, "{outcome: {refund: null, answer_by: 2025-01-01}}", `outcome.refund: want null, got 40` + "\n" + `outcome.answer_by: want "2025-01-01", got null`},
		{"no outcome", "sorted", unsure, "{outcome: {queue: tech}}", `outcome.queue: want "tech", got escalated to desk because of low_confidence at decide`},
		{"no shadow outcome", "sorted", sure, "{shadow: {queue: tech}}", `shadow.queue: want "tech", got no shadow outcome: automated`},
		{"why there is no shadow outcome", "sorted", "mock: {assess: {fail: unavailable}}", "{shadow: {queue: tech}}", `shadow.queue: want "tech", got no shadow outcome: the handoff to assess broke`},
		{"another shadow outcome", "sorted", unsure, "{shadow: {queue: billing}}", `shadow.queue: want "billing", got "tech"`},
		{"no handoff broke", "sorted", sure, "{handoff_failures: [{to: post, kind: incomplete}]}", "handoff_failures: want any to post: incomplete, got none"},
		{"a handoff broke", "sorted", "input: {order: null}\n    " + sure, "{handoff_failures: []}", "handoff_failures: want none, got input to bought: incomplete (order, absent), then continue"},
		{"it broke in another way", "sorted", "input: {order: null}\n    " + sure, "{handoff_failures: [{to: bought, kind: unavailable, then: fail}]}", "handoff_failures: want any to bought: unavailable, then fail, got input to bought: incomplete (order, absent), then continue"},
		{"each failure is expected once", "sorted", "input: {text: crash, order: null}\n    " + sure, "{handoff_failures: [{kind: incomplete}, {to: bought, kind: incomplete}]}", ""},
		{"two for one", "sorted", "input: {text: crash, order: null}\n    " + sure, "{handoff_failures: [{to: bought}, {to: bought}]}", "handoff_failures: want any to bought: any\nany to bought: any, got input to bought: incomplete (order, absent), then continue\nassess to post: incomplete (order, absent), then escalate"},
		{"nothing was shown", "sorted", sure, "{shown: {assess.queue: tech}}", `shown assess.queue: want "tech", got nothing gave the case to a person: automated`},
		{"another value was shown", "sorted", unsure, "{shown: {assess.queue: billing}}", `shown assess.queue: want "billing", got "tech"`},
		{"another value was shown after a broken handoff", "sorted", "mock: {assess: {fail: unavailable}}", "{shown: {input.text: bye}}", `shown input.text: want "bye", got "hello"`},
		{"the branch shows something else", "sorted", unsure, "{shown: {bought.total: 40}}", `shown bought.total: want 40, got the team gets no bought.total`},
		{"a step gives another value", "sorted", sure, "{steps: {bought: {customer: Bo, total: 40}}}", `steps.bought.customer: want "Bo", got "Ann"`},
		{"a step that did not run", "sorted", sure, "{steps: {post: {key: k}}, received: {post: {queue: tech}}}", "steps.post: want an answer, got it did not run: automated\nreceived.post: want it runs, got it did not run: automated"},
		{"a step that gave nothing", "sorted", "mock: {assess: {fail: step}}", "{steps: {assess: {queue: tech}}}", "steps.assess: want an answer, got it gave nothing: step: as mocked"},
		{"a step received another value", "sorted", "input: {text: crash}\n    " + sure, "{received: {post: {queue: billing}}}", `received.post.queue: want "billing", got "tech"`},
		{"a step ran", "sorted", sure, "{not_run: [bought, post]}", "not_run: want bought does not run, got it ran"},
		{"a decision point is passed", "sorted", sure, "{not_run: [decide]}", "not_run: want decide does not run, got it ran"},
		{"what was gone on with is no work", "sorted", "input: {order: null}\n    " + sure, "{not_run: [bought], steps: {bought: {found: false}}}", ""},
		{"not measured", "sorted", "mock: {assess: {fail: not_measured}}", "{disposition: automated}", "disposition: want automated, got not measured: step assess"},
		{"failed", "asked", "mock: {look: {queue: tech}, post: {fail: rejected}}", "{disposition: escalated}", "disposition: want escalated, got failed at post: rejected"},
		{"a person's answer", "asked", "mock: {look: {queue: tech}}", "{outcome: {queue: billing}, disposition: escalated}", `outcome.queue: want "billing", got "tech"`},
		{"a person is suggested something else", "confirmed", "input: {text: crash}\n    mock: {look: {queue: tech}}", "{suggested: {look: {queue: billing}}}", `suggested.look.queue: want "billing", got "tech"`},
		{"nothing to suggest", "confirmed", "mock: {look: {queue: tech}}", "{suggested: {look: {queue: tech}}}", `suggested.look: want something, got nothing`},
		{"a step that learns", "sorted", "params: {cutoff: 0.5}", "{disposition: automated}", `step "assess" cannot do its work in a test (it learns from cases): mock: {assess: {queue: …}}`},
		{"a person whose answer is not mocked", "asked", "params: {}", "{disposition: escalated}", `step "look" cannot do its work in a test (a team answers there): mock: {look: {queue: …}}`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			text := fmt.Sprintf("design: %s\ndefaults: {input: {text: hello, order: A-1}}\ntests:\n  - name: a\n    %s\n    expect: %s\n", tc.design, tc.given, tc.expect)
			r, err := parse(t, text).Tests[0].Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			if r.Err != "" {
				got = append(got, r.Err)
			}
			for _, m := range r.Mismatches {
				if m.Pos.Line < 6 || m.Pos.File == "" {
					t.Errorf("no place: %+v", m)
				}
				got = append(got, fmt.Sprintf("%s: want %s, got %s", m.What, m.Want, m.Got))
			}
			if d := cmp.Diff(tc.want, strings.Join(got, "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}

// What a test does leaves no trace in another, and each run is the same.
func TestRunsAreApart(t *testing.T) {
	f, problems := designtest.Load(filepath.Join("testdata", "project", "sorted_test.yaml"), project(t), registry())
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	for _, test := range f.Tests {
		first, err := test.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		second, err := test.Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(first.Trial, second.Trial); d != "" {
			t.Errorf("%s: %s", test.Name, d)
		}
	}
}

// Coverage counts what tests reach, and what only a shadow reaches not.
func TestCoverage(t *testing.T) {
	f := parse(t, `design: sorted
defaults: {input: {text: hello, order: A-1}, mock: {assess: {queue: tech, confidence: 0.9}}}
tests:
  - {name: automated, expect: {disposition: automated}}
  - {name: policy, mock: {bought: {total: 200, customer: null, found: true}}, expect: {because: policy}}
  - {name: no order, input: {order: null}, expect: {disposition: automated}}
`)
	c := designtest.NewCoverage(f.Plan)
	for _, test := range f.Tests {
		r, err := test.Run(t.Context())
		if err != nil || !r.Passed() {
			t.Fatal(err, r)
		}
		c.Add(r)
	}
	var got []string
	for _, p := range c.Points {
		got = append(got, fmt.Sprintf("%s %s: %d", p.Kind, p.Name, p.Reached))
	}
	want := []string{
		"broken handoff into bought, then continue: 1",
		"broken handoff into assess, then escalate to desk: 0",
		"reason desk because of broken_handoff: 0",
		"branch decide to managers: (bought.total ?? 0.0) > 100: 1",
		"reason managers because of policy: 1",
		"branch decide to desk: assess.confidence < params.cutoff: 0",
		"reason desk because of low_confidence: 0",
		"branch decide to post: params.urgent and input.text contains params.word: 0",
		"branch decide to end: else: 2",
		"broken handoff into post, then escalate to desk: 0",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if reached, of := c.Count(""); reached != 4 || of != 10 {
		t.Errorf("%d of %d, want 4 of 10", reached, of)
	}
}

// A tool is reached where it does its work: not by a call that it does not take,
// and what goes wrong with it reaches nothing of its caller.
func TestCoverageOfTools(t *testing.T) {
	f := parse(t, `design: called
defaults: {input: {text: hello, order: null}}
tests:
  - {name: refused, mock: {assess: {calls: [{bought: {order: B-1}}, {bought: {}}], queue: tech, confidence: 0.9}}, expect: {disposition: automated}}
  - {name: useless, mock: {assess: {calls: [{bought: {order: A-1}}], queue: tech, confidence: 0.9}, bought: {fail: malformed}}, expect: {disposition: automated}}
`)
	c := designtest.NewCoverage(f.Plan)
	for i, want := range []string{
		"tool bought of assess: 0, broken handoff into assess, then escalate to desk: 0",
		"tool bought of assess: 1, broken handoff into assess, then escalate to desk: 0",
	} {
		r, err := f.Tests[i].Run(t.Context())
		if err != nil || !r.Passed() {
			t.Fatal(err, r)
		}
		c.Add(r)
		var got []string
		for _, p := range c.Points {
			if p.Kind == designtest.ToolPoint || p.Kind == designtest.BrokenPoint {
				got = append(got, fmt.Sprintf("%s %s: %d", p.Kind, p.Name, p.Reached))
			}
		}
		if d := cmp.Diff(want, strings.Join(got, ", ")); d != "" {
			t.Errorf("after %s: %s", r.Test.Name, d)
		}
	}
}
