// Package action is the step kind `action`: what is done with the result, in
// which system. In replay it is always a dry run.
package action

import (
	"context"
	"errors"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Key are expressions over `in` that together identify the action: done
	// twice for one key, it was done once too often.
	Key []flow.Text `yaml:"idempotency_key,omitempty"`
	// Accept is what the system demands of the payload beside its types; where
	// it does not hold, the system rejects the action.
	Accept *flow.Text `yaml:"accept,omitempty"`
}

// Kind makes steps of kind action.
func Kind() flow.StepKind {
	return flow.StepKind{
		Doc: "What is done with the result, in a system of record. In replay nothing is done: the payload is checked against the types of `in` and against `accept`, " +
			"a condition of the system beside them, whose breach is a rejected handoff. `idempotency_key: [in.supplier, in.number]` identifies the action; " +
			"the same key twice is a duplicate. Out may have `key: string` and `accepted: boolean`.",
		Role:   flow.Action,
		Actor:  flow.System,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return New(cfg) },
	}
}

// DryRun checks an action and does not take it.
type DryRun struct {
	keys          field.Key
	accept        field.Term
	source        string // of accept; "" for none
	key, accepted int    // out fields; -1 for none
	width         int
}

// New makes a dry run.
func New(cfg flow.Config) (*DryRun, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	var (
		d    = &DryRun{key: -1, accepted: -1, width: cfg.Out().Len()}
		errs []error
		in   = flow.Scope{Name: "in", Schema: cfg.In()}
	)
	var err error
	d.keys, err = field.CompileKey(cfg, c.Key, in)
	errs = append(errs, err)
	if c.Accept != nil {
		if d.accept, err = field.Compile(cfg, *c.Accept, flow.Type{Kind: flow.Boolean}, in); err != nil {
			errs = append(errs, err)
		}
		d.source = c.Accept.Value
	}
	for i, f := range cfg.Out().Fields() {
		switch {
		case f.Name == "key" && f.Type.Kind == flow.String:
			d.key = i
			if len(c.Key) == 0 {
				errs = append(errs, cfg.Errorf(flow.Pos{}, "out has a key, and the step no idempotency_key"))
			}
		case f.Name == "accepted" && f.Type.Kind == flow.Boolean:
			d.accepted = i
		default:
			errs = append(errs, cfg.Errorf(flow.Pos{}, "an action gives no %q of type %s, want key: string or accepted: boolean", f.Name, f.Type))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return d, nil
}

// Do checks the payload and makes the key.
func (d *DryRun) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	if d.source != "" {
		ok, err := d.accept.True(in.Values)
		if err != nil {
			return flow.Output{}, err
		}
		if !ok {
			return flow.Output{}, flow.Errorf(flow.ErrRejected, "the system would reject it: %s does not hold", d.source)
		}
	}
	values := make([]any, d.width)
	if d.accepted >= 0 {
		values[d.accepted] = true
	}
	key, err := d.keys.Of(in.Values)
	if d.key >= 0 {
		if err != nil {
			return flow.Output{}, err
		}
		values[d.key] = key
	}
	// Without a key that is given, part of it may be absent.
	return flow.Output{Values: values, Key: key}, nil
}
