package design

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

func unusedParams(l *loader, warn report) {
	for _, p := range l.plan.Design.Params {
		if !l.params[p.Name] {
			warn(p.Pos, fmt.Sprintf("param %q is never read", p.Name), "params."+p.Name)
		}
	}
}

func unusedOutputs(l *loader, warn report) {
	for _, n := range l.own() {
		if n.Role != flow.Work {
			continue // what a person or a system answers is worth having on record
		}
		out := l.steps[n.Index].keys.Out
		for i, f := range n.Out.Fields() {
			if !l.reads[n.OutSlot+i] && f.Type.Kind != flow.Probability {
				warn(l.doc.Pos(yamldoc.Find(out, f.Name)), fmt.Sprintf("%s.%s is never read", n.Name, f.Name), "")
			}
		}
	}
}

func unreadConfidence(l *loader, warn report) {
	for _, n := range l.own() {
		if n.Role != flow.Work {
			continue
		}
		for i, f := range n.Out.Fields() {
			if f.Type.Kind == flow.Probability && !l.reads[n.OutSlot+i] {
				warn(l.doc.Pos(yamldoc.Find(l.steps[n.Index].keys.Out, f.Name)), fmt.Sprintf("no route reads %s.%s", n.Name, f.Name), "cases of low confidence go on unseen")
			}
		}
	}
}

func fileName(l *loader, warn report) {
	d := l.plan.Design
	if base := strings.TrimSuffix(filepath.Base(d.File), ".yaml"); base != d.Name {
		warn(l.keys.Design.Pos, fmt.Sprintf("design %q is in a file of another name", d.Name), "rename the file to "+d.Name+".yaml")
	}
}
