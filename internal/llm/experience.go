package llm

import (
	"context"
	"slices"
	"time"
)

// Spread is a mean with the middle 80 % of what it is the mean of.
type Spread struct{ P10, Mean, P90 float64 }

// Experience is what the stored answers of a model teach about its next ones.
type Experience struct {
	Answers     int
	PerByte     Spread  // input tokens for a byte of request
	Out         Spread  // output tokens
	Latency     Spread  // seconds
	CachedShare float64 // of input tokens, those that the endpoint had cached
}

// experienced is how many answers, the latest, are learnt from.
const experienced = 10_000

// Learn looks at the latest answers of a model at an endpoint.
func (c *Cache) Learn(ctx context.Context, baseURL, version, asked string) (Experience, error) {
	rows, err := c.readers.QueryContext(ctx, `SELECT tokens_in, tokens_cached, tokens_out, request_bytes, latency_ns FROM answer
		WHERE base = ? AND version = ? AND asked = ? AND tokens_in > 0 AND request_bytes > 0 ORDER BY id DESC LIMIT ?`, baseURL, version, asked, experienced)
	if err != nil {
		return Experience{}, c.fault(err)
	}
	defer rows.Close()
	var perByte, out, latency []float64
	var in, cached, bytes float64
	for rows.Next() {
		var tokensIn, tokensCached, tokensOut, sent float64
		var took int64
		if err := rows.Scan(&tokensIn, &tokensCached, &tokensOut, &sent, &took); err != nil {
			return Experience{}, c.fault(err)
		}
		in, cached, bytes = in+tokensIn, cached+tokensCached, bytes+sent
		perByte, out = append(perByte, tokensIn/sent), append(out, tokensOut)
		if took > 0 { // answers of batches say nothing of it
			latency = append(latency, time.Duration(took).Seconds())
		}
	}
	if err := rows.Err(); err != nil || len(out) == 0 {
		return Experience{}, err
	}
	e := Experience{Answers: len(out), PerByte: spread(perByte), Out: spread(out), Latency: spread(latency), CachedShare: cached / in}
	e.PerByte.Mean = in / bytes // of all tokens, so that long requests count as such
	return e, nil
}

func spread(x []float64) Spread {
	if len(x) == 0 {
		return Spread{}
	}
	slices.Sort(x)
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return Spread{P10: x[len(x)/10], Mean: sum / float64(len(x)), P90: x[len(x)-1-len(x)/10]}
}
