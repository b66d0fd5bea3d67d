package inspect

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// exact is the share of shingles that two texts have in common, counted.
func exact(a, b string) float64 {
	set := func(s string) map[string]bool {
		out := map[string]bool{}
		for i := 0; i+shingle <= len(s); i++ {
			out[s[i:i+shingle]] = true
		}
		return out
	}
	x, y := set(a), set(b)
	both := 0
	for s := range x {
		if y[s] {
			both++
		}
	}
	return float64(both) / float64(len(x)+len(y)-both)
}

func sentence(rng *rand.Rand, n int) []string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf("w%05d", rng.IntN(100_000))
	}
	return words
}

// The estimate is unbiased within its standard error, which is at most
// √(J (1-J) / 64) = 0.0625, over the mean of many pairs.
func TestSimilarity(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, changed := range []int{0, 2, 5, 10, 20, 40} {
		var off, spread float64
		const pairs = 300
		for range pairs {
			a := sentence(rng, 40)
			b := append([]string(nil), a...)
			for i := range changed {
				b[i] = sentence(rng, 1)[0]
			}
			x, y := strings.Join(a, " "), strings.Join(b, " ")
			sx, _, _ := sign(x, nil)
			sy, _, _ := sign(strings.ToUpper(y)+"!", nil) // case and marks do not count
			d := similarity(&sx, &sy) - exact(x, y)
			off += d / pairs
			spread += d * d / pairs
		}
		if math.Abs(off) > 0.02 || math.Sqrt(spread) > 0.08 {
			t.Errorf("%d of 40 words changed: off by %.3f on average, %.3f in spread", changed, off, math.Sqrt(spread))
		}
	}
}

// Planted near-duplicates are found, also in a crowd of one text, and texts that
// differ are not joined.
func TestNear(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	var texts []string
	twin := map[int]int{}
	for i := range 400 {
		a := sentence(rng, 30)
		texts = append(texts, strings.Join(a, " "))
		if i%4 == 0 {
			a[7] = "changed"
			twin[len(texts)] = len(texts) - 1
			texts = append(texts, strings.Join(a, " "))
		}
	}
	for i := range 300 {
		texts = append(texts, fmt.Sprint("a form letter that everybody sends, with a number in it: ", i))
	}
	texts = append(texts, "", "...")
	signatures, signed := make([]signature, len(texts)), make([]bool, len(texts))
	for i, s := range texts {
		signatures[i], _, signed[i] = sign(s, nil)
	}
	g := near(signatures, signed)
	found := 0
	for b, a := range twin {
		if g.root(uint32(a)) == g.root(uint32(b)) {
			found++
		}
	}
	if found < len(twin)-2 {
		t.Errorf("%d of %d twins were found", found, len(twin))
	}
	letters := map[uint32]int{}
	for i := 500; i < 800; i++ {
		letters[g.root(uint32(i))]++
	}
	if most := letters[g.root(500)]; most < 290 {
		t.Errorf("%d of 300 form letters are in one group, of %d groups", most, len(letters))
	}
	none := make([]int32, len(texts))
	for i := range none {
		none[i] = -1
	}
	d := gather(g, none, none, nil, nil)
	if want := int64(found + len(letters)); d.Groups > want || d.Rows > int64(2*found+300) {
		t.Errorf("%d groups of %d rows: more than was planted", d.Groups, d.Rows)
	}
}

func TestGather(t *testing.T) {
	g := newGroups(6)
	g.join(0, 3)
	g.join(1, 4)
	g.join(4, 5)
	d := gather(g, []int32{0, 0, 0, 1, 0, 0}, []int32{0, 0, 0, 0, 1, -1}, []string{"train", "dev"}, []string{"a", "b"})
	if got := fmt.Sprint(d.Groups, d.Rows, d.Largest, d.Straddling, d.Disputed, d.Examples); got != "2 5 3 1 1 [{2 [1 4] [dev train] [a]} {3 [2 5 6] [train] [a b]}]" {
		t.Error(got)
	}
}
