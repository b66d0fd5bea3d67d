package retrieve

import (
	gocontext "context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/endpoint"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/models"
	"github.com/rehearse-dev/rehearse/internal/search"
)

// Hybrid searches by words and by meaning. The vectors of documents are made
// once, by Prepare; that of a query is asked for with the case.
type Hybrid struct {
	*Step
	endpoint.Line
	weight *float64
	// What stands before a query and a chunk that are sent.
	queryPrefix, passagePrefix string

	made *made // nil until prepared
}

// made is what Prepare makes.
type made struct {
	model   string // that the endpoint said answered
	vectors *search.Vectors
}

var (
	_ flow.Requirer  = (*Hybrid)(nil)
	_ flow.Dependent = (*Hybrid)(nil)
	_ flow.Opener    = (*Hybrid)(nil)
	_ flow.Caller    = (*Hybrid)(nil)
	_ flow.Preparer  = (*Hybrid)(nil)
)

// hybrid reads what vectors come from; nil where words alone are searched.
func (r *reader) hybrid(shelf *endpoint.Shelf) *Hybrid {
	c := r.c.Embeddings
	if c == nil {
		return nil
	}
	h := &Hybrid{weight: c.Weight}
	if w := c.Weight; w != nil && !(*w >= 0 && *w <= 1) {
		r.Fail(c.Model.Pos, "embeddings: weight is %v, want a number from 0 to 1", *w)
	}
	for _, p := range []struct {
		given *flow.Text
		into  *string
	}{{c.Query, &h.queryPrefix}, {c.Passage, &h.passagePrefix}} {
		if p.given != nil {
			*p.into = p.given.Value
		}
	}
	m, err := endpoint.Named(r.Config, c.Model, true)
	if err != nil {
		r.Add(err)
		return nil
	}
	h.Name, h.Shelf, h.Embeds = r.Config.Step(), shelf, true
	h.Use(m, models.Trying{})
	h.Key()
	return h
}

// Do finds the best chunks for a case's query by words and by meaning; without
// a query there are none.
func (h *Hybrid) Do(ctx gocontext.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	if err := h.Opened(); err != nil {
		return flow.Output{}, err
	}
	query, err := h.asked(in)
	if err != nil {
		return flow.Output{}, err
	}
	if strings.TrimSpace(query) == "" {
		return h.output(nil, true), nil
	}
	asked := flow.Output{Cost: flow.Cost{Cached: true}}
	r, err := h.Ask(ctx, llm.Request{
		Embed: []string{h.queryPrefix + query},
		Case:  in.Key.Case, Step: in.Key.Step, Repeat: in.Key.Repeat, Reask: in.Key.Attempt,
	}, &asked)
	h.Answered(r)
	if err != nil {
		return asked, h.Failed(r, asked.Attempts, err)
	}
	if h.made == nil {
		return asked, flow.Errorf(flow.ErrNotMeasured, "the documents of step %q have no vectors yet", h.Name)
	}
	if r.Model != h.made.model {
		return asked, h.another(r.Model)
	}
	found, err := (&search.Hybrid{Words: h.index, Vectors: h.made.vectors, Weight: h.weight}).Search(query, r.Vectors[0], h.k)
	if err != nil {
		return asked, flow.Stopf("the query of case %q: %w", in.Key.Case, err)
	}
	out := h.output(found, true)
	out.Attempts, out.Cost = asked.Attempts, asked.Cost
	return out, nil
}

// another is the end of a run in which vectors of two models meet.
func (h *Hybrid) another(model string) error {
	return flow.Stopf("the documents' vectors are of model %q, and the query's of %q: they cannot be compared; "+
		"remove those of the documents (the file that is named in the run's record under learnt) and the stored answers of the older model with 'cache prune'", h.made.model, model)
}

// text is what a chunk is made a vector of.
func (h *Hybrid) text(c *search.Chunk) string {
	if c.Heading == "" {
		return h.passagePrefix + c.Text
	}
	return h.passagePrefix + c.Heading + "\n" + c.Text
}

// ArtifactKey names the model and every text.
func (h *Hybrid) ArtifactKey() string {
	sum := sha256.New()
	for i := range h.index.Chunks {
		text := h.text(&h.index.Chunks[i])
		fmt.Fprintf(sum, "%d:%s", len(text), text)
	}
	return fmt.Sprintf("vectors %s %s", hex.EncodeToString(sum.Sum(nil)), h.DependsOn())
}

// String names the step and what it searches.
func (h *Hybrid) String() string { return h.Step.String() + ", " + h.Line.String() }
