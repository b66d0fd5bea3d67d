package llm

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Entry is one stored answer with what it cost.
type Entry struct {
	Question
	RequestBytes int    // length of the body that was sent
	Model        string // the model that the endpoint says answered
	Body         []byte // the response as it came, secrets removed
	Usage        Usage
	Latency      time.Duration
	Attempts     []Attempt
	Time         time.Time // of arrival, kept to the millisecond
}

// Cache stores answers in one SQLite file that several processes may share.
// An entry that Put acknowledged survives the death of the process and, the
// file system permitting, of the machine. The file cannot lie on a network
// file system: write-ahead logging needs shared memory.
type Cache struct {
	path    string
	readers *sql.DB
	get     *sql.Stmt
	writer  *writer
	packer  *zstd.Encoder
	opener  *zstd.Decoder
}

const (
	cacheApplication = 0x52485243 // "RHRC", marks a response cache in the file's header
	cacheVersion     = 2
	maxStoredBody    = 64 << 20 // unpacked; bounds what a damaged file can ask for
	busyTimeout      = 30 * time.Second
)

// A rowid table with a UNIQUE key: a blob primary key WITHOUT ROWID drags the
// bodies through every split of the tree, six times slower and three times larger.
const cacheSchema = `
CREATE TABLE answer (
  id INTEGER PRIMARY KEY,
  k BLOB NOT NULL UNIQUE,
  base TEXT NOT NULL, version TEXT NOT NULL, asked TEXT NOT NULL, request BLOB NOT NULL,
  repeat INTEGER NOT NULL, sample INTEGER NOT NULL, reask INTEGER NOT NULL,
  model TEXT NOT NULL, request_bytes INTEGER NOT NULL,
  tokens_in INTEGER NOT NULL, tokens_cached INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL, tokens_reasoning INTEGER NOT NULL,
  latency_ns INTEGER NOT NULL, time_ms INTEGER NOT NULL,
  attempts TEXT NOT NULL, -- JSON
  body BLOB NOT NULL      -- zstd with checksum
) STRICT;
CREATE TABLE run (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
-- which answers a run read or paid for
CREATE TABLE used (run INTEGER NOT NULL, answer INTEGER NOT NULL, PRIMARY KEY (run, answer)) STRICT, WITHOUT ROWID;
-- recordings whose answers are here, by the digest of their files
CREATE TABLE recording (digest TEXT PRIMARY KEY, answers INTEGER NOT NULL) STRICT, WITHOUT ROWID`

// columns of an answer, in the order of values and scan.
const columns = `k, base, version, asked, request, repeat, sample, reask, model, request_bytes,
	tokens_in, tokens_cached, tokens_out, tokens_reasoning, latency_ns, time_ms, attempts, body`

// OpenCache opens the response cache at path, making it and its folder if there
// is none.
func OpenCache(path string) (*Cache, error) {
	if err := createCache(path); err != nil {
		return nil, err
	}
	if err := regular.Readable(path); err != nil {
		return nil, err
	}
	c := &Cache{path: path}
	if err := c.open(); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// OpenStored opens the response cache at path for reading answers that are
// there; it is an error when there is no file.
func OpenStored(path string) (*Cache, error) {
	if _, err := os.Stat(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("no response cache at %q: offline needs the stored answers of an earlier run", path)
		}
		return nil, err
	}
	return OpenCache(path)
}

func (c *Cache) open() error {
	var err error
	if c.packer, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest)); err != nil {
		return err
	}
	if c.opener, err = zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxStoredBody), zstd.WithDecoderConcurrency(0)); err != nil {
		return err
	}
	if c.readers, err = sql.Open("sqlite", dsn(c.path, "_pragma=query_only(1)", "_pragma=mmap_size(268435456)")); err != nil {
		return err
	}
	c.readers.SetMaxOpenConns(2 * runtime.NumCPU())
	c.readers.SetMaxIdleConns(2 * runtime.NumCPU())
	var application, version int
	if err := c.readers.QueryRow("SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&application, &version); err != nil {
		return c.fault(err)
	}
	if application != cacheApplication {
		return fmt.Errorf("%q is an SQLite file, but not a response cache: name another file", c.path)
	}
	if version != cacheVersion {
		return fmt.Errorf("response cache %q has format %d, this program writes %d: move it away, or use the program that wrote it", c.path, version, cacheVersion)
	}
	if c.get, err = c.readers.Prepare("SELECT " + columns + " FROM answer WHERE k = ?"); err != nil {
		return c.fault(err)
	}
	c.writer, err = openWriter(c)
	return err
}

// Close waits for writes under way and closes the file.
func (c *Cache) Close() error {
	var errs []error
	if c.writer != nil {
		errs = append(errs, c.writer.close())
	}
	if c.get != nil {
		errs = append(errs, c.get.Close())
	}
	if c.readers != nil {
		errs = append(errs, c.readers.Close())
	}
	if c.opener != nil {
		c.opener.Close()
	}
	return errors.Join(errs...)
}

