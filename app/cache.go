package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/builtin/stored"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/record"
)

// cacheCommand holds the commands on stored answers.
func cacheCommand(s *streams) *cobra.Command {
	c := &cobra.Command{
		Use:   "cache",
		Short: "Look after stored answers",
		Long: `Every answer of a model is stored in .rehearse/cache/responses.sqlite of the
project and paid for once; those of databases, and of programs that say
'record: true', are stored in others.sqlite beside it. The commands below say
what is there, check it, clear it out, and carry the answers of models from one
project to another as a recording. What systems answered over HTTP is recorded
as text beside the dataset, in recordings/, and is not looked after here.`,
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		cacheStatsCommand(s),
		cacheBatchesCommand(s),
		cacheVerifyCommand(s),
		cachePruneCommand(s),
		cacheExportCommand(s),
		cacheImportCommand(s),
	)
	return c
}

// cacheFile is the project's file of stored answers.
func cacheFile() string { return stored.Path(stateDir(projectRoot("."))) }

// openCache opens the stored answers; nil where there are none yet.
func openCache() (*llm.Cache, error) {
	file := cacheFile()
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	cache, err := llm.OpenStored(file)
	return cache, withCode(ExitInput, err)
}

// store is one of the project's files of stored answers.
type store struct {
	*llm.Cache
	file   string // as it is shown
	others bool   // of programs and databases
}

// openStores opens the files of stored answers that there are.
func openStores() (stores []store, closeAll func(), err error) {
	closeAll = func() {
		for _, s := range stores {
			s.Close()
		}
	}
	dir := stateDir(projectRoot("."))
	for _, s := range []store{{file: stored.Path(dir)}, {file: stored.OthersPath(dir), others: true}} {
		if _, err := os.Stat(s.file); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if s.Cache, err = llm.OpenStored(s.file); err != nil {
			closeAll()
			return nil, nil, withCode(ExitInput, err)
		}
		s.file = relative(s.file)
		stores = append(stores, s)
	}
	return stores, closeAll, nil
}

// keptRuns are the names under which the runs in reports/runs used answers.
func keptRuns() ([]string, error) {
	found, err := filepath.Glob(filepath.Join(runsDir(), "*", "run.json"))
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, path := range found {
		run, err := record.Open(filepath.Dir(path))
		if err != nil {
			return nil, withCode(ExitInput, fmt.Errorf("which answers this run uses cannot be told: %w", err))
		}
		ids = append(ids, run.Header.ID())
	}
	return ids, nil
}

// age reads a length of time such as 30d or 12h.
func age(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err == nil {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return d, nil
	}
	return 0, fmt.Errorf("%q: want a length of time such as 30d or 12h", text)
}
