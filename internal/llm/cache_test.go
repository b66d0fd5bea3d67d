package llm

import (
	"bufio"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

func keyNumber(n int) (k Key) {
	binary.BigEndian.PutUint64(k[:], uint64(n))
	return k
}

func entryNumber(n int) Entry {
	return Entry{
		Question: Question{BaseURL: "https://h/v1", Asked: "small", Repeat: n % 3, Sample: n % 5, Reask: n % 2},
		Model:    "small-1", RequestBytes: 4 * n,
		Body:  []byte(fmt.Sprintf(`{"n":%d,"text":%q}`, n, strings.Repeat("answer ", 100))),
		Usage: Usage{In: n, Cached: 1, Out: 2, Reasoning: 3}, Latency: time.Duration(n) * time.Microsecond,
		Attempts: []Attempt{{Status: 429, Class: ClassRate, Latency: 1}, {Wait: time.Second, Latency: 2, Status: 200}},
		Time:     time.UnixMilli(int64(n)).UTC(),
	}
}

func TestCacheReturnsWhatWasPut(t *testing.T) {
	c := newCache(t)
	if _, found, err := c.Get(keyNumber(1)); found || err != nil {
		t.Fatalf("empty cache: found %t, %v", found, err)
	}
	if added, err := c.Put(keyNumber(1), entryNumber(1)); !added || err != nil {
		t.Fatalf("added %t, %v", added, err)
	}
	if added, err := c.Put(keyNumber(1), entryNumber(2)); added || err != nil {
		t.Fatalf("a second answer under the same key: added %t, %v", added, err)
	}
	got, found, err := c.Get(keyNumber(1))
	if !found || err != nil {
		t.Fatalf("found %t, %v", found, err)
	}
	if d := cmp.Diff(entryNumber(1), got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Put(keyNumber(2), entryNumber(2)); err == nil {
		t.Error("a closed cache takes answers")
	}
}

func TestCacheLayout(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd #name%20?mode=ro.db")
	c, err := OpenCache(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the file has another name: %v", err)
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "page_size": "8192"} {
		var got string
		if err := c.readers.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", pragma, got, err, want)
		}
	}
	var got string
	if err := c.writer.db.QueryRow("PRAGMA synchronous").Scan(&got); err != nil || got != "2" {
		t.Errorf("synchronous is %q, %v, want 2 (full)", got, err)
	}
	if _, err := c.readers.Exec("DELETE FROM answer"); err == nil {
		t.Error("a reading connection can write")
	}
}

func TestForeignAndDamagedFiles(t *testing.T) {
	full := func(t *testing.T, path string) {
		c, err := OpenCache(path)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 300 {
			if _, err := c.Put(keyNumber(n), entryNumber(n)); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	change := func(t *testing.T, path string, f func([]byte) []byte) {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f(b), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range []struct {
		why  string
		make func(t *testing.T, path string)
		want string
	}{
		{"text", func(t *testing.T, path string) {
			os.WriteFile(path, []byte(strings.Repeat("not a database\n", 100)), 0o644)
		}, "no SQLite file"},
		{"empty", func(t *testing.T, path string) { os.WriteFile(path, nil, 0o644) }, "empty file"},
		{"folder", func(t *testing.T, path string) { os.Mkdir(path, 0o755) }, "is a folder"},
		{"another program's database", func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec("CREATE TABLE bookmark (url TEXT)"); err != nil {
				t.Fatal(err)
			}
		}, "not a response cache"},
		{"a later format", func(t *testing.T, path string) {
			full(t, path)
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec("PRAGMA user_version=99"); err != nil {
				t.Fatal(err)
			}
		}, "format 99"},
		{"cut off", func(t *testing.T, path string) {
			full(t, path)
			change(t, path, func(b []byte) []byte { return b[:len(b)/2] })
		}, "damaged"},
		{"overwritten in the middle", func(t *testing.T, path string) {
			full(t, path)
			change(t, path, func(b []byte) []byte {
				for i := 2 * 8192; i < len(b); i++ {
					b[i] ^= 0x5a
				}
				return b
			})
		}, "damaged"},
		{"one body changed", func(t *testing.T, path string) {
			full(t, path)
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec("UPDATE answer SET body = substr(body, 1, length(body) - 1) WHERE id = 77"); err != nil {
				t.Fatal(err)
			}
		}, "damaged: body"},
	} {
		t.Run(row.why, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cache.db")
			row.make(t, path)
			c, err := OpenCache(path)
			if err == nil {
				defer c.Close()
				var damaged []error
				_, damaged, err = c.Verify(t.Context())
				if err == nil {
					err = errors.Join(damaged...)
				}
			}
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "cache.db") {
				t.Errorf("got %v, want %q and the file's name", err, row.want)
			}
		})
	}
}

func TestOpenStoredWantsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.db")
	if _, err := OpenStored(path); err == nil || !strings.Contains(err.Error(), "no response cache") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made")
	}
}

