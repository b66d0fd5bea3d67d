package expr

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"github.com/rehearse-dev/rehearse/flow"
)

const (
	// maxTime is what one evaluation may take. Only loops over lists can
	// come near it.
	maxTime = 200 * time.Millisecond
	// ticks are the turns of a loop between two looks at the clock.
	ticks = 1024
)

var (
	errZero  = errors.New("division by zero")
	errLarge = fmt.Errorf("it makes more than %d values or characters", maxText)
	errSlow  = fmt.Errorf("it ran longer than %v", maxTime)
)

// Absent says that a value that an expression cannot do without was not there.
type Absent struct{ Name string }

// Error names the reference.
func (e *Absent) Error() string { return fmt.Sprintf("%q is absent", e.Name) }

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	source string
	pos    flow.Pos
	typ    flow.Type // what Eval gives
	reads  []Read
	consts []string // the constants that were folded into it
	eager  []bool   // aligned with reads: cannot be absent, whatever else holds
	// required says that a plain name that is absent is an error and not an
	// absent value.
	required bool

	// Exactly one of these says how to evaluate.
	constant *any
	plain    bool // the first read, as it stands
	whole    bool // all reads, as a record
	code     *vm.Program

	machines sync.Pool // *machine
	loops    bool      // needs a clock
}

// machine is what one evaluation at a time works with.
type machine struct {
	vm    vm.VM
	env   map[string]any
	turns int
	until time.Time
}

// tick stops loops that run too long.
func (m *machine) tick(args ...any) any {
	if m.turns++; m.turns%ticks == 0 {
		now := time.Now()
		if m.until.IsZero() {
			m.until = now.Add(maxTime)
		} else if now.After(m.until) {
			panic(errSlow)
		}
	}
	return args[0]
}

// Type is the type of the result.
func (p *Program) Type() flow.Type { return p.typ }

// Source is the expression as written.
func (p *Program) Source() string { return p.source }

// Reads are the names that the program reads, in the order of the text.
func (p *Program) Reads() []Read { return p.reads }

// Requires are the names that the program cannot do without, whatever the
// values of the others.
func (p *Program) Requires() []Read {
	var out []Read
	for i, r := range p.reads {
		if !r.Type.Optional && (p.plain || p.eager != nil && p.eager[i]) {
			out = append(out, r)
		}
	}
	return out
}

// Constants are the names of constants that the program uses.
func (p *Program) Constants() []string { return p.consts }

// Constant is the value of a program that reads nothing.
func (p *Program) Constant() (value any, ok bool) {
	if p.constant == nil {
		return nil, false
	}
	return *p.constant, true
}

// Plain says whether the program is nothing but one name.
func (p *Program) Plain() bool { return p.plain }

// Eval evaluates the program over the values of each scope. A value that is
// missing where the program cannot do without it gives an [*Absent].
func (p *Program) Eval(scopes ...[]any) (any, error) { return p.eval(nil, scopes) }

// Frame makes the program a value over a single scope.
func (p *Program) Frame() Frame { return Frame{p} }

// Frame is a program that reads one scope alone.
type Frame struct{ Program *Program }

// Eval evaluates the program over a frame.
func (f Frame) Eval(frame []any) (any, error) { return f.Program.eval(frame, nil) }

func (p *Program) eval(frame []any, scopes [][]any) (any, error) {
	switch {
	case p.constant != nil:
		return *p.constant, nil
	case p.plain:
		v := load(p.reads[0].Place, frame, scopes)
		if v == nil && p.required {
			return nil, &Absent{Name: p.reads[0].Name}
		}
		return p.convert(v)
	case p.whole:
		m := make(map[string]any, len(p.reads))
		for _, r := range p.reads {
			m[field(r.Name)] = load(r.Place, frame, scopes)
		}
		return m, nil
	}
	m, _ := p.machines.Get().(*machine)
	if m == nil {
		m = &machine{env: make(map[string]any, len(p.reads)+2)}
		m.env[tickName] = m.tick
		m.env[nonzeroName], m.env[plusName] = nonzero, plus
	}
	for i := range p.reads {
		r := &p.reads[i]
		v := load(r.Place, frame, scopes)
		if v == nil && p.eager[i] {
			p.machines.Put(m)
			return nil, &Absent{Name: r.Name}
		}
		m.env[r.Name] = v
	}
	if p.loops {
		m.turns, m.until = ticks-1, time.Time{} // the first turn sets the clock
	}
	out, err := m.vm.Run(p.code, m.env)
	if err == nil {
		out, err = p.convert(out)
	} else {
		err = p.failed(err)
	}
	if err != nil || out == nil && !p.typ.Optional {
		if a := p.absent(m.env); a != nil {
			err = a
		} else if err == nil {
			err = fmt.Errorf("%s: %q gives nothing", p.pos, p.source)
		}
	}
	p.machines.Put(m)
	if err != nil {
		return nil, err
	}
	return out, nil
}

