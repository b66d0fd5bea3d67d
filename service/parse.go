package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/strictjson"
)

// longestName is how many bytes an id, a cluster, a tag or a reviewer's name may
// have.
const longestName = 200

// ParseCase reads a case: {"id": "...", "input": {...}} with the fields of the
// workflow's input; "time" (when the case came, RFC 3339), "cluster", "weight" and
// "tags" as the dataset's card has them are optional. A time or a tag that the
// card takes from an input field need not be said twice.
func (s *Service) ParseCase(data []byte) (*flow.Case, error) {
	var r struct {
		ID, Cluster string
		Time        *time.Time
		Weight      *float64
		Tags        map[string]string
		Input       json.RawMessage
	}
	if err := strictjson.Object(data,
		strictjson.Key{Name: "id", Want: "a text", Into: &r.ID},
		strictjson.Key{Name: "time", Want: "a time such as 2026-11-21T09:00:00Z", Into: &r.Time},
		strictjson.Key{Name: "cluster", Want: "a text", Into: &r.Cluster},
		strictjson.Key{Name: "weight", Want: "a number above 0", Into: &r.Weight},
		strictjson.Key{Name: "tags", Want: "an object with a text for each tag", Into: &r.Tags},
		strictjson.Key{Name: "input", Want: "an object with the fields of the workflow's input", Into: &r.Input},
	); err != nil {
		return nil, err
	}
	if err := name("id", r.ID); err != nil {
		return nil, err
	}
	if r.ID == "." || r.ID == ".." {
		return nil, fmt.Errorf("id %q: no path of a request can name it", r.ID)
	}
	if r.Input == nil {
		return nil, errors.New(`want "input": an object with the fields of the workflow's input`)
	}
	values, err := flow.ParseJSON(r.Input, s.promoted.Input())
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	c := &flow.Case{ID: r.ID, Cluster: r.ID, Weight: 1, Input: flow.Message{Schema: s.promoted.Input(), Values: values}, Tags: make([]string, len(s.tags()))}
	if r.Cluster != "" {
		if err := name("cluster", r.Cluster); err != nil {
			return nil, err
		}
		c.Cluster = r.Cluster
	}
	if r.Weight != nil {
		if !(*r.Weight > 0 && *r.Weight < 1e12) {
			return nil, fmt.Errorf("weight %v: want a number above 0", *r.Weight)
		}
		c.Weight = *r.Weight
	}
	if r.Time != nil {
		if c.Time = r.Time.UTC(); c.Time.Year() < 0 || c.Time.Year() > 9999 {
			return nil, fmt.Errorf("time %s: want one in the years 0 to 9999 of UTC", r.Time.Format(time.RFC3339))
		}
	} else if at, ok := s.column(c, "").(time.Time); ok {
		c.Time = at
	}
	for tag := range r.Tags {
		if !slices.Contains(s.tags(), tag) {
			return nil, fmt.Errorf("tags: unknown tag %q", tag)
		}
	}
	for i, tag := range s.tags() {
		if v, ok := r.Tags[tag]; ok {
			if len(v) > longestName || !utf8.ValidString(v) {
				return nil, fmt.Errorf("tag %q: want at most %d bytes", tag, longestName)
			}
			c.Tags[i] = v
		} else if v, ok := s.column(c, tag).(string); ok {
			c.Tags[i] = v
		}
	}
	return c, nil
}

// column is the value of the input field that the card reads from a column, ""
// for that of the cases' time; nil where there is none.
func (s *Service) column(c *flow.Case, column string) any {
	if s.card == nil {
		return nil
	}
	if column == "" {
		column = s.card.Time
	}
	for _, m := range s.card.Input {
		if m.Column == column {
			return c.Input.Get(m.Field)
		}
	}
	if s.card.Input == nil {
		return c.Input.Get(column)
	}
	return nil
}

// name checks what somebody or something is called: by what can be seen, for two
// names that look the same would be taken for one.
func name(key, text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return fmt.Errorf("want %q", key)
	case len(text) > longestName:
		return fmt.Errorf("%s of %d bytes, want at most %d", key, len(text), longestName)
	}
	if i := strings.IndexFunc(text, unseen); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		return fmt.Errorf("%s %q has %U, which nobody sees: want letters, digits and signs that show", key, text, r)
	}
	return nil
}

// unseen says of a character that it does not show, or stands for one that could
// not be read.
func unseen(r rune) bool {
	return !unicode.IsPrint(r) || r == utf8.RuneError || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
