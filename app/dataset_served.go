package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/internal/audit"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

func datasetServedCommand(s *streams) *cobra.Command {
	var workflow string
	c := &cobra.Command{
		Use:   "served AUDITLOG FOLDER",
		Short: "Make a dataset of the whole cases that an audit log keeps",
		Long: `Served writes the whole cases that 'eval serve --payload-days' kept beside an
audit log into a folder, with a card, as a dataset that 'eval run --data' takes. Of
a case that was sent again the last time counts. Reviewers' decisions are its
labels, of those cases that have one.

What the log withholds is marked as personal in the card. The copy is not deleted
when the days of the original have passed: that is for whoever makes it.`,
		Example: join(s.program, "%s dataset served reports/audit/invoice datasets/invoice-served --workflow invoice"),
		Args:    args(cobra.ExactArgs(2)),
		RunE: func(c *cobra.Command, a []string) error {
			if workflow == "" {
				return withCode(ExitUsage, errors.New("which workflow's cases are they? name it with --workflow"))
			}
			w, err := findWorkflow(workflow)
			if err != nil {
				return err
			}
			n, labelled, err := writeServed(c.Context(), w, a[0], a[1])
			if err != nil {
				return err
			}
			fmt.Fprintf(s.out, "%d cases, %d with a reviewer's decision, in %s\n", n, labelled, relative(a[1]))
			return nil
		},
	}
	c.Flags().StringVar(&workflow, "workflow", "", "the `workflow` that was served: a name, folder or file")
	return c
}

// keptCases is what was kept of the cases of a log.
type keptCases struct {
	last      map[string]string         // trial by case: the last counts
	decisions map[string]*audit.Payload // by trial
	tags      map[string]bool
	clusters  bool
	times     bool
	weights   bool
}

func writeServed(ctx context.Context, w *design.Workflow, log, folder string) (cases, labelled int, err error) {
	r, err := audit.Read(log, w.Input, w.Outcome)
	if err != nil {
		return 0, 0, withCode(ExitInput, err)
	}
	if _, err := os.Lstat(filepath.Join(folder, "dataset.yaml")); err == nil {
		return 0, 0, withCode(ExitInput, fmt.Errorf("%s is there already", filepath.Join(folder, "dataset.yaml")))
	}
	now := time.Now()
	k := keptCases{last: map[string]string{}, decisions: map[string]*audit.Payload{}, tags: map[string]bool{}}
	for p, err := range r.Payloads(ctx, now) {
		if err != nil {
			return 0, 0, withCode(ExitInput, err)
		}
		k.note(p)
	}
	if len(k.last) == 0 {
		return 0, 0, withCode(ExitInput, fmt.Errorf("%s keeps no whole cases: they are kept from when 'eval serve' has --payload-days", log))
	}
	personal, err := r.Withheld(ctx)
	if err != nil {
		return 0, 0, withCode(ExitInput, err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return 0, 0, err
	}
	err = regular.Replace(filepath.Join(folder, "cases.jsonl"), func(out io.Writer) error {
		buffered := bufio.NewWriter(out)
		for p, err := range r.Payloads(ctx, now) {
			if err != nil {
				return err
			}
			if p.Reviewer != "" || k.last[p.Case] != p.Trial {
				continue
			}
			line, decided, err := k.row(p)
			if err != nil {
				return err
			}
			cases++
			if decided {
				labelled++
			}
			buffered.Write(append(line, '\n'))
		}
		return buffered.Flush()
	})
	if err == nil {
		err = os.Chmod(filepath.Join(folder, "cases.jsonl"), 0o600)
	}
	if err != nil {
		return 0, 0, err
	}
	text, err := k.card(w, filepath.Base(folder), personal)
	if err != nil {
		return 0, 0, err
	}
	return cases, labelled, record.WriteFile(filepath.Join(folder, "dataset.yaml"), text)
}

// note takes in what there is.
func (k *keptCases) note(p *audit.Payload) {
	if p.Reviewer != "" {
		if k.decisions[p.Trial] == nil {
			k.decisions[p.Trial] = p
		}
		return
	}
	k.last[p.Case] = p.Trial
	k.clusters, k.times, k.weights = k.clusters || p.Cluster != "", k.times || !p.CaseTime.IsZero(), k.weights || p.Weight != 1
	for name := range p.Tags {
		k.tags[name] = true
	}
}

// row is a case as a row: its input's fields by their names, the rest by names
// that no field has.
func (k *keptCases) row(p *audit.Payload) (line []byte, decided bool, err error) {
	row := map[string]any{"served.case": p.Case, "served.received": p.At}
	put := func(prefix string, object json.RawMessage) error {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(object, &fields); err != nil {
			return err
		}
		for name, v := range fields {
			row[prefix+name] = v
		}
		return nil
	}
	if err := put("input.", p.Input); err != nil {
		return nil, false, err
	}
	if k.clusters {
		row["served.cluster"] = p.Case
		if p.Cluster != "" {
			row["served.cluster"] = p.Cluster
		}
	}
	if k.times && !p.CaseTime.IsZero() {
		row["served.time"] = p.CaseTime
	}
	if k.weights {
		row["served.weight"] = p.Weight
	}
	for name, v := range p.Tags {
		row[name] = v
	}
	if d := k.decisions[p.Trial]; d != nil {
		decided = true
		row["served.reviewer"] = d.Reviewer
		if err := put("decided.", d.Outcome); err != nil {
			return nil, false, err
		}
	}
	line, err = json.Marshal(row)
	return line, decided, err
}

// card is the card of the dataset.
func (k *keptCases) card(w *design.Workflow, name string, personal []string) ([]byte, error) {
	input, outcome, source := map[string]string{}, map[string]string{}, map[string]string{}
	for _, f := range w.Input.Names() {
		input[f] = "input." + f
	}
	for _, f := range w.Outcome.Names() {
		outcome[f], source[f] = "decided."+f, "adjudicated"
	}
	card := map[string]any{"dataset": name, "source": "cases.jsonl", "id": "served.case", "input": input, "provenance": "served by " + w.Name + ", from an audit log"}
	if len(k.decisions) > 0 {
		card["labels"], card["label_source"] = map[string]any{"outcome": outcome}, source
	}
	if k.clusters {
		card["cluster"] = "served.cluster"
	}
	if k.times {
		card["time"] = "served.time"
	}
	if k.weights {
		card["weight"] = "served.weight"
	}
	tags := sortedKeys(k.tags)
	if len(tags) > 0 {
		card["tags"] = tags
	}
	personal = slices.Clone(personal)
	for i := range personal {
		personal[i] = "input." + personal[i]
	}
	if len(personal) > 0 {
		card["personal"] = personal
	}
	text, err := yaml.Dump(card, yaml.WithV4Defaults())
	return append([]byte("# Made by 'eval dataset served' of the whole cases that an audit log kept.\n"), text...), err
}
