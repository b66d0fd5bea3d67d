package replay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// folds is how many parts the cases are divided into where a card declares no
// training split: for each part, a step learns from three others and is
// calibrated on the fourth.
const folds = 5

// prepare makes a runner for every plan, with its steps fitted.
func prepare(ctx context.Context, job *Job) ([]*engine.Runner, error) {
	runners := make([]*engine.Runner, len(job.Plans))
	from := job.Card
	if job.Learn != nil {
		from = job.Learn
	}
	splits := from.SplitNames()
	for i, p := range job.Plans {
		runners[i] = engine.NewRunner(p, job.Seed, historical{p.Workflow})
		f := fitting{job: job, card: from, plan: p, runner: runners[i]}
		if job.Fitted != nil && job.Fitted[i] {
			continue
		}
		prepared, err := f.prepared(ctx)
		if err != nil {
			return nil, fmt.Errorf("preparing design %q: %w", p.Design.Name, err)
		}
		var learnt []record.Learnt
		needed := f.needed()
		switch {
		case !needed && len(prepared) == 0:
			continue
		case !needed:
		case slices.Contains(splits, "train"), len(splits) > 0 && !f.learnsFromTrain():
			learnt, err = f.onTrain(ctx)
		case len(splits) > 0:
			err = fmt.Errorf("%s: design %q learns, and the card declares splits without one named train", from.File, p.Design.Name)
		case job.Learn != nil:
			err = fmt.Errorf("%s: the design learns, and the card declares no training split: what it learnt there was learnt in folds, and none of them is the design", from.File)
		default:
			learnt, err = f.inFolds(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("fitting design %q: %w", p.Design.Name, err)
		}
		h := job.Writer.Header()
		for d := range h.Designs {
			if v := job.beside(i).Variant; h.Designs[d].Name == p.Design.Name && (v == "" || v == h.Designs[d].Variant) {
				h.Designs[d].Learnt = append(prepared, learnt...)
			}
		}
		if needed && job.Learn == nil && (slices.Contains(job.Request.Splits, "train") || slices.Contains(job.Request.Splits, "calibration")) {
			warn(h, fmt.Sprintf("design %q learnt from cases of this run (split %s): its figures flatter it", p.Design.Name, strings.Join(job.Request.Splits, ", ")))
		}
	}
	return runners, nil
}

func warn(h *record.Header, text string) {
	if !slices.Contains(h.Warnings, text) {
		h.Warnings = append(h.Warnings, text)
	}
}

// fitting fits the steps of one plan.
type fitting struct {
	job    *Job
	card   *dataset.Card
	plan   *design.Plan
	runner *engine.Runner
}

func (f *fitting) needed() bool {
	return slices.ContainsFunc(f.plan.Nodes, func(n *design.Node) bool {
		_, ok := n.Step.(flow.Fitter)
		return ok
	})
}

// onTrain fits every step that learns on the training split, in order, and
// calibrates it on the calibration split.
func (f *fitting) onTrain(ctx context.Context) ([]record.Learnt, error) {
	var learnt []record.Learnt
	for _, n := range f.plan.Nodes {
		fitter, ok := n.Step.(flow.Fitter)
		if !ok {
			continue
		}
		wantsTrain, wantsCalibration := learnsFrom(fitter)
		var train, calibration []flow.Example
		var err error
		if wantsTrain != 0 {
			if train, err = f.examples(ctx, n, fitter, wantsTrain, -1, []string{"train"}, anyCase); err != nil {
				return nil, err
			}
		}
		if wantsCalibration != 0 && slices.Contains(f.card.SplitNames(), "calibration") {
			maps := func(c *flow.Case) bool { return dataset.Calibrates(c, f.plan.Design.CalibrationShare) }
			if calibration, err = f.examples(ctx, n, fitter, wantsCalibration, -1, []string{"calibration"}, maps); err != nil {
				return nil, err
			}
		}
		l, err := f.fit(ctx, n, fitter, train, calibration)
		if err != nil {
			return nil, err
		}
		l.Fold = -1
		learnt = append(learnt, l)
	}
	return learnt, nil
}

// inFolds fits a copy of every step that learns for each fold, on cases of
// other folds. Folds keep clusters whole.
func (f *fitting) inFolds(ctx context.Context) ([]record.Learnt, error) {
	set := &engine.Folds{Of: foldOf, Steps: make([][]flow.Step, folds)}
	for k := range set.Steps {
		set.Steps[k] = make([]flow.Step, len(f.plan.Nodes))
	}
	f.runner.SetFolds(set)
	var learnt []record.Learnt
	for _, n := range f.plan.Nodes {
		fitter, ok := n.Step.(flow.Fitter)
		if !ok {
			continue
		}
		for k := range folds {
			held := (k + 1) % folds // calibrates
			copy := fitter.New()
			wantsTrain, wantsCalibration := learnsFrom(fitter)
			var train, calibration []flow.Example
			var err error
			if wantsTrain != 0 {
				if train, err = f.examples(ctx, n, copy, wantsTrain, k, nil, func(c *flow.Case) bool { return foldOf(c) != k && foldOf(c) != held }); err != nil {
					return nil, err
				}
			}
			if wantsCalibration != 0 {
				if calibration, err = f.examples(ctx, n, copy, wantsCalibration, k, nil, func(c *flow.Case) bool { return foldOf(c) == held }); err != nil {
					return nil, err
				}
			}
			l, err := f.fit(ctx, n, copy, train, calibration)
			if err != nil {
				return nil, err
			}
			l.Fold = k
			set.Steps[k][n.Index] = copy
			learnt = append(learnt, l)
		}
	}
	return learnt, nil
}

// Calibrates says whether a step of the plan fits a confidence map on the
// calibration split.
func Calibrates(p *design.Plan) bool {
	return slices.ContainsFunc(p.Nodes, func(n *design.Node) bool {
		fitter, ok := n.Step.(flow.Fitter)
		if !ok {
			return false
		}
		_, calibration := learnsFrom(fitter)
		return calibration != 0
	})
}

// learnsFrom says from how many cases of the splits a step learns at most.
func learnsFrom(f flow.Fitter) (train, calibration int) {
	if s, ok := f.(flow.Selective); ok {
		return s.LearnsFrom()
	}
	return flow.AllCases, flow.AllCases
}

// learnsFromTrain says whether a step of the plan learns from the training split.
func (f *fitting) learnsFromTrain() bool {
	return slices.ContainsFunc(f.plan.Nodes, func(n *design.Node) bool {
		fitter, ok := n.Step.(flow.Fitter)
		if !ok {
			return false
		}
		train, _ := learnsFrom(fitter)
		return train != 0
	})
}

func anyCase(*flow.Case) bool { return true }

// foldOf is the fold of a case: by its cluster, which the card's reader sets
// to the case's id where there is none.
func foldOf(c *flow.Case) int {
	h := fnv.New64a()
	io.WriteString(h, c.Cluster)
	return int(h.Sum64() % folds)
}

// target finds the gold value that a step learns: an outcome field, or
// step.field.
func (f *fitting) target(n *design.Node, target string) (gold func(*flow.Label) any, request dataset.Request, err error) {
	w := f.plan.Workflow
	request = dataset.Request{Input: w.Input, Outcome: w.Outcome, WantInput: true, WantLabels: true}
	for _, node := range f.plan.Nodes {
		if _, ok := node.Step.(flow.RecordReader); ok && node.Index < n.Index {
			request.WantRecorded = true
			request.Recorded = design.RecordedFields(f.job.Plans...)
		}
	}
	step, field, ok := strings.Cut(target, ".")
	if !ok {
		i := w.Outcome.Index(target)
		if i < 0 {
			return nil, request, fmt.Errorf("step %q learns %q, which is no field of the outcome", n.Name, target)
		}
		return func(l *flow.Label) any { return l.Outcome.Values[i] }, request, nil
	}
	for _, node := range f.plan.Nodes {
		if i := node.Out.Index(field); node.Name == step && i >= 0 {
			schema := flow.NewSchema(node.Out.Fields()[i])
			request.Steps = map[string]*flow.Schema{step: schema}
			return func(l *flow.Label) any { return l.Steps[step].Get(field) }, request, nil
		}
	}
	return nil, request, fmt.Errorf("step %q learns %q, which no step gives", n.Name, target)
}

// fit fits and calibrates one step, or takes its state from an earlier run
// that learnt the same from the same.
func (f *fitting) fit(ctx context.Context, n *design.Node, fitter flow.Fitter, train, calibration []flow.Example) (record.Learnt, error) {
	l := record.Learnt{Step: n.Name, Examples: len(train), Calibration: len(calibration)}
	if f.incomplete() {
		return l, errGathering
	}
	if _, asks := fitter.(flow.Caller); asks && f.job.Plan != nil && len(train)+len(calibration) == 0 {
		return l, nil // what it would learn from hangs on answers that are planned
	}
	switch wantsTrain, wantsCalibration := learnsFrom(fitter); {
	case wantsTrain != 0 && len(train) == 0:
		return l, fmt.Errorf("step %q has nothing to learn from: no training case with a label for %s reaches it", n.Name, fitter.Target())
	case wantsCalibration > 0 && len(calibration) == 0:
		return l, fmt.Errorf("step %q has nothing to be calibrated on: no case of a split calibration with a label for %s reaches it", n.Name, fitter.Target())
	}
	artifact, keep := fitter.(flow.Artifact)
	if keep {
		l.Key = key(artifact.ArtifactKey(), n.Schema, train, calibration)
		if f.kept(&l, artifact) {
			return l, nil
		}
	}
	if f.job.Stage != nil {
		f.job.Stage(fmt.Sprintf("%s: %s learns from %d cases", f.plan.Design.Name, n.Name, len(train)+len(calibration)))
	}
	if len(train) > 0 {
		if err := fitter.Fit(ctx, each(train)); err != nil {
			return l, fmt.Errorf("step %q: %w", n.Name, err)
		}
	}
	if len(calibration) > 0 {
		if err := fitter.Calibrate(ctx, each(calibration)); err != nil {
			return l, fmt.Errorf("step %q: %w", n.Name, err)
		}
	}
	if f.incomplete() {
		return l, errGathering
	}
	if !keep {
		return l, nil
	}
	return l, f.keep(&l, artifact)
}

// prepared prepares every step that wants it, or takes its state from an
// earlier run.
func (f *fitting) prepared(ctx context.Context) ([]record.Learnt, error) {
	var out []record.Learnt
	for n := range f.plan.Working() {
		p, ok := n.Step.(flow.Preparer)
		if !ok {
			continue
		}
		l := record.Learnt{Step: n.Name, Key: key(p.ArtifactKey(), n.Schema), Fold: -1}
		if !f.kept(&l, p) {
			if f.job.Stage != nil {
				f.job.Stage(fmt.Sprintf("%s: %s is prepared", f.plan.Design.Name, n.Name))
			}
			if err := p.Prepare(ctx); err != nil {
				return nil, fmt.Errorf("step %q: %w", n.Name, err)
			}
			if f.job.Plan != nil {
				continue // what is planned has no state yet
			}
			if err := f.keep(&l, p); err != nil {
				return nil, err
			}
		}
		out = append(out, l)
	}
	return out, nil
}

// file is where the state of a key is kept; "" for nowhere.
func (f *fitting) file(l *record.Learnt) string {
	if f.job.Fits == "" {
		return ""
	}
	return filepath.Join(f.job.Fits, l.Key+".fit")
}

// kept takes over the state of an earlier run, where there is one.
func (f *fitting) kept(l *record.Learnt, a flow.Artifact) bool {
	path := f.file(l)
	if path == "" {
		return false
	}
	data, err := os.ReadFile(path)
	if err != nil || a.UnmarshalArtifact(data) != nil {
		return false
	}
	l.SHA256 = digest(data)
	return true
}

// keep keeps the state of a step for later runs.
func (f *fitting) keep(l *record.Learnt, a flow.Artifact) error {
	data, err := a.MarshalArtifact()
	if err != nil {
		return err
	}
	l.SHA256 = digest(data)
	path := f.file(l)
	if _, asks := a.(flow.Caller); path == "" || asks && f.job.Plan != nil {
		return nil // what was learnt from planned answers is no use
	}
	if err := os.MkdirAll(f.job.Fits, 0o755); err != nil {
		return err
	}
	return record.WriteFile(path, data)
}

// key is the digest of settings and examples.
func key(settings string, s *flow.Schema, sets ...[]flow.Example) string {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s\n", len(settings), settings)
	var buf []byte
	for _, examples := range sets {
		fmt.Fprintf(h, "%d\n", len(examples))
		for _, e := range examples {
			buf = flow.AppendJSON(buf[:0], s, e.In.Values)
			buf = flow.AppendValue(buf, e.Gold, false)
			buf = flow.AppendValue(buf, []any{e.Case, e.Cluster}, false)
			h.Write(append(buf, '\n'))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func each(examples []flow.Example) iter.Seq2[flow.Example, error] {
	return func(yield func(flow.Example, error) bool) {
		for _, e := range examples {
			if !yield(e, nil) {
				return
			}
		}
	}
}