func load(at Place, frame []any, scopes [][]any) any {
	if scopes != nil {
		frame = nil
		if at.Scope < len(scopes) {
			frame = scopes[at.Scope]
		}
	}
	if at.Index < len(frame) {
		return frame[at.Index]
	}
	return nil
}

func field(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// absent is the first value that was missing although its type does not
// allow it.
func (p *Program) absent(env map[string]any) error {
	for _, r := range p.reads {
		if !r.Type.Optional && env[r.Name] == nil {
			return &Absent{Name: r.Name}
		}
	}
	return nil
}

// failed puts an error of the machine into one line.
func (p *Program) failed(err error) error {
	for _, known := range []error{errZero, errSlow, errLarge} {
		if errors.Is(err, known) {
			return fmt.Errorf("%s: %q: %w", p.pos, p.source, known)
		}
	}
	message := err.Error()
	var at *file.Error
	pos := p.pos
	if errors.As(err, &at) {
		message, pos = at.Message, locate(p.pos, p.source, at.From)
	}
	message, _, _ = strings.Cut(message, "\n")
	if is, ok := strings.CutPrefix(message, "interface conversion: interface {} is "); ok {
		is, want, _ := strings.Cut(is, ", not ")
		message = fmt.Sprintf("a value is %s, want %s", strings.Replace(is, "nil", "absent", 1), want)
	}
	return fmt.Errorf("%s: %q: %s", pos, p.source, words.Replace(message))
}

// convert makes a result of the machine a value of the program's type.
func (p *Program) convert(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case float64:
		if !finite(x) {
			return nil, fmt.Errorf("%s: %q is not a finite number", p.pos, p.source)
		}
		if p.typ.Kind == flow.Integer {
			return p.integer(x)
		}
		return v, nil
	case string, bool:
		return v, nil
	case int:
		if p.typ.Kind == flow.Number || p.typ.Kind == flow.Probability {
			return float64(x), nil
		}
		return int64(x), nil
	case int64:
		if p.typ.Kind == flow.Number || p.typ.Kind == flow.Probability {
			return float64(x), nil
		}
		return v, nil
	case time.Time:
		if p.typ.Kind == flow.Date {
			return x.UTC().Truncate(24 * time.Hour), nil
		}
		return v, nil
	}
	if p.plain {
		return v, nil
	}
	budget := maxText
	out, ok := plainValue(v, &budget)
	switch {
	case budget < 0:
		return nil, fmt.Errorf("%s: %q: %w", p.pos, p.source, errLarge)
	case !ok:
		return nil, fmt.Errorf("%s: %q gives what is no value", p.pos, p.source)
	}
	return out, nil
}

func (p *Program) integer(x float64) (any, error) {
	if x != math.Trunc(x) || math.Abs(x) > 1<<53 {
		return nil, fmt.Errorf("%s: %q is %v, want a whole number", p.pos, p.source, x)
	}
	return int64(x), nil
}

// plainValue rebuilds lists and records of whatever Go types out of values of
// flow. The budget is how many it may make: a list of two references to a
// list of two references, and so on, is small until it is written out.
func plainValue(v any, budget *int) (any, bool) {
	if *budget--; *budget < 0 {
		return nil, false
	}
	switch x := v.(type) {
	case nil, string, bool, int64, time.Time:
		return v, true
	case float64:
		return v, finite(x)
	case int:
		return int64(x), true
	case time.Duration:
		return nil, false
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Slice, reflect.Array:
		out := make([]any, r.Len())
		for i := range out {
			e, ok := plainValue(r.Index(i).Interface(), budget)
			if !ok {
				return nil, false
			}
			out[i] = e
		}
		return out, true
	case reflect.Map:
		if r.Type().Key().Kind() != reflect.String {
			return nil, false
		}
		out := make(map[string]any, r.Len())
		for it := r.MapRange(); it.Next(); {
			e, ok := plainValue(it.Value().Interface(), budget)
			if !ok {
				return nil, false
			}
			out[it.Key().String()] = e
		}
		return out, true
	}
	return nil, false
}

// locate is the position of a character of an expression in its file.
func locate(pos flow.Pos, source string, at int) flow.Pos {
	column, i := 0, 0
	for _, r := range source {
		if i == at {
			break
		}
		i++
		if column++; r == '\n' {
			pos.Line, column = pos.Line+1, 0
		}
	}
	if pos.Line > 0 {
		pos.Column = max(pos.Column, 1) + column
	}
	return pos
}
