package retrieve

import (
	"bytes"
	gocontext "context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/search"
)

// Chunks are sent in parts: many in a call, as an endpoint counts calls, and
// few enough for what one takes.
const (
	mostTexts = 64
	mostBytes = 64 << 10 // of texts; a single one may have more
	// partsEnd is one in how many chunks a part ends at, chosen by digest: so
	// a changed document changes the parts around it, and no others are asked
	// for again.
	partsEnd = 32
	// asking is how many parts are asked for at once. The endpoint's own
	// limits come first.
	asking = 8
)

// parts are the texts of chunks in the parts that are sent, by the index of
// their first one.
func (h *Hybrid) parts() (texts []string, starts []int) {
	bytes := 0
	for i := range h.index.Chunks {
		text := h.text(&h.index.Chunks[i])
		texts = append(texts, text)
		sum := sha256.Sum256([]byte(text))
		if n := len(starts); n == 0 || i-starts[n-1] == mostTexts || bytes+len(text) > mostBytes || binary.BigEndian.Uint32(sum[:])%partsEnd == 0 {
			starts, bytes = append(starts, i), 0
		}
		bytes += len(text)
	}
	return texts, starts
}

// Prepare asks for the vectors of all chunks.
func (h *Hybrid) Prepare(ctx gocontext.Context) error {
	if err := h.Opened(); err != nil {
		return err
	}
	texts, starts := h.parts()
	vectors := make([][]float32, len(texts))
	answered := make([]string, len(starts))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(asking)
	for n, from := range starts {
		to := len(texts)
		if n+1 < len(starts) {
			to = starts[n+1]
		}
		group.Go(func() error {
			var out flow.Output
			r, err := h.Ask(within, llm.Request{Embed: texts[from:to], Step: h.Name}, &out)
			h.Answered(r)
			switch {
			case err != nil && h.Session.Plan != nil && llm.ClassOf(err) == llm.ClassUntried:
				return nil // it is planned, and has no answer yet
			case err != nil:
				return fmt.Errorf("the vectors of its documents: %w", h.Failed(r, out.Attempts, err))
			}
			copy(vectors[from:to], r.Vectors)
			answered[n] = r.Model
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if h.Session.Plan != nil {
		for _, v := range vectors {
			if v == nil {
				return nil
			}
		}
	}
	slices.Sort(answered)
	if first, last := answered[0], answered[len(answered)-1]; first != last {
		return fmt.Errorf("%q and %q answered for one model: their vectors cannot be compared; remove the stored answers with 'cache prune --model'", first, last)
	}
	v, err := search.NewVectors(vectors)
	if err != nil {
		return err
	}
	h.made = &made{answered[0], v}
	return nil
}

// head is the first line of kept vectors, which follow it as 32-bit numbers,
// little-endian, one chunk after the other.
type head struct {
	Model  string `json:"model"`
	Chunks int    `json:"chunks"`
	Length int    `json:"length"`
}

// MarshalArtifact are the vectors.
func (h *Hybrid) MarshalArtifact() ([]byte, error) {
	if h.made == nil {
		return nil, errors.New("the documents have no vectors yet")
	}
	v := h.made.vectors
	line, err := json.Marshal(head{h.made.model, v.Len(), v.Length()})
	if err != nil {
		return nil, err
	}
	out := append(line, '\n')
	for _, x := range v.Unit() {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out, nil
}

// UnmarshalArtifact takes vectors over.
func (h *Hybrid) UnmarshalArtifact(data []byte) error {
	line, rest, found := bytes.Cut(data, []byte{'\n'})
	if !found {
		return io.ErrUnexpectedEOF
	}
	var t head
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return err
	}
	unit := make([]float32, len(rest)/4)
	if t.Chunks != len(h.index.Chunks) || t.Length < 1 || len(rest)%4 != 0 || len(unit)/t.Length != t.Chunks {
		return fmt.Errorf("vectors of %d chunks in %d bytes, want those of %d chunks", t.Chunks, len(rest), len(h.index.Chunks))
	}
	for i := range unit {
		unit[i] = math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	v, err := search.RestoreVectors(unit, t.Length)
	if err != nil {
		return err
	}
	h.made = &made{t.Model, v}
	return nil
}
