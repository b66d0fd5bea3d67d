package score

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// Run scores a run by the labels of its dataset as they are now.
func Run(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card) (*Result, error) {
	return newScorer(run, w, card).run(ctx, run)
}

// RunInDetail scores a run as [Run] does, and gathers all that can be compared
// of every case.
func RunInDetail(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card) (*Result, error) {
	s := newScorer(run, w, card)
	s.inDetail()
	return s.run(ctx, run)
}

func (s *scorer) run(ctx context.Context, run *record.Run) (*Result, error) {
	w, card := s.w, s.card
	err := Walk(ctx, run, w, card, dataset.Request{Steps: retrievalGold(card)}, func(t *flow.Trial, c *flow.Case, first bool) error {
		if first {
			s.current = c
			s.startCase(t)
		}
		return s.add(t)
	})
	if err != nil {
		return nil, err
	}
	return s.result(run)
}

// Each judges every trial of a run by its case's label as it is now, in the
// order of the record. The trial is valid until each returns.
func Each(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card, each func(*flow.Trial, Judgement) error) error {
	judge := Judge{Workflow: w, Seed: run.Header.Seed}
	return Walk(ctx, run, w, card, dataset.Request{}, func(t *flow.Trial, c *flow.Case, _ bool) error {
		return each(t, judge.Judge(t, c.Label))
	})
}

// Walk goes over the trials of a run with their cases' labels, and says which
// is the first of its case. What more of a case is read is in read. A case is
// valid until the next one comes.
func Walk(ctx context.Context, run *record.Run, w *design.Workflow, card *dataset.Card, read dataset.Request, each func(t *flow.Trial, c *flow.Case, first bool) error) error {
	chosen, err := Cases(run.Header)
	if err != nil {
		return err
	}
	read.Outcome, read.WantLabels = w.Outcome, true
	read.Splits, read.Where, read.Limit, read.Order = chosen.Splits, chosen.Where, chosen.Limit, chosen.Order
	labels, err := card.Open(read)
	if err != nil {
		return err
	}
	defer labels.Close()

	cases := caseStream{reader: labels, drawn: read.Order != nil, buf: make([]flow.Case, 256)}
	var current *flow.Case
	for t, err := range run.Trials(w.Outcome) {
		if err != nil {
			return err
		}
		first := current == nil || t.Index != current.Index
		if first {
			if current, err = cases.find(ctx, t); err != nil {
				return err
			}
		}
		if err := each(t, current, first); err != nil {
			return err
		}
	}
	return nil
}

// Cases asks for the cases of a run in their order, and for nothing of them.
func Cases(h *record.Header) (dataset.Request, error) {
	where, err := dataset.ParseWhere(h.Data.Where)
	r := dataset.Request{Splits: h.Data.Split, Where: where, Limit: h.Data.Limit}
	if h.Data.Order == record.RandomOrder {
		r.Order = &dataset.Order{Seed: h.Seed}
	}
	return r, err
}

// caseStream walks the labels in step with the trials: both are in the order
// of the run.
type caseStream struct {
	reader *dataset.Reader
	drawn  bool // in random order: the next case is the trial's, or it is missing
	buf    []flow.Case
	at, n  int
	end    bool
}

func (s *caseStream) find(ctx context.Context, t *flow.Trial) (*flow.Case, error) {
	for {
		for ; s.at < s.n; s.at++ {
			c := &s.buf[s.at]
			if c.Index == t.Index && c.ID == t.Case {
				s.at++
				return c, nil
			}
			if s.drawn || c.Index >= t.Index {
				return nil, dataset.Fault("case %q of the run is %q in the dataset now: the data changed since the run, replay it again", t.Case, c.ID)
			}
		}
		if s.end {
			return nil, dataset.Fault("case %q of the run is not in the dataset any more: replay it again", t.Case)
		}
		n, err := s.reader.Next(ctx, s.buf)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		s.at, s.n, s.end = 0, n, err != nil
	}
}

// scorer adds up a run.
type scorer struct {
	header     *record.Header
	w          *design.Workflow
	card       *dataset.Card
	judge      Judge
	units      *Units
	current    *flow.Case
	byName     map[string]int // design + variant → index
	designs    []*designTally
	vectors    *Vectors
	cluster    int32
	perfect    bool
	listed     float64 // prices of all attempts
	identities identities
}

