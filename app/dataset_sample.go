package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/convert"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/sample"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

func datasetSampleCommand(s *streams) *cobra.Command {
	var p sample.Plan
	var to, weights string
	var force bool
	c := &cobra.Command{
		Use:   "sample FILE|CARD FOLDER",
		Short: "Draw cases into a dataset of their own, with its card",
		Long: `Sample draws cases and writes them, with a card, into a folder: a dataset that
runs as the whole one does.

Which cases are drawn depends on their ids and --seed alone. --stratify draws
from every value of a column, in proportion or --equal, and gives each case the
weight of those it stands for, in the column sampling_weight, which the card
names. --clusters draws clusters whole, until there are as many cases.`,
		Example: join(s.program,
			"%s dataset sample invoice datasets/invoice-small --cases 10",
			"%s dataset sample invoice rare --cases 12 --stratify decision --equal --to csv"),
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			switch {
			case p.Cases < 1:
				return withCode(ExitUsage, errors.New("how many cases? --cases takes numbers from 1 up"))
			case p.Clusters && p.Stratify != "":
				return withCode(ExitUsage, errors.New("--clusters and --stratify do not go together: a cluster may have cases in several strata"))
			case p.Equal && p.Stratify == "":
				return withCode(ExitUsage, errors.New("--equal is for strata: name their column with --stratify"))
			}
			at := filepath.Join(a[1], "dataset.yaml")
			s.spare("FOLDER", at)
			card, err := cardOrFile(a[0])
			if err != nil {
				return err
			}
			format := card.Kind()
			if to != "" {
				if format, err = outputFormat(a[1], to); err != nil {
					return err
				}
			}
			file := filepath.Join(a[1], "cases."+string(format))
			s.spare("FOLDER", file)
			for _, path := range []string{file, at} {
				if _, err := os.Lstat(path); err == nil && !force {
					return withCode(ExitInput, fmt.Errorf("%s is there already: --force overwrites it", path))
				}
			}
			drawn, err := sample.Draw(c.Context(), card, p)
			if err != nil {
				return inputError(err)
			}
			o := convert.Options{Format: format, Keep: drawn.Keep}
			if !drawn.Even() {
				o.Weights, o.Weight = weights, drawn.Weight
			}
			text, err := sampleCard(card, filepath.Base(file), o.Weights)
			if err != nil {
				return err
			}
			if err := os.MkdirAll(a[1], 0o777); err != nil {
				return err
			}
			n, err := writeData(c.Context(), s, card, file, force, o)
			if err != nil {
				return err
			}
			if err := record.WriteFile(at, text); err != nil {
				return err
			}
			if err := card.CopyReview(a[1]); err != nil {
				return err
			}
			fmt.Fprintf(s.err, "%s in %s, with their card\n", count(int(n), "row"), relative(file))
			if p.Stratify != "" {
				for _, st := range drawn.Strata {
					fmt.Fprintf(s.err, "  %s=%s: %d of %d, weight %.4g\n", p.Stratify, strconv.Quote(st.Value), st.Drawn, st.Have, st.Weight)
				}
			}
			return nil
		},
	}
	flags := c.Flags()
	flags.Int64Var(&p.Cases, "cases", 0, "how many to draw")
	flags.Uint64Var(&p.Seed, "seed", 1, "seed of the draw")
	flags.StringVar(&p.Stratify, "stratify", "", "draw from every value of this `column`")
	flags.BoolVar(&p.Equal, "equal", false, "as many from every stratum")
	flags.BoolVar(&p.Clusters, "clusters", false, "draw clusters whole")
	flags.StringVar(&weights, "weights", "sampling_weight", "`column` for the weights of a stratified sample")
	flags.StringVar(&to, "to", "", "parquet, csv or jsonl (default as the source)")
	flags.BoolVar(&force, "force", false, "overwrite the folder's cases and card")
	return c
}

// sampleCard is the card of a sample: that of the whole, with another source
// and, where cases stand for different numbers, their weights.
func sampleCard(card *dataset.Card, source, weights string) ([]byte, error) {
	text := []byte(fmt.Sprintf("source: %s\n", source))
	if card.Digest != "" {
		var err error
		if text, err = regular.Read(card.File); err != nil {
			return nil, err
		}
	}
	set := func(key, value string) (err error) {
		text, err = yamldoc.Set(card.File, text, key, value)
		return err
	}
	if err := set("source", source); err != nil {
		return nil, withCode(ExitInput, fmt.Errorf("%s: %w", card.File, err))
	}
	if card.Format != "" {
		if err := set("format", strings.TrimPrefix(filepath.Ext(source), ".")); err != nil {
			return nil, err
		}
	}
	if card.Review != "" {
		if err := set("review", dataset.ReviewName); err != nil {
			return nil, err
		}
	}
	if card.RegressionFile != "" {
		if err := set("regression", dataset.RegressionName); err != nil {
			return nil, err
		}
	}
	if weights != "" {
		if err := set("weight", weights); err != nil {
			return nil, err
		}
	}
	_, problems := dataset.Parse(card.File, text)
	return text, problems.Err()
}
