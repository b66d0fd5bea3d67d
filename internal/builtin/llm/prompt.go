package llm

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	client "github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/prompt"
)

// roleLine begins a part of a prompt file.
var roleLine = regexp.MustCompile(`^(system|user|assistant):[ \t]*\r?$`)

// part is one message as a template.
type part struct {
	role     string
	template *prompt.Template
}

// parts are the messages of a prompt file.
type parts struct {
	file    string
	sources []source
	list    []part
}

// source is the text of one part, with the lines before it left empty, so that
// places in it are places in the file.
type source struct {
	role, text string
}

// split takes a prompt file apart. It is done before anything is filled in:
// what a case says cannot begin a part. A file without parts is one message of
// the user.
func split(text string) ([]source, error) {
	var out []source
	lines := strings.SplitAfter(text, "\n")
	from := 0
	end := func(to int) {
		if len(out) > 0 {
			out[len(out)-1].text = strings.Repeat("\n", from) + strings.Join(lines[from:to], "")
		}
	}
	for i, l := range lines {
		m := roleLine.FindStringSubmatch(strings.TrimSuffix(l, "\n"))
		if m == nil {
			continue
		}
		if len(out) == 0 && strings.TrimSpace(strings.Join(lines[:i], "")) != "" {
			return nil, fmt.Errorf("there is text before the first part, %q in line %d", m[1]+":", i+1)
		}
		end(i)
		out, from = append(out, source{role: m[1]}), i+1
	}
	end(len(lines))
	if len(out) == 0 {
		out = []source{{role: "user", text: text}}
	}
	for _, s := range out {
		if strings.TrimSpace(s.text) == "" {
			return nil, fmt.Errorf("the part %q is empty", s.role+":")
		}
	}
	if last := out[len(out)-1].role; last != "user" {
		return nil, fmt.Errorf("the last part is %q, want %q: the question to answer", last+":", "user:")
	}
	return out, nil
}

// shownExamples is what a prompt calls the examples from other cases.
const shownExamples = "examples"

// prompt reads the prompt file and renders it once on made-up values of the
// declared types, all there and all optional ones absent.
func (r *reader) prompt(learns bool) parts {
	name := r.c.Prompt
	if learns && r.Config.In().Index(shownExamples) >= 0 {
		r.Fail(name.Pos, "in has a field %q, which is what the prompt calls the examples", shownExamples)
	}
	data, err := r.Config.ReadFile(name)
	if err != nil {
		r.Add(err)
		return parts{}
	}
	sources, err := split(string(data))
	if err != nil {
		r.Fail(name.Pos, "%s: %w", name.Value, err)
		return parts{}
	}
	file := filepath.Join(filepath.Dir(name.Pos.File), name.Value)
	wrong := func(err error) {
		var p *prompt.Error
		if errors.As(err, &p) && p.Line > 0 {
			message := p.Message
			if p.Variable != "" {
				message += ": a prompt knows the fields of in"
			}
			r.Fail(flow.Pos{File: file, Line: p.Line, Column: p.Col}, "%s", message)
			return
		}
		r.Fail(name.Pos, "%w", err)
	}
	out := parts{file: name.Value, sources: sources}
	for _, s := range sources {
		t, err := prompt.Load(name.Value, map[string]string{name.Value: s.text}, nil)
		if err != nil {
			wrong(err)
			continue
		}
		out.list = append(out.list, part{role: s.role, template: t})
		for _, absent := range []bool{false, true} {
			values := examples(r.Config.In(), absent)
			if learns {
				values[shownExamples] = []any{map[string]any{"input": examples(r.Config.In(), absent), "answer": "text"}}
			}
			if _, err := t.Render(values); err != nil && !unknowable(err, r.Config.In()) {
				wrong(err)
				break
			}
		}
	}
	uses := func(name string) bool { return regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).Match(data) }
	if learns && !uses(shownExamples) {
		r.Fail(name.Pos, "%s does not show the examples, want such as {%% for e in examples %%}{{ e.input.text }}: {{ e.answer }}{%% endfor %%}", name.Value)
	}
	for _, f := range r.Config.In().Names() {
		image := slices.ContainsFunc(r.c.Images, func(t flow.Text) bool { return t.Value == f })
		if !image && !uses(f) {
			r.Fail(name.Pos, "in gives %q, which %s does not use", f, name.Value)
		}
	}
	return out
}

// unknowable says that an error is about the inside of a value whose type does
// not tell what is inside: only a case can show it.
func unknowable(err error, in *flow.Schema) bool {
	var p *prompt.Error
	if !errors.As(err, &p) {
		return false
	}
	for _, f := range in.Fields() {
		if vague(f.Type) && (p.Variable == "" || p.Variable == f.Name || strings.HasPrefix(p.Variable, f.Name+".") || strings.HasPrefix(p.Variable, f.Name+"[")) {
			return true
		}
	}
	return false
}

func vague(t flow.Type) bool {
	switch t.Kind {
	case flow.Any:
		return true
	case flow.List:
		return t.Elem == nil || vague(*t.Elem)
	case flow.Record:
		for _, f := range t.Fields.Fields() {
			if vague(f.Type) {
				return true
			}
		}
		return t.Fields.Len() == 0
	}
	return false
}

// render fills a case's values in, and what is shown of other cases.
func (p parts) render(in flow.Message, examples []any) ([]client.Message, error) {
	values := shownMessage(in)
	if examples != nil {
		values[shownExamples] = examples
	}
	out := make([]client.Message, len(p.list))
	for i, part := range p.list {
		text, err := part.template.Render(values)
		if err != nil {
			return nil, flow.Errorf(flow.ErrIncomplete, "%w", err)
		}
		if text = strings.TrimSpace(text); text == "" {
			return nil, flow.Errorf(flow.ErrIncomplete, "%s: the part %q says nothing for this case", p.file, part.role+":")
		}
		out[i] = client.Message{Role: part.role, Content: text}
	}
	return out, nil
}
