package discover

import "slices"

// Wasserstein is the 1-Wasserstein distance of two samples: the area between
// their distribution functions, which is the least mean way by which the one
// becomes the other (Vallender 1974). It has the unit of the values.
func Wasserstein(x, y []float64) float64 {
	if len(x) == 0 || len(y) == 0 {
		return 0
	}
	x, y = slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))
	sum, i, j := 0.0, 0, 0
	last := min(x[0], y[0])
	for i < len(x) || j < len(y) {
		var at float64
		if j == len(y) || i < len(x) && x[i] <= y[j] {
			at = x[i]
		} else {
			at = y[j]
		}
		f, g := float64(i)/float64(len(x)), float64(j)/float64(len(y))
		sum += max(f-g, g-f) * (at - last)
		last = at
		for i < len(x) && x[i] == at {
			i++
		}
		for j < len(y) && y[j] == at {
			j++
		}
	}
	return sum
}
