package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/normalise"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Load reads a card and checks all that can be said about it without its
// sources. The card is nil where it could not be read at all; it is usable
// where there are no errors.
func Load(path string) (*Card, diag.List) {
	data, err := regular.Read(path)
	if err != nil {
		var diags diag.List
		diags.Add(flow.Pos{File: path}, problem(err), "")
		return nil, diags
	}
	card, diags := Parse(path, data)
	if card != nil && card.Review != "" {
		diags = append(diags, card.loadReview()...)
	}
	if card != nil && card.RegressionFile != "" {
		diags = append(diags, card.loadRegression()...)
	}
	return card, diags.Sort()
}

// problem says what is wrong with a file without naming it again.
func problem(err error) string {
	var pe *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such file"
	case errors.As(err, &pe):
		return pe.Err.Error()
	}
	return err.Error()
}

// cardKeys is the card as it is written.
type cardKeys struct {
	Dataset     flow.Text   `yaml:"dataset,omitempty"`
	Source      texts       `yaml:"source" schema:"texts_or_one"`
	Format      flow.Text   `yaml:"format,omitempty" jsonschema:"enum=parquet,enum=csv,enum=jsonl"`
	ID          flow.Text   `yaml:"id,omitempty"`
	Time        timeColumn  `yaml:"time,omitempty" schema:"time"`
	Cluster     flow.Text   `yaml:"cluster,omitempty"`
	Repeat      flow.Text   `yaml:"repeat,omitempty"`
	Weight      flow.Text   `yaml:"weight,omitempty"`
	Input       columns     `yaml:"input,omitempty" schema:"columns"`
	Recorded    columns     `yaml:"recorded,omitempty" schema:"columns"`
	Labels      *labelKeys  `yaml:"labels"`
	Tags        texts       `yaml:"tags,omitempty" schema:"texts_or_one"`
	Personal    texts       `yaml:"personal,omitempty" schema:"texts_or_one"`
	After       texts       `yaml:"after_the_fact,omitempty" schema:"texts_or_one"`
	Splits      *yaml.Node  `yaml:"splits,omitempty" schema:"splits"`
	LabelSource *flow.Texts `yaml:"label_source"`
	Review      flow.Text   `yaml:"review,omitempty"`
	Regression  flow.Text   `yaml:"regression,omitempty"`
	Licence     string      `yaml:"licence,omitempty"`
	Provenance  string      `yaml:"provenance,omitempty"`
}

type labelKeys struct {
	Outcome     columns            `yaml:"outcome,omitempty" schema:"columns"`
	Steps       map[string]columns `yaml:"steps,omitempty" schema:"{columns}"`
	Routes      columns            `yaml:"routes,omitempty" schema:"columns"`
	NeedsPerson flow.Text          `yaml:"needs_person,omitempty"`
	Person      columns            `yaml:"person,omitempty" schema:"columns"`
}

// texts is a list of texts; one may stand without the brackets.
type texts []flow.Text

func (t *texts) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	if n.Kind == yaml.ScalarNode {
		*t = texts{d.Text(n)}
		return
	}
	var all []flow.Text
	d.Decode(n, &all, diags)
	*t = slices.DeleteFunc(all, unread)
}

// unread says that a text was no text, which is reported where it was decoded.
func unread(t flow.Text) bool { return t.Pos.Line == 0 }

func (t texts) values() []string {
	out := make([]string, 0, len(t))
	for _, x := range t {
		out = append(out, x.Value)
	}
	return out
}

// columns is a mapping of fields to columns, or a list of columns that are
// named as the fields are.
type columns []Column

// columnKeys is a column in its long form.
type columnKeys struct {
	Column flow.Text  `yaml:"column"`
	Type   *flow.Text `yaml:"type"`
	// As says how texts of the column are written, where a machine would not
	// write them so: money ("RM 1,234.50") or date ("25 MAR 2018").
	As *flow.Text `yaml:"as" jsonschema:"enum=date,enum=money"`
	// Dates is the order of dates in digits alone: dmy (the default) or mdy.
	Dates *flow.Text `yaml:"dates" jsonschema:"enum=dmy,enum=mdy"`
}

