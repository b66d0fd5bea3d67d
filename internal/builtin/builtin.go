// Package builtin names the built-in step kinds. Those that belong to the
// language of designs itself, human and route, are not among them.
package builtin

import (
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/action"
	"github.com/rehearse-dev/rehearse/internal/builtin/classify"
	"github.com/rehearse-dev/rehearse/internal/builtin/compute"
	"github.com/rehearse-dev/rehearse/internal/builtin/exec"
	"github.com/rehearse-dev/rehearse/internal/builtin/extract"
	"github.com/rehearse-dev/rehearse/internal/builtin/http"
	"github.com/rehearse-dev/rehearse/internal/builtin/llm"
	"github.com/rehearse-dev/rehearse/internal/builtin/lookup"
	"github.com/rehearse-dev/rehearse/internal/builtin/recorded"
	"github.com/rehearse-dev/rehearse/internal/builtin/retrieve"
	"github.com/rehearse-dev/rehearse/internal/builtin/rules"
	"github.com/rehearse-dev/rehearse/internal/builtin/vote"
)

// Register adds the built-in kinds to a registry.
func Register(r *flow.Registry) {
	r.AddStep("action", action.Kind())
	r.AddStep("classify", classify.Kind())
	r.AddStep("compute", compute.Kind())
	r.AddStep("exec", exec.Kind())
	r.AddStep("extract", extract.Kind())
	r.AddStep("http", http.Kind())
	r.AddStep("llm", llm.Kind())
	r.AddStep("lookup", lookup.Kind())
	r.AddStep("recorded", recorded.Kind())
	r.AddStep("retrieve", retrieve.Kind())
	r.AddStep("rules", rules.Kind())
	r.AddStep("vote", vote.Kind())
}
