package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/decisions"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/queue"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/score"
)

func reviewImportCommand(s *streams) *cobra.Command {
	var format, output, folder, labelled string
	c := &cobra.Command{
		Use:   "import FILE...",
		Short: "Take in what reviewers decided, and say what it tells",
		Long: `Import reads files of decisions, as the form saves them or as queue.csv was
filled in, holds them against the queue that they are of, and keeps them in its
folder as decisions.jsonl. What was imported before counts, too; what a reviewer
decided of a case twice is what was decided last. --labelled writes the automated
cases that were decided as a dataset, with their sampling weights, for 'eval drift'.

It shows how often the design is right when nobody looks, by the random audit and
by the weighted queue, beside what the recorded labels say; how far reviewers
agree, beyond chance; and whose recorded label was decided otherwise. Cases in
dispute go into a queue of their own, for another reviewer.

The queue is the one that the decisions name, in reports/reviews, or the folder
that a file lies in; --queue names another one.`,
		Example: join(s.program,
			"%s review import to-review/queue.csv",
			"%s review import decisions-ann.jsonl decisions-bo.jsonl --format md --output reviewed.md"),
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := printer(s, format, output)
			if err != nil {
				return err
			}
			study, err := importDecisions(c.Context(), a, folder, labelled)
			if err != nil {
				return err
			}
			return write(report.Reviewed{Study: study})
		},
	}
	c.Flags().StringVar(&folder, "queue", "", "the `folder` of the queue")
	c.Flags().StringVar(&labelled, "labelled", "", "write the decided automated cases, labelled and weighted, as a dataset into this new `folder`")
	answerFlags(c.Flags(), &format, &output)
	return c
}

// reviewedQueue is a queue with what was decided about it.
type reviewedQueue struct {
	dir      string
	queue    *queue.Queue
	from     *reviewSource
	workflow *design.Workflow
	card     *dataset.Card
	placed   []decisions.Decision
}

// settled are the decisions brought together.
func (r *reviewedQueue) settled() []decisions.Settled { return decisions.Settle(r.placed, r.workflow) }

// importDecisions takes files of decisions into the folder of their queue.
func importDecisions(ctx context.Context, files []string, folder, labelled string) (*decisions.Study, error) {
	rq, err := readDecisions(ctx, files, folder)
	if err != nil {
		return nil, err
	}
	study, err := decisions.Tell(ctx, rq.queue, rq.settled(), rq.from, rq.workflow, rq.card)
	if err != nil {
		return nil, err
	}
	if err := recordedAccuracy(ctx, rq, study); err != nil {
		return nil, err
	}
	if err := regular.Replace(filepath.Join(rq.dir, decisions.File), func(w io.Writer) error { return decisions.Write(w, rq.placed) }); err != nil {
		return nil, err
	}
	if labelled != "" {
		if err := writeLabelled(ctx, labelled, rq); err != nil {
			return nil, err
		}
	}
	if len(study.Disputed) > 0 {
		var numbers []int
		for _, d := range study.Disputed {
			numbers = append(numbers, d.Entry)
		}
		again := rq.queue.Again(numbers, time.Now().UTC().Truncate(time.Second))
		study.Again, err = saveAgain(rq, again)
		if err != nil {
			return nil, err
		}
	}
	return study, nil
}

