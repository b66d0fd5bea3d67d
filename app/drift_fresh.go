package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/drift"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// freshCases are the cases that are checked, with what came of them.
type freshCases struct {
	source drift.Source
	seed   uint64
	names  drift.Names
	side   drift.Side
	replay string          // the folder of their run; "" where they were served
	notes  func() []string // what is to be said of them once they are read
}

// freshFrom finds the fresh cases: those of a dataset, which are replayed into
// dir, or those that an audit log has as they were served.
func (b *baseline) freshFrom(ctx context.Context, c *cobra.Command, s *streams, f *driftFlags, dir string, since time.Time) (*freshCases, error) {
	if audit.Is(f.fresh) {
		return b.served(f, since)
	}
	if f.since != "" {
		return nil, withCode(ExitUsage, fmt.Errorf("--since is for an audit log, and %q is none: choose cases of a dataset with --split or --where", f.fresh))
	}
	return b.replayed(ctx, c, s, f, dir)
}

// replayed replays the design on the cases of a dataset.
func (b *baseline) replayed(ctx context.Context, c *cobra.Command, s *streams, f *driftFlags, dir string) (*freshCases, error) {
	where, err := dataset.ParseWhere(f.where)
	if err != nil {
		return nil, withCode(ExitUsage, err)
	}
	card, err := findCard(b.of, f.fresh)
	if err != nil {
		return nil, err
	}
	job := &replay.Job{
		Plans: []*design.Plan{b.plan}, Card: card, Learn: b.card, Fitted: []bool{b.promoted}, Seed: b.run.Header.Seed, Repeats: 1,
		Request: dataset.Request{Splits: f.splits, Where: where},
	}
	h, err := header(ctx, b.of, job.Plans, card)
	if err != nil {
		return nil, err
	}
	h.Seed, h.Repeats = job.Seed, 1
	h.Data.Split, h.Data.Where = f.splits, f.where
	h.Settings, h.Defaulted = settings(c)
	run, err := replayInto(ctx, s, job, h, dir, f.parallel, f.quiet || f.format == "json", b.of, job.Plans)
	if err != nil {
		return nil, err
	}
	if !b.promoted {
		if err := sameLearning(b.run.Header, run.Header, b.design); err != nil {
			return nil, err
		}
	}
	use, apart := b.tags(card.Tags, card)
	return &freshCases{
		source: drift.Recorded{Run: run, Workflow: b.of, Card: card, Design: b.design}, seed: job.Seed,
		names:  drift.Names{Tags: card.Tags, Use: use, Apart: apart, Personal: append(card.PersonalFields(), card.Personal...)},
		side:   drift.Side{Run: run.Header.Run, Dataset: card.Name, Split: f.splits},
		replay: dir, notes: func() []string { return nil },
	}, nil
}

// served reads an audit log.
func (b *baseline) served(f *driftFlags, since time.Time) (*freshCases, error) {
	if len(f.splits)+len(f.where) > 0 {
		return nil, withCode(ExitUsage, errors.New("--split and --where are for a dataset: choose cases of an audit log with --since"))
	}
	// A log does not hold personal tags; the others are there by name.
	tags := slices.DeleteFunc(slices.Clone(b.card.Tags), func(t string) bool { return slices.Contains(b.card.Personal, t) })
	log, err := audit.Read(f.fresh, b.of.Input, b.of.Outcome, tags...)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	source := &drift.Audited{Log: log, Design: b.design, Since: since}
	use, apart := b.tags(tags, b.card)
	return &freshCases{
		source: source, seed: b.run.Header.Seed,
		names: drift.Names{Tags: tags, Use: use, Apart: apart, Personal: append(b.card.PersonalFields(), b.card.Personal...)},
		side:  drift.Side{Run: "as served", Dataset: filepath.Base(filepath.Clean(f.fresh))},
		notes: func() (out []string) {
			if source.Again > 0 {
				out = append(out, fmt.Sprintf("%d cases had been sent before, and count once", source.Again))
			}
			if n := len(source.Digests); n > 1 {
				out = append(out, fmt.Sprintf("the cases were served by %d versions of design %q: what moved may be the design", n, b.design))
			}
			return out
		},
	}, nil
}

// tags are those of the baseline that the fresh cases have too, and which of them
// are no inputs to compare beside: inputs under another name, and what is known
// only once a case was decided.
func (b *baseline) tags(fresh []string, card *dataset.Card) (use, apart []string) {
	for _, tag := range b.card.Tags {
		if !slices.Contains(fresh, tag) {
			continue
		}
		use = append(use, tag)
		if slices.ContainsFunc(b.card.Input, func(c dataset.Column) bool { return c.Column == tag }) ||
			b.card.Input == nil && b.of.Input.Index(tag) >= 0 || b.card.Afterwards(tag) || card.Afterwards(tag) {
			apart = append(apart, tag)
		}
	}
	return use, apart
}

// sinceWhen reads --since: a date, a time, a number of days such as 7d, or last
// for the end of the last check's cases.
func sinceWhen(text string, earlier []ledger.Check, now time.Time) (time.Time, error) {
	switch days, isDays := strings.CutSuffix(text, "d"); {
	case text == "":
		return time.Time{}, nil
	case text == "last":
		if len(earlier) == 0 {
			return time.Time{}, nil
		}
		return earlier[len(earlier)-1].At, nil
	case isDays:
		if n, err := strconv.Atoi(days); err == nil && n > 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, withCode(ExitUsage, fmt.Errorf("--since %q: want a date such as 2026-11-01, a time such as 2026-11-01T08:00:00Z, days such as 7d, or last for what came since the last check", text))
}
