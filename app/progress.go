package app

import (
	"fmt"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/rehearse-dev/rehearse/internal/replay"
)

// display shows how far a replay got.
type display interface {
	// stop ends the display; whole says whether the replay came to its end.
	stop(whole bool)
}

// newProgress chooses the display: live bars in a terminal, a line now and
// then elsewhere and under NO_COLOR or CI, nothing with --quiet and --json.
func newProgress(s *streams, f *runFlags, job *replay.Job, cases int64) display {
	job.Progress = make([]*replay.Progress, len(job.Plans))
	for i := range job.Progress {
		job.Progress[i] = new(replay.Progress)
		job.Progress[i].Done.Store(job.Skip * int64(job.Repeats))
	}
	total := cases * int64(job.Repeats)
	switch {
	case f.quiet || f.json:
		return noDisplay{}
	case isTerminal(s.err) && os.Getenv("NO_COLOR") == "" && os.Getenv("CI") == "":
		return newBars(s, job, total)
	}
	return newLines(s, job, total)
}

type noDisplay struct{}

func (noDisplay) stop(bool) {}

// bars are live: one a design.
type bars struct {
	progress *mpb.Progress
	bars     []*mpb.Bar
	counters []*replay.Progress
	quit     chan struct{}
	done     chan struct{}
}

func newBars(s *streams, job *replay.Job, total int64) *bars {
	b := &bars{
		progress: mpb.New(mpb.WithOutput(s.err), mpb.WithWidth(80), mpb.WithRefreshRate(120*time.Millisecond)),
		counters: job.Progress, quit: make(chan struct{}), done: make(chan struct{}),
	}
	start := time.Now()
	skipped := job.Skip * int64(job.Repeats)
	width := 0
	for _, p := range job.Plans {
		width = max(width, len(p.Design.Name))
	}
	for i, p := range job.Plans {
		c := job.Progress[i]
		b.bars = append(b.bars, b.progress.New(total, mpb.BarStyle().Lbound("").Rbound("").Filler("━").Tip("━").Padding("─"),
			mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-*s ", width, p.Design.Name))),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
				return " " + status(c, total, skipped, time.Since(start))
			})),
		))
	}
	job.Stage = func(text string) { fmt.Fprintln(b.progress, text) }
	go func() {
		defer close(b.done)
		tick := time.NewTicker(120 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-b.quit:
				return
			case <-tick.C:
				b.update()
			}
		}
	}()
	return b
}

func (b *bars) update() {
	for i, bar := range b.bars {
		bar.SetCurrent(b.counters[i].Done.Load())
	}
}

func (b *bars) stop(whole bool) {
	close(b.quit)
	<-b.done
	b.update()
	for _, bar := range b.bars {
		if whole {
			bar.SetTotal(-1, true)
		} else {
			bar.Abort(false)
		}
	}
	b.progress.Wait()
}

// status is cases done, rate, what went wrong, escalations and time left.
func status(c *replay.Progress, total, skipped int64, since time.Duration) string {
	done := c.Done.Load()
	rate := float64(done-skipped) / max(since.Seconds(), 1e-3)
	left := "?"
	if rate > 0 {
		left = time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second).String()
	}
	text := fmt.Sprintf("%d/%d  %.0f/s  %d escalated  %d failed", done, total, rate, c.Escalated.Load(), c.Failed.Load())
	if n := c.NotMeasured.Load(); n > 0 {
		text += fmt.Sprintf("  %d not measured", n)
	}
	if done < total {
		text += "  " + left + " left"
	}
	return text
}

// lines say how far it got, now and then, where nobody watches.
type lines struct {
	quit, done chan struct{}
	print      func()
}

func newLines(s *streams, job *replay.Job, total int64) *lines {
	const every = 5 * time.Second
	l := &lines{quit: make(chan struct{}), done: make(chan struct{})}
	start := time.Now()
	skipped := job.Skip * int64(job.Repeats)
	l.print = func() {
		for i, p := range job.Plans {
			fmt.Fprintf(s.err, "%s: %s\n", p.Design.Name, status(job.Progress[i], total, skipped, time.Since(start)))
		}
	}
	job.Stage = func(text string) { fmt.Fprintln(s.err, text) }
	go func() {
		defer close(l.done)
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-l.quit:
				return
			case <-tick.C:
				l.print()
			}
		}
	}()
	return l
}

func (l *lines) stop(bool) {
	close(l.quit)
	<-l.done
	l.print()
}

// isTerminal says whether a stream is a terminal that a person looks at.
func isTerminal(w any) bool {
	if o, ok := w.(*output); ok {
		w = o.Writer
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
