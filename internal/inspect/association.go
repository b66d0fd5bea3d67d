package inspect

import (
	"cmp"
	"slices"
	"strings"
)

// Association is how much one column alone tells about the label.
type Association struct {
	Column string `json:"column"` // "" for the order of the rows
	Part   string `json:"part"`   // value, number or prefix of an id, order of the rows
	Label  string `json:"label"`
	Cases  int    `json:"cases"` // of the sample that have the label
	// Accuracy is that of the most frequent label for each value, learnt on the
	// other half of the cases; Baseline that of the most frequent label of all.
	Accuracy float64 `json:"accuracy"`
	Baseline float64 `json:"baseline"`
	// Removed is the share of the baseline's errors that the column removes:
	// Goodman and Kruskal's lambda (1954), cross-validated. 1 means that the
	// column gives the label away.
	Removed float64 `json:"errors_removed"`
	// Derived is the same the other way round: the column told from the label.
	Derived float64 `json:"derived_from_label"`
}

// The parts of a column that are looked at.
const (
	partValue  = "value"
	partNumber = "number in it"
	partPrefix = "text before the number"
	partOrder  = "order of the rows"
)

const (
	gives     = 0.9  // from here on a column gives the label away
	derives   = 0.98 // from here on a column follows from the label
	leans     = 0.1  // from here on an id or the order of rows leans on the label
	fewCases  = 50   // below, nothing is said of associations
	numberBin = 50   // numbers are told apart in so many steps of equal size
	orderBin  = 100
)

// association measures how well classes (-1 for none) follow from bins.
func association(bins []string, classes []int, numbers []int64) Association {
	type table map[string]map[int]int
	var folds [2]table
	var all [2]map[int]int
	for f := range folds {
		folds[f], all[f] = table{}, map[int]int{}
	}
	n := 0
	for i, class := range classes {
		if class < 0 {
			continue
		}
		n++
		f := mix(uint64(numbers[i])) & 1
		if folds[f][bins[i]] == nil {
			folds[f][bins[i]] = map[int]int{}
		}
		folds[f][bins[i]][class]++
		all[f][class]++
	}
	right, usual := 0, 0
	for f := range folds {
		other := 1 - f
		fallback := most(all[other])
		usual += all[f][fallback]
		for bin, counts := range folds[f] {
			guess := fallback
			if seen := folds[other][bin]; len(seen) > 0 {
				guess = most(seen)
			}
			right += counts[guess]
		}
	}
	a := Association{Cases: n}
	if n == 0 {
		return a
	}
	a.Accuracy, a.Baseline = float64(right)/float64(n), float64(usual)/float64(n)
	if usual < n {
		a.Removed = max(0, float64(right-usual)/float64(n-usual))
	}
	return a
}

// most is the most frequent class, the first of equals; -1 where there is none.
func most(counts map[int]int) int {
	best := -1
	for class, n := range counts {
		if best < 0 || n > counts[best] || n == counts[best] && class < best {
			best = class
		}
	}
	return best
}

// numbered gives each different text a number; -1 to the empty one.
func numbered(texts []string) ([]int, int) {
	known := map[string]int{}
	out := make([]int, len(texts))
	for i, t := range texts {
		if t == "" {
			out[i] = -1
			continue
		}
		n, ok := known[t]
		if !ok {
			n = len(known)
			known[t] = n
		}
		out[i] = n
	}
	return out, len(known)
}

// ranked replaces values by the step that they fall into, of steps with equally
// many values; those that are not known share one.
func ranked(values []float64, known []bool, steps int) []string {
	order := make([]int, 0, len(values))
	for i := range values {
		if known[i] {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	out := make([]string, len(values))
	for rank, i := range order {
		// Equal values share a step.
		if rank > 0 && values[order[rank-1]] == values[i] {
			out[i] = out[order[rank-1]]
			continue
		}
		out[i] = string(rune('a' + rank*steps/len(order)))
	}
	return out
}

// split parts an id into the text before its last number and that number.
func split(id string) (prefix string, number float64, ok bool) {
	end := strings.LastIndexAny(id, "0123456789") + 1
	start := end
	for start > 0 && id[start-1] >= '0' && id[start-1] <= '9' {
		start--
	}
	if start == end {
		return id, 0, false
	}
	for _, d := range id[start:end] {
		number = number*10 + float64(d-'0')
	}
	return id[:start], number, true
}

// associations measures every column of the sample against the label, the most
// telling first.
func associations(s *sample, columns []Column, label string, skip map[string]bool) []Association {
	classes, kinds := numbered(s.column(label))
	numbers := make([]int64, len(s.rows))
	for i, r := range s.rows {
		numbers[i] = r.number
	}
	if kinds < 2 {
		return nil
	}
	var out []Association
	add := func(column, part string, bins []string) {
		a := association(bins, classes, numbers)
		a.Column, a.Part, a.Label = column, part, label
		if a.Cases < fewCases {
			return
		}
		if part == partValue {
			back, different := numbered(bins)
			if different >= 2 && different < kinds {
				a.Derived = association(s.column(label), back, numbers).Removed
			}
		}
		if a.Removed > 0 || a.Derived > 0 {
			out = append(out, a)
		}
	}
	for i := range columns {
		c := &columns[i]
		if c.Name == label || skip[c.Name] || c.Distinct < 2 {
			continue
		}
		texts := s.column(c.Name)
		switch c.Type {
		case "number", "integer", "date", "time":
			if c.Distinct > numberBin {
				add(c.Name, partValue, ranked(s.measures(c), present(texts), numberBin))
				break
			}
			add(c.Name, partValue, texts)
		default:
			add(c.Name, partValue, texts)
		}
		if float64(c.Distinct) > 0.9*float64(len(texts)) && c.Words < 1.5 {
			prefixes, ids, known := make([]string, len(texts)), make([]float64, len(texts)), make([]bool, len(texts))
			for i, t := range texts {
				prefixes[i], ids[i], known[i] = split(t)
			}
			if c.Type == "string" {
				add(c.Name, partPrefix, prefixes)
				add(c.Name, partNumber, ranked(ids, known, orderBin))
			}
		}
	}
	rows, all := make([]float64, len(numbers)), make([]bool, len(numbers))
	for i, n := range numbers {
		rows[i], all[i] = float64(n), true
	}
	add("", partOrder, ranked(rows, all, orderBin))
	slices.SortStableFunc(out, func(a, b Association) int {
		return cmp.Or(cmp.Compare(max(b.Removed, b.Derived), max(a.Removed, a.Derived)), cmp.Compare(a.Column, b.Column))
	})
	return out
}

func present(texts []string) []bool {
	out := make([]bool, len(texts))
	for i, t := range texts {
		out[i] = t != ""
	}
	return out
}
