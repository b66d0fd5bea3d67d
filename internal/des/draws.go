package des

import (
	"math"
	"math/bits"
)

// Draws makes random numbers by hashing what they are for: (seed, purpose,
// case, attempt). A number does not depend on which numbers were asked for
// before it, so two models with the same seed see the same case arrive at the
// same moment with the same work, whatever else differs (common random numbers).
type Draws struct{ key uint64 }

// NewDraws gives the draws of one seed and one purpose. Purposes are small
// numbers of the model's choice: 0 for gaps between arrivals, 1 for work, ...
func NewDraws(seed, purpose uint64) Draws {
	return Draws{mix(mix(seed^0x6a09e667f3bcc909) + purpose*0x9fb21c651e98df25)}
}

// For gives the generator of one attempt at one case.
func (d Draws) For(id int64, attempt int) Draw {
	return Draw{mix(d.key + uint64(id)*0x9e3779b97f4a7c15 + uint64(attempt)*0xd1b54a32d192ed03)}
}

// SubSeed derives the seed of replication i (or of any numbered part) from a seed.
func SubSeed(seed uint64, i int) uint64 {
	return mix(mix(seed^0xbb67ae8584caa73b) + uint64(i)*0x9e3779b97f4a7c15)
}

// mix is the 64-bit finaliser of MurmurHash3 with the constants of Stafford's
// variant 13, as used by SplitMix64 (Steele, Lea & Flood 2014).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// A Draw is the SplitMix64 generator of one key. It is a value: copy it to
// replay it. *Draw is a source for math/rand/v2.
type Draw struct{ state uint64 }

// Uint64 gives the next 64 random bits.
func (d *Draw) Uint64() uint64 {
	d.state += 0x9e3779b97f4a7c15
	return mix(d.state)
}

// Uniform is in the open interval (0, 1).
func (d *Draw) Uniform() float64 {
	return (float64(d.Uint64()>>12) + 0.5) * 0x1p-52
}

// Index is uniform on 0..n-1, for resampling n recorded items; n must be positive.
func (d *Draw) Index(n int) int {
	hi, _ := bits.Mul64(d.Uint64(), uint64(n))
	return int(hi)
}

// Exp is exponential with the given mean, by inversion: one uniform each, and
// monotone in it, which common random numbers need.
func (d *Draw) Exp(mean float64) float64 { return -mean * logOf(d.Uniform()) }

// Normal is normal with mean 0 and standard deviation 1, by inversion.
func (d *Draw) Normal() float64 {
	return math.Sqrt2 * math.Erfinv(2*d.Uniform()-1)
}

// LogNormal is lognormal with the given mean and squared coefficient of
// variation (variance over squared mean).
func (d *Draw) LogNormal(mean, scv float64) float64 {
	s2 := math.Log1p(scv)
	return mean * math.Exp(math.Sqrt(s2)*d.Normal()-s2/2)
}

// Gamma is gamma distributed with the given shape and scale (mean shape·scale),
// by the rejection method of Marsaglia & Tsang (2000); shape must be positive.
func (d *Draw) Gamma(shape, scale float64) float64 {
	boost := 1.0
	if shape < 1 {
		boost = math.Pow(d.Uniform(), 1/shape)
		shape++
	}
	a := shape - 1.0/3
	c := 1 / math.Sqrt(9*a)
	for {
		x := d.Normal()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(d.Uniform()) < x*x/2+a*(1-v+math.Log(v)) {
			return a * v * boost * scale
		}
	}
}
