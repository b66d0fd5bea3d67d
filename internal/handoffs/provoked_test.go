package handoffs_test

import "github.com/rehearse-dev/rehearse/flow"

// places are where a handoff may go to.
var places = []string{"step", "decision", "system", "team", "workflow", "tool", "outcome"}

// row is a failure, or what looks like one and is none, made by a design of the workflow outer. Without steps a row says why the kind cannot
// occur in the place.
type row struct {
	kind         flow.HandoffKind // "" for what does not count
	place        string
	why          string
	steps        string // SUB hands the case to the inner design
	outcome      string
	inner        string // steps of a design of the workflow inner
	innerOutcome string
	broken       string // on_broken_handoff of the design; fail by default
	third        bool   // the third case counts too
	want         []string
}

const (
	// give hands on what it gets, use works with it.
	give    = "  - {name: give, kind: stand_in, in: {bad: input.bad, x: input.y}, out: {x: string}}\n"
	failing = "  - {name: give, kind: stand_in, in: {bad: input.bad, x: input.y}, out: {x: string}, trouble: "
	use     = "  - {name: use, kind: stand_in, in: {x: give.x}, out: {}}\n"
	// slow takes two hours in a case that is bad.
	slow = "  - {name: slow, kind: stand_in, waits: 2h, in: {bad: input.bad, x: input.y}, out: {x: string}}\n"
	// ask is a tool, which caller calls.
	ask    = "  - {name: ask, kind: stand_in, tool: {takes: {n: integer, bad: boolean}}, in: {n: called.n, bad: called.bad, seen: input.seen}, out: {n: integer}"
	caller = "}\n  - {name: caller, kind: stand_in, in: {bad: input.bad}, out: {}, tools: [ask], args: '{\"n\": 1, \"bad\": false}', badly: '"
	asked  = "'}\n"
	// read errs in a case that is bad, as its label shows.
	read = "  - {name: read, kind: compute, in: {bad: input.bad}, compute: {x: 'in.bad ? \"wrong\" : \"a\"'}, out: {x: string}}\n"
)

