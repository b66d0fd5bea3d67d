package tune

import (
	"context"
	"fmt"
	"hash/maphash"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Seen finds calibration cases that the design knew before: those whose text is
// quoted in a file that the design reads, such as a prompt, and those whose
// text is also that of a training case. It says what it found in words. takes
// are the cases that certify; trained says whether the design learns from the
// training split.
//
// A text is a string of the input of at least 40 characters, whatever its blank
// space.
func Seen(ctx context.Context, card *dataset.Card, p *design.Plan, files map[string][]byte, takes func(*flow.Case) bool, trained bool) ([]string, error) {
	plain := map[string]string{}
	for name, data := range files {
		if utf8.Valid(data) {
			plain[name] = strings.Join(strings.Fields(string(data)), " ")
		}
	}
	known := map[uint64]bool{}
	seed := maphash.MakeSeed()
	if trained {
		err := texts(ctx, card, p.Workflow, "train", func(_ *flow.Case, text string) { known[maphash.String(seed, text)] = true })
		if err != nil {
			return nil, err
		}
	}
	quoted, quotes := map[string]int{}, map[int64]bool{}
	repeated := map[int64]bool{}
	err := texts(ctx, card, p.Workflow, "calibration", func(c *flow.Case, text string) {
		if !takes(c) {
			return
		}
		if known[maphash.String(seed, text)] {
			repeated[c.Index] = true
		}
		for name, content := range plain {
			if strings.Contains(content, text) && !quotes[c.Index] {
				quotes[c.Index] = true
				quoted[name]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, f := range p.Design.Files {
		if n := quoted[f.Path]; n > 0 {
			out = append(out, fmt.Sprintf("%s holds the text of %s among those that certify: the design was written with them, and the promise flatters it", f.Path, cases(n)))
		}
	}
	if len(repeated) > 0 {
		out = append(out, fmt.Sprintf("%s among those that certify have the text of a training case: the design learnt from them, and the promise flatters it", cases(len(repeated))))
	}
	return out, nil
}

func cases(n int) string {
	if n == 1 {
		return "1 case"
	}
	return fmt.Sprintf("%d cases", n)
}

// shortest is from how many characters on a text tells cases apart.
const shortest = 40

// texts calls each with every long text of every case of a split.
func texts(ctx context.Context, card *dataset.Card, w *design.Workflow, split string, each func(*flow.Case, string)) error {
	request := dataset.Request{Splits: []string{split}, Input: w.Input, WantInput: true}
	return card.Each(ctx, request, func(c *flow.Case) error {
		for _, v := range c.Input.Values {
			s, _ := v.(string)
			if text := strings.Join(strings.Fields(s), " "); utf8.RuneCountInString(text) >= shortest {
				each(c, text)
			}
		}
		return nil
	})
}
