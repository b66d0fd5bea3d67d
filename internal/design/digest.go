package design

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// designDigest is that of everything that decides what the design does. Each
// part is written with its length, so that no two designs write the same.
func (l *loader) designDigest(file []byte) string {
	h := sha256.New()
	part(h, "design", digest(file))
	for _, p := range l.plan.Design.Params {
		part(h, "param", p.Name, fmt.Sprintf("%T %v", p.Value, p.Value))
	}
	part(h, "input", schemaText(l.wf.Input))
	part(h, "outcome", schemaText(l.wf.Outcome))
	for _, f := range l.plan.Design.Files {
		part(h, "file", f.Path, f.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func part(h hash.Hash, texts ...string) {
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
}

// schemaText writes a schema in full.
func schemaText(s *flow.Schema) string {
	var b strings.Builder
	for _, f := range s.Fields() {
		fmt.Fprintf(&b, "%q ", f.Name)
		typeText(&b, f.Type)
	}
	return b.String()
}

func typeText(b *strings.Builder, t flow.Type) {
	fmt.Fprintf(b, "%s %v %q", t.Kind, t.Optional, t.Enum)
	if t.Elem != nil {
		b.WriteString(" of ")
		typeText(b, *t.Elem)
	}
	if t.Fields != nil {
		fmt.Fprintf(b, " {%s}", schemaText(t.Fields))
	}
	b.WriteByte(';')
}
