package designtest

import (
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Coverage is what of a design its tests reached.
type Coverage struct {
	Workflow, Design string
	Points           []Point // in the order of the design
	plan             *design.Plan
}

// Point is something that a test can reach.
type Point struct {
	Kind    PointKind
	Name    string
	Pos     flow.Pos
	Reached int // by how many tests

	step   string
	branch int
	team   string
	tools  []*design.Node // of the step
}

// PointKind says what a point is.
type PointKind string

const (
	// BranchPoint is a branch of a decision point.
	BranchPoint PointKind = "branch"
	// ReasonPoint is a reason for which a team gets cases.
	ReasonPoint PointKind = "reason"
	// BrokenPoint is what is declared for a broken handoff: into a step that
	// needs something, or with an actor that is no rule, or with a declaration
	// of its own.
	BrokenPoint PointKind = "broken handoff"
	// ToolPoint is a tool that does its work when it is called.
	ToolPoint PointKind = "tool"
)

// NewCoverage lists the points of a design.
func NewCoverage(p *design.Plan) *Coverage {
	c := &Coverage{Workflow: p.Workflow.Name, Design: p.Design.Name, plan: p}
	for _, n := range p.Nodes {
		for _, tool := range n.Tools {
			c.Points = append(c.Points, Point{Kind: ToolPoint, Name: fmt.Sprintf("%s of %s", tool.Name, n.Name), Pos: tool.Pos, step: tool.Name})
		}
		switch {
		case n.Route != nil:
			for i := range n.Route.Branches {
				b := &n.Route.Branches[i]
				condition := b.Source
				if b.When == nil {
					condition = "else"
				}
				c.Points = append(c.Points, Point{Kind: BranchPoint, Name: fmt.Sprintf("%s to %s: %s", n.Name, p.Target(b), condition), Pos: b.Pos, step: n.Name, branch: i})
				if b.Team != "" {
					c.reason(b.Team, b.Because, b.Pos)
				}
			}
		case n.Answer != nil:
			c.reason(n.Answer.Team, "by_design", n.Pos)
		case breakable(n):
			after := string(n.Broken.Mode)
			if n.Broken.Mode == design.Escalate {
				after += " to " + n.Broken.Team
			}
			c.Points = append(c.Points, Point{Kind: BrokenPoint, Name: fmt.Sprintf("into %s, then %s", n.Name, after), Pos: n.Pos, step: n.Name, tools: n.Tools})
		}
		if n.Broken.Mode == design.Escalate && n.Answer == nil {
			c.reason(n.Broken.Team, "broken_handoff", n.Pos)
		}
	}
	return c
}

// breakable says whether a broken handoff into a step is worth a test.
func breakable(n *design.Node) bool {
	needs := slices.ContainsFunc(n.In, func(b design.Binding) bool { return b.Needed })
	return needs || n.Actor != flow.Rule || n.Broken.Mode == design.Continue
}

func (c *Coverage) reason(team, because string, at flow.Pos) {
	if !slices.ContainsFunc(c.Points, func(p Point) bool { return p.Kind == ReasonPoint && p.team == team && p.step == because }) {
		c.Points = append(c.Points, Point{Kind: ReasonPoint, Name: fmt.Sprintf("%s because of %s", team, because), Pos: at, team: team, step: because})
	}
}

// Add counts what a test reached.
func (c *Coverage) Add(r *Result) {
	if r.Err != "" || r.Trial == nil {
		return
	}
	x := &ran{plan: c.plan, trial: r.Trial}
	for i := range c.Points {
		if c.Points[i].reached(x) {
			c.Points[i].Reached++
		}
	}
}

func (p *Point) reached(x *ran) bool {
	switch p.Kind {
	case BranchPoint:
		return slices.ContainsFunc(x.trial.Routes, func(r flow.RouteTaken) bool { return r.Step == p.step && r.Branch == p.branch && !r.Shadow })
	case ReasonPoint:
		return x.trial.Status == flow.Escalated && x.trial.Team == p.team && x.trial.Reason == p.step
	case ToolPoint:
		return x.span(p.step) != nil // a call that is not as it should be does not come so far
	}
	return slices.ContainsFunc(x.broken(), func(h *flow.Handoff) bool {
		// From what a tool does wrong, its caller goes on.
		called := slices.ContainsFunc(p.tools, func(t *design.Node) bool { return t.Name == h.From })
		return h.To == p.step && !called || h.From == p.step && h.Clause == "output"
	})
}

// Count is how many points of a kind were reached, and how many there are;
// of all kinds where it is "".
func (c *Coverage) Count(kind PointKind) (reached, of int) {
	for _, p := range c.Points {
		if kind == "" || p.Kind == kind {
			of++
			if p.Reached > 0 {
				reached++
			}
		}
	}
	return reached, of
}
