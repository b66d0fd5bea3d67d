package design

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// workflowKeys are the keys of workflow.yaml.
type workflowKeys struct {
	Workflow flow.Text    `yaml:"workflow"`
	Title    string       `yaml:"title,omitempty"`
	Trigger  triggerKeys  `yaml:"trigger,omitempty" schema:"trigger"`
	Data     flow.Text    `yaml:"data,omitempty"`
	Input    *yaml.Node   `yaml:"input" schema:"fields,required"`
	Outcome  *yaml.Node   `yaml:"outcome" schema:"outcome,required"`
	Teams    *yaml.Node   `yaml:"teams" schema:"{team}"`
	Systems  *yaml.Node   `yaml:"systems" schema:"{system}"`
	Costs    *yaml.Node   `yaml:"costs" schema:"{numbers}"`
	Currency string       `yaml:"currency,omitempty"`
	Service  *serviceKeys `yaml:"service_level"`
	Volume   *flow.Text   `yaml:"volume_per_year"`
	Baseline flow.Text    `yaml:"baseline,omitempty"`
	Gate     *gateKeys    `yaml:"gate" jsonschema:"minProperties=1"`
}

// triggerKeys is `trigger: invoice.received` or `trigger: {event: …}`.
type triggerKeys struct{ event string }

// DecodeYAML reads either form.
func (t *triggerKeys) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	if n.Kind == yaml.MappingNode {
		var long eventKeys
		d.Decode(n, &long, diags)
		t.event = long.Event
		return
	}
	d.Decode(n, &t.event, diags)
}

// eventKeys is a trigger in its long form.
type eventKeys struct {
	Event string `yaml:"event"`
}

type serviceKeys struct {
	Pos        flow.Pos      `yaml:",pos"`
	Turnaround time.Duration `yaml:"turnaround"`
	Share      float64       `yaml:"share" jsonschema:"exclusiveMinimum=0,maximum=1"`
}

// outcomeKeys are an outcome field in its long form: its type, and how it is
// compared with the label.
type outcomeKeys struct {
	typeKeys  `yaml:",inline"`
	Compare   *flow.Text `yaml:"compare" jsonschema:"enum=exact,enum=text,enum=number,enum=date,enum=set,enum=none"`
	Tolerance *flow.Text `yaml:"tolerance"`
	Relative  *flow.Text `yaml:"relative"`
	Days      *flow.Text `yaml:"days"`
	Required  *bool      `yaml:"required"`
}

// LoadWorkflow reads a workflow.yaml. The workflow is nil where there are
// errors.
func LoadWorkflow(path string) (*Workflow, diag.List) {
	data, err := regular.Read(path)
	if err != nil {
		return nil, diag.List{{Pos: flow.Pos{File: path}, Message: regular.Problem(err)}}
	}
	return ParseWorkflow(path, data)
}

// ParseWorkflow reads a workflow from the content of its file.
func ParseWorkflow(path string, data []byte) (*Workflow, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags.Sort()
	}
	dir := filepath.Dir(path)
	w := &Workflow{File: path, Dir: dir, Root: ProjectRoot(dir), Digest: digest(data), Decision: -1}
	var k workflowKeys
	doc.Decode(doc.Root, &k, &diags)
	l := &workflowLoader{doc: doc, diags: &diags, w: w}
	l.types = typeReader{doc: doc, diags: &diags}
	w.Name, w.Title, w.Trigger, w.Currency, w.Baseline, w.Data = k.Workflow.Value, k.Title, k.Trigger.event, k.Currency, k.Baseline.Value, k.Data.Value
	w.BaselinePos = k.Baseline.Pos
	checkName(k.Workflow, "workflow", &diags)
	if k.Input == nil {
		diags.Add(doc.Pos(doc.Root), `missing key "input"`, "what every design receives, such as input: {text: string}")
	} else {
		w.Input = l.types.schema(k.Input, "input")
	}
	if k.Outcome == nil {
		diags.Add(doc.Pos(doc.Root), `missing key "outcome"`, "what every design must produce, such as outcome: {decision: {enum: [approve, reject]}}")
	} else {
		l.outcome(k.Outcome)
	}
	l.teams(k.Teams)
	l.systems(k.Systems)
	l.costs(k.Costs)
	if s := k.Service; s != nil {
		w.ServiceLevel = &ServiceLevel{Turnaround: s.Turnaround, Share: s.Share}
		if s.Turnaround <= 0 || !(s.Share > 0 && s.Share <= 1) {
			diags.Add(s.Pos, fmt.Sprintf("a service level of %v within %v", s.Share, s.Turnaround), "a turnaround above 0 and a share above 0 and up to 1")
		}
	}
	if k.Volume != nil {
		w.Volume = l.number(*k.Volume, "volume_per_year", 0, 1e12)
	}
	if k.Gate != nil {
		l.gate(k.Gate)
	}
	diags = diags.Sort()
	if diags.Err() != nil {
		return nil, diags
	}
	return w, diags
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

