package promote

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestExport writes what was exported into another folder, where it verifies.
func TestExport(t *testing.T) {
	dir := promoted(t)
	p, problems := Verify(dir)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	e, err := ReadExport(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Files) != 6 { // production.yaml, its signature, four files
		t.Errorf("%d files", len(e.Files))
	}
	for name, write := range map[string]func() ([]byte, error){"yaml": e.YAML, "json": e.JSON} {
		data, err := write()
		if err != nil {
			t.Fatal(err)
		}
		var back Export
		if name == "json" {
			err = json.Unmarshal(data, &back)
		} else {
			err = yaml.Unmarshal(data, &back)
		}
		if err != nil {
			t.Fatal(name, err)
		}
		deployed := t.TempDir()
		for _, f := range back.Files {
			content := []byte(f.Text)
			if f.Base64 != "" {
				if content, err = base64.StdEncoding.DecodeString(f.Base64); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(deployed, filepath.FromSlash(f.Path))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, problems := VerifyDeployed(deployed); len(problems) > 0 || got.Digest != p.Digest {
			t.Errorf("%s: %v", name, problems)
		}
		if _, problems := Verify(deployed); len(problems) == 0 {
			t.Errorf("%s: a copy without its history passes for the folder", name)
		}
	}
}

func TestConfigMap(t *testing.T) {
	dir := promoted(t)
	p, _ := Verify(dir)
	p.Workflow = "Claims_2025"
	e, err := ReadExport(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	data, err := e.ConfigMap()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"name: claims-2025-production-" + p.Digest[:8], "immutable: true", "rehearse.dev/expires", "path: production.yaml}"} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("no %q in\n%s", want, data)
		}
	}
	e.Files = append(e.Files, ExportedFile{Path: "files/large", Text: strings.Repeat("x", maxConfigMap)})
	if _, err := e.ConfigMap(); err == nil || !strings.Contains(err.Error(), "do not fit") {
		t.Errorf("too large: %v", err)
	}
	p.Files[0].Stored = false
	if _, err := ReadExport(dir, p); err == nil || !strings.Contains(err.Error(), "is not stored in production") {
		t.Errorf("a file that stays in its place: %v", err)
	}
}
