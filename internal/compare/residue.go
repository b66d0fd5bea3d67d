package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/record"
)

// Residue is what differs between two runs beside the designs that are compared:
// a difference of figures may come from it.
type Residue struct {
	What  string `json:"what"`
	First string `json:"first"` // in the first run
	Run   string `json:"run"`
	Other string `json:"other"` // in that run
}

// Residues are what differs in the settings of runs, each held against the
// first: data, seed, repeats, tool, workflow, flags, and of a design that both
// have its file, parameters, prompts and models.
func Residues(runs []*record.Header) []Residue {
	var out []Residue
	first := runs[0]
	for _, h := range runs[1:] {
		add := func(what, a, b string) {
			if a != b {
				out = append(out, Residue{What: what, First: said(a), Run: h.Run, Other: said(b)})
			}
		}
		add("dataset card", file(first.Data.Card), file(h.Data.Card))
		add("data", files(first.Data.Sources), files(h.Data.Sources))
		add("split", strings.Join(first.Data.Split, ", "), strings.Join(h.Data.Split, ", "))
		add("cases chosen", chosen(first), chosen(h))
		add("workflow", file(first.Workflow), file(h.Workflow))
		add("seed", fmt.Sprint(first.Seed), fmt.Sprint(h.Seed))
		add("repeats", fmt.Sprint(first.Repeats), fmt.Sprint(h.Repeats))
		add("tool version", first.Tool.Version, h.Tool.Version)
		if first.Tool.Version == h.Tool.Version {
			add("program", first.Tool.Program, h.Tool.Program)
		}
		add("tool's Go", first.Tool.Go, h.Tool.Go)
		add("project commit", commit(first.Tool), commit(h.Tool))
		for _, flag := range union(first.Settings, h.Settings) {
			if !slices.Contains(shownElsewhere, flag) {
				add("--"+flag, setting(first, flag), setting(h, flag))
			}
		}
		for i := range h.Designs {
			for j := range first.Designs {
				a, b := &first.Designs[j], &h.Designs[i]
				if a.Name == b.Name && a.Variant == b.Variant {
					designResidues(a, b, add)
				}
			}
		}
	}
	return out
}

// designResidues are what differs between two states of one design.
func designResidues(a, b *record.Design, add func(what, a, b string)) {
	name := "design " + a.Name
	add(name+": file", file(a.File), file(b.File))
	for _, p := range union(a.Params, b.Params) {
		add(name+": parameter "+p, value(a.Params, p), value(b.Params, p))
	}
	read := func(d *record.Design) map[string]string {
		out := map[string]string{}
		for _, f := range d.Files {
			out[f.Path] = short(f.SHA256)
		}
		return out
	}
	was, is := read(a), read(b)
	for _, path := range union(was, is) {
		add(name+": "+path, was[path], is[path])
	}
	for _, step := range union(a.Outside, b.Outside) {
		add(name+": step "+step+" asks", a.Outside[step], b.Outside[step])
	}
	learnt := func(d *record.Design) map[string]string {
		out := map[string]string{}
		for _, l := range d.Learnt {
			out[l.Step] += " " + short(l.SHA256)
		}
		return out
	}
	was, is = learnt(a), learnt(b)
	for _, step := range union(was, is) {
		add(name+": what step "+step+" learnt", strings.TrimSpace(was[step]), strings.TrimSpace(is[step]))
	}
}

// shownElsewhere are flags that change no figure, or that stand in the header in
// other words.
var shownElsewhere = []string{"out", "quiet", "parallel", "format", "output", "no-report", "split", "where", "limit", "seed", "repeats", "data", "design", "resume"}

func setting(h *record.Header, flag string) string {
	if v, ok := h.Settings[flag]; ok {
		return strings.ReplaceAll(v, "\n", ", ")
	}
	return strings.ReplaceAll(h.Defaulted[flag], "\n", ", ")
}

func chosen(h *record.Header) string {
	parts := slices.Clone(h.Data.Where)
	if h.Data.Limit > 0 {
		parts = append(parts, fmt.Sprintf("the first %d", h.Data.Limit))
	}
	return strings.Join(parts, ", ")
}

func commit(t record.Tool) string {
	out := short(t.Commit)
	if t.Dirty {
		out += ", with changes"
	}
	return out
}

// short is as much of a digest as tells two apart.
func short(digest string) string { return digest[:min(len(digest), 12)] }

func file(f record.File) string { return f.Path + " " + short(f.SHA256) }

func files(list []record.File) string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = file(f)
	}
	return strings.Join(out, ", ")
}

func value(params map[string]any, name string) string {
	if v, ok := params[name]; ok {
		return fmt.Sprint(v)
	}
	return ""
}

// said is a setting, or a word for none.
func said(s string) string {
	if strings.TrimSpace(s) == "" {
		return "none"
	}
	return s
}

// union are the keys of both maps, in order.
func union[V any](a, b map[string]V) []string {
	keys := slices.Collect(maps.Keys(a))
	keys = slices.AppendSeq(keys, maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
