package diagram

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// A process is drawn whatever leads where: on, over, back, to itself.
func TestProcess(t *testing.T) {
	g := OfProcess("a <log>", 10, []Activity{{Name: "take in", Note: "10 times", Times: 10}, {Name: "check & ask", Times: 14}, {Name: "decide", Times: 10}},
		[]Way{{-1, 0, 10}, {0, 1, 9}, {0, 2, 1}, {1, 1, 2}, {1, 2, 9}, {2, 0, 3}, {2, -1, 10}, {0, -1, 1}})
	var svg, mermaid strings.Builder
	if err := g.SVG(&svg, Options{}); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(svg.String()))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("no XML: %v", err)
		}
	}
	for _, want := range []string{"a &lt;log&gt;, 10 cases", "check &amp; ask: , done by people, 14 times", "decide to take in: 3 of 10 cases", "check &amp; ask to check &amp; ask: 2 of 10 cases", "Thicker: more cases."} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("the drawing does not say %q", want)
		}
	}
	if n := strings.Count(svg.String(), "<g class=\"next\">"); n != len(g.Edges) {
		t.Errorf("%d ways are drawn, want %d", n, len(g.Edges))
	}
	if err := g.Mermaid(&mermaid); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"n3 -->|\"3\"| n1", "n2 -->|\"2\"| n2", "n0 -->|\"10\"| n1", "n3 -->|\"10\"| n4"} {
		if !strings.Contains(mermaid.String(), want) {
			t.Errorf("Mermaid lacks %q:\n%s", want, mermaid.String())
		}
	}
}
