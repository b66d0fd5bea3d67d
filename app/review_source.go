package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/queue"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// reviewSource is where the cases of a review come from: a run, or an audit log.
type reviewSource struct {
	queue.Source
	run      *record.Run // nil for an audit log
	workflow *design.Workflow
	card     *dataset.Card
	design   string
}

// policy is what may be shown of its cases.
func (r *reviewSource) policy() (*redact.Policy, error) {
	if r.run == nil {
		return redact.New(r.card, r.workflow, nil), nil
	}
	return redaction(r.run, r.workflow, r.card)
}

// isAuditLog says whether a folder holds an audit log.
func isAuditLog(dir string) bool {
	found, _ := filepath.Glob(filepath.Join(dir, "audit-*.jsonl"))
	return len(found) > 0
}

// sourceOf finds a run by its name, or an audit log by its folder, for reviewing
// the cases of one design.
func sourceOf(ctx context.Context, name, design string) (*reviewSource, error) {
	if isAuditLog(name) {
		return logSource(ctx, name, design)
	}
	run, err := findRun(name)
	if err != nil {
		return nil, err
	}
	if design, err = queueDesign(run, design); err != nil {
		return nil, err
	}
	r := &reviewSource{run: run, design: design}
	if r.workflow, r.card, err = runInputs(run); err != nil {
		return nil, err
	}
	r.Source = &queue.Run{Run: run, Workflow: r.workflow, Card: r.card, Design: design}
	return r, nil
}

// logSource is an audit log, with the workflow of that name as it is now.
func logSource(ctx context.Context, dir, design string) (*reviewSource, error) {
	head, err := audit.Read(dir, flow.NewSchema(), flow.NewSchema())
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	name, served, err := head.Workflow(ctx)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	r := &reviewSource{design: design}
	if r.design == "" {
		r.design = served
	}
	if r.workflow, err = findWorkflow(name); err != nil {
		return nil, err
	}
	if r.card, err = findCard(r.workflow, ""); err != nil {
		return nil, err
	}
	_, hidden := redact.Names(r.card)
	tags := slices.DeleteFunc(slices.Clone(r.card.Tags), func(t string) bool { return slices.Contains(hidden, t) })
	log, err := audit.Read(dir, r.workflow.Input, r.workflow.Outcome, tags...)
	if err != nil {
		return nil, withCode(ExitInput, err)
	}
	r.Source = &queue.Log{Reader: log, Design: r.design}
	return r, nil
}

// header says where the cases of a queue come from.
func (r *reviewSource) header(ctx context.Context, dir string) (queue.Header, error) {
	h := queue.Header{Design: r.design}
	digests, err := r.card.Digests(ctx)
	if err != nil {
		return h, err
	}
	h.Data = digests.Whole()
	if r.run == nil {
		root := projectRoot(r.workflow.Dir)
		h.Log, h.Workflow, h.Card = projectPath(root, dir), projectPath(root, r.workflow.File), projectPath(root, r.card.File)
		return h, nil // ids that are personal have aliases in the log
	}
	h.Run, h.Workflow, h.Card = projectPath(projectRoot(r.run.Dir), r.run.Dir), r.run.Header.Workflow.Path, r.run.Header.Data.Card.Path
	h.HideIDs, _ = redact.Names(r.card)
	return h, nil
}

// queueSource is where the cases of a queue came from.
func queueSource(ctx context.Context, dir string, h *queue.Header) (*reviewSource, error) {
	from := h.Run
	if from == "" {
		from = h.Log
	}
	path := filepath.FromSlash(from)
	if !filepath.IsAbs(path) {
		path = filepath.Join(projectRoot(dir), path)
	}
	if h.Log != "" && !isAuditLog(path) {
		return nil, withCode(ExitInput, fmt.Errorf("the queue is of the audit log %s, which is not there", from))
	}
	if from == "" {
		return nil, withCode(ExitInput, errors.New("the queue names neither a run nor an audit log"))
	}
	return sourceOf(ctx, path, h.Design)
}
