package learn

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
)

// sparse is a matrix of rows: those of row r lie from start[r] to start[r+1].
type sparse struct {
	start []int
	at    []uint32
	value []float32
}

func (m *sparse) append(at []uint32, value []float32) {
	if len(m.start) == 0 {
		m.start = append(m.start, 0)
	}
	m.at, m.value = append(m.at, at...), append(m.value, value...)
	m.start = append(m.start, len(m.at))
}

func (m *sparse) row(r int) ([]uint32, []float32) {
	lo, hi := m.start[r], m.start[r+1]
	return m.at[lo:hi], m.value[lo:hi]
}

func (m *sparse) rows() int { return len(m.start) - 1 }

// linear is a linear score for each class: bias plus the sum over features of
// value times weight. The weights of one feature lie together, one per class.
type linear struct {
	classes int
	bias    []float32
	weight  []float32
}

// score adds up the scores of one row into out, one per class.
func (l *linear) score(at []uint32, value []float32, out []float32) {
	k := l.classes
	out = out[:k]
	copy(out, l.bias)
	// Four features at a time: each score is then loaded and stored once for four.
	for ; len(at) >= 4 && len(value) >= 4; at, value = at[4:], value[4:] {
		v0, v1, v2, v3 := value[0], value[1], value[2], value[3]
		w0 := l.weight[int(at[0])*k:][:len(out)]
		w1 := l.weight[int(at[1])*k:][:len(out)]
		w2 := l.weight[int(at[2])*k:][:len(out)]
		w3 := l.weight[int(at[3])*k:][:len(out)]
		for c := range out {
			out[c] += (v0*w0[c] + v1*w1[c]) + (v2*w2[c] + v3*w3[c])
		}
	}
	for i, f := range at {
		v, w := value[i], l.weight[int(f)*k:][:len(out)]
		for c := range out {
			out[c] += v * w[c]
		}
	}
}

// softmax replaces scores by probabilities, computed in double precision.
func softmax(scores []float32, probs []float64, scale float64) {
	top := scores[0]
	for _, s := range scores {
		top = max(top, s)
	}
	var sum float64
	for c, s := range scores {
		p := math.Exp(float64(s-top) * scale)
		probs[c] = p
		sum += p
	}
	for c := range probs {
		probs[c] /= sum
	}
}

// problem is what the optimiser is given.
type problem struct {
	x        sparse
	class    []int32   // per row
	weight   []float32 // per class: weight of a row's loss
	seen     []int32   // per feature: rows it occurs in
	classes  int
	settings Settings
}

// negligible is the gradient of a score below which a class is not updated. It
// bounds the error of a score's gradient, not of the weights: a class that one
// row leaves alone is moved by the rows in which it matters.
const negligible = 1e-4

// solve minimises the penalised log loss. Each row is one step of AdaGrad
// (Duchi, Hazan and Singer 2011) with one accumulated squared gradient per
// feature, shared by the classes, so that a step costs one square root a
// feature. The penalty is applied, implicitly and scaled by rows / seen, to the
// features of the row at hand only: the same penalty in expectation. The result
// is the mean of the weights after each epoch of the second half.
func solve(ctx context.Context, p *problem) (*linear, error) {
	k, features := p.classes, len(p.seen)
	l := &linear{k, make([]float32, k), make([]float32, features*k)}
	// The true weight of a feature is scale times the stored one, so that the
	// penalty shrinks a feature with one multiplication.
	scale := make([]float32, features)
	squares := make([]float32, features)
	for f := range scale {
		scale[f] = 1
	}
	biasSquares := float32(1e-6)
	meanWeight, meanBias := make([]float32, len(l.weight)), make([]float32, k)
	averaged := 0

	order := make([]int, p.x.rows())
	for r := range order {
		order[r] = r
	}
	random := rand.NewPCG(p.settings.Seed, 0)
	rate, l2 := float32(p.settings.LearningRate), float32(p.settings.L2)
	scores, probs := make([]float32, k), make([]float64, k)
	var value []float32 // of the row, times scale
	active := make([]int, 0, k)
	step := make([]float32, k)

	for epoch := range p.settings.Epochs {
		shuffle(order, random)
		for n, r := range order {
			if n%256 == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			at, raw := p.x.row(r)
			value = value[:0]
			for i, f := range at {
				value = append(value, raw[i]*scale[f])
			}
			l.score(at, value, scores)
			softmax(scores, probs, 1)

			y := p.class[r]
			probs[y]--
			active = active[:0]
			var norm float32
			for c, g := range probs {
				if math.Abs(g) < negligible {
					continue
				}
				s := float32(g) * p.weight[y]
				norm += s * s
				step[len(active)] = s
				active = append(active, c)
			}
			biasSquares += norm
			eta := rate / float32(math.Sqrt(float64(biasSquares)))
			for i, c := range active {
				l.bias[c] -= eta * step[i]
			}
			for i, f := range at {
				squares[f] += raw[i] * raw[i] * norm
				eta := rate / (1e-3 + float32(math.Sqrt(float64(squares[f]))))
				scale[f] /= 1 + eta*l2/float32(p.seen[f])
				w := l.weight[int(f)*k:][:k]
				if scale[f] < 1e-6 {
					for c := range w {
						w[c] *= scale[f]
					}
					scale[f] = 1
				}
				eta *= raw[i] / scale[f]
				for j, c := range active {
					w[c] -= eta * step[j]
				}
			}
		}
		if epoch >= p.settings.Epochs/2 {
			averaged++
			for f, s := range scale {
				from, to := l.weight[f*k:][:k], meanWeight[f*k:][:k]
				for c := range to {
					to[c] += from[c] * s
				}
			}
			for c, b := range l.bias {
				meanBias[c] += b
			}
		}
	}
	for i := range meanWeight {
		meanWeight[i] /= float32(averaged)
	}
	for c := range meanBias {
		meanBias[c] /= float32(averaged)
	}
	for _, part := range [][]float32{meanBias, meanWeight} {
		for _, w := range part {
			if math.IsNaN(float64(w)) || math.IsInf(float64(w), 0) {
				return nil, fmt.Errorf("training diverged with l2 %v and learning rate %v: lower them", p.settings.L2, p.settings.LearningRate)
			}
		}
	}
	return &linear{k, meanBias, meanWeight}, nil
}

// shuffle is Fisher and Yates' with Lemire's reduction, written out so that the
// order, and with it a model's digest, does not hang on a library's version.
func shuffle(order []int, random *rand.PCG) {
	for i := len(order) - 1; i > 0; i-- {
		j, _ := bits.Mul64(random.Uint64(), uint64(i+1))
		order[i], order[j] = order[j], order[i]
	}
}
