package app

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestProvenBy(t *testing.T) {
	at := func(path, version string) *debug.Module { return &debug.Module{Path: path, Version: version} }
	replaced := func(by *debug.Module) *debug.Module {
		return &debug.Module{Path: "x/y", Version: "v1.0.0", Replace: by}
	}
	for _, tt := range []struct {
		why  string
		main *debug.Module
		deps []*debug.Module
		want string
	}{
		{"a release", at("m", "v1.2.3"), []*debug.Module{at("x/y", "v1.0.0")}, "m@v1.2.3"},
		{"a commit as it is", at("m", "v0.0.0-20251101120000-0123456789ab"), nil, "m@v0.0.0-20251101120000-0123456789ab"},
		{"a commit that was changed", at("m", "v0.0.0-20251101120000-0123456789ab+dirty"), nil, ""},
		{"a build that knows of no commit", at("m", "(devel)"), nil, ""},
		{"no version at all", at("m", ""), nil, ""},
		{"a dependency in a folder", at("m", "v1.2.3"), []*debug.Module{replaced(at("../y", ""))}, ""},
		{"a dependency of a workspace", at("m", "v1.2.3"), []*debug.Module{at("x/y", "(devel)")}, ""},
		{"a dependency replaced by a release", at("m", "v1.2.3"), []*debug.Module{replaced(at("z/y", "v1.0.1"))}, "m@v1.2.3"},
	} {
		info := &debug.BuildInfo{Main: *tt.main, Deps: tt.deps}
		if got := provenBy(info); got != tt.want || len(info.Deps) != len(tt.deps) {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
	// A test is built from a folder as it happens to be.
	if got := program(); !strings.HasPrefix(got, "sha256:") || len(got) != len("sha256:")+64 {
		t.Errorf("a test is proven by %q, want its digest", got)
	}
}
