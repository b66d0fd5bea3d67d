package app

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/convert"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

func datasetConvertCommand(s *streams) *cobra.Command {
	var to string
	var types []string
	var o convert.Options
	var force bool
	c := &cobra.Command{
		Use:   "convert FILE|CARD OUT",
		Short: "Write data as Parquet, CSV or JSONL",
		Long: `Convert writes all rows of a file, or of the sources of a card, into one file
whose name tells the format, or with - to standard output.

Types are kept: numbers, decimals, dates, times, lists and records. Of CSV they
are found in a first walk over all rows; a column gets a type only where every
value is written back as the same value, so that 007 stays a text. --type says
what a column is where that is not to be found out. Lists and records stand in
CSV as JSON. An empty CSV field is an absent value; times become UTC.

Data that is converted is other data, by its digest: runs and evidence name the
files that they read.`,
		Example: join(s.program,
			"%s dataset convert datasets/invoice/cases.csv cases.parquet",
			"%s dataset convert invoice - --to jsonl --columns case_id,text",
			"%s dataset convert datasets/invoice/cases.csv typed.parquet --type minutes=number"),
		Args: args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) (err error) {
			if o.Format, err = outputFormat(a[1], to); err != nil {
				return err
			}
			if o.Types, err = columnTypes(types); err != nil {
				return err
			}
			card, err := cardOrFile(a[0])
			if err != nil {
				return err
			}
			n, err := writeData(c.Context(), s, card, a[1], force, o)
			if err != nil {
				return err
			}
			if a[1] != "-" {
				fmt.Fprintf(s.err, "%s in %s\n", count(int(n), "row"), relative(a[1]))
			}
			return nil
		},
	}
	c.Flags().StringVar(&to, "to", "", "parquet, csv or jsonl (default by the name of OUT)")
	c.Flags().StringArrayVar(&types, "type", nil, "what a column is, `column=type`: text, boolean, integer, number, date or time (repeatable)")
	c.Flags().StringSliceVar(&o.Columns, "columns", nil, "only these `columns`, in this order")
	c.Flags().BoolVar(&force, "force", false, "overwrite OUT")
	return c
}

// outputFormat is the format of a file to write.
func outputFormat(path, named string) (dataset.Format, error) {
	format, ok := dataset.FormatOf(path)
	switch {
	case named != "":
		if format = dataset.Format(named); format != dataset.Parquet && format != dataset.CSV && format != dataset.JSONL {
			return "", withCode(ExitUsage, fmt.Errorf("--to %q: want parquet, csv or jsonl", named))
		}
	case path == "-":
		return "", withCode(ExitUsage, fmt.Errorf("say what to write to standard output: --to parquet, csv or jsonl"))
	case ok && format == dataset.Parquet && !strings.HasSuffix(strings.ToLower(path), ".parquet") && !strings.HasSuffix(strings.ToLower(path), ".pq"):
		return "", withCode(ExitUsage, fmt.Errorf("%s: Parquet is packed inside: name it *.parquet", path))
	case !ok:
		return "", withCode(ExitUsage, fmt.Errorf("%s: the name does not say the format: name it *.parquet, *.csv or *.jsonl, or say --to", path))
	}
	return format, nil
}

func columnTypes(given []string) (map[string]convert.Kind, error) {
	types := make(map[string]convert.Kind, len(given))
	for _, g := range given {
		column, name, ok := strings.Cut(g, "=")
		kind, known := convert.KindByName(name)
		if !ok || !known || kind == convert.Decimal || kind == convert.List || kind == convert.Record {
			return nil, withCode(ExitUsage, fmt.Errorf("--type %q: want column=type, the type one of text, boolean, integer, number, date, time", g))
		}
		types[column] = kind
	}
	return types, nil
}

// writeData writes rows into a file that is there whole or not at all, or to
// standard output. What is wrong with the rows is bad input; what is wrong with
// the file is not.
func writeData(ctx context.Context, s *streams, card *dataset.Card, path string, force bool, o convert.Options) (n int64, err error) {
	var bad error
	write := func(w io.Writer) error {
		to := &output{Writer: w}
		packer, err := convert.Packer(to, path)
		if err != nil {
			return err
		}
		out := bufio.NewWriterSize(packer, 1<<18)
		if n, err = convert.Run(ctx, card, out, o); err != nil {
			if to.err == nil {
				bad = inputError(err)
			}
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
		return packer.Close()
	}
	if path == "-" {
		err = write(s.out)
		return n, cmp.Or(bad, err)
	}
	if _, err := os.Lstat(path); err == nil && !force {
		return 0, withCode(ExitInput, fmt.Errorf("%s is there already: --force overwrites it", path))
	}
	err = regular.Replace(path, write)
	return n, cmp.Or(bad, err)
}
