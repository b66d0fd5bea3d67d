package prompt

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"unsafe"

	"github.com/nikolalohinski/gonja/v2/exec"
)

// Bounds on one rendering. The template language cannot be interrupted, and
// holds what it makes in memory: what goes past them ends it.
const (
	maxRounds = 200_000
	maxMade   = 64 << 20
)

// meterName is where a rendering's meter lies among its values. No template can
// write it.
const meterName = "\x00meter"

// meter counts what one rendering does and makes.
type meter struct {
	rounds, made int
	spent        string // what it came to too much of, or ""
}

// meterOf is the meter of a rendering.
func meterOf(c *exec.Context) *meter {
	m, _ := c.Get(meterName)
	return m.(*meter)
}

func (m *meter) stop(format string, args ...any) error {
	if m.spent == "" {
		m.spent = fmt.Sprintf(format, args...)
	}
	return errors.New(m.spent)
}

// round counts rounds of loops, and runs of statements.
func (m *meter) round(n int) error {
	if m.rounds += n; m.rounds > maxRounds {
		return m.stop("its loops go more than %d rounds in all: check its loops and inputs", maxRounds)
	}
	return nil
}

// make counts what is made anew, in bytes.
func (m *meter) make(bytes int) error {
	if m.made += bytes; m.made > maxMade {
		return m.stop("it makes more than %d bytes of texts and lists in all: check its loops and inputs", maxMade)
	}
	return nil
}

// fits is the size of a value, or an error where it is longer than a prompt may
// be, as one is that is about to be put into itself; into is nil for no such.
func (m *meter) fits(v, into *exec.Value) (int, error) {
	var around unsafe.Pointer
	if into != nil {
		if to := reflect.Indirect(reflect.ValueOf(into.Interface())); to.Kind() == reflect.Map {
			around = to.UnsafePointer()
		}
	}
	size := weigh(reflect.ValueOf(v.Interface()), around, MaxBytes, 0)
	if size > MaxBytes {
		return 0, m.stop("a value in it grows past %d bytes: check its loops and inputs", MaxBytes)
	}
	return size, nil
}

const (
	// perValue is about what a value takes beside the text in it.
	perValue = 16
	// maxDepth is how deep values may lie in each other.
	maxDepth = 100
)

// weigh is the size of a value with all that is in it, as often as it is in it:
// so often it is written. It stops past the bound, and is past it where the map
// around is in it.
func weigh(v reflect.Value, around unsafe.Pointer, bound, depth int) int {
	if depth > maxDepth {
		return bound + 1
	}
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return perValue
		}
		if v.CanInterface() {
			switch x := v.Interface().(type) {
			case *exec.Value:
				return weigh(reflect.ValueOf(x.Interface()), around, bound, depth+1)
			case *exec.Dict:
				size := perValue
				for _, p := range x.Pairs {
					if size += weigh(reflect.ValueOf(p.Key), around, bound-size, depth+1); size > bound {
						return size
					}
					if size += weigh(reflect.ValueOf(p.Value), around, bound-size, depth+1); size > bound {
						return size
					}
				}
				return size
			}
		}
		v = v.Elem()
	}
	size := perValue
	switch v.Kind() {
	case reflect.String:
		size += v.Len()
	case reflect.Slice, reflect.Array:
		for i := 0; i < v.Len() && size <= bound; i++ {
			size += weigh(v.Index(i), around, bound-size, depth+1)
		}
	case reflect.Map:
		if around != nil && v.UnsafePointer() == around {
			return bound + 1
		}
		for pairs := v.MapRange(); size <= bound && pairs.Next(); {
			size += weigh(pairs.Key(), around, bound-size, depth+1) + weigh(pairs.Value(), around, bound-size, depth+1)
		}
	}
	return size
}

// metered counts what is written to a text that is made within a rendering,
// such as by a macro.
type metered struct {
	io.Writer
	*meter
}

func (w metered) Write(p []byte) (int, error) {
	if err := w.make(len(p)); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}
