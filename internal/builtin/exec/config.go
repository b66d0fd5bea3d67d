// Package exec is the step kind `exec`: a program of the workflow's own, in any
// language, as worker processes that live as long as the run.
package exec

import (
	"path"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/builtin/stored"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Run is the program and its arguments. A program with a slash in it is a
	// file of the workflow's folder, any other is found on the PATH.
	Run []flow.Text `yaml:"run" jsonschema:"description=the program and its arguments; no shell reads them"`
	// Files are files and folders of the workflow's folder that the program
	// consists of: their digests become part of the design's. Those that Run
	// names are among them.
	Files []flow.Text `yaml:"files,omitempty"`
	// Env are the variables of the environment that the program sees beside
	// PATH and HOME.
	Env []flow.Text `yaml:"env,omitempty"`
	// Workers is how many processes there are; one a core by default.
	Workers *int `yaml:"workers"`
	// Timeout bounds the answer to one case.
	Timeout *time.Duration `yaml:"timeout" jsonschema:"description=longest wait for one answer; default 30s"`
	// Memory bounds the address space of each process.
	Memory *flow.Text `yaml:"memory" jsonschema:"description=limit of each process such as 512MB; on Linux alone"`
	// Restarts is how many processes may be replaced in one run.
	Restarts *int `yaml:"restarts" jsonschema:"description=processes replaced before the run is stopped; default 20"`
	// Record keeps answers: what is stored is not asked again, and does
	// without the program under --offline.
	Record bool `yaml:"record,omitempty" jsonschema:"description=store answers and take them from there"`
}

// What holds where the design does not say otherwise.
const (
	defaultTimeout  = 30 * time.Second
	defaultRestarts = 20
	maxWorkers      = 256
	maxRestarts     = 1_000_000
)

// Kind makes steps of kind exec.
func Kind() flow.StepKind {
	stores := &stored.Shelf{Others: true}
	return flow.StepKind{
		Doc: "A program of your own, in any language, as worker processes that live as long as the run. `run: [python3, scripts/score.py]` starts it in the workflow's folder, without a shell; no text of a case is ever among its arguments. " +
			"It reads one JSON object a line, {id, in, seed, deadline_ms}, and answers each with a line {id, out}, if wanted with `confidence`, or {id, error: {class, message}}. " +
			"`files` are what it consists of and become part of the design's digest; `env` names the variables that it sees beside PATH and HOME; `workers`, `timeout`, `memory` and `restarts` bound it. " +
			"`record: true` stores answers, of which `eval run --offline` makes do.",
		Role:   flow.Work,
		Actor:  flow.System,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return newStep(cfg, stores) },
	}
}

// newStep makes a step whose processes are not started yet.
func newStep(cfg flow.Config, stores *stored.Shelf) (*Step, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	r := &reader{Faults: field.Faults{Config: cfg}, c: c}
	s := &Step{name: cfg.Step(), out: cfg.Out(), record: c.Record, stores: stores}
	r.program(&s.program)
	r.environment(&s.program)
	r.limits(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	digest, err := s.program.digestFiles()
	if err != nil {
		return nil, cfg.Errorf(c.Run[0].Pos, "%v", err)
	}
	s.program.digest = digest
	return s, nil
}

// reader reads a configuration, collecting what is wrong with it.
type reader struct {
	field.Faults
	c Config
}

// at is a place for what has none of its own.
func (r *reader) at() flow.Pos {
	if len(r.c.Run) > 0 {
		return r.c.Run[0].Pos
	}
	return flow.Pos{}
}

// program finds the files of the program.
func (r *reader) program(p *program) {
	p.dir = r.Config.Folder()
	if len(r.c.Run) == 0 {
		r.Fail(flow.Pos{}, "run is empty, want the program and its arguments, such as [python3, scripts/score.py]")
		return
	}
	seen := map[string]bool{}
	add := func(name flow.Text) {
		clean := path.Clean(name.Value)
		if seen[clean] {
			return
		}
		seen[clean] = true
		at, err := r.Config.Path(name)
		if err != nil {
			r.Add(err)
			return
		}
		p.files = append(p.files, file{name: clean, path: at})
	}
	for i, word := range r.c.Run {
		switch {
		case strings.ContainsRune(word.Value, 0):
			r.Fail(word.Pos, "run: %q holds a character that no program can be given", word.Value)
		case i == 0 && strings.TrimSpace(word.Value) == "":
			r.Fail(word.Pos, "run starts with the name of a program, such as python3")
		case i == 0 && path.IsAbs(word.Value):
			r.Fail(word.Pos, "run: %q is a path of one machine: want a program on the PATH, or a file of the workflow's folder", word.Value)
		case i == 0 && strings.Contains(word.Value, "/"), i > 0 && p.has(word.Value):
			add(word)
		}
		p.run = append(p.run, word.Value)
	}
	for _, name := range r.c.Files {
		if path.IsAbs(name.Value) || !localName(name.Value) {
			r.Fail(name.Pos, "files: %q is not in the workflow's folder, where the program runs", name.Value)
			continue
		}
		add(name)
	}
}

// localName says whether a name stays in the folder that it is relative to.
func localName(name string) bool {
	clean := path.Clean(name)
	return clean != "." && clean != ".." && !strings.HasPrefix(clean, "../") && !strings.HasPrefix(clean, "${")
}

// environment reads the names of variables.
func (r *reader) environment(p *program) {
	for _, name := range r.c.Env {
		if name.Value == "" || strings.ContainsAny(name.Value, "= \t\n\x00$") {
			r.Fail(name.Pos, "env wants the name of a variable, such as SCORING_KEY: its value stays out of the design")
			continue
		}
		p.env = append(p.env, name.Value)
	}
}

// limits reads what bounds the program.
func (r *reader) limits(s *Step) {
	s.workers, s.timeout, s.restarts = runtime.NumCPU(), defaultTimeout, defaultRestarts
	if n := r.c.Workers; n != nil {
		if s.workers = *n; *n < 1 || *n > maxWorkers {
			r.Fail(r.at(), "workers is %d, want 1 to %d", *n, maxWorkers)
		}
	}
	if d := r.c.Timeout; d != nil {
		if s.timeout = *d; *d < time.Millisecond {
			r.Fail(r.at(), "timeout is %s, want 1ms or more", *d)
		}
	}
	if n := r.c.Restarts; n != nil {
		if s.restarts = *n; *n < 0 || *n > maxRestarts {
			r.Fail(r.at(), "restarts is %d, want 0 to %d", *n, maxRestarts)
		}
	}
	if m := r.c.Memory; m != nil {
		size, ok := parseSize(m.Value)
		if !ok || size < 1<<20 {
			r.Fail(m.Pos, "memory is %q, want 1MB or more, such as 512MB or 2GB", m.Value)
		}
		s.program.memory = size
	}
}

// parseSize reads "512MB" and "2GB", in units of 1024.
func parseSize(text string) (bytes uint64, ok bool) {
	for suffix, shift := range map[string]uint{"MB": 20, "GB": 30} {
		number, found := strings.CutSuffix(text, suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(number), 10, 24)
		return n << shift, err == nil
	}
	return 0, false
}