// readDecisions reads files of decisions of one queue, and those that it has.
func readDecisions(ctx context.Context, files []string, folder string) (*reviewedQueue, error) {
	var all []decisions.Decision
	var problems diag.List
	for _, file := range files {
		data, err := regular.Read(file)
		if err != nil {
			return nil, withCode(ExitInput, err)
		}
		found, diags := decisions.Parse(relative(file), data)
		all, problems = append(all, found...), append(problems, diags...)
	}
	if len(all) == 0 {
		if err := problems.Err(); err != nil {
			return nil, err
		}
		return nil, withCode(ExitInput, fmt.Errorf("nothing is decided in %s: fill in outcome, reviewer and at", strings.Join(files, ", ")))
	}
	dir, err := queueFolder(files, all, folder)
	if err != nil {
		return nil, err
	}
	rq := &reviewedQueue{dir: dir}
	if rq.queue, err = queue.Read(filepath.Join(dir, queue.File)); err != nil {
		return nil, withCode(ExitInput, err)
	}
	if of := rq.queue.Header.Of; of != "" {
		// Disputed cases are those of another queue: what is decided now is added
		// there, by the cases' ids.
		entries := rq.queue.Entries
		for i := range all {
			if all[i].Case == "" && all[i].Entry >= 1 && all[i].Entry <= len(entries) {
				all[i].Case = entries[all[i].Entry-1].Case
			}
			all[i].Entry, all[i].Queue = 0, ""
		}
		if rq.dir, err = queueNamed(of); err != nil {
			return nil, err
		}
		if rq.queue, err = queue.Read(filepath.Join(rq.dir, queue.File)); err != nil {
			return nil, withCode(ExitInput, err)
		}
	}
	before := filepath.Join(rq.dir, decisions.File)
	switch data, err := regular.Read(before); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		had, diags := decisions.Parse(relative(before), data)
		if err := diags.Err(); err != nil {
			return nil, err
		}
		all = append(had, all...)
	}
	if rq.from, err = queueSource(ctx, rq.dir, &rq.queue.Header); err != nil {
		return nil, err
	}
	rq.workflow, rq.card = rq.from.workflow, rq.from.card
	placed, faults := decisions.Place(all, rq.queue, rq.workflow)
	rq.placed = placed
	return rq, append(problems, faults...).Sort().Err()
}

// queueFolder is the folder of the queue that decisions are of.
func queueFolder(files []string, all []decisions.Decision, folder string) (string, error) {
	if folder != "" {
		return folder, nil
	}
	id := all[0].Queue
	for _, d := range all {
		if d.Queue != id {
			return "", withCode(ExitInput, fmt.Errorf("%s: of queue %q, and %s is of %q: import the decisions of one queue at a time", d.Pos, d.Queue, all[0].Pos, id))
		}
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		if q, err := queue.Read(filepath.Join(dir, queue.File)); err == nil && (id == "" || q.Header.Queue == id) {
			return dir, nil
		}
	}
	if id == "" {
		return "", withCode(ExitUsage, errors.New("the decisions do not say of which queue they are: name its folder with --queue"))
	}
	return queueNamed(id)
}

// queueNamed is the folder in reports/reviews that has the queue of that id.
func queueNamed(id string) (string, error) {
	found, _ := filepath.Glob(filepath.Join(reviewsDir(), "*", queue.File))
	for _, path := range found {
		if q, err := queue.Read(path); err == nil && q.Header.Queue == id {
			return filepath.Dir(path), nil
		}
	}
	return "", withCode(ExitInput, fmt.Errorf("no queue %q in %s: name its folder with --queue", id, relative(reviewsDir())))
}

// recordedAccuracy adds what the recorded labels say, beside what reviewers do.
func recordedAccuracy(ctx context.Context, rq *reviewedQueue, study *decisions.Study) error {
	if rq.from.run == nil {
		return nil // an audit log has no labels
	}
	scored, err := score.Run(ctx, rq.from.run, rq.workflow, rq.card)
	if err != nil {
		return err
	}
	if err := countLook(rq.from.run.Header, rq.workflow, rq.card, "review import"); err != nil {
		return err
	}
	i := slices.IndexFunc(scored.Designs, func(d score.Design) bool { return d.Name == study.Design })
	if i < 0 {
		return nil
	}
	m, ok := scored.Designs[i].Metric(score.AutomatedAccuracy)
	x := decisions.Estimate{From: "recorded labels", What: "no automated case of the run is labelled"}
	if ok && m.Estimate.Valid {
		x.Share, x.What = score.Share{X: int(m.Numerator), N: int(m.Denominator), Interval: m.Interval}, "all labelled cases of the run that it automated"
	}
	study.Accuracy = append(study.Accuracy, x)
	return nil
}

// saveAgain writes the queue of the cases in dispute beside the one that they are
// of, unless it is there.
func saveAgain(rq *reviewedQueue, again *queue.Queue) (string, error) {
	base := strings.TrimSuffix(filepath.Clean(rq.dir), string(filepath.Separator)) + "-disputed"
	found, _ := filepath.Glob(base + "*")
	for _, dir := range found {
		if q, err := queue.Read(filepath.Join(dir, queue.File)); err == nil && q.Header.Queue == again.Header.Queue {
			return relative(dir), nil
		}
	}
	dir := unused(base)
	return relative(dir), saveQueue(dir, again, rq.workflow, false)
}
