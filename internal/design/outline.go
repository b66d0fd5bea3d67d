package design

import (
	"reflect"

	"github.com/rehearse-dev/rehearse/flow"
)

// Outlines are the kinds of a registry whose steps are checked by their keys
// and not made: a plan of them can be looked at, and not run. It hangs on none of
// the tables, prompts and endpoints that steps work with, so the copy of a design
// in a run's folder can be read by itself.
func Outlines(r *flow.Registry) *flow.Registry {
	out := new(flow.Registry)
	for _, name := range r.Steps() {
		k, _ := r.Step(name)
		config := reflect.TypeOf(k.Config)
		k.New = func(c flow.Config) (flow.Step, error) {
			if config == nil || config.Kind() != reflect.Pointer {
				return nil, nil
			}
			into := reflect.New(config.Elem()).Interface()
			if err := c.Decode(into); err != nil {
				return nil, err
			}
			if caller, ok := into.(flow.ToolCaller); ok {
				for _, name := range caller.CallsTools() {
					if _, err := c.Tool(name); err != nil {
						return nil, err
					}
				}
			}
			return nil, nil
		}
		out.AddStep(name, k)
	}
	return out
}
