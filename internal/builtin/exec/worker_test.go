package exec

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// workerArg makes the test binary a program for tests: what a case's text says
// is what it does.
const workerArg = "stand-in-worker"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerArg {
		standIn()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// standIn is the program. It keeps what it does wrong to itself until it is told to.
func standIn() {
	if len(os.Args) > 2 && os.Args[2] == "broken" {
		fmt.Fprintln(os.Stderr, "SyntaxError: it never starts")
		os.Exit(2)
	}
	in := bufio.NewReader(os.Stdin)
	for {
		text, err := in.ReadString('\n')
		if err != nil {
			return
		}
		var q struct {
			ID string `json:"id"`
			In struct {
				Text   string   `json:"text"`
				Amount *float64 `json:"amount"`
			} `json:"in"`
			Seed     uint64 `json:"seed"`
			Deadline int64  `json:"deadline_ms"`
		}
		if err := json.Unmarshal([]byte(text), &q); err != nil {
			panic(err)
		}
		label, _ := json.Marshal(strings.ToUpper(q.In.Text))
		good := fmt.Sprintf(`{"id":%q,"out":{"label":%s,"seed":%d}}`, q.ID, label, q.Seed)
		what, arg, _ := strings.Cut(q.In.Text, " ")
		if what != "quiet" {
			fmt.Fprintf(os.Stderr, "working on %s\n", what)
		}
		switch what {
		case "crash":
			fmt.Fprintln(os.Stderr, "ValueError: no such thing")
			os.Exit(3)
		case "killed":
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			time.Sleep(time.Hour)
		case "partial":
			fmt.Print(`{"id":"`)
			os.Exit(0)
		case "hang":
			time.Sleep(time.Hour)
		case "noise":
			fmt.Println("loading the model\x1b[31m")
		case "empty":
			fmt.Println()
		case "unknown":
			fmt.Println(`{"id":"77","out":{"label":"x","seed":1}}`)
		case "twice":
			fmt.Println(good)
			fmt.Println(good)
		case "long":
			fmt.Println(strings.Repeat("x", maxLine+2))
		case "no-id":
			fmt.Println(`{"out":{"label":"x","seed":1}}`)
		case "both":
			fmt.Printf(`{"id":%q,"out":{"label":"x","seed":1},"error":{"class":"step","message":"x"}}`+"\n", q.ID)
		case "key-twice":
			fmt.Printf(`{"id":%q,"out":{"label":"x","seed":1,"label":"y"}}`+"\n", q.ID)
		case "two-on-a-line":
			fmt.Println(good + good)
		case "key":
			fmt.Printf(`{"id":%q,"out":{"label":"x","seed":1},"sure":0.5}`+"\n", q.ID)
		case "field":
			fmt.Printf(`{"id":%q,"out":{"lable":"x","seed":1}}`+"\n", q.ID)
		case "type":
			fmt.Printf(`{"id":%q,"out":{"label":7,"seed":1}}`+"\n", q.ID)
		case "missing":
			fmt.Printf(`{"id":%q,"out":{"seed":1}}`+"\n", q.ID)
		case "confidence":
			fmt.Printf(`{"id":%q,"out":{"label":"x","seed":1},"confidence":%s}`+"\n", q.ID, arg)
		case "error":
			fmt.Printf(`{"id":%q,"error":{"class":%q,"message":"it cannot be read"}}`+"\n", q.ID, arg)
		case "exit-after":
			fmt.Println(good)
			os.Exit(0)
		case "loud":
			for range 2000 {
				fmt.Fprintln(os.Stderr, strings.Repeat("y", 10_000))
			}
			select {}
		case "flood", "flood-exit":
			_, _ = os.Stderr.Write(make([]byte, maxStderr+1))
			if what == "flood-exit" {
				os.Exit(0)
			}
			fmt.Println(good)
		case "chatter":
			fmt.Fprint(os.Stderr, strings.Repeat("z", keptStderr+1)+"\n")
			fmt.Println(good)
		case "environment":
			b, _ := json.Marshal(strings.Join(os.Environ(), " "))
			fmt.Fprintln(os.Stderr, os.Environ())
			fmt.Printf(`{"id":%q,"error":{"class":"rejected","message":%s}}`+"\n", q.ID, b)
		case "where":
			dir, _ := os.Getwd()
			entries, _ := os.ReadDir(".")
			fmt.Printf(`{"id":%q,"out":{"label":%q,"seed":%d}}`+"\n", q.ID, filepath.Base(dir), len(entries))
		case "memory":
			b := make([]byte, 3<<30)
			for i := 0; i < len(b); i += 4096 {
				b[i] = 1
			}
			fmt.Println(good)
		case "deadline":
			fmt.Printf(`{"id":%q,"out":{"label":"%d","seed":1}}`+"\n", q.ID, q.Deadline)
		case "child":
			// What it starts holds its output open and outlives it.
			child := osexec.Command(os.Args[0], workerArg)
			child.Stdout = os.Stdout
			stdin, _ := child.StdinPipe()
			_ = child.Start()
			_ = stdin
			fmt.Fprintln(os.Stderr, "left a child behind")
			os.Exit(4)
		case "slow":
			time.Sleep(20 * time.Millisecond)
			fmt.Println(good)
		default:
			fmt.Println(good)
		}
	}
}
