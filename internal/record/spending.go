package record

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/flow"
)

// spendingFile has a line for every payment of a run, written when it was
// made. Trials that a killed run did not get to write were paid for all the
// same, so what a run spent is added up from here.
const spendingFile = "spending.jsonl"

// Spend writes a payment down. It is used by one goroutine at a time.
func (w *Writer) Spend(s flow.Spending) error {
	line, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if w.spending == nil {
		if w.spending, err = os.OpenFile(filepath.Join(w.dir, spendingFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
			return err
		}
	}
	info, err := w.spending.Stat()
	if err != nil {
		return err
	}
	if _, err := w.spending.Write(append(line, '\n')); err != nil {
		// Half a line, as a full disk leaves it, could not be read.
		return errors.Join(err, w.spending.Truncate(info.Size()))
	}
	return nil
}

// closeSpending lets go of the file; what was written stays written.
func (w *Writer) closeSpending() {
	if w.spending != nil {
		w.spending.Close()
		w.spending = nil
	}
}

// Spending is what the run paid before it was resumed.
func (w *Writer) Spending() (flow.Spending, error) { return spending(w.dir) }

// Spending is what the run paid for calls, over all the times that it was
// resumed.
func (r *Run) Spending() (flow.Spending, error) { return spending(r.Dir) }

func spending(dir string) (flow.Spending, error) {
	var sum flow.Spending
	path := filepath.Join(dir, spendingFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return sum, nil
	}
	if err != nil {
		return sum, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		var s flow.Spending
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil || s.Spent < 0 || s.Doubtful < 0 {
			return sum, fmt.Errorf("%s:%d: %q is no payment", path, n, lines.Text())
		}
		sum.Spent += s.Spent
		sum.Doubtful += s.Doubtful
	}
	return sum, lines.Err()
}