// written reads how texts of a column are written.
func (k *columnKeys) written(col *Column, diags *diag.List) {
	if k.As != nil {
		col.As = k.As.Value
		if col.As != asMoney && col.As != asDate {
			diags.Add(k.As.Pos, fmt.Sprintf("unknown way of writing %q", col.As), diag.Suggest(col.As, []string{asMoney, asDate}))
		}
	}
	if k.Dates != nil {
		col.Dates = normalise.DateOrder(k.Dates.Value)
		switch {
		case col.As != asDate:
			diags.Add(k.Dates.Pos, "dates is for a column of dates as people write them", "add \"as: date\"")
		case col.Dates != normalise.DayFirst && col.Dates != normalise.MonthFirst:
			diags.Add(k.Dates.Pos, fmt.Sprintf("unknown order of dates %q", col.Dates), "dmy or mdy")
		}
	}
}

// timeColumn names the column of the case's time, and how its texts are written.
type timeColumn struct {
	flow.Text
	written Column // its As and Dates
}

// timeKeys is a timeColumn in its long form.
type timeKeys struct {
	Column flow.Text  `yaml:"column"`
	As     *flow.Text `yaml:"as" jsonschema:"enum=date"`
	Dates  *flow.Text `yaml:"dates" jsonschema:"enum=dmy,enum=mdy"`
}

func (t *timeColumn) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	if n.Kind != yaml.MappingNode {
		d.Decode(n, &t.Text, diags)
		return
	}
	var long timeKeys
	d.Decode(n, &long, diags)
	t.Text = long.Column
	(&columnKeys{As: long.As, Dates: long.Dates}).written(&t.written, diags)
	if t.written.As == asMoney {
		diags.Add(long.As.Pos, "a time is no money", "as: date")
	}
}

func (c *columns) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	*c = columns{}
	if n.Kind == yaml.SequenceNode {
		var names []flow.Text
		d.Decode(n, &names, diags)
		for _, t := range slices.DeleteFunc(names, unread) {
			if slices.ContainsFunc(*c, func(x Column) bool { return x.Field == t.Value }) {
				diags.Add(t.Pos, fmt.Sprintf("column %q twice", t.Value), "")
				continue
			}
			*c = append(*c, Column{Field: t.Value, Column: t.Value, Pos: t.Pos})
		}
		return
	}
	if n.Kind != yaml.MappingNode {
		diags.Add(d.Pos(n), fmt.Sprintf("%q is no mapping of fields to columns", n.Value), "{field: column}, or [column, ...] where both have one name")
		return
	}
	for k, v := range yamldoc.Pairs(n) {
		col := Column{Field: k.Value}
		var long columnKeys
		if v.Kind == yaml.MappingNode {
			d.Decode(v, &long, diags)
		} else {
			d.Decode(v, &long.Column, diags)
		}
		col.Column, col.Pos = long.Column.Value, long.Column.Pos
		if long.Type != nil {
			col.Type = columnType(*long.Type, diags)
		}
		long.written(&col, diags)
		if col.Column == "" {
			if v.Kind == yaml.ScalarNode {
				diags.Add(d.Pos(v), fmt.Sprintf("%q names no column", k.Value), "")
			}
			continue
		}
		*c = append(*c, col)
	}
}

// columnType is a type that a card states: one word.
func columnType(t flow.Text, diags *diag.List) *flow.Type {
	word, optional := strings.CutSuffix(t.Value, "?")
	kind, ok := flow.KindByName(word)
	if !ok || kind == flow.Enum || kind == flow.Record || kind == flow.List {
		known := slices.DeleteFunc(flow.KindNames(), func(k string) bool { return k == "enum" || k == "record" || k == "list" })
		diags.Add(t.Pos, fmt.Sprintf("%q is no type of a column", t.Value), diag.Suggest(word, known))
		return nil
	}
	return &flow.Type{Kind: kind, Optional: optional}
}

