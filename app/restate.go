package app

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
	"github.com/rehearse-dev/rehearse/internal/restate"
)

// restatedName is the folder of a run's restated inputs, in that of the run; a
// number follows where there are several.
const restatedName = "restated"

// restateRun replays a run's cases as written and with restated inputs into a
// folder of its own. It says which designs it left out.
func restateRun(c *cobra.Command, r *flow.Registry, s *streams, f *scorecardFlags, of *record.Run) error {
	ctx := c.Context()
	w, card, plans, err := sameInputs(ctx, r, of, f.designs)
	if err != nil {
		return err
	}
	if !f.calls && !f.offline {
		plans = slices.DeleteFunc(plans, func(p *design.Plan) bool {
			out := replay.ReachesOut(p)
			if out {
				fmt.Fprintf(s.err, "%s: not replayed, since its steps call something outside, which may cost money: --calls lets them, --offline makes do with stored answers\n", p.Design.Name)
			}
			return out
		})
	}
	if len(plans) == 0 {
		return nil
	}
	job, err := againJob(of, card, plans)
	if err != nil {
		return err
	}
	job.Dir, job.Offline = stateDir(projectRoot(w.Dir)), f.offline
	h, err := header(ctx, w, plans, card)
	if err != nil {
		return err
	}
	designs := h.Designs
	h.Designs = nil
	for _, d := range designs {
		h.Designs = append(h.Designs, d)
		for _, k := range restate.Kinds {
			d.Variant = k.Variant()
			h.Designs = append(h.Designs, d)
		}
	}
	for _, k := range restate.Kinds {
		job.Restated = append(job.Restated, replay.Restated{Variant: k.Variant(), Input: k.Input})
	}
	sameCases(h, of)
	h.Settings, h.Defaulted = settings(c)
	dir := unused(filepath.Join(of.Dir, restatedName))
	h.Run = of.Header.Run + "-" + filepath.Base(dir)
	_, err = replayInto(ctx, s, job, h, dir, f.parallel, f.quiet || f.format == "json", w, plans)
	return err
}

// restatedOf is the latest whole record of a run's restated inputs; nil where
// there is none.
func restatedOf(of *record.Run) *record.Run {
	found, _ := filepath.Glob(filepath.Join(of.Dir, restatedName+"*"))
	var latest *record.Run
	for _, dir := range found {
		run, err := record.Open(dir)
		if err != nil || run.Header.State != record.Complete || run.Header.Data.Inputs != of.Header.Data.Inputs || !sameDesigns(run, of) {
			continue
		}
		if latest == nil || !run.Header.Started.Before(latest.Header.Started) && len(dir) >= len(latest.Dir) {
			latest = run
		}
	}
	return latest
}

// sameDesigns says whether a record is of designs of another as they were then.
func sameDesigns(run, of *record.Run) bool {
	return !slices.ContainsFunc(run.Header.Designs, func(d record.Design) bool {
		return d.Variant != "" && !strings.HasPrefix(d.Variant, restate.Prefix) || !slices.ContainsFunc(of.Header.Designs, func(then record.Design) bool {
			return then.Variant == "" && then.Name == d.Name && then.Digest == d.Digest
		})
	})
}
