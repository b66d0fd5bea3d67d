package record

import (
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/rehearse-dev/rehearse/flow"
)

// Chunk is a batch of trials in the shape of Parquet columns. Workers encode
// their own chunks side by side; a [Writer] takes them in case order. The
// library's own row writer walks every row by reflection, which was the most
// expensive part of replaying a rules design, so rows are taken apart here.
//
// A chunk refers to the strings and bytes of its trials: they stay as they
// are until the chunk is written.
type Chunk struct {
	outcome  *flow.Schema
	tagNames []string
	columns  [numColumns][]parquet.Value
	trials   int
	timings  []timingRow
	arena    []byte
	tags     map[string]string // joined values → JSON
}

// NewChunk makes an empty chunk for a workflow's outcome and a card's tags.
func NewChunk(outcome *flow.Schema, tagNames []string) *Chunk {
	return &Chunk{outcome: outcome, tagNames: tagNames, tags: make(map[string]string)}
}

// Reset empties the chunk and keeps its memory.
func (c *Chunk) Reset() {
	for i := range c.columns {
		c.columns[i] = c.columns[i][:0]
	}
	c.timings = c.timings[:0]
	c.arena = c.arena[:0]
	c.trials = 0
}

// Trials is the number of trials in the chunk.
func (c *Chunk) Trials() int { return c.trials }

// AddTiming appends a measurement.
func (c *Chunk) AddTiming(t flow.Timing) {
	c.timings = append(c.timings, timingRow{
		Case: t.Case, Design: t.Design, Variant: t.Variant, Repeat: int32(t.Repeat),
		Step: t.Step, Wall: int64(t.Wall), Cached: t.Cached, Spent: t.Spent,
	})
}

// Add appends a trial.
func (c *Chunk) Add(t *flow.Trial) {
	c.trials++
	c.str(colCase, t.Case, 0, 0)
	c.put(colIndex, parquet.Int64Value(t.Index), 0, 0)
	if t.Time.IsZero() {
		c.null(colTime, 0, 0)
	} else {
		c.put(colTime, parquet.Int64Value(t.Time.UnixMicro()), 0, 1)
	}
	c.str(colCluster, t.Cluster, 0, 0)
	c.put(colWeight, parquet.DoubleValue(t.Weight), 0, 0)
	c.str(colTags, c.tagJSON(t.Tags), 0, 0)
	c.str(colDesign, t.Design, 0, 0)
	c.str(colVariant, t.Variant, 0, 0)
	c.put(colRepeat, parquet.Int32Value(int32(t.Repeat)), 0, 0)
	c.put(colInput, parquet.Int64Value(int64(t.InputDigest)), 0, 0)
	c.str(colStatus, string(t.Status), 0, 0)
	c.str(colReason, t.Reason, 0, 0)
	c.str(colTeam, t.Team, 0, 0)
	c.str(colEnd, t.End, 0, 0)
	c.values(colOutcome, t.Outcome)
	if t.Right == nil {
		c.null(colRight, 0, 0)
	} else {
		c.put(colRight, parquet.BooleanValue(*t.Right), 0, 1)
	}
	c.values(colShadow, t.Shadow)
	c.str(colShadowWhy, t.ShadowWhy, 0, 0)
	c.routes(t.Routes)
	c.spans(t.Spans)
	c.handoffs(t.Handoffs)
}

func (c *Chunk) routes(routes []flow.RouteTaken) {
	if len(routes) == 0 {
		c.empty(colRouteStep, colRouteShadow, 0, 0)
	}
	for i := range routes {
		r, rep := &routes[i], min(i, 1)
		c.str(colRouteStep, r.Step, rep, 1)
		c.put(colRouteBranch, parquet.Int32Value(int32(r.Branch)), rep, 1)
		c.str(colRouteTo, r.To, rep, 1)
		c.str(colRouteBecause, r.Because, rep, 1)
		c.put(colRouteValues, parquet.ByteArrayValue(r.Values), rep, 1)
		c.put(colRouteShadow, parquet.BooleanValue(r.Shadow), rep, 1)
	}
}

