package design

import (
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

func actionOwner(l *loader, warn report) {
	for _, n := range l.own() {
		if n.Role == flow.Action && n.Owner == "" {
			warn(n.Pos, fmt.Sprintf("action %q has no owner", n.Name), "owner: who answers for it")
		}
	}
}

func actionKey(l *loader, warn report) {
	for _, n := range l.own() {
		if n.Role == flow.Action && yamldoc.Find(l.steps[n.Index].rest, "idempotency_key") == nil {
			warn(n.Pos, fmt.Sprintf("action %q has no idempotency key", n.Name), "idempotency_key: [in.field]")
		}
	}
}

func actionSystem(l *loader, warn report) {
	for _, n := range l.own() {
		if n.Role == flow.Action && n.System == "" {
			warn(n.Pos, fmt.Sprintf("action %q is in no system", n.Name), "system: the one of the workflow that does it")
		}
	}
}