func newScorer(run *record.Run, w *design.Workflow, card *dataset.Card) *scorer {
	h := run.Header
	s := &scorer{
		header: h, w: w, card: card,
		judge:      NewJudge(w, card, h.Seed),
		units:      NewUnits(card, h.Repeats),
		byName:     make(map[string]int),
		identities: identities{},
		vectors:    &Vectors{Designs: make([]DesignVectors, len(h.Designs)), Worst: worst(w.Costs)},
	}
	for i, d := range h.Designs {
		s.byName[d.Name+"\x00"+d.Variant] = i
		s.designs = append(s.designs, newDesignTally(s.units.units, w, h.Data.Tags, h.Repeats))
	}
	return s
}

// worst is the most that a wrong decision costs.
func worst(costs map[string]map[string]float64) (most float64) {
	for _, of := range costs {
		for _, cost := range of {
			most = max(most, cost)
		}
	}
	return most
}

// inDetail has the scorer gather all that is known of every case.
func (s *scorer) inDetail() {
	v := s.vectors
	v.TagNames, v.Details = s.header.Data.Tags, []CaseDetail{}
	for _, f := range s.w.Outcome.Fields() {
		v.Outcome = append(v.Outcome, f.Name)
	}
	if s.w.Decision >= 0 {
		v.Classes = s.w.Outcome.Fields()[s.w.Decision].Type.Enum
	}
	for i := range v.Designs {
		v.Designs[i].Detail = newDetail(s.w)
		s.designs[i].detail = v.Designs[i].Detail
	}
}

func (s *scorer) startCase(t *flow.Trial) {
	if s.units.clustered {
		s.cluster = s.units.Cluster(t)
		s.vectors.Cluster = append(s.vectors.Cluster, s.cluster)
	}
	s.vectors.Cases = append(s.vectors.Cases, t.Case)
	s.vectors.Weight = append(s.vectors.Weight, t.Weight)
	if s.vectors.Details != nil {
		s.vectors.Details = append(s.vectors.Details, CaseDetail{Input: t.InputDigest, Tags: slices.Clone(t.Tags)})
	}
	for i := range s.vectors.Designs {
		s.vectors.Designs[i].grow()
		s.designs[i].endCase()
	}
}

func (s *scorer) add(t *flow.Trial) error {
	i, ok := s.byName[t.Design+"\x00"+t.Variant]
	if !ok {
		return fmt.Errorf("case %q has a trial of design %q, which run.json does not name", t.Case, t.Design)
	}
	g := s.judge.Judge(t, s.current.Label)
	s.perfect = s.perfect || g.Perfect
	for _, span := range t.Spans {
		for _, a := range span.Attempts {
			s.listed += a.Price
			s.identities.saw(t.Design, span.Step, a)
		}
	}
	v := &s.vectors.Designs[i]
	v.add(&g)
	if v.Detail != nil {
		v.Detail.add(t, &g, s.current.Label)
	}
	s.designs[i].add(t, &g, s.current.Label, s.cluster)
	s.designs[i].states(s.judge, t, &g, s.current.Label, s.cluster)
	s.designs[i].confirmations(s.judge, t, s.current.Label, s.cluster)
	return nil
}

func (s *scorer) result(run *record.Run) (*Result, error) {
	h := s.header
	r := &Result{
		Run: h.Run, Workflow: s.w.Name, Title: s.w.Title, Currency: s.w.Currency, Baseline: h.Baseline,
		Dataset: s.card.Name, Split: h.Data.Split, Cases: len(s.vectors.Cases), Repeats: h.Repeats,
		Clusters: len(s.units.ids), Complete: h.State == record.Complete, LabelSource: s.card.LabelSource,
		Warnings: append([]string(nil), h.Warnings...), Vectors: s.vectors, Seed: h.Seed,
	}
	switch {
	case s.card.Cluster != "":
		r.ClusterBy = s.card.Cluster
	case h.Repeats > 1:
		r.ClusterBy = s.card.ID
	}
	walls, err := timings(run, s.byName)
	if err != nil {
		return nil, err
	}
	for i, d := range h.Designs {
		s.designs[i].endCase()
		out := s.designs[i].result(DesignName(d.Name, d.Variant))
		out.Baseline = d.Name == h.Baseline && d.Variant == ""
		out.Wall = walls[i]
		r.Designs = append(r.Designs, out)
	}
	s.savings(r)
	if r.Money, err = s.money(run); err != nil {
		return nil, err
	}
	r.Warnings = append(r.Warnings, s.warnings(r)...)
	r.Warnings = append(r.Warnings, s.identities.changed(h)...)
	return r, nil
}

