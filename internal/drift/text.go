package drift

import (
	"cmp"
	"context"
	"hash/fnv"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rehearse-dev/rehearse/internal/learn"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	aucFloor = 0.55
	// maxTexts of a side are compared: more cost time and tell little more.
	maxTexts = 1500
	// minTexts of a side in a fold can be told apart at all.
	minTexts = 20
)

// document is one text of one side.
type document struct {
	text  string
	fold  int
	fresh bool
}

// text asks a classifier to tell the fresh texts from the baseline's
// (classifier two-sample test, Lopez-Paz and Oquab 2017): it is trained on one
// half of the clusters and scores the other, and the other way round. The
// p-value is the smaller of the two, doubled; the effect is the mean AUC.
// Numbers in texts are all one word: dates and document numbers move by
// themselves.
func text(ctx *check, base, fresh *Column) (Signal, error) {
	s := Signal{Test: "classifier, 2 grouped folds", EffectName: "AUC", Floor: aucFloor}
	docs := append(documents(base, ctx.base, false), documents(fresh, ctx.fresh, true)...)
	columns := []learn.Column{{Name: "text", Kind: learn.Text}}
	settings := learn.DefaultSettings()
	settings.WordMin, settings.WordMax, settings.CharMin, settings.CharMax = 1, 2, 0, 0
	settings.Epochs, settings.Balanced, settings.Seed = 5, true, ctx.Seed
	best, sum := 1.0, 0.0
	for held := range 2 {
		var rows, test []learn.Row
		var labels []string
		var positive []bool
		n := map[[2]bool]int{} // by held, fresh
		for _, d := range docs {
			n[[2]bool{d.fold == held, d.fresh}]++
			if d.fold == held {
				test, positive = append(test, learn.Row{d.text}), append(positive, d.fresh)
			} else {
				rows, labels = append(rows, learn.Row{d.text}), append(labels, side(d.fresh))
			}
		}
		for _, held := range []bool{false, true} {
			if n[[2]bool{held, false}] < minTexts || n[[2]bool{held, true}] < minTexts {
				s.Why = "too few texts, or too few clusters of them, to train on one half and test on the other"
				return s, nil
			}
		}
		model, err := learn.Train(ctx.ctx, columns, rows, labels, settings)
		if err != nil {
			return s, err
		}
		scores, err := scoresOf(model, test)
		if err != nil {
			return s, err
		}
		rank, err := stats.MannWhitney(scores, positive)
		if err != nil {
			return s, err
		}
		best, sum = min(best, rank.PValue.Value), sum+rank.AUC.Value
	}
	s.P, s.Effect = stats.Num(min(1, 2*best)), stats.Num(sum/2)
	s.What = "AUC " + strconv.FormatFloat(sum/2, 'f', 2, 64) + words(docs)
	return s, nil
}

func side(fresh bool) string {
	if fresh {
		return "fresh"
	}
	return "baseline"
}

func scoresOf(m *learn.Model, rows []learn.Row) ([]float64, error) {
	fresh, _ := m.ClassIndex(side(true))
	raw, calibrated := make([]float64, len(m.Classes())), make([]float64, len(m.Classes()))
	out := make([]float64, len(rows))
	for i, r := range rows {
		if err := m.Predict(r, raw, calibrated); err != nil {
			return nil, err
		}
		out[i] = raw[fresh]
	}
	return out, nil
}

// documents are at most maxTexts texts of a column, chosen by the case's id
// alone.
func documents(c *Column, s *Sample, fresh bool) []document {
	type keyed struct {
		key uint64
		document
	}
	var all []keyed
	for i, v := range c.Values {
		if t, ok := v.(string); ok {
			all = append(all, keyed{hash(s.IDs[i]), document{digitless(t), int(hash(s.Clusters[i]) % 2), fresh}})
		}
	}
	slices.SortFunc(all, func(a, b keyed) int { return cmp.Compare(a.key, b.key) })
	var out []document
	for _, k := range all[:min(len(all), maxTexts)] {
		out = append(out, k.document)
	}
	return out
}

func hash(s string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, s)
	// FNV's lowest bit depends on the lowest bits of the bytes alone.
	return h.Sum64() * 0x9e3779b97f4a7c15 >> 17
}

// digitless writes one 0 for every run of digits and what joins them.
func digitless(s string) string {
	var b strings.Builder
	in := false
	for _, r := range s {
		digit := unicode.IsDigit(r)
		if digit && !in {
			b.WriteByte('0')
		}
		if in && !digit && (r == '.' || r == ',' || r == '-' || r == '/' || r == ':') {
			continue
		}
		if in = digit; !digit {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// words names the words whose share of texts changed most surely.
func words(docs []document) string {
	const show, least = 4, 5
	var n [2]int
	counts := map[string]*[2]int{}
	for _, d := range docs {
		at := 0
		if d.fresh {
			at = 1
		}
		n[at]++
		seen := map[string]bool{}
		for _, w := range strings.FieldsFunc(strings.ToLower(d.text), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if len(w) < 3 || seen[w] {
				continue
			}
			seen[w] = true
			if counts[w] == nil {
				counts[w] = new([2]int)
			}
			counts[w][at]++
		}
	}
	type scored struct {
		word string
		c    [2]int
		z    float64
	}
	var list []scored
	for w, c := range counts {
		if c[0]+c[1] < least {
			continue
		}
		p := float64(c[0]+c[1]) / float64(n[0]+n[1])
		se := math.Sqrt(p * (1 - p) * (1/float64(n[0]) + 1/float64(n[1])))
		if se > 0 {
			list = append(list, scored{w, *c, abs(float64(c[1])/float64(n[1])-float64(c[0])/float64(n[0])) / se})
		}
	}
	slices.SortFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(b.z, a.z), cmp.Compare(a.word, b.word)) })
	out := ""
	for i, l := range list[:min(len(list), show)] {
		if out += ", "; i == 0 {
			out = "; "
		}
		out += strconv.Quote(l.word) + " in " + percent(share{l.c[0], n[0]}) + " to " + percent(share{l.c[1], n[1]})
	}
	return out
}

// check is what the tests of one check share.
type check struct {
	Settings
	ctx         context.Context
	base, fresh *Sample
}
