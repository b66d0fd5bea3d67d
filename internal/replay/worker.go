package replay

import (
	"context"
	"time"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
)

// worker runs every plan on one case after the other.
type worker struct {
	r      *run
	engine [][]*engine.Worker // by plan: as written, then its variants
	// restated are the workers of the job's restated inputs, by plan.
	restated [][]*engine.Worker
	trial    flow.Trial
	json     []byte // scratch for input digests
}

func (r *run) borrow() *worker {
	if w, ok := r.workers.Get().(*worker); ok {
		return w
	}
	w := &worker{r: r}
	for p, runner := range r.runners {
		if b := r.job.beside(p); b.Variant != "" {
			all := &w.engine[b.Plan]
			*all = append(*all, runner.Beside((*all)[0], b.Variant))
			w.engine, w.restated = append(w.engine, nil), append(w.restated, nil)
			continue
		}
		written := runner.NewWorker()
		all := []*engine.Worker{written}
		if r.job.Oracles != nil {
			for _, o := range r.job.Oracles[p] {
				all = append(all, written.Oracle(o))
			}
		}
		var restated []*engine.Worker
		for _, v := range r.job.Restated {
			restated = append(restated, runner.Beside(written, v.Variant))
		}
		w.engine, w.restated = append(w.engine, all), append(w.restated, restated)
	}
	return w
}

func (r *run) give(w *worker) { r.workers.Put(w) }

// inputDigest identifies a case's input by its canonical JSON.
func (w *worker) inputDigest(c *flow.Case) uint64 {
	w.json = flow.AppendJSON(w.json[:0], c.Input.Schema, c.Input.Values)
	return engine.Digest(w.json)
}

// replay runs every plan, repeat and variant on case i of the block and gives each
// trial to emit, which may keep it only by copying.
func (w *worker) replay(ctx context.Context, b *block, i int, emit func(*flow.Trial, time.Duration, []flow.Timing)) error {
	c := &b.cases[i]
	ctx = w.r.job.private(ctx, c)
	b.sums[i] = w.inputDigest(c)
	b.arenas[i] = b.arenas[i][:0]
	others := w.others(c)
	if b.running != nil {
		b.marks[i] = b.marks[i][:0]
	}
	for p, variants := range w.engine {
		for repeat := range w.r.job.Repeats {
			if b.running != nil && !b.running[p] {
				w.leaveOut(c, p, repeat, b.sums[i])
				b.marks[i] = append(b.marks[i], Mark{})
				emit(&w.trial, 0, nil)
				continue
			}
			for v, e := range variants {
				if b.recalled != nil {
					e.Recall(b.recalled[i].trial(e.Plan().Design.Name, repeat, b.sums[i]), w.r.job.Recall.Steps[p])
				}
				start := time.Now()
				var err error
				if b.arenas[i], err = e.Run(ctx, c, repeat, b.sums[i], &w.trial, b.arenas[i]); err != nil {
					return err
				}
				if b.running != nil {
					b.marks[i] = append(b.marks[i], w.r.job.Race.Judge(&w.trial, c))
				}
				if v == 0 && w.r.job.Progress != nil {
					w.r.job.Progress[p].count(&w.trial)
				}
				emit(&w.trial, time.Since(start), e.Timings())
			}
			for _, o := range others {
				e, start := w.restated[p][o.variant], time.Now()
				var err error
				if b.arenas[i], err = e.Run(w.r.job.private(ctx, &o.of), &o.of, repeat, o.digest, &w.trial, b.arenas[i]); err != nil {
					return err
				}
				emit(&w.trial, time.Since(start), e.Timings())
			}
		}
	}
	return nil
}

// otherInput is a case whose input is restated.
type otherInput struct {
	variant int // of the job's restated ones
	of      flow.Case
	digest  uint64
}

// others are a case's restated inputs.
func (w *worker) others(c *flow.Case) []otherInput {
	var out []otherInput
	for v, restated := range w.r.job.Restated {
		if values, ok := restated.Input(c.Input); ok {
			o := otherInput{variant: v, of: *c}
			o.of.Input.Values = values
			o.digest = w.inputDigest(&o.of)
			out = append(out, o)
		}
	}
	return out
}
