// Package forget takes cases out of everything that a project keeps of them: every
// version of a dataset and what is beside it, run records, queues and decisions,
// audit logs, recordings, what the program stores to be fast, and reports.
//
//  1. Find reads the cases in every dataset of the project: their ids, and values
//     that tell of them.
//  2. Plan walks over the project and says what it would do with each file.
//  3. Each step writes its file so that it is there whole or not at all.
package forget

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Asked says which cases.
type Asked struct {
	IDs []string
	// Clusters says that IDs are those of clusters, such as persons: all of their
	// cases.
	Clusters bool
}

// Cases are the cases to be forgotten.
type Cases struct {
	IDs map[string]bool
	// Telling are values that tell of them: ids and clusters, personal values, and
	// long values of other inputs.
	Telling []string
	Held    []Held
	cards   []*dataset.Card
}

// Held is how many of the cases a dataset has.
type Held struct {
	Card  *dataset.Card
	Cases int
	// Sources are those of its files that hold some.
	Sources []string
}

// Values shorter than this tell of nobody by themselves.
const (
	shortPersonal = 4
	shortOther    = 24
)

// Find looks for the cases in every dataset of a project.
func Find(ctx context.Context, root string, a Asked) (*Cases, error) {
	out := &Cases{IDs: map[string]bool{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir() || d.Name() != "dataset.yaml" || filepath.Base(filepath.Dir(path)) == "files":
			return nil
		}
		card, problems := dataset.Load(path)
		if card == nil || problems.Err() != nil && len(card.Sources) == 0 {
			return nil // a card that cannot be read has no rows
		}
		out.cards = append(out.cards, card)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if a.Clusters {
		if err := out.clusters(ctx, a.IDs); err != nil {
			return nil, err
		}
	} else {
		for _, id := range a.IDs {
			out.IDs[id] = true
		}
	}
	telling := map[string]bool{}
	for _, id := range a.IDs {
		if len(id) >= shortPersonal {
			telling[id] = true
		}
	}
	for id := range out.IDs {
		if len(id) >= shortPersonal {
			telling[id] = true
		}
	}
	for _, card := range out.cards {
		h := Held{Card: card}
		for _, source := range card.Sources {
			one := *card
			one.Sources = []string{source}
			before := h.Cases
			if err := rowsOf(ctx, &one, func(rows *dataset.Rows, i int, id, _ string) {
				if !out.IDs[id] {
					return
				}
				h.Cases++
				for c, name := range rows.Columns() {
					text := strings.TrimSpace(rows.Text(i, c))
					personal := slices.Contains(card.Personal, name)
					if personal && len(text) >= shortPersonal || reads(card, name) && len(text) >= shortOther {
						telling[strings.Clone(text)] = true
					}
				}
			}); err != nil {
				return nil, err
			}
			if h.Cases > before {
				h.Sources = append(h.Sources, source)
			}
		}
		if h.Cases > 0 {
			out.Held = append(out.Held, h)
		}
	}
	for text := range telling {
		out.Telling = append(out.Telling, text)
	}
	slices.Sort(out.Telling)
	return out, nil
}

// reads says whether a column is an input of the card.
func reads(card *dataset.Card, column string) bool {
	if card.Input == nil {
		return !slices.Contains(card.Tags, column) && column != card.Cluster && column != card.ID
	}
	return slices.ContainsFunc(card.Input, func(c dataset.Column) bool { return c.Column == column })
}

func (c *Cases) clusters(ctx context.Context, names []string) error {
	for _, card := range c.cards {
		if card.Cluster == "" {
			continue
		}
		if err := rowsOf(ctx, card, func(_ *dataset.Rows, _ int, id, cluster string) {
			if slices.Contains(names, cluster) {
				c.IDs[strings.Clone(id)] = true
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

// rowsOf walks over the rows of a card that has ids.
func rowsOf(ctx context.Context, card *dataset.Card, each func(rows *dataset.Rows, i int, id, cluster string)) error {
	rows, err := card.Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	if card.ID == "" && !slices.Contains(rows.Columns(), "case_id") && !slices.Contains(rows.Columns(), "id") {
		return nil // its cases are numbered, and would have other numbers
	}
	return rows.Each(ctx, func(i int) error {
		head, err := rows.Head(i)
		if err != nil {
			return err
		}
		each(rows, i, head.ID, head.Cluster)
		return nil
	})
}

// Step is what is done with one file.
type Step struct {
	Path string
	What string // in words
	do   func() error
}

// Plan is what is done, and what comes of it.
type Plan struct {
	Steps []Step
	// Runs are those whose record held one of the cases: they are evidence no more.
	Runs []string
	// Left are files that hold a value of the cases and are not mended: people
	// write them.
	Left []string

	cases *Cases
	root  string
}

// Do writes and removes the files.
func (p *Plan) Do() error {
	for _, s := range p.Steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w: call it again, what was done stays done", s.Path, err)
		}
	}
	return nil
}

func (p *Plan) add(path, what string, do func() error) {
	p.Steps = append(p.Steps, Step{Path: path, What: what, do: do})
}

// remove plans that a file goes, once.
func (p *Plan) remove(path, why string) {
	if slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Path == path }) {
		return
	}
	p.add(path, "removed: "+why, func() error { return os.RemoveAll(path) })
}
