package inspect

import (
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/normalise"
)

// A sample holds some rows as texts, each cut to longestSampled bytes.
type sample struct {
	reservoir
	columns []string
	rows    []sampled
}

type sampled struct {
	number int64
	texts  []string
}

const (
	sampleRows     = 20_000
	sampleCells    = 1_000_000 // of all columns
	longestSampled = 1000
)

func newSample(columns []string) *sample {
	return &sample{reservoir: reservoir{size: max(1, min(sampleRows, sampleCells/max(1, len(columns))))}, columns: columns}
}

// add takes a row where its draw says so.
func (s *sample) add(number int64, texts []string) {
	at := s.place()
	if at < 0 {
		return
	}
	if at == len(s.rows) {
		s.rows = append(s.rows, sampled{texts: make([]string, len(s.columns))})
	}
	s.rows[at].number = number
	for i, t := range texts {
		s.rows[at].texts[i] = strings.Clone(t[:min(len(t), longestSampled)])
	}
}

// column is the values of a column by sampled row; nil where there is none.
func (s *sample) column(name string) []string {
	at := slices.Index(s.columns, name)
	if at < 0 {
		return nil
	}
	out := make([]string, len(s.rows))
	for i, r := range s.rows {
		out[i] = r.texts[at]
	}
	return out
}

// times are the times of a column by sampled row; zero where there is none.
func (s *sample) times(c *Column) []time.Time {
	read := dataset.Column{As: c.As, Dates: normalise.DateOrder(c.Dates)}.Reading(flow.Type{Kind: flow.Time})
	out := make([]time.Time, len(s.rows))
	for i, text := range s.column(c.Name) {
		if at, err := read(text); err == nil && at != nil {
			out[i] = at.(time.Time)
		}
	}
	return out
}

// meanWords is how many words the values of a column have on average.
func (s *sample) meanWords(name string) float64 {
	words, values := 0, 0
	for _, t := range s.column(name) {
		if n := len(strings.Fields(t)); n > 0 {
			words += n
			values++
		}
	}
	return float64(words) / float64(max(values, 1))
}

// measures are the values of a column of numbers or times, as numbers.
func (s *sample) measures(c *Column) []float64 {
	out := make([]float64, len(s.rows))
	if c.Type == "date" || c.Type == "time" {
		for i, at := range s.times(c) {
			out[i] = float64(at.Unix())
		}
		return out
	}
	read := dataset.Column{As: c.As}.Reading(flow.Type{Kind: flow.Number})
	for i, text := range s.column(c.Name) {
		if x, err := read(text); err == nil && x != nil {
			out[i] = x.(float64)
		}
	}
	return out
}