type workflowLoader struct {
	doc   *yamldoc.Doc
	diags *diag.List
	w     *Workflow
	types typeReader
}

// number reads a number within limits.
func (l *workflowLoader) number(t flow.Text, name string, low, high float64) float64 {
	x, err := strconv.ParseFloat(t.Value, 64)
	if err != nil || !(x >= low && x <= high) {
		want := fmt.Sprintf("a number from %v up", low)
		if high <= 1 {
			want = fmt.Sprintf("a number from %v to %v", low, high)
		}
		l.diags.Add(t.Pos, fmt.Sprintf("%q is %q, want %s", name, t.Value, want), "")
		return 0
	}
	return x
}

func (l *workflowLoader) outcome(n *yaml.Node) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		l.diags.Add(l.doc.Pos(n), `"outcome" wants names and types, such as decision: {enum: [approve, reject]}`, "")
		return
	}
	var fields []flow.Field
	for k, v := range yamldoc.Pairs(n) {
		if !l.types.name(k, "field") {
			continue
		}
		var keys outcomeKeys
		var t flow.Type
		if v.Kind == yaml.MappingNode {
			l.doc.Decode(v, &keys, l.diags)
			t = l.types.long(v, keys.typeKeys)
		} else {
			t = l.types.read(v)
		}
		if t.Kind == flow.Enum && l.w.Decision < 0 {
			l.w.Decision = len(fields)
		}
		fields = append(fields, flow.Field{Name: k.Value, Type: t})
		l.w.Compare = append(l.w.Compare, l.comparator(t, keys))
	}
	l.w.Outcome = flow.NewSchema(fields...)
}

// comparisons are the comparators with the kinds of values they can compare.
var comparisons = map[CompareKind]func(flow.Kind) bool{
	Exact:  func(flow.Kind) bool { return true },
	Text:   func(k flow.Kind) bool { return k == flow.String || k == flow.Enum },
	Number: func(k flow.Kind) bool { return k == flow.Number || k == flow.Integer || k == flow.Probability },
	Day:    func(k flow.Kind) bool { return k == flow.Date || k == flow.Time },
	Set:    func(k flow.Kind) bool { return k == flow.List },
	Ignore: func(flow.Kind) bool { return true },
}

// comparator says how a field is compared: as the workflow says, or as its
// type suggests.
func (l *workflowLoader) comparator(t flow.Type, k outcomeKeys) Comparator {
	c := Comparator{Kind: Exact, Required: true}
	switch t.Kind {
	case flow.Number, flow.Probability:
		c.Kind = Number
	case flow.Date:
		c.Kind = Day
	case flow.List:
		c.Kind = Set
	}
	if k.Compare != nil {
		c.Kind = CompareKind(k.Compare.Value)
		fits, known := comparisons[c.Kind]
		switch {
		case !known:
			l.diags.Add(k.Compare.Pos, fmt.Sprintf("unknown comparison %q", c.Kind), suggestKinds(c.Kind))
		case !fits(t.Kind):
			l.diags.Add(k.Compare.Pos, fmt.Sprintf("comparison %q does not fit a %s", c.Kind, t), "")
		}
	}
	only := func(text *flow.Text, name string, kind CompareKind) bool {
		if text != nil && c.Kind != kind {
			l.diags.Add(text.Pos, fmt.Sprintf("%q belongs to the comparison %q, and this is %q", name, kind, c.Kind), "")
		}
		return text != nil && c.Kind == kind
	}
	if only(k.Tolerance, "tolerance", Number) {
		c.Tolerance = l.number(*k.Tolerance, "tolerance", 0, 1e300)
	}
	if only(k.Relative, "relative", Number) {
		c.Relative = l.number(*k.Relative, "relative", 0, 1)
	}
	if only(k.Days, "days", Day) {
		days := l.number(*k.Days, "days", 0, 36_500)
		if days != float64(int(days)) {
			l.diags.Add(k.Days.Pos, fmt.Sprintf(`"days" is %q, want a whole number`, k.Days.Value), "")
		}
		c.Days = int(days)
	}
	if k.Required != nil {
		c.Required = *k.Required
	}
	c.Required = c.Required && c.Kind != Ignore
	return c
}

