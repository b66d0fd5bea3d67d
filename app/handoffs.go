package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/handoffs"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
)

// handoffFlags are what the user asks of a run's handoffs.
type handoffFlags struct {
	designs        []string
	edge, kind, id string
	limit          int
	format, output string
}

func handoffsCommand(r *flow.Registry, s *streams) *cobra.Command {
	f := &handoffFlags{}
	c := &cobra.Command{
		Use:   "handoffs RUN",
		Short: "Show where a run's handoffs broke, how, and for which cases",
		Long: `Handoffs counts what was handed over in a run and failed: by edge and kind, over
time, and where most. Failures that operation saw stand apart from those that
only labels show. Then it shows cases: what of the contract broke, an excerpt of
what was handed over, and what became of the case.

RUN is a run's folder, its id in reports/runs, or latest.`,
		Example: join(s.program,
			"%s handoffs latest",
			"%s handoffs latest --design rules --kind incomplete --limit 20",
			"%s handoffs latest --edge sorting:decide --format json"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return showHandoffs(c.Context(), r, s, f, a[0])
		},
	}
	flags := c.Flags()
	flags.StringArrayVar(&f.designs, "design", nil, "this design only (repeatable)")
	flags.StringVar(&f.edge, "edge", "", "only this `way`, as sender:receiver or sender→receiver; either may be left out")
	flags.StringVar(&f.kind, "kind", "", kindUsage())
	flags.StringVar(&f.id, "case", "", "only this `case`")
	flags.IntVar(&f.limit, "limit", 5, "show at most this many cases of each design")
	answerFlags(flags, &f.format, &f.output)
	return c
}

// kindUsage lists the kinds.
func kindUsage() string {
	var names []string
	for _, k := range flow.HandoffKinds {
		names = append(names, string(k))
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func showHandoffs(ctx context.Context, r *flow.Registry, s *streams, f *handoffFlags, name string) error {
	write, err := printer(s, f.format, f.output)
	if err != nil {
		return err
	}
	opts, err := f.options()
	if err != nil {
		return err
	}
	run, err := findRun(name)
	if err != nil {
		return err
	}
	if err := hasDesigns(run, f.designs); err != nil {
		return err
	}
	w, card, err := runInputs(run)
	if err != nil {
		return err
	}
	if opts.Redact, err = redaction(run, w, card); err != nil {
		return err
	}
	result, err := handoffsOf(ctx, r, run, w, card, opts)
	if unknown := (*handoffs.UnknownCase)(nil); errors.As(err, &unknown) {
		return withCode(ExitInput, err)
	}
	if err != nil {
		return err
	}
	result.Designs = slices.DeleteFunc(result.Designs, func(d handoffs.Design) bool {
		name, _, _ := strings.Cut(d.Name, " (")
		return len(f.designs) > 0 && !slices.Contains(f.designs, name)
	})
	if err := hasEdge(result, opts); err != nil {
		return err
	}
	if err := countLook(run.Header, w, card, "handoffs"); err != nil {
		return err
	}
	out := &report.Handoffs{Result: result, Options: opts}
	out.HideIDs, out.HideTags = redact.Names(card)
	return write(out)
}

// options are what the flags ask for.
func (f *handoffFlags) options() (o handoffs.Options, err error) {
	o.Case, o.Limit = f.id, f.limit
	if f.limit < 0 {
		return o, withCode(ExitUsage, fmt.Errorf("--limit %d: want a number from 0 up", f.limit))
	}
	if o.Kind = flow.HandoffKind(f.kind); f.kind != "" && !slices.Contains(flow.HandoffKinds, o.Kind) {
		return o, withCode(ExitUsage, fmt.Errorf("--kind %q: want %s", f.kind, kindUsage()))
	}
	if f.edge == "" {
		return o, nil
	}
	for _, between := range []string{"→", "->", ":"} {
		if from, to, ok := strings.Cut(f.edge, between); ok && strings.TrimSpace(from+to) != "" {
			o.From, o.To = strings.TrimSpace(from), strings.TrimSpace(to)
			return o, nil
		}
	}
	return o, withCode(ExitUsage, fmt.Errorf("--edge %q: want sender:receiver", f.edge))
}

// hasDesigns says that a run has designs of those names.
func hasDesigns(run *record.Run, designs []string) error {
	for _, d := range designs {
		var names []string
		for _, have := range run.Header.Designs {
			names = append(names, have.Name)
		}
		if !slices.Contains(names, d) {
			return withCode(ExitInput, fmt.Errorf("run %s has no design %q%s", run.Header.Run, d, oneOf(slices.Compact(names))))
		}
	}
	return nil
}

// hasEdge says that something was handed over on the way that was asked for.
func hasEdge(r *handoffs.Result, o handoffs.Options) error {
	if o.From+o.To == "" {
		return nil
	}
	var ways []string
	for i := range r.Designs {
		for _, e := range r.Designs[i].Edges() {
			if (o.From == "" || e.From == o.From) && (o.To == "" || e.To == o.To) {
				return nil
			}
			ways = append(ways, e.From+":"+e.To)
		}
	}
	slices.Sort(ways)
	way := ""
	if o.From != "" {
		way = fmt.Sprintf(" from %q", o.From)
	}
	if o.To != "" {
		way += fmt.Sprintf(" to %q", o.To)
	}
	return withCode(ExitInput, fmt.Errorf("run %s hands nothing over%s%s", r.Run, way, oneOf(slices.Compact(ways))))
}

// readHandoffs adds what became of the run's handoffs to a report.
func (r *reportData) readHandoffs(ctx context.Context, kinds *flow.Registry, run *record.Run) (err error) {
	r.Handoffs, err = handoffsOf(ctx, kinds, run, r.workflow, r.card, handoffs.Options{})
	return err
}

// handoffsOf looks at the handoffs of a run, with its designs as they were run.
func handoffsOf(ctx context.Context, r *flow.Registry, run *record.Run, w *design.Workflow, card *dataset.Card, opts handoffs.Options) (*handoffs.Result, error) {
	plans := make([]handoffs.Plan, len(run.Header.Designs))
	for i, d := range run.Header.Designs {
		p, err := planAsRun(r, run, w, d)
		if plans[i].Plan = p; err != nil {
			plans[i].Why = err.Error()
		}
	}
	return handoffs.Run(ctx, run, w, card, plans, opts)
}
