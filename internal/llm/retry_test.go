package llm

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

func TestRetryAfterHeader(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		why, name, value string
		want             time.Duration
	}{
		{"seconds", "Retry-After", "7", 7 * time.Second},
		{"parts of a second are not in the RFC but are sent", "Retry-After", "0.25", 250 * time.Millisecond},
		{"HTTP date", "Retry-After", "Sun, 01 Mar 2026 12:01:30 GMT", 90 * time.Second},
		{"old HTTP date form", "Retry-After", "Sunday, 01-Mar-26 12:00:05 GMT", 5 * time.Second},
		{"a date gone by", "Retry-After", "Sun, 01 Mar 2026 11:00:00 GMT", 0},
		{"milliseconds", "retry-after-ms", "1500", 1500 * time.Millisecond},
		{"negative", "Retry-After", "-5", 0},
		{"not a number", "Retry-After", "NaN", 0},
		{"infinite", "Retry-After", "Inf", 0},
		{"words", "Retry-After", "soon", 0},
		{"absent", "X", "", 0},
	} {
		h := http.Header{}
		h.Set(row.name, row.value)
		if got := RetryAfter(h, now); got != row.want {
			t.Errorf("%s: %q gives %v, want %v", row.why, row.value, got, row.want)
		}
	}
}

func TestRateReset(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		why     string
		headers map[string]string
		want    time.Duration
	}{
		{"what is used up decides", map[string]string{"x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}, 6 * time.Minute},
		{"both used up: the later", map[string]string{"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "20ms", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1.5s"}, 1500 * time.Millisecond},
		{"nothing is said to be used up: the sooner", map[string]string{"x-ratelimit-reset-requests": "1m0s", "x-ratelimit-reset-tokens": "2s"}, 2 * time.Second},
		{"a wish of its own comes first", map[string]string{"Retry-After": "3", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60"}, 3 * time.Second},
		{"seconds", map[string]string{"x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}, 12 * time.Second},
		{"seconds since 1970", map[string]string{"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772366445"}, 45 * time.Second},
		{"a time", map[string]string{"x-ratelimit-reset-tokens": "2026-03-01T12:00:09Z"}, 9 * time.Second},
		{"a time gone by", map[string]string{"x-ratelimit-reset-tokens": "2025-03-01T12:00:09Z"}, 0},
		{"words", map[string]string{"x-ratelimit-reset-tokens": "later"}, 0},
		{"less than nothing", map[string]string{"x-ratelimit-reset-tokens": "-6m"}, 0},
	} {
		h := http.Header{}
		for name, v := range row.headers {
			h.Set(name, v)
		}
		if got := RetryAfter(h, now); got != row.want {
			t.Errorf("%s: %v, want %v", row.why, got, row.want)
		}
	}
}

func TestWaitHonoursTheEndpointAndStaysUnderTheCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Retry{}.WithDefaults()
		n := rapid.IntRange(1, 80).Draw(t, "attempt")
		u := rapid.Float64Range(0, 0.999999).Draw(t, "u")
		if got := r.Wait(n, 0, u); got < 0 || got > r.Cap || n < 7 && got > r.Base<<(n-1) {
			t.Fatalf("back-off %v after attempt %d", got, n)
		}
		wish := time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "wish"))
		if got := r.Wait(n, wish, u); got < wish || got > wish+r.Base {
			t.Fatalf("waits %v when asked for %v", got, wish)
		}
	})
}

func TestDrawsAreKeyed(t *testing.T) {
	a, b := ask("q"), ask("q")
	b.Case = "case-2"
	same := draw(1, &a, 1)
	if draw(1, &a, 1) != same {
		t.Error("the same key drew two numbers")
	}
	for why, other := range map[string]float64{"attempt": draw(1, &a, 2), "seed": draw(2, &a, 1), "case": draw(1, &b, 1)} {
		if other == same {
			t.Errorf("another %s drew the same number", why)
		}
	}
	sum := 0.0
	for i := range 2000 {
		u := draw(uint64(i), &a, 1)
		if u < 0 || u >= 1 {
			t.Fatalf("draw %v", u)
		}
		sum += u
	}
	if mean := sum / 2000; mean < 0.47 || mean > 0.53 { // 4.6 standard errors
		t.Errorf("mean of 2000 draws is %v", mean)
	}
}