func suggestKinds(k CompareKind) string {
	var names []string
	for _, c := range slices.Sorted(maps.Keys(comparisons)) {
		names = append(names, string(c))
	}
	return diag.Suggest(string(k), names)
}

// teamKeys are the keys of one team.
type teamKeys struct {
	People  flow.Text  `yaml:"people"`
	Wage    *flow.Text `yaml:"wage"`
	Minutes *flow.Text `yaml:"minutes"`
	Errors  *yaml.Node `yaml:"errors" schema:"errors"`
	Confirm *yaml.Node `yaml:"confirms" schema:"confirms"`
	// Needs are the names that every payload to the team has to hold.
	Needs []flow.Text `yaml:"needs,omitempty"`
}

// confirmKeys are the keys of how a team confirms.
type confirmKeys struct {
	Minutes        *flow.Text `yaml:"minutes"`
	AcceptsWrong   flow.Text  `yaml:"accepts_wrong"`
	OverrulesRight flow.Text  `yaml:"overrules_right"`
}

func (l *workflowLoader) teams(n *yaml.Node) {
	for k, v := range l.named(n, "teams", "ap_clerks: {people: 6}") {
		var keys teamKeys
		before := len(*l.diags)
		l.doc.Decode(v, &keys, l.diags)
		if len(*l.diags) > before {
			continue
		}
		t := Team{Name: k.Value, Pos: l.doc.Pos(k)}
		people := l.number(keys.People, "people", 0, 1e9)
		if people != float64(int(people)) {
			l.diags.Add(keys.People.Pos, fmt.Sprintf(`"people" is %q, want a whole number`, keys.People.Value), "")
		}
		t.People = int(people)
		if keys.Wage != nil {
			t.Wage = l.wage(*keys.Wage)
		}
		if keys.Minutes != nil {
			t.Minutes, t.MinutesFromLabel = l.minutes(*keys.Minutes)
		}
		if keys.Errors != nil {
			t.Errors = l.errors(keys.Errors)
		}
		if keys.Confirm != nil {
			t.Confirm = l.confirmation(keys.Confirm)
		}
		t.Needs = l.needs(keys.Needs)
		l.w.Teams = append(l.w.Teams, t)
	}
}

// confirmation reads how a team works that is shown what to confirm.
func (l *workflowLoader) confirmation(n *yaml.Node) *Confirmation {
	var keys confirmKeys
	before := len(*l.diags)
	l.doc.Decode(n, &keys, l.diags)
	if len(*l.diags) > before {
		return nil
	}
	c := &Confirmation{
		AcceptsWrong:   l.number(keys.AcceptsWrong, "accepts_wrong", 0, 1),
		OverrulesRight: l.number(keys.OverrulesRight, "overrules_right", 0, 1),
	}
	if keys.Minutes != nil {
		c.Minutes = l.number(*keys.Minutes, "minutes", 0, 1e6)
	}
	return c
}

// minutes reads how long a case takes: a number, or label where the label says.
func (l *workflowLoader) minutes(t flow.Text) (minutes float64, fromLabel bool) {
	if t.Value == "label" {
		return 0, true
	}
	x, err := strconv.ParseFloat(t.Value, 64)
	if err != nil || !(x >= 0 && x <= 1e6) {
		l.diags.Add(t.Pos, fmt.Sprintf(`"minutes" is %q, want a number, or label where the label says`, t.Value), "")
		return 0, false
	}
	return x, false
}

// wage reads what an hour costs: 34/h, or 34.
func (l *workflowLoader) wage(t flow.Text) float64 {
	x, err := strconv.ParseFloat(strings.TrimSuffix(t.Value, "/h"), 64)
	if err != nil || !(x >= 0 && x <= 1e9) {
		l.diags.Add(t.Pos, fmt.Sprintf(`"wage" is %q, want what an hour costs, such as 34/h`, t.Value), "")
		return 0
	}
	return x
}

