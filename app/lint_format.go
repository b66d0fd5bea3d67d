package app

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/report"
)

// lintFormats are the ways to print what lint finds.
var lintFormats = map[string]func(io.Writer, diag.List) error{
	"text":   lintText,
	"json":   lintJSON,
	"github": lintGitHub,
	"sarif":  lintSARIF,
}

func lintText(w io.Writer, found diag.List) error {
	for _, d := range found {
		if _, err := fmt.Fprintln(w, legible(d.String())); err != nil {
			return err
		}
	}
	return nil
}

// finding is one line of the JSON of lint.
type finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
	Rule     string `json:"rule,omitempty"` // none where a file cannot be read for what it is
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

func lintJSON(w io.Writer, found diag.List) error {
	all := []finding{}
	for _, d := range found {
		all = append(all, finding{d.Pos.File, d.Pos.Line, d.Pos.Column, d.Severity.String(), d.Rule, d.Message, d.Hint})
	}
	return indented(w, map[string]any{"findings": all})
}

func indented(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// lintGitHub prints workflow commands, which GitHub shows beside the lines that
// they are about.
func lintGitHub(w io.Writer, found diag.List) error {
	level := map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Advice: "notice"}
	for _, d := range found {
		title := ""
		if d.Rule != "" {
			title = ",title=" + report.AnnotationProperty(d.Rule)
		}
		_, err := fmt.Fprintf(w, "::%s file=%s,line=%d,col=%d%s::%s\n", level[d.Severity], report.AnnotationProperty(filepath.ToSlash(d.Pos.File)), d.Pos.Line, d.Pos.Column, title, report.AnnotationText(said(d)))
		if err != nil {
			return err
		}
	}
	return nil
}

// said is a message with its hint.
func said(d diag.Diagnostic) string {
	if d.Hint == "" {
		return d.Message
	}
	return d.Message + " (" + d.Hint + ")"
}

// lintSARIF prints the Static Analysis Results Interchange Format, version
// 2.1.0 of OASIS.
func lintSARIF(w io.Writer, found diag.List) error {
	level := map[diag.Severity]string{diag.Error: "error", diag.Warning: "warning", diag.Advice: "note"}
	rules := []any{}
	for _, r := range design.Rules {
		rules = append(rules, map[string]any{
			"id": r.ID, "shortDescription": map[string]any{"text": r.Doc},
			"defaultConfiguration": map[string]any{"level": level[r.Severity]},
		})
	}
	results := []any{}
	for _, d := range found {
		result := map[string]any{
			"level":   level[d.Severity],
			"message": map[string]any{"text": said(d)},
			"locations": []any{map[string]any{"physicalLocation": map[string]any{
				"artifactLocation": map[string]any{"uri": uri(d.Pos.File)},
				"region":           map[string]any{"startLine": max(d.Pos.Line, 1), "startColumn": max(d.Pos.Column, 1)},
			}}},
		}
		if d.Rule != "" {
			result["ruleId"] = d.Rule
		}
		results = append(results, result)
	}
	return indented(w, map[string]any{
		"version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"runs": []any{map[string]any{
			"tool":       map[string]any{"driver": map[string]any{"name": "rehearse", "rules": rules}},
			"columnKind": "unicodeCodePoints",
			"results":    results,
		}},
	})
}

// uri is a path as a relative reference.
func uri(path string) string {
	return (&url.URL{Path: filepath.ToSlash(path)}).String()
}
