package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diagram"
	"github.com/rehearse-dev/rehearse/internal/system"
)

// systemCommand holds the commands on systems of workflows.
func systemCommand(r *flow.Registry, s *streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "system",
		Short: "Rehearse workflows that hand cases to each other, end to end",
		Long: `A system joins workflows: claims whose outcome goes on to payments, customers
who are onboarded before they claim. Its file, systems/NAME.yaml, links them, and
states once what they share: teams, and rules they decide by. 'eval lint' checks
it.`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(systemRunCommand(r, s))
	return c
}

// findSystem loads a system by its name in the project or by its file.
func findSystem(r *flow.Registry, name string, set map[string]string) (*system.System, error) {
	for _, path := range []string{name, systemFile(name)} {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			sys, problems := system.Load(relative(path), r, set)
			return sys, problems.Err()
		}
	}
	return nil, withCode(ExitInput, fmt.Errorf("no system %q: there is no such file or %s/%s.yaml%s", name, system.Folder, name, oneOf(systemNames())))
}

func systemFile(name string) string {
	return filepath.Join(projectRoot("."), system.Folder, name+".yaml")
}

// isSystem says whether a file is that of a system: one in the folder systems,
// which is no workflow.
func isSystem(path string) bool {
	abs, err := filepath.Abs(path)
	return err == nil && filepath.Ext(path) == ".yaml" && filepath.Base(filepath.Dir(abs)) == system.Folder && !exists(filepath.Join(filepath.Dir(abs), "workflow.yaml"))
}

// systemPath is the file of a system that is given as its file or its name,
// unless a design has that name.
func systemPath(name string) (string, bool) {
	if isSystem(name) {
		return name, true
	}
	if !exists(systemFile(name)) {
		return "", false
	}
	_, err := designFile(name)
	return relative(systemFile(name)), err != nil
}

// drawnSystem is the graph of a system.
func drawnSystem(r *flow.Registry, path string) (*diagram.Graph, error) {
	sys, err := findSystem(r, path, nil)
	if err != nil {
		return nil, err
	}
	members := make([]diagram.Member, len(sys.Members))
	for i, m := range sys.Members {
		members[i] = diagram.Member{Workflow: m.Name, Design: m.Plan.Design.Name, Trigger: m.Workflow.Trigger}
	}
	links := make([]diagram.Link, len(sys.Links))
	for i, l := range sys.Links {
		links[i] = diagram.Link{From: slices.Index(sys.Members, l.From), To: slices.Index(sys.Members, l.To), When: l.When}
	}
	return diagram.Linked(sys.Name, sys.Title, members, links), nil
}

// systemNames are the names of the project's systems, sorted.
func systemNames() []string {
	known, _ := filepath.Glob(systemFile("*"))
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = strings.TrimSuffix(filepath.Base(k), ".yaml")
	}
	return names
}
