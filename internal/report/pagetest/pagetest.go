// Package pagetest opens pages in a real browser and holds them to what every
// report promises: no script runs, nothing is loaded, every text can be read in
// light and dark, by keyboard, on a phone and in print. It is for tests alone.
package pagetest

import (
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Browser is a running browser.
type Browser struct{ ctx context.Context }

// names are those that a browser may be installed by.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// patience is how long a loaded machine may take to start the browser, or for all
// that a page is held to.
const patience = 5 * time.Minute

// Start starts a browser, and skips the test where there is none. A system may have
// a script of that name which only says where to get one.
func Start(t *testing.T) *Browser {
	t.Helper()
	program := ""
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "--version").Run() == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("no browser is installed: wanted one of " + strings.Join(names, ", "))
	}
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()), chromedp.WSURLReadTimeout(patience),
	}
	for _, flag := range []string{"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync"} {
		opts = append(opts, chromedp.Flag(flag, true))
	}
	ctx, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(opts...))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("%s does not start: %v", program, err)
	}
	return &Browser{ctx}
}

// Page is one page that is open.
type Page struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex
	events []string // what a page without script and requests does not do
}

// Open opens a file.
func (b *Browser) Open(t *testing.T, file string) *Page {
	t.Helper()
	tab, cancelTab := chromedp.NewContext(b.ctx)
	ctx, cancel := context.WithTimeout(tab, patience)
	t.Cleanup(func() { cancel(); cancelTab() })
	p := &Page{t: t, ctx: ctx}
	abs, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	own := (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs)}).String()
	if err := chromedp.Do(tab); err != nil { // opens the tab, which may not hang on the timeout
		t.Fatal(err)
	}
	err = chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if e.Request.URL != own {
				p.note("requests %s", e.Request.URL)
			}
		case *runtime.EventExceptionThrown:
			p.note("throws %s", e.ExceptionDetails.Text)
		case *runtime.EventConsoleAPICalled:
			p.note("writes to the console (%s)", e.Type)
		case *log.EventEntryAdded:
			p.note("logs %s: %s", e.Entry.Level, e.Entry.Text)
		case *page.EventJavascriptDialogOpening:
			p.note("opens a dialog: %s", e.Message)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p.do(chromedp.Navigate(own))
	return p
}

func (p *Page) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, fmt.Sprintf(format, args...))
}

func (p *Page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

//go:embed checks.js
var checks string

// list runs a check in the page: what it returns is what it finds wrong.
func (p *Page) list(call string) []string {
	p.t.Helper()
	found, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string]("(() => {"+checks+"\nreturn "+call+"})()"))
	if err != nil {
		p.t.Fatalf("%s: %v", call, err)
	}
	return found
}

func (p *Page) wrong(what string, found []string) {
	p.t.Helper()
	for i, f := range found {
		if i == 8 {
			p.t.Errorf("%s: and %d more", what, len(found)-i)
			return
		}
		p.t.Errorf("%s: %s", what, f)
	}
}

func scheme(name string) chromedp.Action[chromedp.Void] {
	return media(emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
}

func media(p emulation.SetEmulatedMediaParams) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, p)
		return err
	})
}

// phone and desk are widths of screens, paper that of A4 between its margins, in CSS pixels.
const (
	phone = 375
	desk  = 1280
	paper = 695
)

// Check holds the page to all that every report promises.
func (p *Page) Check() {
	p.t.Helper()
	p.CheckInert()
	p.wrong("on a phone", p.list("overlaps()"))
	p.do(chromedp.EmulateViewport(desk, 900))
	p.wrong("at a desk", p.list("overlaps()"))
	p.keyboard()
	for _, name := range []string{"light", "dark"} {
		p.do(scheme(name))
		p.wrong("contrast, "+name, p.list("contrast()"))
	}
	p.do(scheme("light"))
	p.print()
	p.quiet()
}

