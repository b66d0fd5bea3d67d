package sshsig

import (
	"bytes"
	"fmt"
	"path"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

// AllowedSigners is a file of that name, as ssh-keygen reads it: who may sign,
// by key.
type AllowedSigners []allowed

type allowed struct {
	principals []string
	namespaces []string // none for all
	from, to   time.Time
	key        ssh.PublicKey
}

// ParseAllowedSigners reads such a file. Certificate authorities are refused:
// only keys are checked. name is the file's, for messages.
func ParseAllowedSigners(name string, data []byte) (AllowedSigners, error) {
	var out AllowedSigners
	for i, line := range bytes.Split(data, []byte("\n")) {
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		a, err := parseSigner(text)
		if err != nil {
			return nil, fmt.Errorf("%s:%d:1: %w", name, i+1, err)
		}
		out = append(out, a)
	}
	return out, nil
}

func parseSigner(text string) (allowed, error) {
	var a allowed
	who, rest, ok := strings.Cut(text, " ")
	if !ok {
		return a, fmt.Errorf("no key: want PRINCIPALS [OPTIONS] KEY")
	}
	a.principals = strings.Split(strings.Trim(who, `"`), ",")
	// What is left is a line of authorized_keys: options, type, key, comment.
	key, _, options, more, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil || len(bytes.TrimSpace(more)) > 0 {
		return a, fmt.Errorf("no key that can be read: want PRINCIPALS [OPTIONS] KEY")
	}
	a.key = key
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "namespaces":
			a.namespaces = strings.Split(value, ",")
		case "valid-after":
			a.from, err = moment(value)
		case "valid-before":
			a.to, err = moment(value)
		default:
			err = fmt.Errorf("option %q is not supported: want namespaces, valid-after or valid-before", name)
		}
		if err != nil {
			return a, err
		}
	}
	return a, nil
}

// moment reads YYYYMMDD[HHMM[SS]][Z]; without Z it is of the local time.
func moment(s string) (time.Time, error) {
	zone := time.Local
	digits, utc := strings.CutSuffix(s, "Z")
	if utc {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if t, err := time.ParseInLocation(layout, digits, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: want YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with a Z for UTC", s)
}

// Who is the first principal who may sign with a key for a namespace at a time;
// ok is false where nobody may.
func (s AllowedSigners) Who(key ssh.PublicKey, namespace string, at time.Time) (name string, ok bool) {
	for _, a := range s {
		switch {
		case !bytes.Equal(a.key.Marshal(), key.Marshal()):
		case !a.namespace(namespace):
		case !a.from.IsZero() && at.Before(a.from), !a.to.IsZero() && !at.Before(a.to):
		default:
			return a.principals[0], true
		}
	}
	return "", false
}

func (a allowed) namespace(want string) bool {
	for _, n := range a.namespaces {
		if ok, err := path.Match(n, want); err == nil && ok {
			return true
		}
	}
	return a.namespaces == nil
}
