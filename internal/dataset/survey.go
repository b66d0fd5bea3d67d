package dataset

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"maps"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// Survey is what one walk over all cases tells about the splits.
type Survey struct {
	Cases int64
	Sizes map[string]int64 // cases of every split; "" for those in none
	// Clusters and Straddling count clusters, and those with cases in more
	// than one split. They are counted where the card splits by time or column
	// and names a cluster column.
	Clusters, Straddling int
	Warnings             []string // what a reader of results should know
}

// Sizes counts the cases of every split; "" stands for those in none.
func (c *Card) Sizes(ctx context.Context) (map[string]int64, error) {
	s, err := c.Survey(ctx)
	if err != nil {
		return nil, err
	}
	return s.Sizes, nil
}

// Survey walks over all cases. It holds 8 bytes and a little for every cluster
// in memory where it counts them.
func (c *Card) Survey(ctx context.Context) (*Survey, error) {
	r, err := c.Open(Request{})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s := &Survey{Sizes: make(map[string]int64)}
	reviewed, broke := maps.Clone(c.Reviewed), maps.Clone(c.Regression)
	clustered := c.Cluster != "" && (c.Splits.By == "time" || c.Splits.By == "column")
	seed := maphash.MakeSeed()
	in := make(map[uint64]uint8) // cluster → splits, as bits
	buf := make([]flow.Case, 256)
	for {
		n, err := r.Next(ctx, buf)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for i := range buf[:n] {
			s.Sizes[buf[i].Split]++
			delete(reviewed, buf[i].ID)
			delete(broke, buf[i].ID)
			if clustered && slices.Contains(SplitKinds, buf[i].Split) {
				in[maphash.String(seed, buf[i].Cluster)] |= 1 << slices.Index(SplitKinds, buf[i].Split)
			}
		}
		s.Cases += int64(n)
		if err != nil {
			break
		}
	}
	s.Clusters = len(in)
	for _, splits := range in {
		if splits&(splits-1) != 0 {
			s.Straddling++
		}
	}
	s.warn(c)
	if len(reviewed) > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s reviews cases that are not in the dataset: %d, such as %q", c.Review, len(reviewed), slices.Min(slices.Collect(maps.Keys(reviewed)))))
	}
	if len(broke) > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s has cases that are not in the dataset: %d, such as %q", c.RegressionFile, len(broke), slices.Min(slices.Collect(maps.Keys(broke)))))
	}
	return s, nil
}

func (s *Survey) warn(c *Card) {
	if s.Straddling > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%d of %d clusters (%.0f %%) have cases in more than one split: what is learnt from train meets the same %s again", s.Straddling, s.Clusters, 100*float64(s.Straddling)/float64(s.Clusters), c.Cluster))
	}
	if n := s.Sizes[""]; n > 0 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%d of %d cases are in no split and are not replayed", n, s.Cases))
	}
	for _, name := range c.SplitNames() {
		if s.Sizes[name] == 0 {
			s.Warnings = append(s.Warnings, fmt.Sprintf("split %s has no cases", name))
		}
	}
}
