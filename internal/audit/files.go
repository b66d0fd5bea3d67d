package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
)

var fileNames = regexp.MustCompile(`^audit-([0-9]{5,})\.jsonl$`)

func fileName(number int) string { return fmt.Sprintf("audit-%05d.jsonl", number) }

func fileNumber(name string) int {
	n, err := strconv.Atoi(fileNames.FindStringSubmatch(name)[1])
	if err != nil {
		return 0
	}
	return n
}

// files are the log's files in a folder, oldest first.
func files(dir string) ([]string, error) { return listed(os.DirFS(dir)) }

func listed(folder fs.FS) ([]string, error) {
	found, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range found {
		if e.Type().IsRegular() && fileNames.MatchString(e.Name()) {
			out = append(out, e.Name())
		}
	}
	slices.SortFunc(out, func(a, b string) int { return fileNumber(a) - fileNumber(b) })
	return out, nil
}

// Is says whether a path is an audit log's folder.
func Is(path string) bool {
	names, err := files(path)
	return err == nil && len(names) > 0
}

// repair takes away what a process that was killed left at the end of a file:
// a line without its end, or bytes that are no line. Nobody was told of it.
func repair(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	good, size, err := whole(f)
	if err == nil && good < size {
		err = errors.Join(f.Truncate(good), f.Sync())
	}
	if errors.Is(err, errTooLong) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return errors.Join(err, f.Close())
}

// whole is where the last whole line of a file ends, and the file's size.
func whole(f io.Reader) (end, size int64, err error) {
	r := bufio.NewReaderSize(f, 1<<16)
	for {
		line, err := readLine(r)
		size += int64(len(line))
		if len(line) > 0 && line[len(line)-1] == '\n' && json.Valid(line) {
			end = size
		}
		if err == io.EOF {
			return end, size, nil
		}
		if err != nil {
			return 0, 0, err
		}
	}
}

// longest is how many bytes a line may have.
const longest = 64 << 20

var errTooLong = fmt.Errorf("a line of more than %d bytes", longest)

// readLine is the next line with its end; one without is the last, with io.EOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line == nil && err == nil {
			return part, nil
		}
		line = append(line, part...)
		if len(line) > longest {
			return nil, errTooLong
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// blank says that a line holds nothing.
func blank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }
