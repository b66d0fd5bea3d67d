package main

import (
	"encoding/json"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/rogpeppe/go-internal/testscript"
)

// systemKey is where a script keeps its stand-in for a system of record.
type systemKey struct{}

// system is a stand-in for a system of record. It answers with the secrets
// that it was sent, and misbehaves for customers of certain names.
type system struct {
	token string
	calls atomic.Int64 // since the script last looked
}

// startSystem starts one, and tells the environment where it is:
// system TOKEN.
func startSystem(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: system TOKEN")
	}
	s := &system{token: args[0]}
	server := httptest.NewServer(s)
	ts.Defer(server.Close)
	ts.Setenv("CRM_URL", server.URL)
	ts.Setenv("CRM_HOST", strings.TrimPrefix(server.URL, "http://"))
	ts.Setenv("CRM_TOKEN", s.token)
	*ts.Value(systemKey{}).(**system) = s
}

// systemCalls checks how many calls the system received since the script last
// looked: calls N.
func systemCalls(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: calls N")
	}
	want, err := strconv.ParseInt(args[0], 10, 64)
	ts.Check(err)
	if got := (*ts.Value(systemKey{}).(**system)).calls.Swap(0); got != want {
		ts.Fatalf("the system received %d calls, want %d", got, want)
	}
}

// ServeHTTP answers about one customer.
func (s *system) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	s.calls.Add(1)
	if r.Header.Get("Authorization") != s.token {
		w.WriteHeader(nethttp.StatusUnauthorized)
		return
	}
	name := path.Base(r.URL.Path)
	answer := map[string]any{"name": name, "queue": "billing", "headers": r.Header, "url": r.URL.String()}
	switch name {
	case "unknown":
		w.WriteHeader(nethttp.StatusNotFound)
	case "down":
		w.WriteHeader(nethttp.StatusBadGateway)
		_ = json.NewEncoder(w).Encode(answer)
	case "refused":
		w.WriteHeader(nethttp.StatusForbidden)
		_ = json.NewEncoder(w).Encode(answer)
	case "torn":
		w.Header().Set("Content-Length", "100000")
		_ = json.NewEncoder(w).Encode(answer)
	case "page":
		_, _ = io.WriteString(w, "<html>"+r.Header.Get("Authorization"))
	case "hanging":
		<-r.Context().Done()
	case "large":
		_, _ = io.WriteString(w, `"`+strings.Repeat(s.token, 1<<20)+`"`)
	case "deep":
		_, _ = io.WriteString(w, strings.Repeat("[", 100)+strings.Repeat("]", 100))
	case "away":
		nethttp.Redirect(w, r, "http://localhost:1/"+s.token, nethttp.StatusFound)
	default:
		_ = json.NewEncoder(w).Encode(answer)
	}
}
