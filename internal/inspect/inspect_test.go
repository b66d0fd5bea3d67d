package inspect

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// roles are what the columns of a bare file are taken for.
func roles(t *testing.T, content, label string) map[string]Role {
	t.Helper()
	r, err := Run(t.Context(), bare(t, "cases.csv", content), Options{Label: label})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]Role{}
	for _, c := range r.Columns {
		out[c.Name] = c.Role
	}
	return out
}

// rows repeats a line, with the row's number for N and its parity for P.
func rows(head, line string, n int) string {
	var b strings.Builder
	b.WriteString(head + "\n")
	for i := range n {
		b.WriteString(strings.NewReplacer("N", fmt.Sprint(i), "P", fmt.Sprint(i%2), "D", fmt.Sprintf("%02d", 1+i%28)).Replace(line) + "\n")
	}
	return b.String()
}

func TestRoles(t *testing.T) {
	for _, c := range []struct {
		why, content, label string
		want                map[string]Role
	}{
		{"names tell", rows("ticket_id,created,customer_id,text,paid_at,queue", "TN,2025-01-D,C,some words here N,2025-02-D,qP", 80), "",
			map[string]Role{"ticket_id": ID, "created": Time, "customer_id": Other, "text": Input, "paid_at": After, "queue": Label}},
		{"a column that tells the label is no input", rows("id,hint,text,queue", "N,hP,some words here N,qP", 80), "",
			map[string]Role{"id": ID, "hint": After, "text": Input, "queue": Label}},
		{"another answer is no input, a person's is one of people", rows("id,text,agent_queue,first_queue,queue", "N,some words here N,qP,qP,qP", 80), "",
			map[string]Role{"id": ID, "text": Input, "agent_queue": Person, "first_queue": After, "queue": Label}},
		{"an officer is a person", rows("id,text,officer_decision,decision", "N,some words here N,qP,qP", 80), "",
			map[string]Role{"id": ID, "text": Input, "officer_decision": Person, "decision": Label}},
		{"the caller names the label", rows("id,text,queue,size", "N,some words here N,qP,sP", 80), "size",
			map[string]Role{"id": ID, "text": Input, "queue": After, "size": Label}},
		{"an id that comes again is what cases share", rows("id,text,label", "7,some words here N,lP", 80), "",
			map[string]Role{"id": Cluster, "text": Input, "label": Label}},
		{"a time after the case's", rows("id,received,seen,due,text,label", "N,2025-01-D,2025-03-D,2025-03-D,some words N,lP", 80), "",
			map[string]Role{"id": ID, "received": Time, "seen": After, "due": Input, "text": Input, "label": Label}},
		{"a time as people write it", rows("id,received,text,label", "N,D.01.2025,some words N,lP", 80), "",
			map[string]Role{"id": ID, "received": Time, "text": Input, "label": Label}},
		{"predictions are no labels", rows("id,text,predicted_label,kind", "N,some words N,lP,kP", 80), "",
			map[string]Role{"id": ID, "text": Input, "predicted_label": After, "kind": Label}},
	} {
		if d := cmp.Diff(c.want, roles(t, c.content, c.label)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, d)
		}
	}
}

func TestFieldNames(t *testing.T) {
	for column, want := range map[string]string{
		"Ticket No.": "ticket_no", "ticketNo": "ticket_no", "Größe (cm)": "grosse_cm", "a.b": "a_b", "2024": "c_2024",
		"not": "not_", "编号": "column_3", "": "column_3", "__x__": "x", "Été": "ete",
	} {
		if got := fieldName(column, 2); got != want {
			t.Errorf("%q becomes %q, want %q", column, got, want)
		}
	}
}

// Of hundreds of columns that segments could go by, a few are proposed.
func TestManyTags(t *testing.T) {
	const columns = 200
	var b strings.Builder
	b.WriteString("id,label")
	for c := range columns {
		fmt.Fprintf(&b, ",c%d", c)
	}
	for i := range 120 {
		fmt.Fprintf(&b, "\n%d,l%d", i, i%2)
		for range columns {
			fmt.Fprintf(&b, ",v%d", i%3)
		}
	}
	r, err := Run(t.Context(), bare(t, "cases.csv", b.String()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := r.tags(); n != maxTags {
		t.Errorf("%d tags are proposed, want %d", n, maxTags)
	}
	if card := r.Propose("cases", "cases.csv").Card(); !strings.Contains(card, "the first 12 that could") {
		t.Errorf("the card does not say that there are more:\n%s", card)
	}
}

// FuzzBare inspects files that nobody made for it. What is proposed is always a
// card without errors.
func FuzzBare(f *testing.F) {
	f.Add("id,text,label\n1,a b c,x\n2,d e f,y\n", false)
	f.Add("\xef\xbb\xbfA b;C.d;\"e\nf\"\n1,5;03.04.2025;'\"#\n", false)
	f.Add("in,not,# x,- y,label\n1,2,3,4,null\n,,,,\n", false)
	f.Add(rows("id,created,customer,text,split,queue", "N,2025-01-D,cP,some words N,train,qP", 70), false)
	f.Add(`{"id": 1, "a": [1], "b": {"c": 2}, "label": true}`+"\n"+`{"id": 1, "label": "x"}`+"\n", true)
	f.Fuzz(func(t *testing.T, content string, lines bool) {
		name := "cases.csv"
		if lines {
			name = "cases.jsonl"
		}
		card := bare(t, name, content)
		r, err := Run(t.Context(), card, Options{})
		if err != nil {
			return // a file that cannot be read
		}
		text := r.Propose("cases", name).Card()
		path := filepath.Join(filepath.Dir(card.File), "dataset.yaml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, problems := dataset.Load(path); len(problems) > 0 {
			t.Errorf("%v\n%s", problems, text)
		}
	})
}
