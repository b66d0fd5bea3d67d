package realdata

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
)

// newsgroupPost is a post with its label, and what five people made of it.
type newsgroupPost struct {
	id, given, corrected, status string
	confidence                   string
}

// wrong says that people did not uphold the label that was given.
func (p newsgroupPost) wrong() bool {
	return p.status == "corrected" || p.status == "no_majority_for_given"
}

func newsgroupPosts(t *testing.T) []newsgroupPost {
	t.Helper()
	f, err := os.Open(filepath.Join(os.Getenv("REHEARSE_DATA"), "label_errors", "20news.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(unpacked).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(column string) int { return slices.Index(rows[0], column) }
	var out []newsgroupPost
	for _, r := range rows[1:] {
		out = append(out, newsgroupPost{r[at("case_id")], r[at("given_label")], r[at("corrected_label")], r[at("label_status")], r[at("confidence")]})
	}
	return out
}

// Labels that people did not uphold come first, and what they say of them is
// read in the place of what the source says.
func TestLabelErrors(t *testing.T) {
	r := run(t, "label_errors")
	system := func(r *result) float64 {
		m, _ := r.design(t, "model").Metric("system_accuracy")
		return 100 * m.Estimate.Value
	}
	if got := system(r); math.Abs(got-92.34) > 0.005 {
		t.Errorf("accuracy on the labels as given: %.4f, want 92.34", got)
	}
	posts := newsgroupPosts(t)
	wrong := map[string]bool{}
	var review strings.Builder
	review.WriteString("reviewed:\n")
	for _, p := range posts {
		if p.wrong() {
			wrong[p.id] = true
		}
		to := "to: " + p.corrected
		switch p.status {
		case "not_reviewed":
			continue
		case "no_majority_for_given":
			to = "unknown: true"
		}
		fmt.Fprintf(&review, "  - {case: %s, field: group, from: %s, %s, by: five readers, at: 2021-11-08, why: %s}\n", p.id, p.given, to, p.status)
	}

	found := proposed(t, r.dir)
	if len(wrong) != 82 {
		t.Fatalf("%d labels were not upheld, want 82", len(wrong))
	}
	slices.SortStableFunc(posts, func(a, b newsgroupPost) int { return strings.Compare(a.confidence, b.confidence) })
	for _, row := range []struct{ first, want int }{{100, 82}, {200, 82}, {500, 82}} {
		hits, unsure := 0, 0
		for i := range row.first {
			if wrong[found[i]] {
				hits++
			}
			if posts[i].wrong() {
				unsure++
			}
		}
		t.Logf("first %d: %d of 82 proposed; %.1f at random; %d by lowest confidence", row.first, hits, 82*float64(row.first)/float64(len(posts)), unsure)
		if hits < row.want {
			t.Errorf("%d of the 82 are among the first %d, want %d", hits, row.first, row.want)
		}
	}

	// The review goes into a file that the card names; the run is scored again.
	card := filepath.Join(r.folder, "dataset.yaml")
	text, err := os.ReadFile(card)
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{card: string(text) + "review: review.yaml\n", filepath.Join(r.folder, "review.yaml"): review.String()} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	again := scored(t, r.folder, r.dir)
	if got := system(again); math.Abs(got-93.38) > 0.005 {
		t.Errorf("accuracy on the corrected labels: %.4f, want 93.38", got)
	}
	if n := again.design(t, "model").Labelled; n != 7532-60 {
		t.Errorf("%d labelled, want all but the 60 without a majority", n)
	}
	for _, id := range proposed(t, r.dir) {
		if wrong[id] {
			t.Errorf("%s is proposed again, after people have reviewed it", id)
		}
	}
}

// proposed are the cases whose label the designs contradict, in order.
func proposed(t *testing.T, dir string) []string {
	t.Helper()
	var out, problems bytes.Buffer
	if code := app.Eval(app.Builtin(), []string{"eval", "review", "labels", dir, "--top", "1000", "--format", "json"}, nil, &out, &problems); code != app.ExitDone {
		t.Fatalf("eval review labels ends with %d:\n%s", code, &problems)
	}
	var result struct {
		Proposals []struct {
			Case string `json:"case"`
		} `json:"proposals"`
	}
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range result.Proposals {
		ids = append(ids, p.Case)
	}
	return ids
}