var provoked = []row{
	// --- undelivered
	{kind: flow.Undelivered, place: "step", why: "a step fails and ends without anything to hand on", steps: failing + "step}\n" + use, want: []string{"c2 give→use undelivered output"}},
	{kind: flow.Undelivered, place: "decision", why: "a decision reads what a step that failed does not give", steps: failing + "step}\n  - {name: decide, kind: route, routes: [{when: give.x == \"b\", escalate: desk}, {end: true}]}\n", want: []string{"c2 give→decide undelivered output"}},
	{kind: flow.Undelivered, place: "decision", why: "no branch takes the case", steps: "  - {name: gate, kind: route, routes: [{when: not input.bad, end: true}]}\n", want: []string{"c2 gate→nobody undelivered route"}},
	{kind: flow.Undelivered, place: "system", why: "an action waits for what a step that failed does not give", steps: failing + "step}\n  - {name: post, kind: action, system: crm, in: {x: give.x}}\n", want: []string{"c2 give→post undelivered output"}},
	{kind: flow.Undelivered, place: "team", why: "a team waits for what a step that failed does not give", steps: failing + "step}\n  - {name: look, kind: human, team: desk, in: {x: give.x}}\n", outcome: "{queue: look.queue}", want: []string{"c2 give→desk undelivered output"}},
	{kind: flow.Undelivered, place: "workflow", why: "the other workflow has no branch for the case", steps: "  - {name: sub, SUB, in: {bad: input.bad, y: input.y}}\n", inner: "  - {name: gate, kind: route, routes: [{when: not input.bad, end: true}]}\n", want: []string{"c2 sub.gate→nobody undelivered route"}},
	{kind: flow.Undelivered, place: "outcome", why: "the last step fails", steps: failing + "step}\n", outcome: `{queue: 'give.x == "b" ? "tech" : "billing"'}`, want: []string{"c2 give→outcome undelivered output"}},

	// --- unavailable
	{kind: flow.Unavailable, place: "step", why: "what the step calls does not answer", steps: failing + "unavailable}\n" + use, want: []string{"c2 input→give unavailable receiver"}},
	{kind: flow.Unavailable, place: "decision", why: "a decision calls nothing"},
	{kind: flow.Unavailable, place: "system", why: "a system that is asked is down", steps: "  - {name: ask, kind: http, system: crm, in: {bad: input.bad}, get: '${KINDS_URL}/down/{in.bad}', retries: 0, out: {x: string}}\n", want: []string{"c2 input→ask unavailable receiver (server)"}},
	{kind: flow.Unavailable, place: "system", why: "the system of an action is down", steps: "  - {name: post, kind: stand_in_action, system: crm, in: {bad: input.bad}, trouble: unavailable}\n", want: []string{"c2 input→post unavailable receiver"}},
	{kind: flow.Unavailable, place: "team", why: "a team takes a case whenever it comes to it; how long that is, simulate says"},
	{kind: flow.Unavailable, place: "workflow", why: "a step of the other workflow finds nobody", steps: "  - {name: sub, SUB, in: {bad: input.bad, y: input.y}}\n", inner: "  - {name: give, kind: stand_in, in: {bad: input.bad, x: input.y}, out: {x: string}, trouble: unavailable}\n", want: []string{"c2 sub.input→sub.give unavailable receiver"}},
	{kind: flow.Unavailable, place: "outcome", why: "nobody receives it: what is done with an outcome is an action"},

	// --- malformed
	{kind: flow.Malformed, place: "step", why: "a text that is no number", steps: "  - {name: use, kind: stand_in, in: {n: int(input.num)}, out: {}}\n", want: []string{"c2 input→use malformed n (expression)"}},
	{kind: flow.Malformed, place: "step", why: "a schema does not hold", steps: "  - {name: use, kind: stand_in, in: {num: input.num}, out: {}, contract: {schema: short.json}}\n", want: []string{"c2 input→use malformed schema (/num maxLength)"}},
	{kind: flow.Malformed, place: "step", why: "a step gives a value of another type", steps: failing + "mistyped}\n" + use, want: []string{"c2 give→use malformed output"}},
	{kind: flow.Malformed, place: "step", why: "a step says that what it got back cannot be read", steps: failing + "malformed}\n" + use, want: []string{"c2 give→use malformed output"}},
	{kind: flow.Malformed, place: "step", why: "of a malformed and a missing value the malformed one names the failure", steps: "  - {name: use, kind: stand_in, in: {x: input.x, n: int(input.num)}, needs: [x], out: {}}\n", want: []string{"c2 input→use malformed n (expression)"}},
	{kind: flow.Malformed, place: "decision", why: "a condition on a text that is no number", steps: "  - {name: gate, kind: route, routes: [{when: int(input.num) > 5, escalate: desk}, {end: true}]}\n", want: []string{"c2 input→gate malformed condition"}},
	{kind: flow.Malformed, place: "system", why: "the payload of an action breaks its schema", steps: "  - {name: post, kind: action, system: crm, in: {num: input.num}, contract: {schema: short.json}}\n", want: []string{"c2 input→post malformed schema (/num maxLength)"}},
	{kind: flow.Malformed, place: "system", why: "a system answers with what is no JSON", steps: "  - {name: ask, kind: http, system: crm, in: {bad: input.bad}, get: '${KINDS_URL}/babbles/{in.bad}', out: {x: string}}\n  - {name: use, kind: stand_in, in: {x: ask.x}, out: {}}\n", want: []string{"c2 ask→use malformed output"}},
	{kind: flow.Malformed, place: "team", why: "what a person is to be given cannot be computed", steps: "  - {name: look, kind: human, team: desk, in: {n: int(input.num)}}\n", outcome: "{queue: look.queue}", want: []string{"c2 input→desk malformed n (expression)"}},
	{kind: flow.Malformed, place: "workflow", why: "the other workflow wants a number", steps: "  - {name: sub, SUB, in: {bad: input.bad, y: input.y, num: int(input.num)}}\n", inner: "  - {name: give, kind: stand_in, in: {x: input.y}, out: {x: string}}\n", want: []string{"c2 input→sub.input malformed num (expression)"}},
	{kind: flow.Malformed, place: "outcome", why: "the last step gives a value of another type", steps: failing + "mistyped}\n", outcome: `{queue: 'give.x == "b" ? "tech" : "billing"'}`, want: []string{"c2 give→outcome malformed output"}},
	{kind: flow.Malformed, place: "outcome", why: "a field of the outcome cannot be computed", steps: give, outcome: `{queue: 'give.x == "b" ? "tech" : "billing"', n: int(input.num)}`, want: []string{"c2 give→outcome malformed n (expression)"}},

	// --- incomplete
	{kind: flow.Incomplete, place: "step", why: "what a step needs, nobody had", steps: "  - {name: use, kind: stand_in, in: {x: input.x}, needs: [x], out: {}}\n", want: []string{"c2 input→use incomplete x (absent)"}},
	{kind: flow.Incomplete, place: "step", why: "what a step needs was lost on the way", steps: give + "  - {name: drop, kind: compute, in: {x: give.x, bad: input.bad}, compute: {x: 'in.bad ? null : in.x'}, out: {x: string?}}\n  - {name: use, kind: stand_in, in: {x: drop.x}, needs: [x], out: {}}\n", want: []string{"c2 drop→use incomplete x (lost)"}},
	{kind: flow.Incomplete, place: "step", why: "a step promises a value and gives none: the first that needs it breaks", steps: "  - {name: give, kind: stand_in, in: {x: input.x}, out: {x: string}}\n" + use, want: []string{"c2 give→use incomplete x (absent)"}},
	{kind: flow.Incomplete, place: "step", why: "a step finds that it cannot do without something", steps: failing + "incomplete}\n" + use, want: []string{"c2 input→give incomplete receiver"}},
	{kind: flow.Incomplete, place: "step", why: "of incomplete and stale the first names the failure", steps: "  - {name: use, kind: stand_in, in: {x: input.x, seen: input.seen}, needs: [x], out: {}, contract: {fresh: {seen: 1d}}}\n", want: []string{"c2 input→use incomplete x (absent)"}},
	{kind: flow.Incomplete, place: "decision", why: "a decision reads a step that was jumped over", steps: "  - {name: jump, kind: route, routes: [{when: input.bad, to: gate}, {else: give}]}\n" + give + "  - {name: gate, kind: route, routes: [{when: len(give.x) > 5, escalate: desk}, {end: true}]}\n", want: []string{"c2 give→gate incomplete give.x (absent)"}},
	{kind: flow.Incomplete, place: "system", why: "a system needs what the payload does not hold", steps: "  - {name: post, kind: action, system: ledger, in: {x: input.x, y: input.y}}\n", want: []string{"c2 input→post incomplete x (absent)"}},
	{kind: flow.Incomplete, place: "team", why: "an escalation lacks what the team needs", steps: "  - {name: gate, kind: route, routes: [{when: input.bad, escalate: managers, show: [input.x]}, {end: true}]}\n", want: []string{"c2 input→managers incomplete x (absent)"}},
	{kind: flow.Incomplete, place: "team", why: "a person as a step lacks what the team needs", steps: "  - {name: look, kind: human, team: managers, in: {x: input.x}}\n", outcome: "{queue: look.queue}", want: []string{"c2 input→managers incomplete x (absent)"}},
	{kind: flow.Incomplete, place: "workflow", why: "the other workflow is not given what it needs", steps: "  - {name: sub, SUB, in: {bad: input.bad, x: input.x, y: input.y}, needs: [x]}\n", inner: "  - {name: give, kind: stand_in, in: {x: input.y}, out: {x: string}}\n", want: []string{"c2 input→sub.input incomplete x (absent)"}},
	{kind: flow.Incomplete, place: "workflow", why: "the other workflow's outcome lacks what it promises", steps: "  - {name: sub, SUB, in: {bad: input.bad, x: input.x, y: input.y}}\n", inner: "  - {name: give, kind: stand_in, in: {x: input.x}, out: {x: string}}\n", innerOutcome: "{y: give.x}", want: []string{"c2 sub.give→sub incomplete y (absent)"}},
	{kind: flow.Incomplete, place: "outcome", why: "the outcome reads a step that was jumped over", steps: "  - {name: jump, kind: route, routes: [{when: input.bad, to: end}, {else: give}]}\n" + give, outcome: `{queue: 'len(give.x) > 5 ? "tech" : "billing"'}`, want: []string{"c2 give→outcome incomplete queue (absent)"}},

	// --- stale
	{kind: flow.Stale, place: "step", why: "a value is older than the step takes", steps: "  - {name: use, kind: stand_in, in: {seen: input.seen}, out: {}, contract: {fresh: {seen: 1d}}}\n", want: []string{"c2 input→use stale seen (over twice 24h)"}},
	{kind: flow.Stale, place: "step", why: "of stale and late the first names the failure", steps: slow + "  - {name: use, kind: stand_in, in: {x: slow.x, seen: input.seen}, out: {}, contract: {fresh: {seen: 1d}, deadline: 1h}}\n", want: []string{"c2 slow→use stale seen (over twice 24h)"}},
	{kind: flow.Stale, place: "decision", why: "a decision has no contract: the step after it has"},
	{kind: flow.Stale, place: "system", why: "a value is older than the system takes", steps: "  - {name: post, kind: action, system: crm, in: {seen: input.seen}, contract: {fresh: {seen: 1d}}}\n", want: []string{"c2 input→post stale seen (over twice 24h)"}},
	{kind: flow.Stale, place: "team", why: "a person is given an old value, and takes it all the same", steps: "  - {name: look, kind: human, team: desk, in: {seen: input.seen}, contract: {fresh: {seen: 1d}}}\n", outcome: "{queue: look.queue}", want: []string{"c2 input→desk stale seen (over twice 24h)"}},
	{kind: flow.Stale, place: "workflow", why: "a step of the other workflow is handed what it made long ago", steps: "  - {name: sub, SUB, in: {bad: input.bad, y: input.y}}\n", inner: "  - {name: when, kind: compute, in: {bad: input.bad}, compute: {at: 'in.bad ? date(\"2020-01-01\") : date(\"2025-01-10\")'}, out: {at: date}}\n  - {name: use, kind: stand_in, in: {at: when.at}, out: {}, contract: {fresh: {at: 7d}}}\n", want: []string{"c2 sub.when→sub.use stale at (over ten times 168h)"}},
	{kind: flow.Stale, place: "outcome", why: "an outcome has no contract: the action that takes it on has"},

	// --- late
	{kind: flow.Late, place: "step", why: "the calls before took too long", steps: slow + "  - {name: use, kind: stand_in, in: {x: slow.x}, out: {}, contract: {deadline: 90m}}\n", want: []string{"c2 slow→use late deadline (over 1h30m)"}},
	{kind: flow.Late, place: "decision", why: "a decision has no contract: the step after it has"},
	{kind: flow.Late, place: "system", why: "an action comes too late for its system", steps: slow + "  - {name: post, kind: action, system: crm, in: {x: slow.x}, contract: {deadline: 90m}}\n", want: []string{"c2 slow→post late deadline (over 1h30m)"}},
	{kind: flow.Late, place: "team", why: "a case comes to people late, and they take it all the same", steps: slow + "  - {name: look, kind: human, team: desk, in: {x: slow.x}, contract: {deadline: 90m}}\n", outcome: "{queue: look.queue}", want: []string{"c2 slow→desk late deadline (over 1h30m)"}},
	{kind: flow.Late, place: "workflow", why: "the case comes too late to the other workflow", steps: slow + "  - {name: sub, SUB, in: {bad: input.bad, y: slow.x}, contract: {deadline: 90m}}\n", inner: "  - {name: give, kind: stand_in, in: {x: input.y}, out: {x: string}}\n", want: []string{"c2 slow→sub.input late deadline (over 1h30m)"}},
	{kind: flow.Late, place: "outcome", why: "an outcome has no contract: its time is the workflow's service_level, which simulate holds"},

	// --- corrupted
	{kind: flow.Corrupted, place: "step", why: "an invariant does not hold", steps: "  - {name: use, kind: stand_in, in: {y: input.y}, out: {}, contract: {invariants: [not input.bad or in.y == \"b\"]}}\n", want: []string{"c2 input→use corrupted not input.bad or in.y == \"b\""}},
	{kind: flow.Corrupted, place: "step", why: "a value is not the gold one", steps: read + "  - {name: use, kind: stand_in, in: {x: read.x}, out: {}}\n", want: []string{"c2 read→use corrupted read.x, by label"}},
	{kind: flow.Corrupted, place: "decision", why: "a decision goes by a value that is not the gold one", steps: read + "  - {name: gate, kind: route, routes: [{when: read.x == \"b\", escalate: desk}, {end: true}]}\n", want: []string{"c2 read→gate corrupted read.x, by label"}},
	{kind: flow.Corrupted, place: "system", why: "an invariant of an action does not hold", steps: "  - {name: post, kind: action, system: crm, in: {y: input.y}, contract: {invariants: [not input.bad]}}\n", want: []string{"c2 input→post corrupted not input.bad"}},
	{kind: flow.Corrupted, place: "system", why: "an action is done with a value that is not the gold one", steps: read + "  - {name: post, kind: action, system: crm, in: {x: read.x}}\n", want: []string{"c2 read→post corrupted read.x, by label"}},
	{kind: flow.Corrupted, place: "team", why: "an invariant of a person's work does not hold", steps: "  - {name: look, kind: human, team: desk, in: {y: input.y}, contract: {invariants: [not input.bad]}}\n", outcome: "{queue: look.queue}", want: []string{"c2 input→desk corrupted not input.bad"}},
	{kind: flow.Corrupted, place: "team", why: "a person is shown a value that is not the gold one", steps: read + "  - {name: gate, kind: route, routes: [{when: input.bad, escalate: desk, show: [read.x]}, {end: true}]}\n", want: []string{"c2 read→desk corrupted read.x, by label"}},
	{kind: flow.Corrupted, place: "workflow", why: "an invariant of the handoff to the other workflow does not hold", steps: "  - {name: sub, SUB, in: {bad: input.bad, y: input.y}, contract: {invariants: [not input.bad]}}\n", inner: "  - {name: give, kind: stand_in, in: {x: input.y}, out: {x: string}}\n", want: []string{"c2 input→sub.input corrupted not input.bad"}},
	{kind: flow.Corrupted, place: "workflow", why: "the other workflow is given a value that is not the gold one", steps: read + "  - {name: sub, SUB, in: {bad: input.bad, y: read.x}}\n", inner: "  - {name: give, kind: stand_in, in: {x: input.y}, out: {x: string}}\n", want: []string{"c2 read→sub.input corrupted read.x, by label"}},
	{kind: flow.Corrupted, place: "outcome", why: "the outcome holds a value that is not the gold one", steps: read, outcome: `{queue: 'read.x == "a" ? "billing" : "tech"'}`, want: []string{"c2 read→outcome corrupted read.x, by label"}},

	// --- misrouted
	{kind: flow.Misrouted, place: "step", why: "the case belongs to a person", steps: "  - {name: decide, kind: route, routes: [{when: not input.bad, end: true}, {else: give}]}\n" + give, want: []string{"c2 decide→give misrouted label (belongs to desk), by label"}},
	{kind: flow.Misrouted, place: "decision", why: "the case goes to the wrong decision", steps: "  - {name: decide, kind: route, routes: [{when: not input.bad, end: true}, {else: gate}]}\n  - {name: gate, kind: route, routes: [{end: true}]}\n", want: []string{"c2 decide→gate misrouted label (belongs to desk), by label"}},
	{kind: flow.Misrouted, place: "system", why: "an action is done about a case that belongs to a person", steps: "  - {name: decide, kind: route, routes: [{else: post}]}\n  - {name: post, kind: action, system: crm, in: {y: input.y}}\n", want: []string{"c2 decide→post misrouted label (belongs to desk), by label"}},
	{kind: flow.Misrouted, place: "team", why: "a person is given a case that should have ended", steps: "  - {name: choose, kind: route, routes: [{when: input.bad, escalate: desk}, {end: true}]}\n", want: []string{"c2 choose→desk misrouted label (belongs to end), by label"}},
	{kind: flow.Misrouted, place: "workflow", why: "the case goes to another workflow and not to the person it belongs to", steps: "  - {name: decide, kind: route, routes: [{else: sub}]}\n  - {name: sub, SUB, in: {bad: input.bad, y: input.y}}\n", inner: "  - {name: give, kind: stand_in, in: {x: input.y}, out: {x: string}}\n", want: []string{"c2 decide→sub misrouted label (belongs to desk), by label"}},
	{kind: flow.Misrouted, place: "workflow", why: "a decision of the other workflow is the wrong one", steps: "  - {name: sub, SUB, in: {bad: input.bad, y: input.y}}\n", inner: "  - {name: decide, kind: route, routes: [{when: input.bad, end: true}, {escalate: desk}]}\n", want: []string{"c2 sub.decide→sub misrouted label (belongs to desk), by label"}},
	{kind: flow.Misrouted, place: "outcome", why: "a case that belongs to a person is finished without one", steps: "  - {name: gate, kind: route, routes: [{end: true}]}\n", third: true, want: []string{"c3 gate→end misrouted label (missed escalation), by label"}},
	{kind: flow.Misrouted, place: "outcome", why: "the same in a design without a decision", steps: give, third: true, want: []string{"c3 give→end misrouted label (missed escalation), by label"}},

	// --- rejected
	{kind: flow.Rejected, place: "step", why: "a step takes the payload and sends it back", steps: failing + "rejected}\n" + use, want: []string{"c2 input→give rejected receiver"}},
	{kind: flow.Rejected, place: "decision", why: "a decision takes every payload that it can read"},
	{kind: flow.Rejected, place: "system", why: "a system that is asked refuses", steps: "  - {name: ask, kind: http, system: crm, in: {bad: input.bad}, get: '${KINDS_URL}/refuses/{in.bad}', out: {x: string}}\n", want: []string{"c2 input→ask rejected receiver (422)"}},
	{kind: flow.Rejected, place: "system", why: "an action is not accepted", steps: "  - {name: post, kind: action, system: crm, in: {bad: input.bad}, accept: not in.bad}\n", want: []string{"c2 input→post rejected receiver"}},
	{kind: flow.Rejected, place: "team", why: "a person answers whatever comes: no label says that one sent a case back"},
	{kind: flow.Rejected, place: "workflow", why: "an action of the other workflow is not accepted", steps: "  - {name: sub, SUB, in: {bad: input.bad, y: input.y}}\n", inner: "  - {name: post, kind: action, system: crm, in: {bad: input.bad}, accept: not in.bad}\n", want: []string{"c2 sub.input→sub.post rejected receiver"}},
	{kind: flow.Rejected, place: "outcome", why: "nobody receives it who could send it back"},

	// --- duplicated
	{kind: flow.Duplicated, place: "step", why: "a step changes nothing: done twice, it gives the same"},
	{kind: flow.Duplicated, place: "decision", why: "a decision changes nothing"},
	{kind: flow.Duplicated, place: "system", why: "an action is done twice for one key", steps: "  - {name: post, kind: action, system: crm, in: {y: input.y}, idempotency_key: [in.y]}\n", want: []string{"c2 input→post duplicated idempotency_key, by label"}},
	{kind: flow.Duplicated, place: "team", why: "people have no key; the same case twice is two cases"},
	{kind: flow.Duplicated, place: "workflow", why: "an action of the other workflow is done twice for one key", steps: "  - {name: sub, SUB, in: {bad: input.bad, y: input.y}}\n", inner: "  - {name: post, kind: action, system: crm, in: {y: input.y}, idempotency_key: [in.y]}\n", want: []string{"c2 sub.input→sub.post duplicated idempotency_key, by label"}},
	{kind: flow.Duplicated, place: "outcome", why: "an outcome has no key: what is done with it is an action"},

	// --- tools of a step that calls them
	{kind: flow.Undelivered, place: "tool", why: "a tool fails and gives nothing back", steps: ask + ", trouble: step" + caller + `{"n": 1, "bad": true}` + asked, want: []string{"c2 ask→caller undelivered output"}},
	{kind: flow.Unavailable, place: "tool", why: "what a tool asks does not answer", steps: ask + ", trouble: unavailable" + caller + `{"n": 1, "bad": true}` + asked, want: []string{"c2 caller→ask unavailable receiver"}},
	{kind: flow.Malformed, place: "tool", why: "a tool is called with a word for a number", steps: ask + caller + `{"n": "three", "bad": true}` + asked, want: []string{"c2 caller→ask malformed n"}},
	{kind: flow.Malformed, place: "tool", why: "a tool is called with what is no JSON", steps: ask + caller + `three` + asked, want: []string{"c2 caller→ask malformed arguments"}},
	{kind: flow.Malformed, place: "tool", why: "a tool gives a value of another type", steps: ask + ", trouble: mistyped" + caller + `{"n": 1, "bad": true}` + asked, want: []string{"c2 ask→caller malformed output"}},
	{kind: flow.Incomplete, place: "tool", why: "a tool is called without what it takes", steps: ask + caller + `{"bad": true}` + asked, want: []string{"c2 caller→ask incomplete n (absent)"}},
	{kind: flow.Stale, place: "tool", why: "a tool reads an old value of the case", steps: ask + ", contract: {fresh: {seen: 1d}}" + caller + `{"n": 1, "bad": true}` + asked, want: []string{"c2 caller→ask stale seen (over twice 24h)"}},
	{kind: flow.Late, place: "tool", why: "a tool is called too late", steps: slow + ask + ", contract: {deadline: 90m}" + caller + `{"n": 1, "bad": true}` + asked, want: []string{"c2 caller→ask late deadline (over 1h30m)"}},
	{kind: flow.Corrupted, place: "tool", why: "an invariant of a call does not hold", steps: ask + ", contract: {invariants: [not in.bad]}" + caller + `{"n": 1, "bad": true}` + asked, want: []string{"c2 caller→ask corrupted not in.bad"}},
	{kind: flow.Misrouted, place: "tool", why: "a call is no decision about the case: no label names the tool to call"},
	{kind: flow.Rejected, place: "tool", why: "a tool refuses", steps: ask + ", trouble: rejected" + caller + `{"n": 1, "bad": true}` + asked, want: []string{"c2 caller→ask rejected receiver"}},
	{kind: flow.Duplicated, place: "tool", why: "a tool is no action: called twice, it gives the same"},

	// --- what does not count
	{why: "a call that was tried again and then held", steps: "  - {name: give, kind: stand_in, in: {bad: input.bad, x: input.y}, out: {x: string}, retried: true}\n" + use},
	{why: "a system that was down once and then answered", steps: "  - {name: ask, kind: http, system: crm, in: {bad: input.bad}, get: '${KINDS_URL}/once/{in.bad}', retries: 1, out: {x: string}}\n"},
	{why: "a value that may be absent and is", steps: "  - {name: use, kind: stand_in, in: {x: input.x}, out: {}}\n"},
	{why: "an outcome's field that may be absent and is", steps: give, outcome: `{queue: '"billing"', n: 'input.bad ? null : 3'}`},
	{why: "a look-up that finds nothing, where that is allowed", steps: "  - {name: ask, kind: lookup, in: {key: input.x}, table: table.csv, columns: {value: integer}, where: key == in.key, out: {value: integer?}}\n"},
	{why: "a system that knows nothing of it, where that is allowed", steps: "  - {name: ask, kind: http, system: crm, in: {bad: input.bad}, get: '${KINDS_URL}/gone/{in.bad}', out: {x: string?, found: boolean}}\n"},
	{why: "a question that is asked twice is no duplicate: a post that reads changes nothing", steps: "  - {name: ask, kind: http, system: crm, in: {y: input.y}, post: '${KINDS_URL}/search', reads: true, body: {y: in.y}, idempotency_key: [in.y], out: {x: string}}\n"},
	{why: "an escalation as designed, with all that the team needs", steps: give + "  - {name: gate, kind: route, routes: [{when: input.bad, escalate: managers, show: [give.x]}, {end: true}]}\n"},
	{why: "an action without a key, though done for the same thing", steps: "  - {name: post, kind: action, system: crm, in: {y: input.y}}\n"},
	{why: "an action that nobody did, since a person has the case", steps: "  - {name: gate, kind: route, routes: [{when: input.bad, escalate: desk}, {else: post}]}\n  - {name: post, kind: action, system: crm, in: {y: input.y}, idempotency_key: [in.y]}\n"},
	{why: "an action that was refused was not done: the next is no duplicate", steps: "  - {name: post, kind: action, system: crm, in: {bad: input.bad}, accept: not in.bad, idempotency_key: ['\"k\"']}\n", want: []string{"c2 input→post rejected receiver"}},
	{why: "what breaks in shadow", steps: "  - {name: gate, kind: route, routes: [{when: input.bad, escalate: desk}, {else: give}]}\n" + failing + "step}\n" + use},
	{why: "what could not be measured", steps: failing + "not_measured}\n" + use},
	{why: "a fault that travels on is counted once, where it is first handed on", steps: read + "  - {name: pass, kind: compute, in: {x: read.x}, compute: {x: in.x}, out: {x: string}}\n  - {name: post, kind: action, system: crm, in: {x: pass.x}}\n", outcome: `{queue: 'read.x == "a" ? "billing" : "tech"'}`, want: []string{"c2 read→pass corrupted read.x, by label"}},
	{why: "what follows from a broken handoff that went on with other values", steps: "  - {name: give, kind: stand_in, in: {bad: input.bad, x: input.y}, out: {x: string?}, trouble: unavailable, on_broken_handoff: {continue_with: {x: null}}}\n  - {name: use, kind: stand_in, in: {x: give.x}, out: {}}\n", want: []string{"c2 input→give unavailable receiver"}},
	{why: "the team that gets the case because a handoff broke", broken: "managers", steps: failing + "unavailable}\n" + use, want: []string{"c2 input→give unavailable receiver"}},
}
