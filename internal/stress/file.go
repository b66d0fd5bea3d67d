package stress

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// File is what a stress file asks for. The zero value is every built-in fault.
type File struct {
	Path  string
	Name  string
	Title string
	Cases int     // of the sample; 0 where it does not say
	Seed  *uint64 // nil where it does not say
	// Faults are the names of built-in faults, which may end in * for all that
	// begin so; nil for all of them.
	Faults []flow.Text
	own    []ownFault
	at     []strengths // of built-in faults; the last that a name fits counts
}

// strengths are those of a fault, or of all whose names begin so.
type strengths struct {
	fault string
	list  []float64
}

// fileKeys are the keys of a stress file.
type fileKeys struct {
	Stress    flow.Text    `yaml:"stress"`
	Title     string       `yaml:"title,omitempty"`
	Cases     *flow.Text   `yaml:"cases" jsonschema:"description=how many cases to draw; stratified by the right decision"`
	Seed      *uint64      `yaml:"seed"`
	Faults    *[]flow.Text `yaml:"faults" jsonschema:"description=built-in faults by name or by a beginning with *; all where it is left out"`
	Strengths *yaml.Node   `yaml:"strengths" schema:"strengths"`
	Own       []ownKeys    `yaml:"own,omitempty" schema:"[own]"`
}

// ownKeys are the keys of a fault of the user's own.
type ownKeys struct {
	Pos       flow.Pos    `yaml:",pos"`
	Name      flow.Text   `yaml:"name"`
	Title     string      `yaml:"title,omitempty"`
	When      *flow.Text  `yaml:"when" jsonschema:"description=condition over input and over in and out of the step"`
	Step      *flow.Text  `yaml:"step" jsonschema:"description=the step that goes wrong; the case's input where it is left out"`
	Set       flow.Texts  `yaml:"set,omitempty" jsonschema:"description=fields and the expressions for what they hold instead; null empties one"`
	Fails     *flow.Text  `yaml:"fails" jsonschema:"enum=malformed,enum=incomplete,enum=unavailable,enum=rejected,enum=step,description=how the step fails"`
	Exec      *yaml.Node  `yaml:"exec" schema:"program"`
	Strengths []flow.Text `yaml:"strengths,omitempty"`
}

// FileKeys are the structs of a stress file, for its schema.
func FileKeys() map[string]any {
	return map[string]any{"stress": fileKeys{}, "own": ownKeys{}}
}

// The most that a file may ask for.
const (
	maxCases     = 1_000_000
	maxStrengths = 20
	maxOwn       = 200
	maxLonger    = 100 // of a fault whose strength is time that is added
)

// Load reads a stress file for the workflow. The file is nil where there are
// errors.
func Load(path string, w *design.Workflow) (*File, diag.List) {
	data, err := regular.Read(path)
	if err != nil {
		return nil, diag.List{{Pos: flow.Pos{File: path}, Message: regular.Problem(err)}}
	}
	return Parse(path, data, w)
}

// Parse reads a stress file from its content.
func Parse(path string, data []byte, w *design.Workflow) (*File, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags.Sort()
	}
	var k fileKeys
	doc.Decode(doc.Root, &k, &diags)
	l := &loader{doc: doc, diags: &diags, w: w, f: &File{Path: path, Name: k.Stress.Value, Title: k.Title, Seed: k.Seed}}
	doc.NamedLikeFile("stress", k.Stress, &diags)
	l.cases(k.Cases)
	if k.Faults != nil {
		l.f.Faults = append([]flow.Text{}, *k.Faults...)
		l.faults()
	}
	l.strengths(k.Strengths)
	if len(k.Own) > maxOwn {
		diags.Add(k.Own[maxOwn].Pos, fmt.Sprintf("%d faults, at most %d are read", len(k.Own), maxOwn), "")
		k.Own = k.Own[:maxOwn]
	}
	for i := range k.Own {
		l.own(&k.Own[i])
	}
	diags = diags.Sort()
	if diags.Err() != nil {
		return nil, diags
	}
	return l.f, diags
}

type loader struct {
	doc   *yamldoc.Doc
	diags *diag.List
	w     *design.Workflow
	f     *File
}

func said(t *flow.Text) bool { return t != nil && t.Pos.Line > 0 }

func (l *loader) cases(t *flow.Text) {
	if !said(t) {
		return
	}
	n, err := strconv.Atoi(t.Value)
	if err != nil || n < 1 || n > maxCases {
		l.diags.Add(t.Pos, fmt.Sprintf("cases is %q, want a number from 1 to %d", t.Value, maxCases), "")
		return
	}
	l.f.Cases = n
}

// faults checks the names of built-in faults. Outages bear the names of what a
// design asks, which is not known here.
func (l *loader) faults() {
	for _, name := range l.f.Faults {
		if !known(name.Value) {
			l.diags.Add(name.Pos, fmt.Sprintf("there is no fault %q", name.Value), suggest(name.Value))
		}
	}
}

// suggest is a hint for a name that is none.
func suggest(name string) string {
	if near := diag.Suggest(name, Names()); near != "" {
		return near
	}
	return "docs/stress.md lists them"
}

// known says whether a name, or a beginning with a star, is that of a built-in
// fault.
func known(name string) bool {
	if strings.HasPrefix(name, "outage:") {
		return true
	}
	return slices.ContainsFunc(append(Names(), "outage:"), func(of string) bool { return Matches(name, of) })
}

// Matches says whether a name is meant: itself, or its beginning with a star.
func Matches(pattern, name string) bool {
	if begin, star := strings.CutSuffix(pattern, "*"); star {
		return strings.HasPrefix(name, begin)
	}
	return pattern == name
}

func (l *loader) strengths(n *yaml.Node) {
	if n == nil || yamldoc.IsNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		l.diags.Add(l.doc.Pos(n), `"strengths" wants faults and their strengths, such as ocr: [0.01, 0.1]`, "")
		return
	}
	for key, value := range yamldoc.Pairs(n) {
		var list []flow.Text
		before := len(*l.diags)
		l.doc.Decode(value, &list, l.diags)
		if !known(key.Value) {
			l.diags.Add(l.doc.Pos(key), fmt.Sprintf("there is no fault %q", key.Value), suggest(key.Value))
			continue
		}
		if len(*l.diags) > before {
			continue
		}
		if at := l.ascending(list, l.doc.Pos(value), mostStrength(key.Value)); at != nil {
			l.f.at = append(l.f.at, strengths{key.Value, at})
		}
	}
}

// mostStrength is the greatest strength of the built-in faults that a name, or a
// beginning with a star, means.
func mostStrength(pattern string) float64 {
	most := float64(maxLonger)
	for _, f := range append(builtin(&design.Plan{}), Fault{Name: "outage:"}) {
		if !f.longer && (Matches(pattern, f.Name) || f.Name == "outage:" && strings.HasPrefix(pattern, f.Name)) {
			most = 1
		}
	}
	return most
}

// ascending are strengths up to the greatest, in order; nil where they are none.
func (l *loader) ascending(list []flow.Text, pos flow.Pos, most float64) []float64 {
	if len(list) == 0 || len(list) > maxStrengths {
		l.diags.Add(pos, fmt.Sprintf("%d strengths, want 1 to %d", len(list), maxStrengths), "")
		return nil
	}
	var out []float64
	for _, t := range list {
		x, err := strconv.ParseFloat(t.Value, 64)
		if err != nil || !(x > 0 && x <= most) {
			l.diags.Add(t.Pos, fmt.Sprintf("strength %q, want a share above 0 and up to %g", t.Value, most), "")
			return nil
		}
		out = append(out, x)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
