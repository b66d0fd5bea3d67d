package split

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Summary is what a card's division comes to.
type Summary struct {
	Dataset string   `json:"dataset"`
	Splits  string   `json:"splits,omitempty"` // as a card writes them, where they are proposed
	Cases   int64    `json:"cases"`            // rows, where the card names a repeat column
	Label   string   `json:"label,omitempty"`  // the column whose balance is shown; "" for none
	Labels  []string `json:"labels,omitempty"` // its values, the most frequent first; "" where it is absent
	Parts   []Part   `json:"parts"`            // in the order of the card, those of no split last
	// Clusters and Straddling count clusters, and those with cases in more
	// than one split; 0 where the card names no cluster column.
	Clusters   int      `json:"clusters,omitempty"`
	Straddling int      `json:"straddling,omitempty"`
	Warnings   []string `json:"warnings,omitempty"`
}

// Part is one split.
type Part struct {
	Name     string    `json:"split"` // "" for the cases in no split
	Cases    int64     `json:"cases"`
	Labels   []int64   `json:"labels,omitempty"` // cases by label, as in Summary.Labels
	Clusters int       `json:"clusters,omitempty"`
	First    time.Time `json:"first,omitzero"` // zero where the card names no time column
	Last     time.Time `json:"last,omitzero"`
}

// maxLabels is how many values of the label column are told apart.
const maxLabels = 1000

// Summarise walks over all rows of a card. Clusters take about 30 bytes each of
// memory.
func Summarise(ctx context.Context, card *dataset.Card, label string) (*Summary, error) {
	s := &Summary{Dataset: card.Name, Label: label}
	names := append(card.SplitNames(), "")
	if len(names) == 1 {
		names = []string{"dev", ""}
	}
	for _, n := range names {
		s.Parts = append(s.Parts, Part{Name: n})
	}
	seed := maphash.MakeSeed()
	in := make(map[uint64]uint8) // cluster → parts, as bits
	index := make(map[string]int)
	if err := walk(ctx, card, label, func(r *row) error {
		k := slices.Index(names, r.Split)
		p := &s.Parts[k]
		p.Cases++
		s.Cases++
		if card.Cluster != "" {
			in[maphash.String(seed, r.Cluster)] |= 1 << k
		}
		if t := r.Time; !t.IsZero() {
			if p.First.IsZero() || t.Before(p.First) {
				p.First = t
			}
			if t.After(p.Last) {
				p.Last = t
			}
		}
		if label == "" {
			return nil
		}
		at, known := index[r.label]
		if !known {
			if at = len(s.Labels); at == maxLabels {
				return fmt.Errorf("column %q has more than %d values: it is no label to balance by", label, maxLabels)
			}
			label := strings.Clone(r.label) // which shares memory with its batch
			index[label] = at
			s.Labels = append(s.Labels, label)
		}
		if at >= len(p.Labels) {
			p.Labels = append(p.Labels, make([]int64, at+1-len(p.Labels))...)
		}
		p.Labels[at]++
		return nil
	}); err != nil {
		return nil, err
	}
	for parts := range maps.Values(in) {
		for i := range s.Parts {
			if parts&(1<<i) != 0 {
				s.Parts[i].Clusters++
			}
		}
		s.Clusters++
		if none := uint8(1 << (len(names) - 1)); bits.OnesCount8(parts&^none) > 1 {
			s.Straddling++
		}
	}
	s.order()
	s.warn(card)
	return s, nil
}

// order puts the most frequent label first, and drops the part without split
// where it is empty.
func (s *Summary) order() {
	total := make([]int64, len(s.Labels))
	place := make([]int, len(s.Labels))
	for i := range s.Parts {
		p := &s.Parts[i]
		p.Labels = append(p.Labels, make([]int64, len(s.Labels)-len(p.Labels))...)
		for l, n := range p.Labels {
			total[l] += n
		}
	}
	for i := range place {
		place[i] = i
	}
	slices.SortFunc(place, func(a, b int) int {
		return cmp.Or(cmp.Compare(total[b], total[a]), cmp.Compare(s.Labels[a], s.Labels[b]))
	})
	labels := slices.Clone(s.Labels)
	for i, from := range place {
		s.Labels[i] = labels[from]
	}
	for i := range s.Parts {
		was := slices.Clone(s.Parts[i].Labels)
		for l, from := range place {
			s.Parts[i].Labels[l] = was[from]
		}
	}
	if last := len(s.Parts) - 1; s.Parts[last].Cases == 0 {
		s.Parts = s.Parts[:last]
	}
}

func (s *Summary) warn(card *dataset.Card) {
	if s.Straddling > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%d of %d clusters (%.0f %%) have cases in more than one split: what is learnt from train meets the same %s again", s.Straddling, s.Clusters, 100*float64(s.Straddling)/float64(s.Clusters), card.Cluster))
	}
	for _, p := range s.Parts {
		switch {
		case p.Name == "":
			s.Warnings = append(s.Warnings, fmt.Sprintf("%d of %d cases are in no split and are not replayed", p.Cases, s.Cases))
		case p.Cases == 0:
			s.Warnings = append(s.Warnings, fmt.Sprintf("split %s has no cases", p.Name))
		default:
			for l, n := range p.Labels {
				if n == 0 && s.Labels[l] != "" {
					s.Warnings = append(s.Warnings, fmt.Sprintf("split %s has no case labelled %q", p.Name, s.Labels[l]))
				}
			}
		}
	}
}

// Survey gathers what a split is made from: the times of all cases, and their
// clusters with the numbers of their labels. Both take 16 to 24 bytes a case.
func Survey(ctx context.Context, card *dataset.Card, label string) (times []time.Time, members []Member, labels int, err error) {
	index := make(map[string]int32)
	err = walk(ctx, card, label, func(r *row) error {
		if !r.Time.IsZero() {
			times = append(times, r.Time)
		}
		at, known := index[r.label]
		if !known {
			if at = int32(len(index)); at == maxLabels {
				return fmt.Errorf("column %q has more than %d values: it is no label to stratify by", label, maxLabels)
			}
			index[strings.Clone(r.label)] = at
		}
		members = append(members, Member{dataset.KeyOf(r.Cluster), at})
		return nil
	})
	return times, members, len(index), err
}
