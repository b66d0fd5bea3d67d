package service

import (
	"os"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/redact"
)

// findCard is the card that is named, or that of the evidence, which may be
// gone where the design is at work.
func (s *Service) findCard(p *promote.Production) (*dataset.Card, error) {
	path := s.o.Card
	if path == "" {
		path = filepath.Join(design.ProjectRoot(filepath.Dir(s.o.Production)), filepath.FromSlash(p.Evidence.Data.Card.Path))
		if _, err := os.Stat(path); err != nil {
			s.o.Logger.Warn("the dataset card of the evidence is gone: all values are withheld from the audit log but those of enums and booleans")
			return nil, nil
		}
	}
	card, problems := dataset.Load(path)
	return card, problems.Err()
}

// personal is the policy of the card; without one, everything that is not out of
// a list is taken for personal.
func personal(card *dataset.Card, plan *design.Plan, shadows []*engine.Promoted) (*redact.Policy, error) {
	w := plan.Workflow
	files := []string{w.File, plan.Design.File}
	for _, p := range shadows {
		files = append(files, p.Plan().Design.File)
	}
	var words []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		words = append(words, string(text))
	}
	if card != nil {
		return redact.New(card, w, words), nil
	}
	p := &redact.Policy{Words: words, ID: true, Cluster: true}
	for _, s := range []*flow.Schema{w.Input, w.Outcome} {
		for _, f := range s.Fields() {
			if f.Type.Kind == flow.Enum || f.Type.Kind == flow.Boolean {
				p.Public = append(p.Public, f.Name)
				p.Words = append(p.Words, f.Type.Enum...)
			} else {
				p.Personal = append(p.Personal, f.Name)
			}
		}
	}
	return p, nil
}
