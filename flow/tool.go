package flow

import "context"

// Tool is a step of a design that another one may call while it works on a
// case, as often as it likes, with arguments of its own making.
type Tool struct {
	Name  string
	About string  // what it does, for whoever decides to call it; may be ""
	Takes *Schema // its arguments
	Gives *Schema // what it gives back
}

// Toolbox calls the tools that a step asked for when it was made (see
// [Config]). One call is made at a time. Each is a handoff and a span of the
// trial.
type Toolbox interface {
	// Call hands a JSON object to a tool, and gives what it gave as one. The
	// arguments are data from outside: where they are not what the tool takes,
	// or it could not do its work, the error is a [*StepError], which the
	// step may go on from. From one that was not measured, and any other
	// error, it cannot: it gives that back.
	Call(ctx context.Context, tool string, args []byte) ([]byte, error)
}

// ToolCaller is implemented by the configuration of kinds whose steps call
// tools, so that who calls which is known without a step's being made.
type ToolCaller interface {
	// CallsTools are the names of the tools.
	CallsTools() []Text
}
