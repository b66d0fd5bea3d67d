package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/decisions"
	"github.com/rehearse-dev/rehearse/internal/queue"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// writeLabelled writes the automated cases of a queue that were decided as a
// dataset of their own: what is known of their inputs, what was decided as their
// label, and how many cases each stands for.
func writeLabelled(ctx context.Context, dir string, rq *reviewedQueue) error {
	if _, err := os.Lstat(dir); err == nil {
		return withCode(ExitInput, fmt.Errorf("%s is there already: the labelled cases take a new folder", dir))
	}
	settled, entries := map[string]decisions.Settled{}, map[string]*queue.Entry{}
	for _, s := range rq.settled() {
		settled[s.Case] = s
	}
	for i := range rq.queue.Entries {
		entries[rq.queue.Entries[i].Case] = &rq.queue.Entries[i]
	}
	// Columns are numbered, so that an input and a label of one name are two.
	head := []string{"case", "at", "cluster", queue.WeightColumn}
	columns := func(prefix string, names []string) string {
		var out []string
		for i, name := range names {
			head = append(head, fmt.Sprintf("%s%d", prefix, i+1))
			out = append(out, fmt.Sprintf("%s: %s", name, head[len(head)-1]))
		}
		return "{" + strings.Join(out, ", ") + "}"
	}
	var names []string
	for _, f := range rq.workflow.Input.Fields() {
		names = append(names, f.Name)
	}
	input, labels := columns("input", names), columns("label", rq.queue.Header.Outcome)
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	if err := out.Write(head); err != nil {
		return err
	}
	n := 0
	err := rq.from.Cases(ctx, true, func(c *queue.Seen) error {
		s, e := settled[c.Case.ID], entries[c.Case.ID]
		if s.By == nil || e == nil || !e.Automated || s.Disputed || s.Unknown {
			return nil
		}
		row := []string{c.Case.ID, "", e.Cluster, strconv.FormatFloat(e.Sampling*e.Weight, 'g', -1, 64)}
		if !c.Case.Time.IsZero() {
			row[1] = c.Case.Time.UTC().Format(time.RFC3339Nano)
		}
		for i, f := range rq.workflow.Input.Fields() {
			row = append(row, queue.TextOf(c.Case.Input.Values[i], f.Type))
		}
		for _, name := range rq.queue.Header.Outcome {
			at := rq.workflow.Outcome.Index(name)
			row = append(row, queue.TextOf(s.Values[at], rq.workflow.Outcome.Fields()[at].Type))
		}
		n++
		return out.Write(row)
	})
	out.Flush()
	if err := errors.Join(err, out.Error()); err != nil {
		return err
	}
	if n == 0 {
		return withCode(ExitInconclusive, errors.New("no automated case is decided: there is nothing to label"))
	}
	var personal []string
	for i, name := range names {
		if slices.Contains(rq.card.PersonalFields(), name) {
			personal = append(personal, fmt.Sprintf("input%d", i+1))
		}
	}
	card := fmt.Sprintf(`# What reviewers decided about cases of queue %s that %s automated.
# Each stands for sampling_weight of them.
source: cases.csv
id: case
time: at
cluster: cluster
weight: %s
input: %s
labels: {outcome: %s}
personal: [%s]
`, rq.queue.Header.Queue, rq.queue.Header.Design, queue.WeightColumn, input, labels, strings.Join(personal, ", "))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	return errors.Join(record.WriteFile(filepath.Join(dir, "cases.csv"), b.Bytes()), record.WriteFile(filepath.Join(dir, "dataset.yaml"), []byte(card)))
}
