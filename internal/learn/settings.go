package learn

import (
	"fmt"
	"math"
)

// Settings decide how a model is trained. Start from [DefaultSettings]; the
// zero value is not valid.
type Settings struct {
	// HashBits is the size of the hash space of n-grams, as a power of two:
	// 10 to 30. Two n-grams that share a slot share a weight. Default 22; memory
	// does not depend on it, since only slots seen in training are kept.
	HashBits int
	// WordMin and WordMax bound the n of word n-grams. Default 1 to 2; 0 and 0
	// turn them off.
	WordMin, WordMax int
	// CharMin and CharMax bound the n of character n-grams, which do not cross
	// white space. Default 2 to 4; 0 and 0 turn them off.
	CharMin, CharMax int
	// MinRows is the number of training rows that an n-gram must occur in to
	// be kept. Default 2: n-grams seen once double the model and add nothing.
	MinRows int
	// Sublinear replaces the count of an n-gram in a text by 1 + ln(count).
	// Default true.
	Sublinear bool
	// Bins is the number of quantile steps of a [Number] column, 1 to 256. Default
	// 16; 1 keeps only its least and greatest value.
	Bins int
	// L2 is the penalty: training minimises the sum of the rows' log losses
	// plus L2/2 times the sum of squared weights (1/C of other libraries);
	// intercepts are free. Default 0.1.
	L2 float64
	// Epochs is the number of passes over the training rows. Default 20.
	Epochs int
	// LearningRate is AdaGrad's first step. Default 1.
	LearningRate float64
	// Balanced weighs each row by (rows / classes) / rows of its class, so that
	// rare classes count as much as common ones; probabilities then state equal
	// shares, not those of the data. Default false.
	Balanced bool
	// Seed fixes the order in which rows are visited. Default 1.
	Seed uint64
}

// DefaultSettings returns the defaults documented on [Settings].
func DefaultSettings() Settings {
	return Settings{
		HashBits: 22,
		WordMin:  1, WordMax: 2,
		CharMin: 2, CharMax: 4,
		MinRows:   2,
		Sublinear: true,
		Bins:      16,
		L2:        0.1,
		Epochs:    20, LearningRate: 1,
		Seed: 1,
	}
}

const (
	maxGram = 16
	maxBins = 256
)

// Check reports the first setting that is out of range.
func (s Settings) Check() error {
	gram := func(name string, lo, hi int) error {
		if lo == 0 && hi == 0 || 1 <= lo && lo <= hi && hi <= maxGram {
			return nil
		}
		return fmt.Errorf("%s n-grams from %d to %d; want 1 <= from <= to <= %d, or 0 and 0 for none", name, lo, hi, maxGram)
	}
	if err := gram("word", s.WordMin, s.WordMax); err != nil {
		return err
	}
	if err := gram("character", s.CharMin, s.CharMax); err != nil {
		return err
	}
	switch {
	case s.HashBits < 10 || s.HashBits > 30:
		return fmt.Errorf("hash bits %d; want 10 to 30", s.HashBits)
	case s.MinRows < 1:
		return fmt.Errorf("min rows %d; want at least 1", s.MinRows)
	case s.Bins < 1 || s.Bins > maxBins:
		return fmt.Errorf("bins %d; want 1 to %d", s.Bins, maxBins)
	case !(s.L2 >= 0) || math.IsInf(s.L2, 1):
		return fmt.Errorf("l2 %v; want a finite number of at least 0", s.L2)
	case s.Epochs < 1:
		return fmt.Errorf("epochs %d; want at least 1", s.Epochs)
	case !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 1):
		return fmt.Errorf("learning rate %v; want a finite number above 0", s.LearningRate)
	}
	return nil
}