// errors reads the share of wrong answers: one number, or one for each right
// decision.
func (l *workflowLoader) errors(n *yaml.Node) map[string]float64 {
	if n.Kind == yaml.ScalarNode {
		return map[string]float64{"": l.number(l.doc.Text(n), "errors", 0, 1)}
	}
	out := map[string]float64{}
	for _, e := range l.doc.Texts(n, `"errors"`, l.diags) {
		if l.decided(e.Name, e.Pos) {
			out[e.Name] = l.number(e.Text, e.Name, 0, 1)
		}
	}
	return out
}

// decided checks that a word is one of the workflow's decisions.
func (l *workflowLoader) decided(word string, at flow.Pos) bool {
	if l.w.Decision < 0 {
		if l.w.Outcome != nil {
			l.diags.Add(at, fmt.Sprintf("%q is no decision: no field of the outcome is an enum", word), "")
		}
		return false
	}
	words := l.w.Outcome.Fields()[l.w.Decision].Type.Enum
	if !slices.Contains(words, word) {
		l.diags.Add(at, fmt.Sprintf("%q is none of the decisions", word), diag.Suggest(word, words))
		return false
	}
	return true
}

// systemKeys are the keys of one system.
type systemKeys struct {
	Owner string      `yaml:"owner,omitempty"`
	Hosts []flow.Text `yaml:"hosts,omitempty"`
	Price float64     `yaml:"price,omitempty" jsonschema:"description=of a call of a step of kind http that the system answers"`
	Needs []flow.Text `yaml:"needs,omitempty"`
}

// hostForm is a host with or without a port, a network, or a variable.
var hostForm = regexp.MustCompile(`^(\$\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?|[0-9A-Fa-f:.]+/[0-9]{1,3})$`)

func (l *workflowLoader) systems(n *yaml.Node) {
	for k, v := range l.named(n, "systems", "erp: {owner: finance}") {
		var keys systemKeys
		l.doc.Decode(v, &keys, l.diags)
		s := System{Name: k.Value, Owner: keys.Owner, Price: keys.Price, Needs: l.needs(keys.Needs), Pos: l.doc.Pos(k)}
		if !(s.Price >= 0) || math.IsInf(s.Price, 0) {
			l.diags.Add(s.Pos, fmt.Sprintf("the price of a call to %q is %v, want 0 or more", s.Name, s.Price), "")
		}
		for _, h := range keys.Hosts {
			if !hostForm.MatchString(h.Value) {
				l.diags.Add(h.Pos, fmt.Sprintf("%q is no host", h.Value), "crm.example.com, crm.example.com:8443, 10.0.0.0/8 or ${CRM_HOST}")
			}
			s.Hosts = append(s.Hosts, h.Value)
		}
		l.w.Systems = append(l.w.Systems, s)
	}
}

// named goes over the entries of a mapping of things with names.
func (l *workflowLoader) named(n *yaml.Node, key, example string) func(func(k, v *yaml.Node) bool) {
	if n != nil && n.Kind != yaml.MappingNode && n.Kind != yaml.AliasNode {
		l.diags.Add(l.doc.Pos(n), fmt.Sprintf("%q wants names and what they are, such as %s", key, example), "")
	}
	return yamldoc.Pairs(n)
}

func (l *workflowLoader) costs(n *yaml.Node) {
	for decided, row := range l.named(n, "costs", "approve: {reject: 400}") {
		if !l.decided(decided.Value, l.doc.Pos(decided)) {
			continue
		}
		for _, right := range l.doc.Texts(row, fmt.Sprintf("%q", decided.Value), l.diags) {
			if !l.decided(right.Name, right.Pos) {
				continue
			}
			cost := l.number(right.Text, right.Name, 0, 1e12)
			if right.Name == decided.Value && cost != 0 {
				l.diags.Add(right.Pos, fmt.Sprintf("a cost for deciding %q where %q is right", decided.Value, right.Name), "a right decision costs nothing")
			}
			if l.w.Costs == nil {
				l.w.Costs = map[string]map[string]float64{}
			}
			if l.w.Costs[decided.Value] == nil {
				l.w.Costs[decided.Value] = map[string]float64{}
			}
			l.w.Costs[decided.Value][right.Name] = cost
		}
	}
}
