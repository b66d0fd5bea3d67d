package system

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Folder is the folder of a project that holds its systems.
const Folder = "systems"

// Load reads a system's file, and with it all that it names. Set gives shared
// rules other values. The system is nil where there are errors.
func Load(path string, r *flow.Registry, set map[string]string) (*System, diag.List) {
	data, err := regular.Read(path)
	if err != nil {
		return nil, diag.List{{Pos: flow.Pos{File: path}, Message: regular.Problem(err)}}
	}
	return Parse(path, data, r, set)
}

// Parse reads a system from the text of its file. The project is the folder
// that holds the file's own.
func Parse(path string, data []byte, r *flow.Registry, set map[string]string) (*System, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags.Sort()
	}
	sum := sha256.Sum256(data)
	s := &System{File: path, Root: filepath.Join(filepath.Dir(path), ".."), Digest: hex.EncodeToString(sum[:])}
	l := &loader{doc: doc, diags: &diags, s: s, reg: r, set: set, written: map[string]*design.Plan{}}
	var k fileKeys
	doc.Decode(doc.Root, &k, &diags)
	l.read(&k)
	diags = diags.Sort()
	if diags.Err() != nil {
		return nil, diags
	}
	return s, diags
}

type loader struct {
	doc      *yamldoc.Doc
	diags    *diag.List
	s        *System
	reg      *flow.Registry
	set      map[string]string // values of rules, in the place of those written
	declared []string          // names of members, also of those that cannot be read
	// written are the members' designs without what the system sets.
	written map[string]*design.Plan
}

func (l *loader) read(k *fileKeys) {
	s := l.s
	s.Name, s.Title, s.Currency = k.System.Value, k.Title, k.Currency
	if stem := strings.TrimSuffix(filepath.Base(s.File), ".yaml"); k.System.Value != "" && stem != s.Name {
		l.diags.Add(k.System.Pos, fmt.Sprintf("the system is called %q, and its file %q", s.Name, filepath.Base(s.File)), "call both the same")
	}
	l.rules(k.Rules)
	l.members(k.Workflows)
	links := l.links(k.Links)
	if l.diags.Err() != nil {
		return // what is said below goes by all members and links
	}
	if !l.order(links, k.Workflows) {
		return
	}
	for i, link := range s.Links {
		l.values(link, k.Links[slices.Index(links, s.Links[i])])
	}
	l.currencies()
	l.teams(k.Teams)
	l.sameTeams()
	l.ruleParams()
	l.copies()
}

// identifier is a name that files and folders can have, too.
var identifier = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// members reads the workflows of the system with what they name.
func (l *loader) members(n *yaml.Node) {
	if n == nil {
		l.diags.Add(l.doc.Pos(l.doc.Root), `missing key "workflows"`, "the workflows of the system, such as claims: {design: rules}")
		return
	}
	if n.Kind != yaml.MappingNode || len(n.Content) < 4 {
		l.diags.Add(l.doc.Pos(n), `"workflows" wants two workflows or more, such as claims: {design: rules}`, "")
		return
	}
	for k, v := range yamldoc.Pairs(n) {
		l.declared = append(l.declared, k.Value)
		var keys memberKeys
		before := len(*l.diags)
		l.doc.Decode(v, &keys, l.diags)
		if len(*l.diags) > before {
			continue
		}
		if m := l.member(l.doc.Text(k), keys); m != nil {
			l.s.Members = append(l.s.Members, m)
		}
	}
}

func (l *loader) member(name flow.Text, keys memberKeys) *Member {
	m := &Member{Name: name.Value, Pos: name.Pos, Exchange: 1, Set: map[string]string{}}
	file := filepath.Join(l.s.Root, "workflows", m.Name, "workflow.yaml")
	if _, err := os.Stat(file); err != nil || !identifier.MatchString(m.Name) {
		l.diags.Add(name.Pos, fmt.Sprintf("there is no workflow %q", m.Name), diag.Suggest(m.Name, l.names("*", "workflow.yaml")))
		return nil
	}
	w, problems := design.LoadWorkflow(file)
	if w == nil {
		l.broken(name.Pos, "workflow "+m.Name, problems)
		return nil
	}
	own := *w
	own.Teams = slices.Clone(w.Teams)
	m.Workflow = &own
	if !l.design(m, w, keys.Design) || !l.card(m, w, keys.Data, name.Pos) {
		return nil
	}
	if keys.Exchange != nil {
		m.Exchange = l.number(*keys.Exchange, "exchange", 1e-9, 1e9)
	}
	return m
}

// names are the names of the workflows, or of the designs of one.
func (l *loader) names(workflow, file string) []string {
	found, _ := filepath.Glob(filepath.Join(l.s.Root, "workflows", workflow, file))
	for i, f := range found {
		if found[i] = filepath.Base(filepath.Dir(f)); file != "workflow.yaml" {
			found[i] = strings.TrimSuffix(filepath.Base(f), ".yaml")
		}
	}
	return found
}

