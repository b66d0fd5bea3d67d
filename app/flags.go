package app

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/pflag"
)

// wanted says of a flag's value that is no number what would be one, in place of
// what the parser says.
func wanted(err error) error {
	var value *pflag.InvalidValueError
	var number *strconv.NumError
	if !errors.As(err, &value) || !errors.As(err, &number) {
		return err
	}
	want := "a whole number"
	switch value.GetFlag().Value.Type() {
	case "bool":
		want = "true or false"
	case "float64":
		want = "a number such as 0.5"
	case "uint64":
		want = "a whole number that is not below 0"
	}
	if errors.Is(number, strconv.ErrRange) {
		want += ", and not so large a one"
	}
	return fmt.Errorf("--%s is %q, want %s", value.GetFlag().Name, value.GetValue(), want)
}
