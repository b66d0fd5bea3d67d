package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/internal/record"
)

// otherVersion makes a run one of another version of the program:
// otherversion RUN.JSON VERSION.
func otherVersion(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: otherversion RUN.JSON VERSION")
	}
	path := ts.MkAbs(args[0])
	var h record.Header
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(path)), &h))
	h.Tool.Version, h.Tool.Program = args[1], "another program"
	data, err := json.Marshal(h)
	ts.Check(err)
	ts.Check(os.WriteFile(path, data, 0o644))
}

// allowSigner lets ada@example.org sign with a key: signers FILE PUBLIC.
func allowSigner(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: signers FILE PUBLIC")
	}
	line := `ada@example.org namespaces="rehearse-production" ` + ts.ReadFile(args[1])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(line), 0o644))
}

// stockVerify has ssh-keygen check the signature of a production folder:
// stockverify SIGNERS FOLDER.
func stockVerify(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: stockverify SIGNERS FOLDER")
	}
	config := ts.ReadFile(filepath.Join(args[1], "production.yaml"))
	sig := filepath.Join(ts.MkAbs(args[1]), "signatures", fmt.Sprintf("%x.sig", sha256.Sum256([]byte(config))))
	c := exec.Command("ssh-keygen", "-Y", "verify", "-f", ts.MkAbs(args[0]), "-I", "ada@example.org", "-n", "rehearse-production", "-s", sig)
	c.Stdin = strings.NewReader(config)
	if out, err := c.CombinedOutput(); err != nil {
		ts.Fatalf("%v: %s", err, out)
	}
}

// unpackConfigMap writes a ConfigMap's keys where the mount in its comment says:
// unpack MANIFEST FOLDER.
func unpackConfigMap(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: unpack MANIFEST FOLDER")
	}
	text := ts.ReadFile(args[0])
	var m struct {
		Data       map[string]string `yaml:"data"`
		BinaryData map[string]string `yaml:"binaryData"`
	}
	ts.Check(yaml.Unmarshal([]byte(text), &m))
	items := regexp.MustCompile(`- \{key: (\S+), path: (\S+)\}`).FindAllStringSubmatch(text, -1)
	if len(items) < 3 || len(items) != len(m.Data)+len(m.BinaryData) {
		ts.Fatalf("%d items, %d keys", len(items), len(m.Data)+len(m.BinaryData))
	}
	for _, item := range items {
		content := []byte(m.Data[item[1]])
		if packed, ok := m.BinaryData[item[1]]; ok {
			var err error
			content, err = base64.StdEncoding.DecodeString(packed)
			ts.Check(err)
		}
		path := filepath.Join(ts.MkAbs(args[1]), filepath.FromSlash(item[2]))
		ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
		ts.Check(os.WriteFile(path, content, 0o644))
	}
}
