package learn

// Gradient is how far the calibrated confidence of x goes up with the slope and
// with the offset of Platt's curve.
func (c *Curve) Gradient(x float64) [2]float64 {
	y := c.At(x)
	return [2]float64{y * (1 - y) * logit(x), y * (1 - y)}
}

// Spread is the covariance of slope and offset of Platt's curve as it was fitted
// to these answers: the sandwich estimate over clusters of answers, each named
// by a number (Liang and Zeger 1986), with the penalty of the fit.
func (c *Curve) Spread(confidence []float64, right []bool, clusters []int32) [2][2]float64 {
	bread := [2][2]float64{{1, 0}, {0, 1}}
	scores := map[int32]*[2]float64{}
	for i, x := range confidence {
		p, l := c.At(x), logit(x)
		w := p * (1 - p)
		bread[0][0], bread[0][1], bread[1][1] = bread[0][0]+w*l*l, bread[0][1]+w*l, bread[1][1]+w
		s := scores[clusters[i]]
		if s == nil {
			s = &[2]float64{}
			scores[clusters[i]] = s
		}
		miss := p
		if right[i] {
			miss = p - 1
		}
		s[0], s[1] = s[0]+miss*l, s[1]+miss
	}
	bread[1][0] = bread[0][1]
	var meat [2][2]float64
	for _, s := range scores {
		for a := range 2 {
			for b := range 2 {
				meat[a][b] += s[a] * s[b]
			}
		}
	}
	inverse := inverted(bread)
	return product(product(inverse, meat), inverse)
}

func inverted(m [2][2]float64) [2][2]float64 {
	det := m[0][0]*m[1][1] - m[0][1]*m[1][0]
	return [2][2]float64{{m[1][1] / det, -m[0][1] / det}, {-m[1][0] / det, m[0][0] / det}}
}

func product(a, b [2][2]float64) (out [2][2]float64) {
	for i := range 2 {
		for j := range 2 {
			out[i][j] = a[i][0]*b[0][j] + a[i][1]*b[1][j]
		}
	}
	return out
}