func TestRetriesWaitAsToldAndStopAtTheDeadline(t *testing.T) {
	s := newServer(t, llmtest.Script(llmtest.Reply{Status: 429, RetryAfter: "40"}, llmtest.Reply{Text: "ok"}))
	c, clock := newTestClient(t, s, nil)
	if _, err := c.Complete(t.Context(), ask("q")); err != nil {
		t.Fatal(err)
	}
	if d := clock.slept[0]; d < 40*time.Second || d > 40*time.Second+c.retry.Base {
		t.Errorf("slept %v when told 40 s: the cap of %v is for our own back-off only", d, c.retry.Cap)
	}

	s = newServer(t, llmtest.Script(llmtest.Reply{Status: 429, RetryAfter: "3600"}))
	c, clock = newTestClient(t, s, nil)
	_, err := c.Complete(t.Context(), ask("q"))
	if ClassOf(err) != ClassRate || !strings.Contains(err.Error(), "deadline") || len(clock.slept) != 0 {
		t.Errorf("got %v after sleeping %v, want to give up at once", err, clock.slept)
	}

	s = newServer(t, llmtest.Script(llmtest.Reply{Status: 500}))
	c, clock = newTestClient(t, s, nil)
	got, err := c.Complete(t.Context(), ask("q"))
	if ClassOf(err) != ClassServer || len(got.Attempts) != 5 || s.Received() != 5 {
		t.Errorf("%d attempts, %d received, error %v: want 5", len(got.Attempts), s.Received(), err)
	}
	first := clock.slept
	c, clock = newTestClient(t, s, nil)
	c.Complete(t.Context(), ask("q"))
	for i := range first {
		if first[i] != clock.slept[i] {
			t.Fatalf("slept %v, then %v: the jitter of a case is not its own", first, clock.slept)
		}
	}
}

func TestCancellationIsNobodysFailure(t *testing.T) {
	s := newServer(t, llmtest.Script(llmtest.Reply{Hang: true}))
	c, _ := newTestClient(t, s, nil)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(30*time.Millisecond, cancel)
	_, err := c.Complete(ctx, ask("q"))
	if !errors.Is(err, context.Canceled) || ClassOf(err) != "" {
		t.Errorf("got %v, want the cancellation itself", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err = c.Complete(ctx, ask("q")); ClassOf(err) != ClassTimeout {
		t.Errorf("got %v, want class timeout: the caller's deadline is the step's", err)
	}
}

// Attempts that fail on purpose go by the rules of real ones: their number, and
// the time that they and the waits would have taken.
func TestFail(t *testing.T) {
	classes := func(of ...Class) func(int) Class {
		return func(n int) Class {
			if n > len(of) {
				return ""
			}
			return of[n-1]
		}
	}
	for _, row := range []struct {
		why   string
		retry Retry
		fails func(int) Class
		tries int
		over  bool
		took  time.Duration
	}{
		{"nothing fails", Retry{}, classes(), 0, false, 0},
		{"the third is made", Retry{}, classes(ClassRate, ClassServer), 2, false, 250 * time.Millisecond},
		{"five where nobody says", Retry{}, classes(ClassRate, ClassRate, ClassRate, ClassRate, ClassRate, ClassRate), 5, true, 3750 * time.Millisecond},
		{"one, for what must not be asked twice", Retry{Attempts: 1}, classes(ClassServer), 1, true, 0},
		{"the time for all of them ends it", Retry{Timeout: time.Minute, Deadline: 150 * time.Second}, classes(ClassTimeout, ClassTimeout, ClassTimeout, ClassTimeout), 3, true, 150 * time.Second},
	} {
		failed, over := row.retry.Fail(row.fails, func(int) float64 { return 0.5 })
		var took time.Duration
		for _, a := range failed {
			took += a.Wait + a.Latency
		}
		if len(failed) != row.tries || over != row.over || took != row.took {
			t.Errorf("%s: %d attempts, over %v, after %v; want %d, %v, %v", row.why, len(failed), over, took, row.tries, row.over, row.took)
		}
	}
}
