package stats_test

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Two designs went through the same 200 cases. Which is better, and if that
// cannot be told, how many more cases would tell?
func Example() {
	pairs := stats.Pairs{Both: 160, OnlyA: 18, OnlyB: 10, Neither: 12}

	difference, err := stats.NewcombePaired(pairs, 0.95)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := stats.McNemarMidP(pairs.OnlyA, pairs.OnlyB)
	if err != nil {
		fmt.Println(err)
		return
	}
	further, err := stats.FurtherPairs(pairs, 0.05, 0.8)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("difference %.3f (%.3f to %.3f), p = %.3f\n", difference.Estimate.Value, difference.Lower, difference.Upper, p)
	fmt.Printf("%d further cases would decide it\n", further)
	// Output:
	// difference 0.040 (-0.013 to 0.094), p = 0.136
	// 485 further cases would decide it
}

// Of 0 wrong approvals in 120, what may be claimed, and how many cases show that
// the rate is at most 1%?
func ExampleClopperPearson() {
	bound, err := stats.ClopperPearson(0, 120, 0.95, stats.UpperBound)
	if err != nil {
		fmt.Println(err)
		return
	}
	total, err := stats.CasesToDecide(0, 120, 0.01, 0.95, stats.UpperBound, stats.ByClopperPearson)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("at most %.3f; %d cases in all are needed\n", bound.Upper, total)
	// Output: at most 0.025; 299 cases in all are needed
}
