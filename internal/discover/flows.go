package discover

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// activities says of every activity how often, how long, by whom and after what
// wait it is done; in the order of where cases come to it.
func (p *Process) activities() []ActivityResult {
	n := len(p.log.Activities)
	out := make([]ActivityResult, n)
	minutes, waits := make([][]float64, n), make([][]float64, n)
	place, cases, again := make([]float64, n), make([]int, n), make([]int, n)
	people, roles := make([]map[string]int, n), make([]map[string]int, n)
	for a := range out {
		people[a], roles[a] = map[string]int{}, map[string]int{}
	}
	for _, c := range p.cases {
		times := map[int32]int{}
		for i, it := range c.items {
			a := it.activity
			times[a]++
			if times[a] == 1 {
				place[a] += float64(i)
			}
			out[a].Events++
			if it.timed {
				minutes[a] = append(minutes[a], 60*it.work)
			}
			if it.person >= 0 {
				who := &p.people[it.person]
				people[a][who.name]++
				roles[a][p.roles[who.role].name]++
			}
			if len(it.before) > 0 {
				w := &out[a].Wait
				waits[a] = append(waits[a], it.start-it.enabled)
				w.Off, w.Busy, w.Unknown = w.Off+it.off, w.Busy+it.busy, w.Unknown+it.unknown
			}
		}
		for a, k := range times {
			cases[a]++
			if k > 1 {
				again[a]++
			}
		}
	}
	order := make([]int, n)
	for a := range out {
		order[a] = a
		r := &out[a]
		r.Name = p.log.Activities[a]
		place[a] /= float64(max(1, cases[a]))
		r.Cases = float64(cases[a]) / float64(len(p.cases))
		r.Again = float64(again[a]) / float64(max(1, cases[a]))
		r.Minutes = spread(minutes[a])
		w := &r.Wait
		w.Spread = spread(waits[a])
		k := float64(max(1, w.N))
		w.Off, w.Busy, w.Unknown = w.Off/k, w.Busy/k, w.Unknown/k
		r.People, r.Roles = parts(people[a]), parts(roles[a])
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(place[a], place[b]) })
	sorted := make([]ActivityResult, n)
	for i, a := range order {
		sorted[i] = out[a]
	}
	return slices.DeleteFunc(sorted, func(r ActivityResult) bool { return r.Events == 0 })
}

