package drift

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rehearse-dev/rehearse/internal/learn"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	aucFloor = 0.55
	// minTexts of a side in a fold can be told apart at all.
	minTexts = 20
)

// text asks a classifier to tell the fresh texts from the baseline's
// (classifier two-sample test, Lopez-Paz and Oquab 2017): it is trained on one
// half of the clusters and scores the other, and the other way round. The
// p-value is the smaller of the two, doubled; the effect is the mean AUC.
// Numbers in texts are all one word: dates and document numbers move by
// themselves.
func text(c *check, of columns) (Signal, error) {
	s := Signal{Test: "classifier, 2 grouped folds", EffectName: "AUC", Floor: aucFloor}
	docs := of.base.texts.documents()
	for _, d := range of.fresh.texts.documents() {
		d.fresh = true
		docs = append(docs, d)
	}
	for i := range docs {
		docs[i].text = digitless(docs[i].text)
	}
	columns := []learn.Column{{Name: "text", Kind: learn.Text}}
	settings := learn.DefaultSettings()
	settings.WordMin, settings.WordMax, settings.CharMin, settings.CharMax = 1, 2, 0, 0
	settings.Epochs, settings.Balanced, settings.Seed = 5, true, c.Seed
	best, sum := 1.0, 0.0
	for held := range 2 {
		var rows []learn.Row
		var labels []string
		var test []document
		n := map[[2]bool]int{} // by held, fresh
		for _, d := range docs {
			n[[2]bool{d.fold() == held, d.fresh}]++
			if d.fold() == held {
				test = append(test, d)
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
		model, err := learn.Train(c.ctx, columns, rows, labels, settings)
		if err != nil {
			return s, err
		}
		scores, err := scoresOf(model, test)
		if err != nil {
			return s, err
		}
		positive, clusters := make([]bool, len(test)), make([]uint64, len(test))
		for i, d := range test {
			// A cluster with cases on both sides is two: they are compared.
			positive[i], clusters[i] = d.fresh, d.cluster
			if d.fresh {
				clusters[i] = mix(d.cluster)
				if d.time != noTime {
					s.scored = append(s.scored, timed{d.time, scores[i]})
				}
			}
		}
		rank, err := stats.ClusterRankSum(scores, positive, clusters, rand.NewPCG(c.Seed, uint64(held)))
		if err != nil {
			return s, err
		}
		best, sum = min(best, rank.PValue.Or(1)), sum+rank.AUC.Or(0.5)
	}
	s.P, s.Effect = stats.Num(min(1, 2*best)), stats.Num(sum/2)
	said, moves := words(docs)
	s.What, s.Moves = "AUC "+strconv.FormatFloat(sum/2, 'f', 2, 64)+said, moves
	return s, nil
}

// fold is the half of the clusters that a text belongs to.
func (d document) fold() int { return int(d.cluster & 1) }

func side(fresh bool) string {
	if fresh {
		return "fresh"
	}
	return "baseline"
}

func scoresOf(m *learn.Model, docs []document) ([]float64, error) {
	fresh, _ := m.ClassIndex(side(true))
	raw, calibrated := make([]float64, len(m.Classes())), make([]float64, len(m.Classes()))
	out := make([]float64, len(docs))
	for i, d := range docs {
		if err := m.Predict(learn.Row{d.text}, raw, calibrated); err != nil {
			return nil, err
		}
		out[i] = raw[fresh]
	}
	return out, nil
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
func words(docs []document) (string, []Move) {
	const show, keep, least = 4, 20, 5
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
		Move
		z float64
	}
	var list []scored
	for w, c := range counts {
		if c[0]+c[1] < least {
			continue
		}
		p := float64(c[0]+c[1]) / float64(n[0]+n[1])
		se := math.Sqrt(p * (1 - p) * (1/float64(n[0]) + 1/float64(n[1])))
		was, is := float64(c[0])/float64(n[0]), float64(c[1])/float64(n[1])
		if se > 0 {
			list = append(list, scored{Move{Name: strconv.Quote(w), Baseline: stats.Num(was), Fresh: stats.Num(is), New: c[0] == 0}, math.Abs(is-was) / se})
		}
	}
	slices.SortFunc(list, func(a, b scored) int { return cmp.Or(cmp.Compare(b.z, a.z), cmp.Compare(a.Name, b.Name)) })
	said := ""
	var moves []Move
	for i, l := range list[:min(len(list), keep)] {
		if i < show {
			if said += ", "; i == 0 {
				said = "; "
			}
			said += l.Name + " in " + percent(l.Baseline.Value) + " to " + percent(l.Fresh.Value)
		}
		moves = append(moves, l.Move)
	}
	return said, moves
}
