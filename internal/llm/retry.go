package llm

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Retry says how long and how often one call may try. Zero fields take the
// default named beside them.
type Retry struct {
	Attempts int           // exchanges per call, 5; 1 never retries
	Base     time.Duration // scale of the first back-off, 500 ms
	Cap      time.Duration // longest back-off, 30 s; a Retry-After may ask for more
	Timeout  time.Duration // per exchange, 2 min
	Deadline time.Duration // per call, waiting included, 10 min
}

// WithDefaults fills in what is zero.
func (r Retry) WithDefaults() Retry {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	if r.Attempts == 0 {
		r.Attempts = 5
	}
	def(&r.Base, 500*time.Millisecond)
	def(&r.Cap, 30*time.Second)
	def(&r.Timeout, 2*time.Minute)
	def(&r.Deadline, 10*time.Minute)
	return r
}

// Wait returns how long to sleep after attempt n (from 1) failed, for a draw u
// in [0, 1). Without a wish of the endpoint it is full jitter,
// u * min(Cap, Base * 2^(n-1)) (Brooker, "Exponential Backoff and Jitter", 2015);
// with one, the wish plus u * Base, so that the callers told the same time do
// not come back in one burst.
func (r Retry) Wait(n int, wish time.Duration, u float64) time.Duration {
	if wish > 0 {
		return wish + time.Duration(u*float64(r.Base))
	}
	d := r.Base
	for i := 1; i < n && d < r.Cap; i++ {
		d *= 2
	}
	return time.Duration(u * float64(min(d, r.Cap)))
}

// Fail goes through attempts that fail before they are made, by the rules of
// those that are: fails gives the class of the n-th from 1, "" where it would be
// made; u is the draw for the wait after it. Nobody waits, and the time it would
// have taken counts. over says that there is no further attempt.
func (r Retry) Fail(fails func(n int) Class, u func(n int) float64) (failed []Attempt, over bool) {
	r = r.WithDefaults()
	var slept, passed time.Duration
	for n := 1; ; n++ {
		class := fails(n)
		if class == "" {
			return failed, false
		}
		a := Attempt{Wait: slept, Class: class}
		if class == ClassTimeout {
			a.Latency = min(r.Timeout, r.Deadline-passed)
		}
		failed = append(failed, a)
		slept = r.Wait(n, 0, u(n))
		passed += a.Latency + slept
		if n >= r.Attempts || passed >= r.Deadline {
			return failed, true
		}
	}
}

// draw is a uniform number in [0, 1) that depends on nothing but its key, so
// that a case has the same luck at any concurrency.
func draw(seed uint64, r *Request, attempt int) float64 {
	h := sha256.New()
	fmt.Fprintf(h, "%d %q %q retry %d %d %d %d", seed, r.Case, r.Step, r.Repeat, r.Sample, r.Reask, attempt)
	return float64(binary.BigEndian.Uint64(h.Sum(nil))>>11) / (1 << 53)
}

// RetryAfter reads how long the endpoint asks to wait: Retry-After in seconds
// or as an HTTP date (RFC 9110 section 10.2.3), the more exact retry-after-ms
// that OpenAI and Azure send, or else when a limit is reset.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	if d, ok := number(h.Get("Retry-After-Ms"), time.Millisecond); ok {
		return d
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if d, ok := number(v, time.Second); ok {
		return d
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return rateReset(h, now)
}

// rateReset reads x-ratelimit-reset-requests and its kin: of the limits of
// which nothing remains the last to be reset, else the first of all.
func rateReset(h http.Header, now time.Time) time.Duration {
	const prefix = "X-Ratelimit-"
	used, all := time.Duration(0), time.Duration(0)
	for name := range h {
		kind, ok := strings.CutPrefix(name, prefix+"Reset")
		if !ok {
			continue
		}
		d, ok := reset(h.Get(name), now)
		if !ok {
			continue
		}
		if all == 0 || d < all {
			all = d
		}
		if left := h.Get(prefix + "Remaining" + kind); left == "0" {
			used = max(used, d)
		}
	}
	if used > 0 {
		return used
	}
	return all
}

// reset reads when a limit is reset: "6m0s", seconds from now, seconds since
// 1970, or a time.
func reset(v string, now time.Time) (time.Duration, bool) {
	v = strings.TrimSpace(v)
	if d, err := time.ParseDuration(v); err == nil && d >= 0 {
		return min(d, year), true
	}
	if t, err := time.Parse(time.RFC3339, v); err == nil {
		return min(max(0, t.Sub(now)), year), true
	}
	if d, ok := number(v, time.Second); ok {
		return d, true
	}
	const thisCentury = 1e9 // seconds since 1970, before 2001
	if n, err := strconv.ParseInt(v, 10, 64); err == nil && n > thisCentury {
		return min(max(0, time.Unix(n, 0).Sub(now)), year), true
	}
	return 0, false
}

const year = 365 * 24 * time.Hour

func number(s string, unit time.Duration) (time.Duration, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || !(f >= 0) || f*float64(unit) > float64(year) {
		return 0, false
	}
	return time.Duration(f * float64(unit)), true
}

// Clock is the time that a client sees: wall time outside tests.
type Clock interface {
	Now() time.Time
	// Sleep returns early with the context's error.
	Sleep(ctx context.Context, d time.Duration) error
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
