package designtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// stored is a case of the workflow's dataset, without its label; nil where
// none is named or it is not there.
func (l *loader) stored(id *flow.Text) *flow.Case {
	if id == nil {
		return nil
	}
	if l.cases == nil {
		l.cases = map[string]*flow.Case{}
	}
	if _, known := l.cases[id.Value]; !known {
		c, err := l.findCase(id.Value)
		if err != nil {
			l.diags.Add(id.Pos, fmt.Sprintf("case %q: %v", id.Value, err), "")
		}
		l.cases[id.Value] = c
	}
	if c := l.cases[id.Value]; c != nil {
		own := *c
		return &own
	}
	return nil
}

// findCase reads the dataset until the case comes.
func (l *loader) findCase(id string) (*flow.Case, error) {
	path, err := l.card()
	if err != nil {
		return nil, err
	}
	card, problems := dataset.Load(path)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	written, err := regular.Read(l.design)
	if err != nil {
		return nil, err
	}
	l.policy = redact.New(card, l.wf, []string{l.text, string(written)})
	request := dataset.Request{Input: l.wf.Input, WantInput: true}
	if recorded := design.RecordedFields(l.plan); recorded.Len() > 0 {
		request.WantRecorded, request.Recorded = true, recorded
	}
	reader, err := card.Open(request)
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	buf := make([]flow.Case, 64)
	for {
		n, err := reader.Next(context.Background(), buf)
		for i := range buf[:n] {
			if buf[i].ID == id {
				return &buf[i], nil
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil, errors.New("the workflow's dataset has no such case")
		case err != nil:
			return nil, err
		}
	}
}

// card is the workflow's dataset card, named as the test's file is.
func (l *loader) card() (string, error) {
	path, err := l.wf.CardPath()
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		beside := filepath.Join(l.wf.Dir, "dataset.yaml")
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
		if short, err := filepath.Rel(l.wf.Root, path); err == nil {
			path = short
		}
		return "", fmt.Errorf("the workflow has no dataset: there is no %s", filepath.ToSlash(path))
	}
	return path, nil
}
