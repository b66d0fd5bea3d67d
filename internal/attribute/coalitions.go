package attribute

import (
	"cmp"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// maxExact is the number of parts up to which all their sets are tried.
const maxExact = 10

// permutations is how many orders are drawn beyond that; half of them are the
// others backwards, which takes out much of the chance.
const permutations = 200

// coalitions are the sets of parts to correct, and how shares follow from
// them.
type coalitions struct {
	players int
	sets    []uint64       // smaller ones first, the empty one at 0
	at      map[uint64]int // index of a set
	terms   []term
	sampled int // orders drawn; 0 where the shares are exact
}

// term is one marginal contribution: a part joins a set.
type term struct {
	player, from, to int // from and to are indices of sets
	weight           float64
	order            int // which of the orders drawn it belongs to
}

// newCoalitions lays out the sets that the Shapley values (Shapley 1953) of so
// many players need, beside those that pairs and the row from the front need.
// Beyond [maxExact] they are averages over orders drawn with the seed
// (Castro, Gómez, Tejada 2009; Mitchell et al. 2022 for taking each backwards).
func newCoalitions(players int, seed uint64) *coalitions {
	c := &coalitions{players: players, at: map[uint64]int{}}
	c.need(0)
	for i := range players {
		c.need(1 << i)
		c.need(1<<(i+1) - 1)
		for j := range i {
			c.need(1<<i | 1<<j)
		}
	}
	if players <= maxExact {
		for s := range uint64(1) << players {
			c.need(s)
		}
	}
	var orders [][]int
	if players > maxExact {
		rng := rand.New(rand.NewPCG(seed, 0x5a7))
		for range permutations / 2 {
			o := rng.Perm(players)
			back := slices.Clone(o)
			slices.Reverse(back)
			orders = append(orders, o, back)
		}
		for _, o := range orders {
			s := uint64(0)
			for _, p := range o {
				s |= 1 << p
				c.need(s)
			}
		}
		c.sampled = len(orders)
	}
	slices.SortFunc(c.sets, func(a, b uint64) int {
		return cmp.Or(cmp.Compare(bits.OnesCount64(a), bits.OnesCount64(b)), cmp.Compare(a, b))
	})
	for i, s := range c.sets {
		c.at[s] = i
	}
	c.exactTerms()
	for k, o := range orders {
		s := uint64(0)
		for _, p := range o {
			c.terms = append(c.terms, term{player: p, from: c.at[s], to: c.at[s|1<<p], weight: 1 / float64(len(orders)), order: k})
			s |= 1 << p
		}
	}
	return c
}

func (c *coalitions) need(s uint64) {
	if _, has := c.at[s]; !has {
		c.at[s] = 0
		c.sets = append(c.sets, s)
	}
}

// exactTerms are all marginal contributions: a part joins a set of s others
// with weight s!(n-s-1)!/n!.
func (c *coalitions) exactTerms() {
	n := c.players
	if n > maxExact {
		return
	}
	weight := make([]float64, n)
	for s := range weight {
		weight[s] = 1 / float64(n)
		for k := 1; k <= s; k++ { // 1/(n·C(n-1,s))
			weight[s] *= float64(k) / float64(n-k)
		}
	}
	for i, set := range c.sets {
		for p := range n {
			if set&(1<<p) == 0 {
				c.terms = append(c.terms, term{player: p, from: i, to: c.at[set|1<<p], weight: weight[bits.OnesCount64(set)]})
			}
		}
	}
}

// full is the index of the set of all parts.
func (c *coalitions) full() int { return c.at[1<<c.players-1] }
