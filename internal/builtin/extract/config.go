// Package extract is the step kind `extract`: patterns over text, and
// normalisers that make what they find a value.
package extract

import (
	"github.com/rehearse-dev/rehearse/flow"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// From is the field of `in` that is searched; the only text, or the one
	// called text, where it is not given.
	From *flow.Text `yaml:"from"`
	// Patterns is a YAML file of what Rules holds, for patterns that several
	// designs share.
	Patterns *flow.Text `yaml:"patterns"`
	Rules    `yaml:",inline"`
}

// Rules say how each out field is found.
type Rules struct {
	// Dates is the order of dates in digits alone: dmy (the default) or mdy.
	Dates *flow.Text `yaml:"dates" jsonschema:"enum=dmy,enum=mdy"`
	// Decimal is the mark of fractions where a number alone does not tell:
	// point or comma.
	Decimal *flow.Text `yaml:"decimal" jsonschema:"enum=point,enum=comma"`
	// FixOCR restores digits that were read as letters, in every field that
	// does not say otherwise.
	FixOCR bool `yaml:"fix_ocr,omitempty"`
	// Fields are the patterns of each out field.
	Fields map[string]Field `yaml:"fields,omitempty"`
}

// Field is how one out field is found.
type Field struct {
	// Any are regular expressions (RE2), tried in order. What the group named
	// value holds, else the first group, else the whole match, is the value.
	Any []flow.Text `yaml:"any"`
	// As is the normaliser: text, id, code, money, number, integer, date, currency
	// or present; from the field's type where it is not given.
	As *flow.Text `yaml:"as"`
	// Pick says which match counts: first (the default) or last of the first
	// pattern that finds anything; min or max of all that all patterns find.
	Pick *flow.Text `yaml:"pick" jsonschema:"enum=first,enum=last,enum=min,enum=max"`
	// Within bounds the search to what its first group, else its whole first
	// match, holds; without a match the field is absent.
	Within *flow.Text `yaml:"within"`
	// FixOCR overrides that of all fields.
	FixOCR *bool `yaml:"fix_ocr"`
	// Map replaces found texts, compared without regard to case; with it, a
	// text that it does not have is no match.
	Map map[string]string `yaml:"map,omitempty"`
	Pos flow.Pos          `yaml:",pos"`
}

// Kind makes steps of kind extract.
func Kind() flow.StepKind {
	return flow.StepKind{
		Doc: "Patterns over text. Each out field has regular expressions (RE2) under `fields: {amount: {any: ['(?i)total:? *([\\d.,]+)'], as: money, pick: last}}`, or in a file named by `patterns`. " +
			"They are tried in order; the first whose match the normaliser understands gives the value, and without one the field is absent. " +
			"Normalisers: text, id (capitals, no spaces), code (capitals, letters and digits alone), money and number (1.234,56 and 1,234.56 alike), integer, date, currency, present (whether anything matches). " +
			"`fix_ocr: true` restores digits that were read as letters; `dates: dmy|mdy` decides about 03/04/2025. " +
			"A pattern that cannot cross lines is the fastest: write [ \\t]* rather than \\s*.",
		Role:   flow.Work,
		Actor:  flow.Rule,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return New(cfg) },
	}
}
