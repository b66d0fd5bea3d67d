package report

import (
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/diagram"
	"github.com/rehearse-dev/rehearse/internal/handoffs"
	"github.com/rehearse-dev/rehearse/internal/report/page"
)

// HandoffMap is a design with what a run did in it.
type HandoffMap struct {
	Design string
	Graph  *diagram.Graph // nil where it cannot be drawn
	Why    string         // and why not
}

// handoffMaps is the section of the maps, with the numbers of each beside it.
// There is none where no design has a map.
func (r *Report) handoffMaps(p *page.Page) []page.Section {
	s := page.Section{
		Title: "Handoff map",
		Intro: "Where cases went in each design. Boxes are coloured by who does the work; lines are thicker where more trials went, dashed where a handoff broke, and coloured by the share that broke: below 1%, below 5%, and from there. By labels: handoffs into the box that failed, which only labels show.",
	}
	for i, m := range r.Maps {
		if m.Graph == nil {
			p.Footnotes = append(p.Footnotes, oneLine(m.Design+" is not drawn: "+m.Why, paragraphWidth))
			s.Notes = append(s.Notes, len(p.Footnotes))
			continue
		}
		var svg strings.Builder
		if err := m.Graph.SVG(&svg, diagram.Options{Embedded: true, ID: fmt.Sprintf("map%d", i+1)}); err != nil {
			continue // a Builder never fails
		}
		s.Parts = append(s.Parts, page.Part{Heading: name(m.Design)},
			page.Part{Diagram: &page.Diagram{Label: "Map of " + name(m.Design), SVG: template.HTML(svg.String())}})
		if t := r.edges(m.Design); len(t.rows) > 0 {
			s.Parts = append(s.Parts, page.Part{Table: t.html(), Folded: t.title + " in figures"})
		}
	}
	if len(s.Parts) == 0 {
		return nil
	}
	return []page.Section{s}
}

// mapAt is where the maps stand among the sections: before the handoffs that
// broke, else before what comes after the escalations.
func (r *Report) mapAt(sections []page.Section) int {
	at := slices.IndexFunc(sections, func(s page.Section) bool { return s.Title == brokenTitle })
	if at < 0 {
		return min(len(sections), 4)
	}
	return at
}

// edges are the handoffs of one design in figures: as operation saw them, and
// as labels show them.
func (r *Report) edges(design string) table {
	t := table{
		title: "Handoffs of " + name(design),
		head:  []string{"handoff", "trials", "broken", "rate", "95% interval", "against labels"},
		right: []bool{false, true, true, true, true, true},
	}
	judged := r.judgedEdges(design)
	for i := range r.Score.Designs {
		if r.Score.Designs[i].Name != design {
			continue
		}
		for _, e := range r.Score.Designs[i].Edges {
			way := [2]string{e.From, e.To}
			t.draw(4, e.Interval, "rate", "rate")
			t.rows = append(t.rows, []string{name(e.From) + " → " + name(e.To), fmt.Sprint(e.Handoffs), fmt.Sprint(e.Failed), percent(e.Estimate.Or(0)), interval(e.Interval), judged.cell(way)})
			delete(judged, way)
		}
	}
	for _, way := range slices.SortedFunc(maps.Keys(judged), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		t.rows = append(t.rows, []string{name(way[0]) + " → " + name(way[1]), none, none, none, none, judged.cell(way)})
	}
	return t
}

// judgedEdges are the kinds of failure that only labels show, by sender and
// receiver.
type judgedEdges map[[2]string][]handoffs.Kind

func (r *Report) judgedEdges(design string) judgedEdges {
	out := judgedEdges{}
	if r.Handoffs == nil {
		return out
	}
	for i := range r.Handoffs.Designs {
		d := &r.Handoffs.Designs[i]
		if d.Name != design {
			continue
		}
		for _, e := range d.Judged.Edges {
			if kinds := slices.DeleteFunc(slices.Clone(e.Kinds), func(k handoffs.Kind) bool { return !shownKind(&k) }); len(kinds) > 0 {
				out[[2]string{e.From, e.To}] = kinds
			}
		}
	}
	return out
}

// cell is a line a kind: how many failed, of those that labels can judge.
func (j judgedEdges) cell(way [2]string) string {
	var lines []string
	for _, k := range j[way] {
		lines = append(lines, fmt.Sprintf("%s %d/%d", k.Kind, k.Failed.X, k.Failed.N))
	}
	return strings.Join(lines, "\n")
}
