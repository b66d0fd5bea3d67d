package app

import (
	"fmt"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

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
	skipped, total := job.Skip*int64(job.Repeats), cases*int64(job.Repeats)
	var of []watched
	for i, p := range job.Plans {
		c := new(replay.Progress)
		c.Done.Store(skipped)
		job.Progress[i] = c
		of = append(of, watched{
			name: p.Design.Name, done: c.Done.Load,
			say: func(since time.Duration) string { return status(c, total, skipped, since) },
		})
	}
	switch {
	case f.quiet || f.json:
		return noDisplay{}
	case live(s.err):
		b := newBars(s, total, of)
		job.Stage = func(text string) { fmt.Fprintln(b.progress, text) }
		return b
	}
	job.Stage = func(text string) { fmt.Fprintln(s.err, text) }
	return newLines(s, of)
}

// live says whether a person looks at a stream that can show bars.
func live(w any) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("CI") == ""
}

// watched is something that goes on, and how far it got.
type watched struct {
	name string
	done func() int64
	say  func(since time.Duration) string
}

type noDisplay struct{}

func (noDisplay) stop(bool) {}

// bars are live: one a design.
type bars struct {
	progress *mpb.Progress
	bars     []*mpb.Bar
	of       []watched
	quit     chan struct{}
	done     chan struct{}
}

func newBars(s *streams, total int64, of []watched) *bars {
	b := &bars{
		progress: mpb.New(mpb.WithOutput(s.err), mpb.WithWidth(80), mpb.WithRefreshRate(120*time.Millisecond)),
		of:       of, quit: make(chan struct{}), done: make(chan struct{}),
	}
	start := time.Now()
	width := 0
	for _, w := range of {
		width = max(width, len(w.name))
	}
	for _, w := range of {
		b.bars = append(b.bars, b.progress.New(total, mpb.BarStyle().Lbound("").Rbound("").Filler("━").Tip("━").Padding("─"),
			mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-*s ", width, w.name))),
			mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return " " + w.say(time.Since(start)) })),
		))
	}
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
		bar.SetCurrent(b.of[i].done())
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
	rate, left := pace(done, skipped, total, since)
	text := fmt.Sprintf("%d/%d  %.0f/s  %d escalated  %d failed", done, total, rate, c.Escalated.Load(), c.Failed.Load())
	if n := c.NotMeasured.Load(); n > 0 {
		text += fmt.Sprintf("  %d not measured", n)
	}
	return text + left
}

// pace is how many are done a second, and in words how long the others take; ""
// where none is left.
func pace(done, skipped, total int64, since time.Duration) (rate float64, left string) {
	rate = float64(done-skipped) / max(since.Seconds(), 1e-3)
	switch {
	case done >= total:
		return rate, ""
	case rate == 0:
		return rate, "  ? left"
	}
	return rate, "  " + time.Duration(float64(total-done)/rate*float64(time.Second)).Round(time.Second).String() + " left"
}

// lines say how far it got, now and then, where nobody watches.
type lines struct {
	quit, done chan struct{}
	print      func()
}

func newLines(s *streams, of []watched) *lines {
	const every = 5 * time.Second
	l := &lines{quit: make(chan struct{}), done: make(chan struct{})}
	start := time.Now()
	l.print = func() {
		for _, w := range of {
			fmt.Fprintf(s.err, "%s: %s\n", w.name, w.say(time.Since(start)))
		}
	}
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
	f, ok := openFile(w)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// terminalWidth is how many characters a line of a terminal holds; 0 where w is
// none.
func terminalWidth(w any) int {
	f, ok := openFile(w)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// openFile is the file that w writes into.
func openFile(w any) (*os.File, bool) {
	if o, ok := w.(*output); ok {
		w = o.Writer
	}
	f, ok := w.(*os.File)
	return f, ok
}
