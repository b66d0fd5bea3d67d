package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/convert"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/split"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// splitFlags are the flags of eval dataset split.
type splitFlags struct {
	by            string
	parts         split.Parts
	seed          uint64
	label         string
	stratify      bool
	time, cluster string
	write         bool
	out           string
	force         bool
	format        string
}

func datasetSplitCommand(s *streams) *cobra.Command {
	var f splitFlags
	c := &cobra.Command{
		Use:   "split FILE|CARD",
		Short: "Divide cases into train, calibration, dev and test, and show the balance",
		Long: `Split shows what the splits of a dataset come to: cases, labels, times, and
clusters with cases in more than one split.

With --by it proposes other splits, in shares of the cases, and shows those:
by time, the earliest cases to train, then calibration, dev and test; or by hash
of the cluster, which keeps clusters whole. --stratify chooses among 64 seeds
the one whose splits are most alike in their labels.

It prints the line for the card. With --write it puts that line into the card,
whose comments and other lines stay, or makes a card for a bare file. With --out
it writes each split into a file of its own, as train.csv.`,
		Example: join(s.program,
			"%s dataset split invoice",
			"%s dataset split invoice --by time --train 0.6 --dev 0.2 --test 0.2",
			"%s dataset split invoice --by hash --stratify --train 0.6 --dev 0.4"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return runSplit(c, s, &f, a[0])
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.by, "by", "", "time or hash: propose other splits")
	for i, name := range dataset.SplitKinds {
		flags.Float64Var(&f.parts[i], name, 0, "share of the cases for "+name)
	}
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the hash")
	flags.StringVar(&f.label, "label", "", "`column` whose balance is shown (default the first labelled field)")
	flags.BoolVar(&f.stratify, "stratify", false, "by hash: with labels as alike as 64 seeds can make them")
	flags.StringVar(&f.time, "time", "", "time `column` of a bare file")
	flags.StringVar(&f.cluster, "cluster", "", "cluster `column` of a bare file")
	flags.BoolVar(&f.write, "write", false, "put the splits into the card")
	flags.StringVar(&f.out, "out", "", "write the cases of each split into a file of this `folder`")
	flags.BoolVar(&f.force, "force", false, "overwrite the files in the folder")
	flags.StringVar(&f.format, "format", "text", formatUsage)
	return c
}

func runSplit(c *cobra.Command, s *streams, f *splitFlags, name string) error {
	usage := func(format string, a ...any) error { return withCode(ExitUsage, fmt.Errorf(format, a...)) }
	switch {
	case f.by != "" && f.by != "time" && f.by != "hash":
		return usage("--by %q: want time or hash", f.by)
	case f.by == "" && (f.write || f.stratify || f.parts != split.Parts{}):
		return usage("say how to split: --by time or --by hash")
	case f.by == "time" && f.stratify:
		return usage("--stratify goes with --by hash: by time, the splits have the labels of their times")
	}
	if f.by != "" {
		if err := f.parts.Check(); err != nil {
			return withCode(ExitUsage, err)
		}
	}
	print, err := printer(s, f.format, "")
	if err != nil {
		return err
	}
	card, text, err := cardText(name, f)
	if err != nil {
		return err
	}
	if f.label == "" && len(card.Outcome) > 0 {
		f.label = card.Outcome[0].Column
	}
	if f.stratify && f.label == "" {
		return usage("--stratify needs a label: name its column with --label")
	}
	value := ""
	if f.by != "" {
		if value, err = f.propose(c.Context(), card); err != nil {
			return inputError(err)
		}
		if card, text, err = withSplits(card, text, value); err != nil {
			return err
		}
	}
	summary, err := split.Summarise(c.Context(), card, f.label)
	if err != nil {
		return inputError(err)
	}
	summary.Splits = value
	if f.write {
		if err := record.WriteFile(card.File, text); err != nil {
			return err
		}
		fmt.Fprintf(s.err, "written into %s\n", relative(card.File))
	}
	if f.out != "" {
		if err := writeSplits(c.Context(), s, card, f); err != nil {
			return err
		}
	}
	return print(report.Split{Summary: summary})
}

// writeSplits writes the cases of each split into a file of its own.
func writeSplits(ctx context.Context, s *streams, card *dataset.Card, f *splitFlags) error {
	if err := os.MkdirAll(f.out, 0o777); err != nil {
		return err
	}
	names := card.SplitNames()
	if len(names) == 0 {
		names = []string{"dev"}
	}
	file := func(split string) string { return filepath.Join(f.out, split+"."+string(card.Kind())) }
	for _, name := range names {
		s.spare("--out", file(name))
	}
	for _, name := range names {
		path := file(name)
		n, err := writeData(ctx, s, card, path, f.force, convert.Options{
			Format: card.Kind(),
			Keep: func(rows *dataset.Rows, i int) (bool, error) {
				c, err := rows.Head(i)
				return c.Split == name, err
			},
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(s.err, "%s in %s\n", count(int(n), "row"), relative(path))
	}
	return nil
}

// inputError gives what is wrong with data the code of bad input.
func inputError(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return withCode(ExitInput, err)
}

// cardText is a card with its text; for a bare file, a card that could stand
// beside it.
func cardText(name string, f *splitFlags) (*dataset.Card, []byte, error) {
	card, err := cardOrFile(name)
	if err != nil {
		return nil, nil, err
	}
	if card.Digest != "" {
		if f.time != "" || f.cluster != "" {
			return nil, nil, withCode(ExitUsage, fmt.Errorf("--time and --cluster are for a bare file: %s names its own columns", relative(card.File)))
		}
		text, err := regular.Read(card.File)
		return card, text, err
	}
	file := filepath.Join(filepath.Dir(card.Sources[0]), "dataset.yaml")
	if _, err := os.Lstat(file); err == nil && f.write {
		return nil, nil, withCode(ExitInput, fmt.Errorf("%s has a card beside it: split that, %s", name, relative(file)))
	}
	var text bytes.Buffer
	for _, l := range []struct{ key, value string }{{"source", filepath.Base(card.Sources[0])}, {"time", f.time}, {"cluster", f.cluster}} {
		if l.value != "" {
			fmt.Fprintf(&text, "%s: %q\n", l.key, l.value)
		}
	}
	card, problems := dataset.Parse(file, text.Bytes())
	return card, text.Bytes(), problems.Err()
}

func (f *splitFlags) propose(ctx context.Context, card *dataset.Card) (string, error) {
	if f.by == "time" && card.Time == "" {
		return "", fmt.Errorf("%s names no time column to split by", card.File)
	}
	label := ""
	if f.stratify {
		label = f.label
	}
	times, members, labels, err := split.Survey(ctx, card, label)
	if err != nil {
		return "", err
	}
	if f.by == "time" {
		return f.parts.ByTime(times)
	}
	return f.parts.ByHash(members, labels, f.seed, f.stratify), nil
}

// withSplits is the card with other splits, read as it would stand in the file.
func withSplits(card *dataset.Card, text []byte, value string) (*dataset.Card, []byte, error) {
	text, err := yamldoc.Set(card.File, text, "splits", value)
	if err != nil {
		return nil, nil, withCode(ExitInput, fmt.Errorf("%s: %w", card.File, err))
	}
	card, problems := dataset.Parse(card.File, text)
	return card, text, problems.Err()
}