func TestConcurrentFirstOpens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "er", "cache.db")
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			c, err := OpenCache(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			if added, err := c.Put(keyNumber(n), entryNumber(n)); !added || err != nil {
				t.Errorf("added %t, %v", added, err)
			}
		})
	}
	wg.Wait()
	c, err := OpenStored(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := c.Len(); n != 8 || err != nil {
		t.Errorf("%d entries, %v, want 8", n, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".cache-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The child processes of the tests below run this binary again.
func TestMain(m *testing.M) {
	switch os.Getenv("LLM_TEST_CHILD") {
	case "put":
		childPut(os.Getenv("LLM_TEST_CACHE"))
	case "ask":
		childAsk(os.Getenv("LLM_TEST_CACHE"), os.Getenv("LLM_TEST_URL"))
	default:
		os.Exit(m.Run())
	}
}

func child(t *testing.T, mode, cache, url string, args ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "LLM_TEST_CHILD="+mode, "LLM_TEST_CACHE="+cache, "LLM_TEST_URL="+url)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// childPut stores answers until it is killed and prints the number of each one
// acknowledged.
func childPut(path string) {
	c, err := OpenCache(path)
	exitOn(err)
	var mu sync.Mutex
	for worker := range 16 {
		go func() {
			for n := worker; ; n += 16 {
				_, err := c.Put(keyNumber(n), entryNumber(n))
				exitOn(err)
				mu.Lock()
				fmt.Println(n)
				mu.Unlock()
			}
		}()
	}
	select {}
}

func TestKilledWriterLosesNothingAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache.db")
	acknowledged := map[int]bool{}
	for round := range 3 {
		cmd, lines := child(t, "put", path, "")
		enough := 200 * (round + 1)
		for seen := 0; lines.Scan(); seen++ {
			var n int
			if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
				t.Fatal(err)
			}
			acknowledged[n] = true
			if seen == enough {
				cmd.Process.Kill() // SIGKILL; what is printed already is still read
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("the child ended by itself")
		}
		c, err := OpenStored(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Verify(t.Context()); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		for n := range acknowledged {
			got, found, err := c.Get(keyNumber(n))
			if !found || err != nil {
				t.Fatalf("round %d: acknowledged entry %d: found %t, %v", round, n, found, err)
			}
			if d := cmp.Diff(entryNumber(n), got); d != "" {
				t.Fatalf("round %d: entry %d (-want +got)\n%s", round, n, d)
			}
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(acknowledged) < 600 {
		t.Errorf("only %d entries were acknowledged", len(acknowledged))
	}
}

const childCases = 60

// childAsk asks the stand-in for every case, eight at a time.
func childAsk(path, url string) {
	cache, err := OpenCache(path)
	exitOn(err)
	c, err := NewClient(Options{Endpoint: Endpoint{BaseURL: url, Model: "small"}, Cache: cache})
	exitOn(err)
	var wg sync.WaitGroup
	cases := make(chan int)
	for range 8 {
		wg.Go(func() {
			for n := range cases {
				_, err := c.Complete(testContext, ask(fmt.Sprint("case ", n)))
				exitOn(err)
				fmt.Println(n)
			}
		})
	}
	for n := range childCases {
		cases <- n
	}
	close(cases)
	wg.Wait()
	exitOn(cache.Close())
}

func TestKilledAndResumedRunsPayOnce(t *testing.T) {
	const kills, each = 5, 10
	var left atomic.Int64 // answers that a run gets before it is killed: it cannot end before
	s := newServer(t, func(c *llmtest.Call) llmtest.Reply {
		if left.Add(-1) < 0 {
			return llmtest.Reply{Hang: true}
		}
		return llmtest.Reply{Text: "answer to " + c.Last(), Latency: 3 * time.Millisecond}
	})
	path := filepath.Join(t.TempDir(), "cache.db")
	for range kills {
		left.Store(each)
		live := s.Paid()
		cmd, lines := child(t, "ask", path, s.URL)
		for lines.Scan() {
			if s.Paid()-live >= 7 {
				cmd.Process.Kill()
			}
		}
		if cmd.Wait() == nil {
			t.Fatal("the run ended before it was killed")
		}
	}
	left.Store(math.MaxInt64)
	cmd, lines := child(t, "ask", path, s.URL)
	for lines.Scan() {
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal("the run fails without being killed")
	}
	// Calls in flight at a kill are the only excess.
	if paid := s.Paid(); paid < childCases || paid > childCases+8*kills {
		t.Errorf("%d calls paid for %d cases after %d kills", paid, childCases, kills)
	}
	cache, err := OpenStored(path)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	if n, err := cache.Len(); n != childCases || err != nil {
		t.Errorf("%d answers stored, %v, want %d", n, err, childCases)
	}
	if _, damaged, err := cache.Verify(t.Context()); err != nil || len(damaged) > 0 {
		t.Error(err, damaged)
	}
}

func TestTwoProcessesShareOneFile(t *testing.T) {
	s := newServer(t, func(c *llmtest.Call) llmtest.Reply { return llmtest.Reply{Text: "answer to " + c.Last()} })
	path := filepath.Join(t.TempDir(), "cache.db")
	a, linesA := child(t, "ask", path, s.URL)
	b, linesB := child(t, "ask", path, s.URL)
	var wg sync.WaitGroup
	for _, lines := range []*bufio.Scanner{linesA, linesB} {
		wg.Go(func() {
			n := 0
			for lines.Scan() {
				n++
			}
			if n != childCases {
				t.Errorf("a process answered %d of %d cases", n, childCases)
			}
		})
	}
	wg.Wait()
	if err := a.Wait(); err != nil {
		t.Error(err)
	}
	if err := b.Wait(); err != nil {
		t.Error(err)
	}
	cache, err := OpenStored(path)
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	if n, err := cache.Len(); n != childCases || err != nil {
		t.Errorf("%d answers stored, %v, want %d", n, err, childCases)
	}
}
