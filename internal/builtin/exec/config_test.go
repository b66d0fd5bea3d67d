package exec

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

func TestRefused(t *testing.T) {
	for _, tc := range []struct{ why, yaml, want string }{
		{"no program", "timeout: 1s", `step.yaml:1:1: missing key "run"`},
		{"an empty list", "run: []", "run is empty, want the program and its arguments, such as [python3, scripts/score.py]"},
		{"a name of nothing", "run: ['']", "step.yaml:1:8: run starts with the name of a program, such as python3"},
		{"a shell's line", "run: python3 score.py", `step.yaml:1:6: "run" is "python3 score.py", want a list`},
		{"a program of one machine", "run: [/usr/bin/python3]", `step.yaml:1:7: run: "/usr/bin/python3" is a path of one machine: want a program on the PATH, or a file of the workflow's folder`},
		{"no such file", "run: [bin/score]", `step.yaml:1:7: no file "bin/score"`},
		{"no such file of the program", "run: [python3]\nfiles: [score.py]", `step.yaml:2:9: no file "score.py"`},
		{"a file of somewhere else", "run: [python3]\nfiles: [../score.py]", `step.yaml:2:9: files: "../score.py" is not in the workflow's folder, where the program runs`},
		{"the whole folder", "run: [python3]\nfiles: [.]", `step.yaml:2:9: files: "." is not in the workflow's folder, where the program runs`},
		{"a value in place of a name", "run: [python3]\nenv: [KEY=abc]", "step.yaml:2:7: env wants the name of a variable, such as SCORING_KEY: its value stays out of the design"},
		{"no workers", "run: [python3]\nworkers: 0", "step.yaml:1:7: workers is 0, want 1 to 256"},
		{"no time", "run: [python3]\ntimeout: 0s", "step.yaml:1:7: timeout is 0s, want 1ms or more"},
		{"no memory", "run: [python3]\nmemory: 512", `step.yaml:2:9: memory is "512", want 1MB or more, such as 512MB or 2GB`},
		{"more memory than there are numbers", "run: [python3]\nmemory: 99999999999GB", `step.yaml:2:9: memory is "99999999999GB", want 1MB or more, such as 512MB or 2GB`},
		{"fewer than no restarts", "run: [python3]\nrestarts: -1", "step.yaml:1:7: restarts is -1, want 0 to 1000000"},
		{"an unknown key", "run: [python3]\nshell: true", `step.yaml:2:1: unknown key "shell" (one of "env", "files", "memory", "record", "restarts", "run", "timeout", "workers")`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			c := kindtest.Config{InSchema: kindtest.Schema(t, inFields), OutSchema: kindtest.Schema(t, outFields), Dir: t.TempDir(), YAML: tc.yaml}
			if got := kindtest.Refused(t, Kind(), c); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestFilesOfRun: what the command line names is part of the program.
func TestFilesOfRun(t *testing.T) {
	c := kindtest.Config{
		InSchema: kindtest.Schema(t, inFields), OutSchema: kindtest.Schema(t, outFields),
		Dir:  kindtest.Files(t, map[string]string{"score.py": "a", "model.json": "b"}),
		YAML: "run: [python3, score.py, --fast, nosuch.py]\nfiles: [model.json, score.py]",
	}
	s := kindtest.New(t, Kind(), c).(*Step)
	var names []string
	for _, f := range s.program.files {
		names = append(names, f.name)
	}
	if len(names) != 2 || names[0] != "score.py" || names[1] != "model.json" {
		t.Errorf("files %q, want score.py and model.json, each once", names)
	}
}

// FuzzReply holds that nothing that a program writes makes reading it panic,
// and that what is taken for an answer is one.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		"", "\n", "{}\n", "null\n", "[1]\n", `{"id":"1","out":{"label":"x","seed":1}}` + "\n", `{"id":"1","out":{"label":"x"},"confidence":1e400}` + "\n",
		`{"id":"1","error":{"class":"step","message":"x"}}` + "\r\n", `{"id":"1","out":{"label":"x"}}`, `{"id":"1","out":{}}{}` + "\n", "\xff\x00\n", `{"id":"1","out":{"list":[[[[1]]]]}}`,
		`{"id":"1","out":{"when":"2025-13-41","list":[1,"a",null,{"b":1e999}]}}` + "\n",
	} {
		f.Add([]byte(s))
	}
	out := flow.NewSchema(
		flow.Field{Name: "label", Type: flow.Type{Kind: flow.String}},
		flow.Field{Name: "seed", Type: flow.Type{Kind: flow.Integer, Optional: true}},
		flow.Field{Name: "when", Type: flow.Type{Kind: flow.Time, Optional: true}},
		flow.Field{Name: "list", Type: flow.Type{Kind: flow.List, Optional: true}},
	)
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 200
		r := bufio.NewReaderSize(bytes.NewReader(data), 16)
		read := 0
		for {
			line, err := readLine(r, limit)
			if err != nil {
				if !errors.Is(err, io.EOF) && !errors.Is(err, errPartial) && !errors.Is(err, errLongLine) {
					t.Errorf("readLine: %v", err)
				}
				break
			}
			if len(line) > limit || bytes.IndexByte(line, '\n') >= 0 {
				t.Fatalf("a line of %d bytes, or two: %q", len(line), line)
			}
			if read += len(line) + 1; !bytes.Equal(data[read-len(line)-1:read-1], line) {
				t.Fatalf("read %q, which is not what stands there", line)
			}
			reply, err := parseReply(line)
			if err != nil {
				continue
			}
			a, err := reply.answer(out)
			if (a == nil) == (err == nil) {
				t.Fatalf("%q: answer %v, error %v", line, a, err)
			}
			if a == nil {
				continue
			}
			for i, f := range out.Fields() {
				if why := f.Type.Check(a.values[i]); why != "" {
					t.Errorf("%q is taken for an answer: %s %s", line, f.Name, why)
				}
			}
			flow.AppendJSON(nil, out, a.values) // must not panic
		}
	})
}
