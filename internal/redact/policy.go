package redact

import (
	"slices"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// New is the policy that a dataset's card asks for. Words are texts that the
// project's authors wrote, such as the designs.
func New(card *dataset.Card, w *design.Workflow, words []string) *Policy {
	p := &Policy{Personal: append(card.PersonalFields(), card.Personal...), Words: words}
	for _, f := range w.Input.Fields() {
		if card.Input == nil && !slices.Contains(card.Personal, f.Name) {
			p.Public = append(p.Public, f.Name)
		}
	}
	mapped := [][]dataset.Column{card.Input, card.Outcome, card.Recorded, card.Person}
	for _, columns := range card.Steps {
		mapped = append(mapped, columns)
	}
	for _, columns := range mapped {
		for _, c := range columns {
			if slices.Contains(card.Personal, c.Column) {
				p.Personal = append(p.Personal, c.Field)
			} else {
				p.Public = append(p.Public, c.Field)
			}
		}
	}
	p.ID, p.Cluster = marked(card, card.ID), marked(card, card.Cluster)
	for _, f := range w.Outcome.Fields() {
		p.Words = append(p.Words, f.Type.Enum...)
	}
	return p
}

// Names says whether the cases' ids are personal, and which tags are: what
// stands in the tables of a report.
func Names(card *dataset.Card) (ids bool, tags []string) {
	for _, tag := range card.Tags {
		if marked(card, tag) {
			tags = append(tags, tag)
		}
	}
	return marked(card, card.ID), tags
}

func marked(card *dataset.Card, column string) bool {
	return column != "" && slices.Contains(card.Personal, column)
}