// Get returns the answer stored under k, and whether there is one. A damaged
// entry is an error, not a miss: paying again would hide it.
func (c *Cache) Get(k Key) (Entry, bool, error) {
	_, e, err := c.scan(c.get.QueryRow(k[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, false, nil
	}
	return e, err == nil, err
}

// scan reads an entry from a row of columns.
func (c *Cache) scan(row interface{ Scan(...any) error }) (k Key, e Entry, err error) {
	var latency, ms int64
	var key, request, attempts, packed []byte
	err = row.Scan(&key, &e.BaseURL, &e.Version, &e.Asked, &request, &e.Repeat, &e.Sample, &e.Reask, &e.Model, &e.RequestBytes,
		&e.Usage.In, &e.Usage.Cached, &e.Usage.Out, &e.Usage.Reasoning, &latency, &ms, &attempts, &packed)
	if errors.Is(err, sql.ErrNoRows) {
		return k, Entry{}, err
	}
	if err != nil {
		return k, Entry{}, c.fault(err)
	}
	if len(key) != len(k) || len(request) != len(e.Request) {
		return k, Entry{}, fmt.Errorf("response cache %q is damaged: a key has %d bytes, the digest of its request %d", c.path, len(key), len(request))
	}
	k, e.Request = Key(key), Digest(request)
	e.Latency, e.Time = time.Duration(latency), time.UnixMilli(ms).UTC()
	if err := json.Unmarshal(attempts, &e.Attempts); err != nil {
		return k, Entry{}, fmt.Errorf("response cache %q: entry %s is damaged: attempts: %w", c.path, k, err)
	}
	if e.Body, err = c.opener.DecodeAll(packed, nil); err != nil {
		return k, Entry{}, fmt.Errorf("response cache %q: entry %s is damaged: body: %w", c.path, k, err)
	}
	return k, e, nil
}

// Put stores e under k and returns once it is durable. It reports false, and
// changes nothing, when k already has an answer.
func (c *Cache) Put(k Key, e Entry) (added bool, err error) {
	attempts, err := json.Marshal(e.Attempts)
	if err != nil {
		return false, err
	}
	return c.writer.put(&row{
		key: k, entry: e, attempts: string(attempts),
		body: c.packer.EncodeAll(e.Body, nil), done: make(chan struct{}),
	})
}

// Use marks the answer under k as used by a run, soon. A mark that cannot be
// written is let go: it only keeps the answer from being pruned.
func (c *Cache) Use(run string, k Key) {
	if run != "" {
		c.writer.enqueue(&row{key: k, user: run})
	}
}

// Len counts the stored answers.
func (c *Cache) Len() (int, error) {
	var n int
	if err := c.readers.QueryRow("SELECT count(*) FROM answer").Scan(&n); err != nil {
		return 0, c.fault(err)
	}
	return n, nil
}

// fault says in this package's words what SQLite found wrong with the file.
func (c *Cache) fault(err error) error { return cacheFault(c.path, err) }

func cacheFault(path string, err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) {
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%q is not a response cache: it is no SQLite file; name another file", path)
		case sqlite3.SQLITE_CORRUPT:
			return fmt.Errorf("response cache %q is damaged: move it away, or restore it from a copy (%w)", path, err)
		case sqlite3.SQLITE_BUSY:
			return fmt.Errorf("response cache %q is held by another process for more than %s (%w)", path, busyTimeout, err)
		case sqlite3.SQLITE_FULL:
			return fmt.Errorf("response cache %q: the disk is full (%w)", path, err)
		}
	}
	return fmt.Errorf("response cache %q: %w", path, err)
}

// createCache makes an empty cache under another name and links it into place,
// so that two processes opening for the first time at once cannot see, or make,
// half of one. Journal mode and page size live in the file from then on.
func createCache(path string) error {
	if info, err := os.Stat(path); err == nil {
		if info.IsDir() {
			return fmt.Errorf("response cache %q is a folder: name a file", path)
		}
		if info.Size() == 0 {
			return fmt.Errorf("response cache %q is an empty file: remove it, or name another file", path)
		}
		return nil
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(dir, ".cache-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	fresh := filepath.Join(tmp, "new")
	if err := writeEmpty(fresh); err != nil {
		return cacheFault(path, err)
	}
	if err := os.Link(fresh, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("response cache %q: %w", path, err)
	}
	return nil
}

func writeEmpty(path string) error {
	db, err := sql.Open("sqlite", dsn(path, "_pragma=page_size(8192)"))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range []string{
		"PRAGMA journal_mode=WAL",
		fmt.Sprintf("PRAGMA application_id=%d", cacheApplication),
		fmt.Sprintf("PRAGMA user_version=%d", cacheVersion),
		cacheSchema,
	} {
		if _, err := db.Exec(statement); err != nil {
			return err
		}
	}
	return db.Close() // the last connection folds the write-ahead log into the file
}

// dsn writes path as an SQLite URI, so that no character of it reads as an option.
func dsn(path string, options ...string) string {
	path = filepath.ToSlash(path)
	if len(path) > 1 && path[1] == ':' {
		path = "/" + path // a Windows drive
	}
	u := url.URL{Path: path}
	return "file:" + u.EscapedPath() + "?" + strings.Join(append(options,
		fmt.Sprintf("_pragma=busy_timeout(%d)", busyTimeout.Milliseconds())), "&")
}
