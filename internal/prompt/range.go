package prompt

import (
	"errors"

	"github.com/nikolalohinski/gonja/v2/exec"
)

// numbers are those that range may still give while one prompt is rendered.
type numbers struct {
	left  int
	spent bool
}

// span is the function range of Jinja: range(stop), range(start, stop) or
// range(start, stop, step).
func (n *numbers) span(_ *exec.Evaluator, params *exec.VarArgs) ([]int, error) {
	start, stop, step := 0, 0, 1
	args := params.Args
	for _, a := range args {
		if !a.IsInteger() {
			args = nil
		}
	}
	switch len(args) {
	case 1:
		stop = args[0].Integer()
	case 2:
		start, stop = args[0].Integer(), args[1].Integer()
	case 3:
		start, stop, step = args[0].Integer(), args[1].Integer(), args[2].Integer()
	default:
		return nil, exec.ErrInvalidCall(errors.New("range takes whole numbers: range(stop), range(start, stop) or range(start, stop, step)"))
	}
	if step == 0 {
		return nil, exec.ErrInvalidCall(errors.New("the step of range is 0, want another number"))
	}
	out := []int{}
	for i := start; step > 0 && i < stop || step < 0 && i > stop; {
		if n.left == 0 {
			n.spent = true
			return nil, exec.ErrInvalidCall(errors.New("too many numbers"))
		}
		n.left--
		out = append(out, i)
		next := i + step
		if (next > i) != (step > 0) { // past the largest whole number, or the smallest
			break
		}
		i = next
	}
	return out, nil
}
