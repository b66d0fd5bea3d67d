package form_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/queue"
	"github.com/rehearse-dev/rehearse/internal/report/form"
	"github.com/rehearse-dev/rehearse/internal/report/pagetest"
)

const hostile = `</style></title></script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>"' onmouseover='window.pwned=1`

// page writes the form of three hostile cases, the first of them in the audit.
func page(t *testing.T, o form.Options, change func(*queue.Queue)) (string, []byte) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "workflow.yaml")
	quoted := `'` + strings.ReplaceAll(hostile, `'`, `''`) + `'`
	if err := os.WriteFile(file, []byte("workflow: "+"tickets"+"\ninput: {text: string}\noutcome: {queue: {enum: [billing, tech, "+quoted+"]}, paid: {type: date, optional: true}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	w, problems := design.LoadWorkflow(file)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	q := &queue.Queue{Header: queue.Header{Queue: "abc", Made: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), Outcome: queue.Judged(w)}}
	for i, id := range []string{"t1", hostile, "the third"} {
		q.Entries = append(q.Entries, queue.Entry{
			Number: i + 1, Case: id, Drawn: i == 0, Inclusion: 1, Sampling: 1,
			Input:    []queue.Value{{Field: "text", Text: hostile + strings.Repeat(" word", 200)}, {Field: "none", Absent: true}},
			Proposed: []queue.Value{{Field: "queue", Text: "proposed tech"}},
		})
	}
	if change != nil {
		change(q)
	}
	var b bytes.Buffer
	if err := form.Write(&b, q, w, o); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "form.html")
	if err := os.WriteFile(out, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return out, b.Bytes()
}

// What may lead reviewers, or is personal, is not in the file.
func TestWhatIsShown(t *testing.T) {
	for _, tt := range []struct {
		why       string
		o         form.Options
		change    func(*queue.Queue)
		has, lack []string
	}{
		{"nothing proposed by default", form.Options{}, nil, []string{"so that it leads nobody"}, []string{"proposed tech"}},
		{"shown on request, but in the audit", form.Options{Proposed: true}, func(q *queue.Queue) { q.Entries[0].Proposed[0].Text = "of the audit" }, []string{"proposed tech"}, []string{"of the audit", "leads nobody"}},
		{"ids that are personal", form.Options{}, func(q *queue.Queue) { q.Header.HideIDs = true }, []string{`data-entry="3"`}, []string{"data-case", "the third"}},
		{"personal values are said to be there", form.Options{}, func(q *queue.Queue) { q.Header.Personal = true }, []string{"shows personal values"}, nil},
		{"inputs that were not kept", form.Options{}, func(q *queue.Queue) { q.Header.Withheld = []string{"text"} }, []string{"not kept where these cases come from (text)"}, nil},
	} {
		_, html := page(t, tt.o, tt.change)
		for _, s := range tt.has {
			if !bytes.Contains(html, []byte(s)) {
				t.Errorf("%s: %q is not there", tt.why, s)
			}
		}
		for _, s := range tt.lack {
			if bytes.Contains(html, []byte(s)) {
				t.Errorf("%s: %q is there", tt.why, s)
			}
		}
	}
}

// A person fills in the form by keyboard alone, and what is saved is a file of
// decisions. Nothing of what the cases hold acts.
func TestFormInBrowser(t *testing.T) {
	browser := pagetest.Start(t)
	file, _ := page(t, form.Options{Proposed: true}, nil)
	p := browser.Open(t, file)
	p.CheckForm()

	visible := func() string {
		return strings.Join(p.Texts(`[...document.querySelectorAll('article')].filter(a => !a.hidden).map(a => a.dataset.entry)`), ",")
	}
	if got := visible(); got != "1" {
		t.Fatalf("case %s is shown first", got)
	}
	// What is saved is caught before the browser writes it.
	p.Texts(`(window.saved = [], window.names = [], URL.createObjectURL = b => { b.text().then(t => saved.push(t)); return '#'; }, HTMLAnchorElement.prototype.click = function() { names.push(this.download); }, [])`)
	p.Press("s")
	if got := p.Texts(`[document.getElementById('said').textContent, document.activeElement.id]`); !slices.Equal(got, []string{"Write your name first.", "reviewer"}) {
		t.Errorf("without a name: %q", got)
	}
	p.Texts(`(document.activeElement.value = '', [])`) // the driver types what the page took as a key
	p.Press("Ann 1u")                                  // letters and digits in a field are text
	p.Texts(`(document.activeElement.blur(), [])`)
	p.Press("2nunpp")
	if got := visible(); got != "1" {
		t.Errorf("case %s is shown after two steps on and two back", got)
	}
	p.Press("nn3s")
	var saved []string
	for range 1000 {
		if saved = p.Texts(`[...saved]`); len(saved) > 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if len(saved) != 1 {
		t.Fatalf("saved %q; the page says %q", saved, p.Texts(`[document.getElementById('said').textContent]`))
	}
	if got := p.Texts(`names`); !slices.Equal(got, []string{"decisions-abc-ann-1u.jsonl"}) {
		t.Errorf("saved as %q", got)
	}
	type line struct {
		Queue    string
		Entry    int
		Case     string
		Outcome  map[string]string
		Unknown  bool
		Reviewer string
		At       time.Time
		Seconds  *int
	}
	var got []line
	for text := range strings.Lines(saved[0]) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		if l.At.IsZero() || l.Seconds == nil {
			t.Errorf("neither when nor how long: %s", text)
		}
		got = append(got, l)
	}
	if len(got) != 3 || got[0].Outcome["queue"] != "tech" || got[0].Case != "t1" || !got[1].Unknown || got[1].Case != hostile ||
		got[2].Outcome["queue"] != hostile || got[2].Entry != 3 || got[2].Reviewer != "Ann 1u" || got[2].Queue != "abc" {
		t.Errorf("saved %+v", got)
	}

	// What was filled in is there when the page is opened again.
	again := browser.Open(t, file)
	if got := again.Texts(`[document.getElementById('reviewer').value, document.getElementById('progress').textContent]`); got[0] != "Ann 1u" || !strings.HasPrefix(got[1], "3 of 3 decided") {
		t.Errorf("opened again: %q", got)
	}
}