// design loads the member's design, as written and with what the system sets.
func (l *loader) design(m *Member, w *design.Workflow, name flow.Text) bool {
	files, err := design.Files(w.Dir)
	if err != nil {
		l.diags.Add(name.Pos, err.Error(), "")
		return false
	}
	file := filepath.Join(w.Dir, name.Value+".yaml")
	if !slices.Contains(files, file) {
		stems := make([]string, len(files))
		for i, f := range files {
			stems[i] = strings.TrimSuffix(filepath.Base(f), ".yaml")
		}
		l.diags.Add(name.Pos, fmt.Sprintf("workflow %q has no design %q", m.Name, name.Value), diag.Suggest(name.Value, stems))
		return false
	}
	p, problems := design.Load(file, w, l.reg, design.Options{})
	if p == nil {
		l.broken(name.Pos, "design "+name.Value+" of workflow "+m.Name, problems)
		return false
	}
	l.written[m.Name], m.Plan = p, p
	for _, r := range l.s.Rules {
		if param, uses := l.param(r, m.Name, p); uses && r.Value != "" {
			m.Set[param] = r.Value
			if v, ok := l.set[r.Name]; ok {
				m.Set[param] = v
			}
		}
	}
	if len(m.Set) == 0 {
		return true
	}
	if p, problems = design.Load(file, w, l.reg, design.Options{Set: m.Set}); p == nil {
		l.broken(name.Pos, "design "+name.Value+" of workflow "+m.Name+" with the system's rules", problems)
		return false
	}
	m.Plan = p
	return true
}

// card loads the member's dataset.
func (l *loader) card(m *Member, w *design.Workflow, data flow.Text, at flow.Pos) bool {
	path, err := w.CardPath()
	if data.Value != "" {
		path, at = filepath.Join(l.s.Root, filepath.FromSlash(data.Value)), data.Pos
	} else if err != nil {
		l.diags.Add(at, err.Error(), "")
		return false
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "dataset.yaml")
	}
	card, problems := dataset.Load(path)
	if card == nil || problems.Err() != nil {
		l.broken(at, "the dataset of workflow "+m.Name, problems)
		return false
	}
	if card.Repeat != "" {
		l.diags.Add(at, fmt.Sprintf("the dataset of workflow %s has recorded repeats", m.Name), "a system replays every case once: name a dataset without repeat")
		return false
	}
	if have := columns(card); card.ID == "" && have != nil && !slices.Contains(have, "case_id") && !slices.Contains(have, "id") {
		l.diags.Add(at, fmt.Sprintf("the dataset of workflow %s names no column of ids, by which cases are found", m.Name), "add \"id: <column>\" to its card")
		return false
	}
	m.Card = card
	return true
}

// broken says that what the system names has errors of its own: the first of
// them, since linting it says all.
func (l *loader) broken(at flow.Pos, what string, problems diag.List) {
	l.diags.Add(at, what+" has errors: "+problems.Errors()[0].String(), "")
}

func (l *loader) number(t flow.Text, name string, low, high float64) float64 {
	x, err := strconv.ParseFloat(t.Value, 64)
	if err != nil || !(x >= low && x <= high) {
		l.diags.Add(t.Pos, fmt.Sprintf("%q is %q, want a number from %v to %v", name, t.Value, low, high), "")
		return low
	}
	return x
}

// order sorts the members and their links as cases pass, and says where they
// cannot.
func (l *loader) order(links []*Link, n *yaml.Node) bool {
	for _, link := range links {
		link.To.In = append(link.To.In, link)
	}
	var first, sorted []*Member
	left := slices.Clone(l.s.Members)
	for _, m := range left {
		if len(m.In) == 0 {
			first = append(first, m)
		}
	}
	if len(first) > 1 {
		names := make([]string, len(first))
		for i, m := range first {
			names[i] = strconv.Quote(m.Name)
		}
		l.diags.Add(first[1].Pos, "cases begin in several workflows: "+strings.Join(names, ", "), "a system begins in one workflow, and every other receives from one before it")
		return false
	}
	for len(left) > 0 {
		i := slices.IndexFunc(left, func(m *Member) bool {
			return !slices.ContainsFunc(m.In, func(in *Link) bool { return !slices.Contains(sorted, in.From) })
		})
		if i < 0 {
			l.diags.Add(left[0].In[0].Pos, fmt.Sprintf("cases go round: %q waits for itself", left[0].Name), "workflows hand cases on, not round")
			return false
		}
		sorted = append(sorted, left[i])
		left = slices.Delete(left, i, i+1)
	}
	l.s.Members = sorted
	for _, m := range sorted {
		l.s.Links = append(l.s.Links, m.In...)
	}
	return true
}

// sortedNames are the keys of a map in order.
func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
