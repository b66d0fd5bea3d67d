package app

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
)

// program is what proves which code this program is: its version, where that names
// one state of the code, else the digest of the executable; "" where that cannot be
// read.
var program = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		if version := provenBy(info); version != "" {
			return version
		}
	}
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return ""
	}
	return "sha256:" + hex.EncodeToString(digest.Sum(nil))
})

// provenBy is the version that a build is of, with its module: a release, or a commit
// as it is. It is "" where the code was changed since, or something that it is made of
// lay in a folder: then the version says nothing of what is in it.
func provenBy(info *debug.BuildInfo) string {
	for _, m := range append(slices.Clone(info.Deps), &info.Main) {
		if m.Replace != nil {
			m = m.Replace
		}
		if !stamped(m) || strings.HasSuffix(m.Version, "+dirty") {
			return ""
		}
	}
	return info.Main.Path + "@" + info.Main.Version
}

// stamped says whether a module's version is known.
func stamped(m *debug.Module) bool { return m.Version != "" && m.Version != "(devel)" }