// loader turns the keys into a card.
type loader struct {
	doc   *yamldoc.Doc
	card  *Card
	diags diag.List
}

// Parse reads a card from its text as [Load] does, without its review and regression files. The path
// places its sources and its faults.
func Parse(path string, data []byte) (*Card, diag.List) {
	doc, diags := yamldoc.Parse(path, data)
	if doc.Root == nil {
		return nil, diags
	}
	sum := sha256.Sum256(data)
	l := &loader{doc: doc, diags: diags, card: &Card{
		File: path, Dir: filepath.Dir(path), Digest: hex.EncodeToString(sum[:]), at: make(map[string]flow.Pos),
	}}
	var k cardKeys
	doc.Decode(doc.Root, &k, &l.diags)
	l.read(&k)
	return l.card, l.diags.Sort()
}

func (l *loader) read(k *cardKeys) {
	c := l.card
	c.Name = k.Dataset.Value
	if c.Name == "" {
		abs, err := filepath.Abs(c.Dir)
		if err == nil {
			c.Name = filepath.Base(abs)
		}
	}
	l.sources(k)
	for _, x := range []struct {
		key  string
		from flow.Text
		to   *string
	}{
		{"id", k.ID, &c.ID}, {"time", k.Time.Text, &c.Time}, {"cluster", k.Cluster, &c.Cluster},
		{"repeat", k.Repeat, &c.Repeat}, {"weight", k.Weight, &c.Weight},
	} {
		*x.to, c.at[x.key] = x.from.Value, x.from.Pos
	}
	c.Dated = k.Time.written
	c.Input, c.Recorded = k.Input, k.Recorded
	if k.Labels != nil {
		l.labels(k.Labels)
	}
	c.Tags, c.Personal, c.After = l.list("tags", k.Tags), l.list("personal", k.Personal), l.list("after_the_fact", k.After)
	l.splits(k.Splits)
	l.inputs(k.After)
	if k.LabelSource != nil {
		l.labelSource(*k.LabelSource)
	}
	if k.Review.Value != "" {
		c.Review, c.at["review"] = beside(c.Dir, k.Review.Value), k.Review.Pos
	}
	if k.Regression.Value != "" {
		c.RegressionFile, c.at["regression"] = beside(c.Dir, k.Regression.Value), k.Regression.Pos
	}
	c.Licence, c.Provenance = k.Licence, k.Provenance
	if c.Repeat != "" && c.ID == "" {
		l.diags.Add(c.at["repeat"], "a repeat column needs the id column that its rows share", `add "id: <column>"`)
	}
}

// list keeps the names of a list and where each stands.
func (l *loader) list(key string, t texts) []string {
	seen := make(map[string]flow.Text, len(t))
	var out []string
	for _, x := range t {
		if first, dup := seen[x.Value]; dup {
			l.diags.Add(x.Pos, fmt.Sprintf("%q twice in %s", x.Value, key), fmt.Sprintf("first at %s", first.Pos))
			continue
		}
		seen[x.Value] = x
		l.card.at[key+" "+x.Value] = x.Pos
		out = append(out, x.Value)
	}
	return out
}

func (l *loader) sources(k *cardKeys) {
	c := l.card
	if k.Format.Value != "" {
		c.Format = Format(k.Format.Value)
		if !slices.Contains(formats, c.Format) {
			l.diags.Add(k.Format.Pos, fmt.Sprintf("unknown format %q", k.Format.Value), diag.Suggest(k.Format.Value, []string{"parquet", "csv", "jsonl"}))
		}
	}
	if k.Source != nil && len(k.Source) == 0 {
		l.diags.Add(flow.Pos{File: c.File, Line: 1}, "source names no file", "")
	}
	for _, s := range k.Source {
		path, err := sourcePath(s.Value, c.Dir)
		if err != nil {
			l.diags.Add(s.Pos, err.Error(), "")
			continue
		}
		if c.Format == "" {
			if _, ok := FormatOf(path); !ok {
				l.diags.Add(s.Pos, fmt.Sprintf("%q does not say its format", s.Value), `name it *.parquet, *.csv or *.jsonl, or add "format: csv"`)
			}
		}
		c.Sources = append(c.Sources, path)
		c.at["source "+path] = s.Pos
	}
}

