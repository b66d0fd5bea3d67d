package discover

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// alike is the cosine of what two people do, as shares of their work by
// activity, from which on they have one role.
const alike = 0.8

// rolesOf groups people by what they do: the busiest first, each joins the role
// that is most like them, or begins one; then everybody is put into the role
// whose mean is nearest. The order of roles is that of their work.
func rolesOf(people []person, activities []string) []role {
	order := make([]int32, 0, len(people))
	for i := range people {
		if people[i].events > 0 {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(people[b].events, people[a].events) })
	var leaders [][]float64
	sum := func(id int32, into []float64) {
		for a, n := range people[id].acts {
			into[a] += float64(n)
		}
	}
	join := func(id int32) int {
		best, near := -1, alike
		for r, leader := range leaders {
			if c := cosine(people[id].acts, leader); c >= near && (best < 0 || c > near) {
				best, near = r, c
			}
		}
		return best
	}
	for _, id := range order {
		r := join(id)
		if r < 0 {
			r = len(leaders)
			leaders = append(leaders, make([]float64, len(activities)))
		}
		sum(id, leaders[r])
	}
	roles := make([]role, len(leaders))
	for _, id := range order {
		if r := join(id); r >= 0 {
			roles[r].people = append(roles[r].people, id)
			continue
		}
		roles = append(roles, role{people: []int32{id}}) // the role moved away from whom it began with
	}
	roles = slices.DeleteFunc(roles, func(r role) bool { return len(r.people) == 0 })
	taken := map[string]bool{}
	for i := range roles {
		r := &roles[i]
		r.share = make([]float64, len(activities))
		total := 0.0
		slices.Sort(r.people)
		for _, id := range r.people {
			sum(id, r.share)
			total += float64(people[id].events)
		}
		for a := range r.share {
			r.share[a] /= total
		}
		r.name = roleName(r, people, activities, taken)
	}
	events := func(r role) (n int) {
		for _, id := range r.people {
			n += people[id].events
		}
		return n
	}
	slices.SortStableFunc(roles, func(a, b role) int { return cmp.Compare(events(b), events(a)) })
	for i := range roles {
		for _, id := range roles[i].people {
			people[id].role = i
		}
	}
	return roles
}

// cosine is how alike the work of a person and of a role are.
func cosine(acts map[int32]int, of []float64) float64 {
	dot, a, b := 0.0, 0.0, 0.0
	keys := make([]int32, 0, len(acts))
	for k := range acts {
		keys = append(keys, k)
	}
	slices.Sort(keys) // sums in one order, whatever the map's
	for _, k := range keys {
		n := float64(acts[k])
		dot += n * of[k]
		a += n * n
	}
	for _, x := range of {
		b += x * x
	}
	if a == 0 || b == 0 {
		return 0
	}
	return dot / math.Sqrt(a*b)
}

// roleName is what the names of a role's people have in common ("Clerk-000001",
// "Clerk-000002": Clerk), else what the role does most.
func roleName(r *role, people []person, activities []string, taken map[string]bool) string {
	stem := func(id int32) string {
		return strings.TrimRightFunc(people[id].name, func(c rune) bool { return !unicode.IsLetter(c) })
	}
	name := stem(r.people[0])
	for _, id := range r.people[1:] {
		if stem(id) != name {
			name = ""
			break
		}
	}
	if len(r.people) == 1 && name == people[r.people[0]].name || len([]rune(name)) < 2 {
		most := 0
		for a := range r.share {
			if r.share[a] > r.share[most] {
				most = a
			}
		}
		name = activities[most]
	}
	for base, n := name, 2; taken[name]; n++ {
		name = fmt.Sprintf("%s %d", base, n)
	}
	taken[name] = true
	return name
}