// parts orders counts by size.
func parts(counts map[string]int) []Part {
	total := 0
	var out []Part
	for name, n := range counts {
		total += n
		out = append(out, Part{Name: name, Count: n})
	}
	slices.SortFunc(out, func(a, b Part) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	for i := range out {
		out[i].Share = float64(out[i].Count) / float64(total)
	}
	return out
}

// ends stands for where cases begin and end.
const ends int32 = -1

// flows says what waits for what.
func (p *Process) flows() []Flow {
	type way struct{ from, to int32 }
	count, cases, leaving := map[way]int{}, map[way]int{}, map[int32]int{}
	for _, c := range p.cases {
		seen := map[way]bool{}
		take := func(from, to int32) {
			w := way{from, to}
			count[w]++
			leaving[from]++
			if !seen[w] {
				seen[w] = true
				cases[w]++
			}
		}
		waited := make([]bool, len(c.items))
		for _, it := range c.items {
			if len(it.before) == 0 {
				take(ends, it.activity)
			}
			for _, b := range it.before {
				waited[b] = true
				take(c.items[b].activity, it.activity)
			}
		}
		for i, it := range c.items {
			if !waited[i] {
				take(it.activity, ends)
			}
		}
	}
	name := func(a int32) string {
		if a == ends {
			return ""
		}
		return p.log.Activities[a]
	}
	var out []Flow
	for w, n := range count {
		out = append(out, Flow{name(w.from), name(w.to), n, float64(cases[w]) / float64(len(p.cases)), float64(n) / float64(leaving[w.from])})
	}
	slices.SortFunc(out, func(a, b Flow) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return out
}

// shownVariants are those that a result lists.
const shownVariants = 50

// variants are the ways of cases through the process, most frequent first, and
// how many there are.
func (p *Process) variants() ([]Variant, int) {
	index := map[string]int{}
	var all []Variant
	for _, c := range p.cases {
		var path []int32
		for _, i := range inOrder(c.items) {
			path = append(path, c.items[i].activity)
		}
		key := fmt.Sprint(path)
		i, ok := index[key]
		if !ok {
			i = len(all)
			index[key] = i
			v := Variant{}
			for _, a := range path {
				v.Path = append(v.Path, p.log.Activities[a])
			}
			all = append(all, v)
		}
		all[i].Cases++
		all[i].Cycle += c.end - c.arrive
	}
	for i := range all {
		all[i].Share = float64(all[i].Cases) / float64(len(p.cases))
		all[i].Cycle /= float64(all[i].Cases)
	}
	slices.SortStableFunc(all, func(a, b Variant) int { return cmp.Compare(b.Cases, a.Cases) })
	return all[:min(len(all), shownVariants)], len(all)
}

// inOrder lists a case's items so that each follows all it waited for, and
// those that could be done in any order by their number.
func inOrder(items []item) []int {
	waiting := make([]int, len(items))
	next := make([][]int, len(items))
	var ready []int
	for i, it := range items {
		waiting[i] = len(it.before)
		for _, b := range it.before {
			next[b] = append(next[b], i)
		}
		if waiting[i] == 0 {
			ready = append(ready, i)
		}
	}
	var out []int
	for len(ready) > 0 {
		least := 0
		for k, i := range ready {
			if items[i].activity < items[ready[least]].activity {
				least = k
			}
		}
		i := ready[least]
		ready = slices.Delete(ready, least, least+1)
		out = append(out, i)
		for _, k := range next[i] {
			if waiting[k]--; waiting[k] == 0 {
				ready = append(ready, k)
			}
		}
	}
	return out
}

// shownLoops are those that a result lists.
const shownLoops = 20

// loops finds work that is done again: from an activity that a case comes back to,
// back over what it waited for to when the case was there before. Loops that go
// over the same activities are one, wherever a case enters them.
func (p *Process) loops() []Loop {
	type found struct {
		path  []int32
		times int
		cases int
		hours float64
	}
	index := map[string]*found{}
	for _, c := range p.cases {
		seen := map[string]bool{}
		for i := range c.items {
			path, since := back(c.items, i)
			if path == nil {
				continue
			}
			path = rotated(path)
			key := fmt.Sprint(path)
			f := index[key]
			if f == nil {
				f = &found{path: path}
				index[key] = f
			}
			f.times++
			f.hours += c.items[i].start - c.items[since].start
			if !seen[key] {
				seen[key] = true
				f.cases++
			}
		}
	}
	var out []Loop
	for _, f := range index {
		l := Loop{Times: f.times, Cases: float64(f.cases) / float64(len(p.cases)), Hours: f.hours / float64(f.times)}
		for _, a := range f.path {
			l.Path = append(l.Path, p.log.Activities[a])
		}
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b Loop) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), strings.Compare(strings.Join(a.Path, "\x00"), strings.Join(b.Path, "\x00")))
	})
	return out[:min(len(out), shownLoops)]
}

// back goes from an item back to the item of the same activity before it: the
// activities between, the first included, and that item. nil where there is none.
func back(items []item, i int) ([]int32, int) {
	var path []int32
	for at := i; len(items[at].before) > 0 && len(path) < lookBack; {
		at = items[at].before[len(items[at].before)-1]
		path = append(path, items[at].activity)
		if items[at].activity == items[i].activity {
			slices.Reverse(path)
			return path, at
		}
	}
	return nil, 0
}

// rotated begins a cycle with its least activity.
func rotated(path []int32) []int32 {
	least := 0
	for i, a := range path {
		if a < path[least] {
			least = i
		}
	}
	return slices.Concat(path[least:], path[:least])
}
