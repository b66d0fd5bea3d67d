package promote

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Export is what is in production as one document: production.yaml, its
// signature and the files that it stores, by their paths in the folder. Written
// back there byte for byte, they are what [VerifyDeployed] checks.
type Export struct {
	Workflow string         `yaml:"workflow" json:"workflow"`
	Design   string         `yaml:"design" json:"design"`
	Digest   string         `yaml:"digest" json:"digest"`
	Files    []ExportedFile `yaml:"files" json:"files"`

	production *Production
}

// ExportedFile is one file: its text, or its content in base64.
type ExportedFile struct {
	Path   string `yaml:"path" json:"path"`
	Text   string `yaml:"text,omitempty" json:"text,omitempty"`
	Base64 string `yaml:"base64,omitempty" json:"base64,omitempty"`
}

// ReadExport reads a folder that [Verify] or [VerifyDeployed] has found to be
// as it was promoted. Files that stay where they are cannot be exported.
func ReadExport(dir string, p *Production) (*Export, error) {
	out := &Export{Workflow: p.Workflow, Design: p.Design, Digest: p.Digest, production: p}
	names := []string{configName}
	if p.Promoted.SignedBy != "" {
		data, err := regular.Read(filepath.Join(dir, configName))
		if err != nil {
			return nil, err
		}
		names = append(names, path.Join(signaturesName, sum(data)+".sig"))
	}
	for _, f := range p.Files {
		if !f.Stored {
			return nil, fmt.Errorf("file %q has %d bytes and is not stored in production: deploy the folder, with that file beside it", f.Path, f.Bytes)
		}
		names = append(names, path.Join(filesName, f.StoredName()))
	}
	slices.Sort(names[1:])
	for _, name := range slices.Compact(names) {
		data, err := regular.Read(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		f := ExportedFile{Path: name}
		if utf8.Valid(data) && isText(data) {
			f.Text = string(data)
		} else {
			f.Base64 = base64.StdEncoding.EncodeToString(data)
		}
		out.Files = append(out.Files, f)
	}
	return out, nil
}

// YAML is the export as one YAML document.
func (e *Export) YAML() ([]byte, error) { return yaml.Dump(e, yaml.WithV4Defaults()) }

// JSON is the export as one JSON document.
func (e *Export) JSON() ([]byte, error) {
	out, err := json.MarshalIndent(e, "", "  ")
	return append(out, '\n'), err
}

// maxConfigMap is what Kubernetes lets a ConfigMap hold.
const maxConfigMap = 1 << 20

// configMap is the manifest, with the keys in their usual order.
type configMap struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name        string            `yaml:"name"`
		Labels      map[string]string `yaml:"labels"`
		Annotations map[string]string `yaml:"annotations"`
	} `yaml:"metadata"`
	Immutable  bool              `yaml:"immutable"`
	Data       map[string]string `yaml:"data,omitempty"`
	BinaryData map[string]string `yaml:"binaryData,omitempty"`
}

// ConfigMap is the export as a Kubernetes manifest. A key of a ConfigMap has no
// slash, so that the files of folders are named FOLDER.NAME; the comment at the
// top is how to mount them as the folder.
func (e *Export) ConfigMap() ([]byte, error) {
	p := e.production
	var m configMap
	m.APIVersion, m.Kind, m.Immutable = "v1", "ConfigMap", true
	m.Metadata.Name = resourceName(e.Workflow) + "-production-" + e.Digest[:8]
	m.Metadata.Labels = map[string]string{"app.kubernetes.io/managed-by": "rehearse"}
	m.Metadata.Annotations = map[string]string{
		"rehearse.dev/workflow": e.Workflow, "rehearse.dev/design": e.Design, "rehearse.dev/digest": e.Digest,
		"rehearse.dev/run": p.Evidence.Run, "rehearse.dev/verdict": p.Evidence.Gate.Verdict, "rehearse.dev/promoted": p.Promoted.At,
	}
	if p.Promoted.Expires != "" {
		m.Metadata.Annotations["rehearse.dev/expires"] = p.Promoted.Expires
	}
	var mount strings.Builder
	fmt.Fprintf(&mount, "# Mount it as the folder production:\n#\n# volumes:\n#   - name: production\n#     configMap:\n#       name: %s\n#       items:\n", m.Metadata.Name)
	total := 0
	for _, f := range e.Files {
		key := strings.ReplaceAll(f.Path, "/", ".")
		fmt.Fprintf(&mount, "#         - {key: %s, path: %s}\n", key, f.Path)
		total += len(key) + len(f.Text) + base64.StdEncoding.DecodedLen(len(f.Base64))
		if f.Base64 != "" {
			m.BinaryData = put(m.BinaryData, key, f.Base64)
		} else {
			m.Data = put(m.Data, key, f.Text)
		}
	}
	if total > maxConfigMap {
		return nil, fmt.Errorf("%d bytes do not fit into a ConfigMap, which holds %d: deploy the folder, or its YAML or JSON", total, maxConfigMap)
	}
	body, err := yaml.Dump(m, yaml.WithV4Defaults())
	return append([]byte(mount.String()), body...), err
}

func put(m map[string]string, key, value string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[key] = value
	return m
}

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

// resourceName is a workflow's name as Kubernetes takes names.
func resourceName(name string) string {
	return strings.Trim(unfit.ReplaceAllString(strings.ToLower(name), "-"), "-")
}
