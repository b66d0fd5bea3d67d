package stats

import "math"

// TrendSums are the sums over the things of one cluster, of which each has a
// score, such as its time, and is a yes or a no. The zero value is empty. Scores
// are best counted from somewhere near them, so that their squares stay exact.
type TrendSums struct {
	N, Yes      float64
	Score       float64 // Σs
	ScoreYes    float64 // Σs over the yes
	ScoreSquare float64 // Σs²
}

// Add takes in one thing.
func (t *TrendSums) Add(score float64, yes bool) {
	t.N++
	t.Score += score
	t.ScoreSquare += score * score
	if yes {
		t.Yes++
		t.ScoreYes += score
	}
}

// Merge takes in what o has gathered.
func (t *TrendSums) Merge(o TrendSums) {
	t.N += o.N
	t.Yes += o.Yes
	t.Score += o.Score
	t.ScoreYes += o.ScoreYes
	t.ScoreSquare += o.ScoreSquare
}

// spread is Σ(s-mean)², and covariance Σ(y-p)(s-mean).
func (t *TrendSums) spread() float64 { return t.ScoreSquare - t.Score*t.Score/t.N }

func (t *TrendSums) covariance() float64 { return t.ScoreYes - t.Score*t.Yes/t.N }

// A TrendTest says whether the chance of a yes goes up or down with the score.
// All is absent where every score, or every answer, is the same.
type TrendTest struct {
	Slope  Number // change of the chance for one more of the score, by least squares
	Z      Number // or t with one less than the clusters degrees of freedom
	PValue Number // two-sided
}

// CochranArmitage tests things that are independent of each other (Cochran
// 1954, Armitage 1955), with the variance that the margins give:
// z = Σ(y-p)(s-mean) / sqrt(p(1-p)Σ(s-mean)²).
func CochranArmitage(all TrendSums) (TrendTest, error) {
	if err := all.check(); err != nil || all.flat() {
		return TrendTest{}, err
	}
	p := all.Yes / all.N
	z := all.covariance() / math.Sqrt(p*(1-p)*all.spread())
	return TrendTest{Slope: Num(all.covariance() / all.spread()), Z: Num(z), PValue: Num(2 * normalCDF(-math.Abs(z)))}, nil
}

// ClusterTrend is the same score test over things that come in clusters: its
// variance is that of the clusters' own sums, with G/(G-1), and t with G-1
// degrees of freedom. With fewer than two clusters it is absent.
func ClusterTrend(clusters []TrendSums) (TrendTest, error) {
	var all TrendSums
	for _, c := range clusters {
		all.Merge(c)
	}
	if err := all.check(); err != nil || all.flat() || len(clusters) < 2 {
		return TrendTest{}, err
	}
	p, mean := all.Yes/all.N, all.Score/all.N
	squares := 0.0
	for _, c := range clusters {
		u := c.ScoreYes - mean*c.Yes - p*c.Score + p*mean*c.N
		squares += u * u
	}
	if squares == 0 {
		return TrendTest{}, nil
	}
	g := float64(len(clusters))
	t := all.covariance() / math.Sqrt(squares*g/(g-1))
	return TrendTest{Slope: Num(all.covariance() / all.spread()), Z: Num(t), PValue: Num(studentTwoSided(t, g-1))}, nil
}

func (t *TrendSums) check() error {
	for _, v := range [...]float64{t.Score, t.ScoreYes, t.ScoreSquare} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return refuse(OutOfRange, "the scores add up to %v", v)
		}
	}
	return nil
}

// flat says that there is nothing to compare.
func (t *TrendSums) flat() bool {
	return t.N == 0 || t.Yes == 0 || t.Yes == t.N || t.spread() <= 1e-12*t.ScoreSquare
}