func (c *Chunk) spans(spans []flow.Span) {
	if len(spans) == 0 {
		c.empty(colSpanStep, colSpanKey, 0, 0)
	}
	for i := range spans {
		s, rep := &spans[i], min(i, 1)
		c.str(colSpanStep, s.Step, rep, 1)
		c.str(colSpanKind, s.Kind, rep, 1)
		c.str(colSpanActor, string(s.Actor), rep, 1)
		c.put(colSpanShadow, parquet.BooleanValue(s.Shadow), rep, 1)
		if s.Output == nil {
			c.null(colSpanOutput, rep, 1)
		} else {
			c.put(colSpanOutput, parquet.ByteArrayValue(s.Output), rep, 2)
		}
		if s.Confidence == nil {
			c.null(colSpanRaw, rep, 1)
			c.null(colSpanCalibrated, rep, 1)
			c.empty(colClassName, colClassP, rep, 1)
		} else {
			c.put(colSpanRaw, parquet.DoubleValue(s.Confidence.Raw), rep, 2)
			c.put(colSpanCalibrated, parquet.DoubleValue(s.Confidence.Calibrated), rep, 2)
			if len(s.Confidence.Classes) == 0 {
				c.empty(colClassName, colClassP, rep, 1)
			}
			for j, class := range s.Confidence.Classes {
				r := rep
				if j > 0 {
					r = 2
				}
				c.str(colClassName, class.Name, r, 2)
				c.put(colClassP, parquet.DoubleValue(class.P), r, 2)
			}
		}
		if len(s.Attempts) == 0 {
			c.empty(colAttemptIn, colAttemptModel, rep, 1)
		}
		for j := range s.Attempts {
			a, r := &s.Attempts[j], rep
			if j > 0 {
				r = 2
			}
			c.put(colAttemptIn, parquet.Int64Value(a.TokensIn), r, 2)
			c.put(colAttemptCached, parquet.Int64Value(a.TokensCached), r, 2)
			c.put(colAttemptOut, parquet.Int64Value(a.TokensOut), r, 2)
			c.put(colAttemptPrice, parquet.DoubleValue(a.Price), r, 2)
			c.put(colAttemptLatency, parquet.Int64Value(int64(a.Latency)), r, 2)
			c.str(colAttemptClass, string(a.Class), r, 2)
			c.str(colAttemptModel, a.Model, r, 2)
		}
		c.str(colSpanClass, string(s.Class), rep, 1)
		c.str(colSpanError, s.Error, rep, 1)
		c.str(colSpanSource, s.Source, rep, 1)
		c.str(colSpanTeam, s.Team, rep, 1)
		if s.Suggested == nil {
			c.null(colSpanSuggested, rep, 1)
		} else {
			c.put(colSpanSuggested, parquet.ByteArrayValue(s.Suggested), rep, 2)
		}
		c.put(colSpanKey, parquet.Int64Value(int64(s.Key)), rep, 1)
	}
}

func (c *Chunk) handoffs(handoffs []flow.Handoff) {
	if len(handoffs) == 0 {
		c.empty(colHandoffFrom, colHandoffShadow, 0, 0)
	}
	for i := range handoffs {
		h, rep := &handoffs[i], min(i, 1)
		c.str(colHandoffFrom, h.From, rep, 1)
		c.str(colHandoffTo, h.To, rep, 1)
		c.str(colHandoffKind, string(h.Kind), rep, 1)
		c.str(colHandoffDetail, h.Detail, rep, 1)
		c.str(colHandoffClause, h.Clause, rep, 1)
		c.str(colHandoffAfter, h.After, rep, 1)
		c.put(colHandoffDigest, parquet.Int64Value(int64(h.Digest)), rep, 1)
		c.put(colHandoffShadow, parquet.BooleanValue(h.Shadow), rep, 1)
	}
}

func (c *Chunk) put(col int, v parquet.Value, rep, def int) {
	c.columns[col] = append(c.columns[col], v.Level(rep, def, col))
}

// str puts a string without copying it.
func (c *Chunk) str(col int, s string, rep, def int) {
	c.put(col, parquet.ByteArrayValue(unsafe.Slice(unsafe.StringData(s), len(s))), rep, def)
}

func (c *Chunk) null(col, rep, def int) { c.put(col, parquet.Value{}, rep, def) }

// empty writes the one null that stands for an empty list in each of its
// leaf columns, from first to last.
func (c *Chunk) empty(first, last, rep, def int) {
	for col := first; col <= last; col++ {
		c.null(col, rep, def)
	}
}

// values puts an outcome as JSON.
func (c *Chunk) values(col int, values []any) {
	if values == nil {
		c.null(col, 0, 0)
		return
	}
	from := len(c.arena)
	c.arena = flow.AppendJSON(c.arena, c.outcome, values)
	c.put(col, parquet.ByteArrayValue(c.arena[from:len(c.arena):len(c.arena)]), 0, 1)
}

// tagJSON is the JSON object of a case's tags, made once for each combination
// while there are few.
func (c *Chunk) tagJSON(tags []string) string {
	const few = 4096
	key := ""
	for _, t := range tags {
		key += t + "\x00"
	}
	if json, ok := c.tags[key]; ok {
		return json
	}
	buf := []byte{'{'}
	for i, name := range c.tagNames {
		if i > 0 {
			buf = append(buf, ',')
		}
		value := ""
		if i < len(tags) {
			value = tags[i]
		}
		buf = flow.AppendValue(buf, name, false)
		buf = append(buf, ':')
		buf = flow.AppendValue(buf, value, false)
	}
	json := string(append(buf, '}'))
	if len(c.tags) >= few {
		clear(c.tags)
	}
	c.tags[key] = json
	return json
}