// CheckTables holds the page to showing its tables whole, on a phone and at a
// desk: none is to be scrolled sideways but those that are read across and down.
func (p *Page) CheckTables() {
	p.t.Helper()
	p.do(scheme("light"), chromedp.EmulateViewport(phone, 800, chromedp.EmulateMobile)) // no longer print
	p.wrong("on a phone", p.list("sideways()"))
	p.do(chromedp.EmulateViewport(desk, 900))
	p.wrong("at a desk", p.list("sideways()"))
}

// CheckForm holds a page that a person fills in to what it promises: its
// structure, that it loads nothing, that it fits on screens, that every control is
// reached by keyboard and every text can be read.
func (p *Page) CheckForm() {
	p.t.Helper()
	p.wrong("structure", p.list("structure()"))
	p.wrong("markup", p.list("harmless()"))
	p.do(chromedp.EmulateViewport(phone, 800, chromedp.EmulateMobile))
	p.wrong("on a phone", p.list("overflow()"))
	p.do(chromedp.EmulateViewport(desk, 900))
	p.wrong("at a desk", p.list("overflow()"))
	p.wrong("controls", p.list("unnamed()"))
	for _, name := range []string{"light", "dark"} {
		p.do(scheme(name))
		p.wrong("contrast, "+name, p.list("contrast()"))
	}
	p.do(scheme("light"))
	p.quiet()
}

// Press presses keys, one after the other.
func (p *Page) Press(keys string) {
	p.t.Helper()
	for _, k := range keys {
		p.do(chromedp.KeyEvent(string(k)))
	}
}

// Texts are what a JavaScript expression gives in the page: a list of texts.
func (p *Page) Texts(expression string) []string {
	p.t.Helper()
	return p.list(expression)
}

// CheckInert holds the page to what no text in it may change: its structure,
// that nothing acts or loads, and that it fits on screens.
func (p *Page) CheckInert() {
	p.t.Helper()
	p.do(chromedp.EmulateViewport(desk, 900))
	p.wrong("structure", p.list("structure()"))
	p.wrong("markup", p.list("inert()"))
	p.wrong("at a desk", p.list("overflow()"))
	p.do(chromedp.EmulateViewport(phone, 800, chromedp.EmulateMobile))
	p.wrong("on a phone", p.list("overflow()"))
	p.quiet()
}

// quiet says what happened in the page that no report does.
func (p *Page) quiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong("the page", p.events)
}

// keyboard tabs through the page: everything that can be used is reached, in
// the order in which it is read, and shows that it is.
func (p *Page) keyboard() {
	p.t.Helper()
	want := p.list("focusable()")
	var got []string
	for range len(want) {
		p.do(chromedp.KeyEvent(kb.Tab))
		at := p.list("focused()")
		if at[1] == "none" {
			p.t.Errorf("keyboard: nothing shows that %s has the focus", at[0])
		}
		got = append(got, at[0])
	}
	if !slices.Equal(got, want) {
		for i := range want {
			if got[i] != want[i] {
				p.t.Errorf("keyboard: stop %d of %d is %s, want %s", i+1, len(want), got[i], want[i])
				break
			}
		}
	}
	if summary := p.list("firstSummary()"); len(summary) > 0 {
		p.do(chromedp.KeyEvent(kb.Enter))
		p.wrong("keyboard: Enter on a summary", p.list("opened()"))
	}
}

// print prints the page.
func (p *Page) print() {
	p.t.Helper()
	p.do(media(emulation.SetEmulatedMediaParams{Media: "print"}), chromedp.EmulateViewport(paper, 1000))
	p.wrong("in print", p.list("overflow()"))
	p.wrong("in print", p.list("contrast()"))
	p.wrong("in print", p.list("printed()"))
	pdf, err := chromedp.Run(p.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground()))
	if err != nil {
		p.t.Errorf("in print: %v", err)
	} else if len(pdf) < 5000 {
		p.t.Errorf("in print: a PDF of %d bytes", len(pdf))
	}
}