// sourcePath replaces a ${NAME} at the start of a path by that variable of the
// environment. Other paths are relative to dir.
func sourcePath(name, dir string) (string, error) {
	if strings.TrimSpace(name) == "" {
		return "", errors.New("the name of a source is missing")
	}
	if rest, ok := strings.CutPrefix(name, "${"); ok {
		variable, rest, ok := strings.Cut(rest, "}")
		if !ok || variable == "" || rest != "" && rest[0] != '/' {
			return "", fmt.Errorf("%q does not start with a variable like ${NAME}/", name)
		}
		value := os.Getenv(variable)
		if value == "" {
			return "", fmt.Errorf("%q: the environment variable %s is not set", name, variable)
		}
		return filepath.Join(value, filepath.FromSlash(rest)), nil
	}
	path := filepath.FromSlash(name)
	if filepath.IsAbs(path) {
		return path, nil
	}
	return filepath.Join(dir, path), nil
}

func (l *loader) labels(k *labelKeys) {
	c := l.card
	c.Outcome, c.Routes, c.Needs = k.Outcome, k.Routes, k.NeedsPerson.Value
	c.at["needs_person"] = k.NeedsPerson.Pos
	if len(k.Steps) > 0 {
		c.Steps = make(map[string][]Column, len(k.Steps))
		for step, cols := range k.Steps {
			c.Steps[step] = cols
		}
	}
	for _, col := range k.Person {
		if col.Field == "minutes" {
			c.Minutes = col.Column
			c.at["minutes"] = col.Pos
			continue
		}
		c.Person = append(c.Person, col)
	}
}

// inputs refuses inputs that a design could not have had when the case came.
func (l *loader) inputs(after texts) {
	c := l.card
	for _, in := range c.Input {
		for _, a := range after {
			if within(in.Column, a.Value) {
				l.diags.Add(in.Pos, fmt.Sprintf("input %q is column %q, which is known only after the fact (%s)", in.Field, in.Column, a.Pos), "no design has it when the case comes")
			}
		}
		for _, u := range c.uses() {
			if u.label && u.column == in.Column {
				l.diags.Add(in.Pos, fmt.Sprintf("input %q is column %q, which is a label: %s (%s)", in.Field, in.Column, u.what, u.pos), "no design may see it")
				break
			}
		}
	}
}

// within says whether a column is another one or a part of it.
func within(column, other string) bool {
	return column == other || strings.HasPrefix(column, other+".")
}

// labelSources are the places a label can come from.
var labelSources = []string{"adjudicated", "policy", "clerk", "censored"}

func (l *loader) labelSource(t flow.Texts) {
	c := l.card
	known := []string{}
	for _, col := range c.Outcome {
		known = append(known, col.Field)
	}
	for _, col := range c.Routes {
		known = append(known, col.Field)
	}
	for step := range c.Steps {
		known = append(known, step)
	}
	if c.Needs != "" {
		known = append(known, "needs_person")
	}
	if len(c.Person) > 0 || c.Minutes != "" {
		known = append(known, "person")
	}
	if c.Minutes != "" {
		known = append(known, "minutes")
	}
	slices.Sort(known)
	known = slices.Compact(known)
	c.LabelSource = make(map[string]string, len(t))
	for _, n := range t {
		if !slices.Contains(known, n.Name) {
			l.diags.Add(n.Pos, fmt.Sprintf("label_source names %q, which the card does not label", n.Name), diag.Suggest(n.Name, known))
		}
		if !slices.Contains(labelSources, n.Text.Value) {
			l.diags.Add(n.Text.Pos, fmt.Sprintf("unknown source of a label %q", n.Text.Value), diag.Suggest(n.Text.Value, labelSources))
		}
		c.LabelSource[n.Name] = n.Text.Value
	}
}
