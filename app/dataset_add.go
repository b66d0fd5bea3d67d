package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/decisions"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/revise"
)

// addFlags are those of dataset add.
type addFlags struct {
	split, why, from     string
	looked, alike, skips bool
}

func datasetAddCommand(s *streams) *cobra.Command {
	var f addFlags
	c := &cobra.Command{
		Use:   "add CARD FOLDER",
		Short: "Add reviewed cases to a dataset: a new version, with a line in its changelog",
		Long: `Add takes what reviewers decided about the cases of a queue, as 'review import'
keeps it in the queue's FOLDER, into a dataset. A case that the dataset has gets
its decision into review.yaml, as a corrected or upheld label. A case of another
dataset becomes a row of a new file beside the card, which the card names from
then on. changes.jsonl says who decided, when, how many and why, with the digests
before and after.

Refused, with the line of the decision and the row that speaks against it, are
cases that repeat another one exactly or nearly, and decisions in conflict with a
label; then nothing is added, unless --skip leaves those out. Cases in dispute add
nothing.

New cases land in --split. Where the card splits by time or hash they land where
that puts them, and have to land there. The held-out split takes none once
somebody has looked at it, unless --although-looked-at says so.`,
		Example: join(s.program,
			"%s dataset add invoice to-review --split dev --why audit",
			"%s dataset add invoice to-review --split regression --why silent-failures --skip"),
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			if f.why == "" || f.split == "" {
				return withCode(ExitUsage, errors.New("where do new cases land, and why are they added? give --split and --why"))
			}
			return addCases(c.Context(), s, &f, a[0], a[1])
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.from, "from", "", "the `card` that has the decided cases (default that of the queue; cases of an audit log are in none)")
	flags.StringVar(&f.split, "split", "", "where new cases land: train, calibration, dev, test or regression")
	flags.StringVar(&f.why, "why", "", "why they are added, for who reads it later")
	flags.BoolVar(&f.skips, "skip", false, "leave out what is refused, and add the rest")
	flags.BoolVar(&f.alike, "alike", false, "add near-duplicates, too")
	flags.BoolVar(&f.looked, "although-looked-at", false, "add to the held-out split although it was looked at")
	return c
}

func addCases(ctx context.Context, s *streams, f *addFlags, name, folder string) error {
	card, err := ownCard(name)
	if err != nil {
		return err
	}
	declared := card.SplitNames()
	if len(declared) == 0 {
		declared = []string{"dev"}
	}
	if declared = append(declared, dataset.Regression); !slices.Contains(declared, f.split) {
		return withCode(ExitInput, fmt.Errorf("%s has no split %q%s", card.File, f.split, oneOf(declared)))
	}
	file := filepath.Join(folder, decisions.File)
	if _, err := os.Stat(file); err != nil {
		return withCode(ExitInput, fmt.Errorf("%s has no decisions: 'eval review import' keeps them there", relative(folder)))
	}
	rq, err := readDecisions(ctx, []string{file}, folder)
	if err != nil {
		return err
	}
	if f.from != "" {
		if rq.card, err = ownCard(f.from); err != nil {
			return err
		}
	} else if rq.from.run == nil {
		return withCode(ExitInput, fmt.Errorf("the cases of %s are of an audit log, which keeps no whole cases: name the card that has them with --from", relative(folder)))
	}
	looks := 0
	if f.split == ledger.HeldOut {
		all, err := ledger.Read(card.Dir)
		if err != nil {
			return err
		}
		if looks, _ = ledger.Count(all, ledger.HeldOut); looks > 0 && !f.looked {
			return withCode(ExitInput, fmt.Errorf("the held-out split was looked at %d times: cases that come into it now were chosen by somebody who knows it; --although-looked-at adds them, and the changelog says so", looks))
		}
	}
	plan := revise.Addition{Card: card, From: rq.card, Workflow: rq.workflow, Settled: rq.settled(), Split: f.split, Why: f.why, Alike: f.alike}
	added, err := plan.Add(ctx)
	if err != nil {
		return err
	}
	for _, r := range added.Refused {
		fmt.Fprintln(s.err, "refused:", legible(r.String()))
	}
	if len(added.Refused) > 0 && !f.skips {
		return withCode(ExitInput, fmt.Errorf("nothing was added: %s refused; --skip adds the others", count(len(added.Refused), "case")))
	}
	change := dataset.Change{Did: "add", Why: f.why, From: rq.queue.Header.Queue, Added: len(added.Rows), Labels: len(added.Reviewed), Split: f.split, Looks: looks}
	for _, d := range rq.placed {
		if !slices.Contains(change.By, d.Reviewer) {
			change.By = append(change.By, d.Reviewer)
		}
	}
	var broke []dataset.Broke
	if f.split == dataset.Regression {
		for _, x := range plan.Settled {
			if only := slices.Contains(added.Cases, x.Case); only || inDataset(x, &plan, added) {
				broke = append(broke, dataset.Broke{Case: x.Case, By: strings.Join(change.By, ", "), At: time.Now().UTC().Format(time.DateOnly), Why: f.why, Only: only})
			}
		}
	}
	if len(added.Rows)+len(added.Reviewed)+len(broke) == 0 {
		fmt.Fprintf(s.out, "nothing to add: %d cases are in dispute or cannot be told, the others are there already\n", added.Unsettled)
		return nil
	}
	n, err := writeAdded(ctx, card, added, broke, change)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s added to %s, in %s; %s reviewed, %d of them upheld\n", count(len(added.Rows), "case"), card.Name, f.split, count(len(added.Reviewed), "label"), added.Upheld)
	if n > 0 {
		fmt.Fprintf(s.out, "%s in the regression split\n", count(n, "new case"))
	}
	if added.Unsettled > 0 {
		fmt.Fprintf(s.out, "left out: %s in dispute, or that nobody can tell\n", count(added.Unsettled, "case"))
	}
	fmt.Fprintf(s.out, "the dataset has another digest: what was measured on it before is of the version before. %s says what changed\n", relative(filepath.Join(card.Dir, dataset.ChangesFile)))
	return nil
}

