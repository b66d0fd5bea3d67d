package promote

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// sealed are the hex digits that a field's seal has: 48 bits name a change;
// that there was one is told by the whole digest.
const sealed = 12

// seal fills in digest and seal.
func (p *Production) seal() error {
	p.Digest, p.Seal = "", nil
	content, err := p.encode()
	if err != nil {
		return err
	}
	var doc yaml.Node
	if err := yaml.Load(content, &doc); err != nil {
		return err
	}
	seal := map[string]string{}
	for _, f := range leaves(&doc) {
		seal[f.path] = f.digest()
	}
	p.Digest, p.Seal = sum(content), seal
	return nil
}

// check says what of a production.yaml is not as it was written.
func check(name string, data []byte) (*Production, diag.List) {
	var problems diag.List
	at := func(line, column int) flow.Pos { return flow.Pos{File: name, Line: line, Column: column} }
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		problems.Add(at(1, 1), "not YAML any more: "+strings.Join(strings.Fields(err.Error()), " "), "take it from version control, or promote again")
		return nil, problems
	}
	seal := sealOf(&doc)
	found := map[string]bool{}
	for _, f := range leaves(&doc) {
		found[f.path] = true
		switch was, ok := seal[f.path]; {
		case !ok:
			problems.Add(at(f.node.Line, f.node.Column), fmt.Sprintf("field %q is not one that was promoted", f.path), "")
		case was != f.digest():
			problems.Add(at(f.node.Line, f.node.Column), fmt.Sprintf("field %q was changed", f.path), "")
		}
	}
	var gone []string
	for path := range seal {
		if !found[path] {
			gone = append(gone, path)
		}
	}
	slices.Sort(gone)
	for _, path := range gone {
		problems.Add(at(1, 1), fmt.Sprintf("field %q is missing", path), "")
	}
	var p Production
	if err := doc.Decode(&p); err != nil {
		problems.Add(at(1, 1), "not a production config any more: "+strings.Join(strings.Fields(err.Error()), " "), "take it from version control, or promote again")
		return nil, problems
	}
	if p.FormatVersion != FormatVersion {
		problems.Add(at(1, 1), fmt.Sprintf("format_version is %d, want %d", p.FormatVersion, FormatVersion), "")
	}
	if len(problems) > 0 {
		return &p, problems
	}
	again := p
	if err := again.seal(); err != nil {
		problems.Add(at(1, 1), err.Error(), "")
		return &p, problems
	}
	if again.Digest != p.Digest {
		problems.Add(at(1, 1), `field "digest" was changed`, "")
		return &p, problems
	}
	if written, err := again.encode(); err != nil || !bytes.Equal(written, data) {
		problems.Add(at(firstChange(written, data), 1), "its layout or a comment was changed", "")
	}
	return &p, problems
}

// sealOf is the seal as the document has it.
func sealOf(doc *yaml.Node) map[string]string {
	seal := map[string]string{}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return seal
	}
	top := doc.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		if top[i].Value != "seal" {
			continue
		}
		for j := 0; j+1 < len(top[i+1].Content); j += 2 {
			seal[top[i+1].Content[j].Value] = top[i+1].Content[j+1].Value
		}
	}
	return seal
}

// firstChange is the first line that differs.
func firstChange(a, b []byte) int {
	la, lb := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range min(len(la), len(lb)) {
		if !bytes.Equal(la[i], lb[i]) {
			return i + 1
		}
	}
	return min(len(la), len(lb)) + 1
}

// field is one value of the file.
type field struct {
	path string
	node *yaml.Node
}

func (f field) digest() string {
	text := f.node.Value
	if f.node.Kind != yaml.ScalarNode {
		text = "empty"
	}
	return sum([]byte(fmt.Sprintf("%s\x00%s\x00%s", f.path, f.node.ShortTag(), text)))[:sealed]
}

// leaves are the values of a document but for digest and seal. A mapping or
// sequence without entries is a value.
func leaves(doc *yaml.Node) []field {
	var out []field
	var walk func(path string, n *yaml.Node)
	walk = func(path string, n *yaml.Node) {
		switch {
		case n.Kind == yaml.DocumentNode && len(n.Content) == 1:
			walk("", n.Content[0])
		case n.Kind == yaml.MappingNode && len(n.Content) > 0:
			for i := 0; i+1 < len(n.Content); i += 2 {
				key := n.Content[i].Value
				if path == "" && (key == "digest" || key == "seal") {
					continue
				}
				walk(strings.TrimPrefix(path+"."+key, "."), n.Content[i+1])
			}
		case n.Kind == yaml.SequenceNode && len(n.Content) > 0:
			for i, e := range n.Content {
				walk(fmt.Sprintf("%s[%d]", path, i), e)
			}
		default:
			out = append(out, field{path, n})
		}
	}
	walk("", doc)
	return out
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}
