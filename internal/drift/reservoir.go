package drift

import (
	"cmp"
	"container/heap"
	"slices"
)

// maxTexts of a side are compared: more cost time and tell little more.
const maxTexts = 1500

// document is one text of one case.
type document struct {
	text        string
	id, cluster uint64
	time        int64 // of the case, Unix seconds
	fresh       bool
}

// reservoir holds the texts of the smallest keys u/w, u being uniform by the
// case's id and w its weight (priority sampling, Duffield, Lund and Thorup
// 2007). Up to a key of 1/max(w) every text is there with a probability in
// proportion to its weight, so that those stand for the population without
// weights.
type reservoir struct {
	kept     keyed
	heaviest float64
}

type keyedDocument struct {
	key float64
	document
}

// keyed is a heap, largest key first.
type keyed []keyedDocument

func (k keyed) Len() int { return len(k) }
func (k keyed) Less(i, j int) bool {
	return k[i].key > k[j].key || k[i].key == k[j].key && k[i].id > k[j].id
}
func (k keyed) Swap(i, j int) { k[i], k[j] = k[j], k[i] }
func (k *keyed) Push(x any)   { *k = append(*k, x.(keyedDocument)) }
func (k *keyed) Pop() any {
	last := (*k)[len(*k)-1]
	*k = (*k)[:len(*k)-1]
	return last
}

// offer takes in a text, unless enough with smaller keys are there.
func (r *reservoir) offer(d document, weight float64) {
	if !(weight > 0) {
		return
	}
	r.heaviest = max(r.heaviest, weight)
	uniform := float64(mix(d.id)>>11) / (1 << 53)
	k := keyedDocument{uniform / weight, d}
	switch {
	case len(r.kept) < maxTexts:
		heap.Push(&r.kept, k)
	case k.key < r.kept[0].key:
		r.kept[0] = k
		heap.Fix(&r.kept, 0)
	}
}

// documents are the texts that stand for the population, by key.
func (r *reservoir) documents() []document {
	list := slices.Clone(r.kept)
	slices.SortFunc(list, func(a, b keyedDocument) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id)) })
	var out []document
	for _, k := range list {
		if k.key*r.heaviest <= 1 {
			out = append(out, k.document)
		}
	}
	return out
}