// inDataset says whether a settled case is one that the dataset had.
func inDataset(x decisions.Settled, plan *revise.Addition, added *revise.Added) bool {
	refused := slices.ContainsFunc(added.Refused, func(r revise.Refused) bool { return r.Case == x.Case })
	return plan.From.File == plan.Card.File && !x.Disputed && !x.Unknown && !refused
}

// writeAdded writes the new version: its files first, and the card last. It gives
// the number of cases that are new in the regression split.
func writeAdded(ctx context.Context, card *dataset.Card, added *revise.Added, broke []dataset.Broke, change dataset.Change) (int, error) {
	before, err := card.Digests(ctx)
	if err != nil {
		return 0, err
	}
	if len(added.Reviewed) > 0 {
		if err := appendReview(card, added.Reviewed); err != nil {
			return 0, err
		}
	}
	if len(added.Rows) > 0 {
		if change.Source, err = writeRows(card, added); err != nil {
			return 0, err
		}
		sources := make([]string, 0, len(card.Sources)+1)
		for _, path := range card.Sources {
			if rel, err := filepath.Rel(card.Dir, path); err == nil && !filepath.IsAbs(rel) {
				path = filepath.ToSlash(rel)
			}
			sources = append(sources, inQuotes(path))
		}
		if err := setInCard(card.File, "source", "["+strings.Join(append(sources, inQuotes(change.Source)), ", ")+"]"); err != nil {
			return 0, errors.Join(err, os.Remove(filepath.Join(card.Dir, change.Source)))
		}
	}
	now, problems := dataset.Load(card.File)
	if err := problems.Err(); err != nil {
		return 0, err
	}
	if len(broke) == 0 {
		return 0, changed(ctx, now.File, before, change)
	}
	n, err := regress(ctx, now, broke, change)
	if n == 0 && err == nil {
		err = changed(ctx, now.File, before, change)
	}
	return n, err
}

// writeRows writes new cases into a file beside the card, in a format that its
// sources may have: CSV where the first has it, else JSONL.
func writeRows(card *dataset.Card, added *revise.Added) (string, error) {
	ending := "csv"
	if card.Kind() != dataset.CSV {
		ending = "jsonl"
	}
	if card.Format != "" && string(card.Format) != ending {
		return "", withCode(ExitInput, fmt.Errorf("%s: format: %s is of all sources, and new cases are written as %s: take it out, where the names of the sources tell their formats", card.File, card.Format, ending))
	}
	var b bytes.Buffer
	if ending == "csv" {
		w := csv.NewWriter(&b)
		if err := errors.Join(w.Write(added.Columns), w.WriteAll(added.Rows)); err != nil {
			return "", err
		}
	} else {
		enc := json.NewEncoder(&b)
		for _, row := range added.Rows {
			// What is not known is null: a column that the card names has to be there.
			object := map[string]any{}
			for i, name := range added.Columns {
				object[name] = nil
				if row[i] != "" {
					object[name] = row[i]
				}
			}
			if err := enc.Encode(object); err != nil {
				return "", err
			}
		}
	}
	for n := 1; ; n++ {
		name := fmt.Sprintf("added-%04d.%s", n, ending)
		path := filepath.Join(card.Dir, name)
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		return name, record.WriteFile(path, b.Bytes())
	}
}

// appendReview writes reviewed labels into the card's review file, a new one where
// it names none.
func appendReview(card *dataset.Card, reviewed []dataset.Reviewed) error {
	file := card.Review
	if file == "" {
		file = filepath.Join(card.Dir, dataset.ReviewName)
		if _, err := os.Lstat(file); err == nil {
			return withCode(ExitInput, fmt.Errorf("%s is there, and the card does not name it: add \"review: %s\"", relative(file), dataset.ReviewName))
		}
	}
	text := "reviewed:\n"
	if had, err := os.ReadFile(file); err == nil {
		text = strings.TrimRight(string(had), "\n") + "\n"
	} else if card.Review != "" {
		return err
	}
	var fields []string
	for _, c := range card.Outcome {
		fields = append(fields, c.Field)
	}
	for _, r := range reviewed {
		to := "to: " + inQuotes(r.To)
		if r.To == "" {
			to = "unknown: true"
		}
		text += fmt.Sprintf("  - {case: %s, field: %s, from: %s, %s, by: %s, at: %s, why: %s}\n", inQuotes(r.Case), inQuotes(r.Field), inQuotes(r.From), to, inQuotes(r.By), r.At, inQuotes(r.Why))
	}
	if _, problems := dataset.ParseReview(file, []byte(text), fields); problems.Err() != nil {
		return withCode(ExitInput, fmt.Errorf("%s cannot be added to: write its labels one a line: %w", relative(file), problems.Err()))
	}
	if err := record.WriteFile(file, []byte(text)); err != nil || card.Review != "" {
		return err
	}
	return setInCard(card.File, "review", dataset.ReviewName)
}
