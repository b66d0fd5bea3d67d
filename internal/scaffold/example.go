package scaffold

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// exampleCases is how many tickets the example has.
const exampleCases = 300

// openings and closings are put around what a ticket is about.
var (
	openings = []string{"Hello, ", "Hi team, ", "", "Good morning, ", "Please help: ", "Second try: "}
	closings = []string{"", " Thanks.", " Please answer soon.", " Regards, a customer.", " This is urgent."}
	abouts   = map[string][]string{
		"billing": {"the invoice for %s shows the wrong amount.", "I was charged twice in %s.", "I want a refund for the order of %s.", "my card was declined when I paid for %s.", "where do I find the invoice of %s?"},
		"tech":    {"the app crashes when I open the report of %s.", "I see an error since %s and cannot log in.", "the export of %s is empty.", "everything has been slow since %s.", "the screen stays white after the update in %s."},
		"account": {"please change the address on my account from %s on.", "I want to close my account at the end of %s.", "how do I add a colleague to my account before %s?", "I forgot the password that I set in %s.", "please move my contract to the yearly plan from %s."},
	}
	// vague tickets could be anybody's.
	vague  = []string{"I still wait for an answer to my letter of %s.", "nobody called me back in %s.", "it does not work as it did in %s.", "please look at what I wrote in %s."}
	months = []string{"January", "February", "March", "April", "May", "June"}
	queues = []string{"billing", "tech", "account"}
)

// Example writes tickets that were drawn, not recorded, into a folder and gives
// the file. They are the same each time.
func Example(dir string) (string, error) {
	rng := rand.New(rand.NewPCG(2025, 1))
	pick := func(list []string) string { return list[rng.IntN(len(list))] }
	var b strings.Builder
	b.WriteString("ticket_id,received_at,customer_id,channel,text,queue,clerk_queue,clerk_minutes,closed_at\n")
	at := time.Date(2025, 1, 2, 8, 0, 0, 0, time.UTC)
	for i := range exampleCases {
		at = at.Add(time.Duration(2+rng.IntN(20)) * time.Hour)
		queue := queues[[]int{0, 0, 0, 1, 1, 1, 1, 2, 2}[rng.IntN(9)]]
		about := queue
		if rng.IntN(12) == 0 { // a ticket about two things
			about = pick(queues)
		}
		texts := abouts[about]
		if rng.IntN(6) == 0 {
			texts = vague
		}
		text := pick(openings) + fmt.Sprintf(pick(texts), pick(months)) + pick(closings)
		clerk := queue
		if rng.IntN(14) == 0 {
			clerk = pick(queues)
		}
		minutes := 2 + rng.ExpFloat64()*4
		fmt.Fprintf(&b, "T-%04d,%s,C-%03d,%s,%q,%s,%s,%.1f,%s\n", i+1, at.Format(time.RFC3339), rng.IntN(110), pick([]string{"mail", "mail", "chat", "phone"}),
			text, queue, clerk, minutes, at.Add(time.Duration(1+rng.IntN(70))*time.Hour).Format(time.RFC3339))
	}
	path := filepath.Join(dir, "tickets.csv")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, []byte(b.String()), 0o644)
}
