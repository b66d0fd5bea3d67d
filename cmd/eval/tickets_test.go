package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// writeTickets writes a CSV of drawn tickets, tickets FILE CASES SEED [WHAT]:
// without WHAT they come from one world, with it something has changed.
//
//	longer   texts are longer, so that a rule on length escalates more
//	words    another word for the same thing, which a rule misses
//	lang     another language mix, which changes nothing else
func writeTickets(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: tickets file cases seed [longer|words|lang]")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	seed, err := strconv.ParseUint(args[2], 10, 64)
	ts.Check(err)
	what := ""
	if len(args) == 4 {
		what = args[3]
	}
	rng := rand.New(rand.NewPCG(seed, 3))
	var b strings.Builder
	b.WriteString("id,text,pages,lang,queue\n")
	for i := range n {
		queue, word := "tech", "crash"
		if rng.IntN(2) == 0 {
			queue, word = "billing", "invoice"
			if what == "words" && rng.IntN(2) == 0 {
				word = "bill"
			}
		}
		if rng.IntN(20) == 0 {
			word = "thing"
		}
		long := 4
		if what == "longer" {
			long = 8
		}
		lang, share := "en", 0.3
		if what == "lang" {
			share = 0.6
		}
		if rng.Float64() < share {
			lang = "de"
		}
		fmt.Fprintf(&b, "%s-%06d,the %s %sno %04d,%d,%s,%s\n", args[2], i, word, strings.Repeat("again ", rng.IntN(long)), i, 1+rng.IntN(5), lang, queue)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o644))
}