// DesignName is what a result calls a design, or a variant of one.
func DesignName(name, variant string) string {
	if variant != "" {
		name += " (" + variant + ")"
	}
	return name
}

// savings compares the people's time of every design with the baseline's, on
// the cases whose time is known under both.
func (s *scorer) savings(r *Result) {
	base := slices.IndexFunc(r.Designs, func(d Design) bool { return d.Baseline })
	if base < 0 {
		return
	}
	before := s.vectors.Designs[base].Minutes
	for i := range r.Designs {
		if i == base {
			continue
		}
		saved, weight := 0.0, 0.0
		for c, after := range s.vectors.Designs[i].Minutes {
			if after.Den > 0 && before[c].Den > 0 {
				saved += s.vectors.Weight[c] * (before[c].Mean() - after.Mean())
				weight += s.vectors.Weight[c]
			}
		}
		if weight == 0 {
			continue
		}
		r.Designs[i].Cost.SavedMinutes = num(saved / weight)
		if s.w.Volume > 0 {
			r.Designs[i].Cost.SavedHours = num(saved / weight * s.w.Volume / 60)
		}
	}
}

// money sets what was paid for calls, as it was written down then, against
// what all answers in the record cost when they were made.
func (s *scorer) money(run *record.Run) (*Money, error) {
	spending, err := run.Spending()
	if err != nil {
		return nil, err
	}
	if s.listed == 0 && spending.Total() == 0 {
		return nil, nil
	}
	var estimated *record.Range
	if e := run.Header.Estimate; e != nil {
		estimated = &e.Money
	}
	return &Money{Estimated: estimated, Listed: s.listed, Saved: max(0, s.listed-spending.Spent), Spending: spending}, nil
}

// warnings says what a reader has to know about all figures.
func (s *scorer) warnings(r *Result) []string {
	var out []string
	if !r.Complete {
		out = append(out, fmt.Sprintf("the run is not complete: %d cases are in the record", r.Cases))
	}
	if slices.ContainsFunc(s.header.Designs, func(d record.Design) bool { return s.header.CutShort(d.Name) }) {
		out = append(out, "the race cut short what was measured, because of what it showed: intervals and p-values are for numbers of cases fixed beforehand; what holds at any time is the table of the race, and a gate takes a run without --race")
	}
	if s.perfect {
		out = append(out, "perfect reviewers: where no person's answer was recorded and the team has no error rate, people's answers are the label itself")
	}
	for _, d := range r.Designs {
		measured := d.Trials - d.Dispositions[NotMeasured]
		switch {
		case measured == 0 || d.Labelled == measured:
		case d.Labelled == 0:
			out = append(out, d.Name+": no final label, so its accuracy could not be measured")
		default:
			out = append(out, fmt.Sprintf("%s: %d of %d measured trials have no final label; they are left out of every accuracy", d.Name, measured-d.Labelled, measured))
		}
	}
	if s.units.weighted {
		out = append(out, "rates and means are weighted by the column "+s.card.Weight+"; the counts beside them are not")
	}
	for i, name := range s.header.Data.Tags {
		if len(s.designs) > 0 && s.designs[0].segments[i] == nil {
			out = append(out, fmt.Sprintf("tag %q has more than %d values: it makes no segments", name, maxSegments))
		}
	}
	if len(s.w.Costs) == 0 {
		out = append(out, "the workflow states no costs of errors: the cost per case leaves them out")
	}
	for _, field := range slices.Sorted(maps.Keys(s.card.LabelSource)) {
		if source := s.card.LabelSource[field]; source == "clerk" && field != "person" && !strings.HasPrefix(field, "person.") {
			out = append(out, fmt.Sprintf("the label %q is what a clerk did at the time: accuracy on it is agreement, not truth", field))
		}
	}
	return out
}
