package llm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// schemaOf is the JSON Schema of an object with the fields of s at the given
// places, in that order, as models write in the order they are asked in. It
// keeps to what strict structured output takes everywhere: every property is
// required, nothing else is allowed, and what may be absent may be null.
// Ranges and formats are said in words and checked when the answer is read.
func schemaOf(s *flow.Schema, at []int) ([]byte, error) {
	if len(at) == 0 {
		return nil, errors.New("out has no field to ask the model for, want such as out: {decision: outcome.decision}")
	}
	fields := make([]flow.Field, len(at))
	for i, j := range at {
		fields[i] = s.Fields()[j]
	}
	var b bytes.Buffer
	err := writeObject(&b, "out", fields, false)
	return b.Bytes(), err
}

func writeObject(b *bytes.Buffer, path string, fields []flow.Field, optional bool) error {
	fmt.Fprintf(b, `{"type":%s,"properties":{`, typeNames("object", optional))
	names := make([]string, len(fields))
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		names[i] = f.Name
		b.Write(encode(f.Name))
		b.WriteByte(':')
		if err := writeType(b, path+"."+f.Name, f.Type); err != nil {
			return err
		}
	}
	fmt.Fprintf(b, `},"required":%s,"additionalProperties":false}`, encode(names))
	return nil
}

func writeType(b *bytes.Buffer, path string, t flow.Type) error {
	plain := func(name, description string) {
		fmt.Fprintf(b, `{"type":%s`, typeNames(name, t.Optional))
		if description != "" {
			fmt.Fprintf(b, `,"description":%s`, encode(description))
		}
		b.WriteByte('}')
	}
	switch t.Kind {
	case flow.String:
		plain("string", "")
	case flow.Number:
		plain("number", "")
	case flow.Probability:
		plain("number", "from 0 to 1")
	case flow.Integer:
		plain("integer", "")
	case flow.Boolean:
		plain("boolean", "")
	case flow.Date:
		plain("string", "a date written YYYY-MM-DD")
	case flow.Time:
		plain("string", "a time written YYYY-MM-DDTHH:MM:SSZ")
	case flow.Enum:
		words := make([]any, 0, len(t.Enum)+1)
		for _, w := range t.Enum {
			words = append(words, w)
		}
		if t.Optional {
			words = append(words, nil)
		}
		fmt.Fprintf(b, `{"type":%s,"enum":%s}`, typeNames("string", t.Optional), encode(words))
	case flow.List:
		if t.Elem == nil {
			return fmt.Errorf("%s is a list of anything, which cannot be asked for: say of what, such as {list: string}, or name a schema file", path)
		}
		fmt.Fprintf(b, `{"type":%s,"items":`, typeNames("array", t.Optional))
		if err := writeType(b, path+"[]", *t.Elem); err != nil {
			return err
		}
		b.WriteByte('}')
	case flow.Record:
		if t.Fields.Len() == 0 {
			return fmt.Errorf("%s is a record of anything, which cannot be asked for: name its fields, or name a schema file", path)
		}
		return writeObject(b, path, t.Fields.Fields(), t.Optional)
	default:
		return fmt.Errorf("%s is %s, which cannot be asked for: give it a type, or name a schema file", path, t)
	}
	return nil
}

func typeNames(name string, optional bool) string {
	if optional {
		return fmt.Sprintf(`[%q,"null"]`, name)
	}
	return fmt.Sprintf("%q", name)
}

// encode is the JSON of texts and lists of them.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and nulls always encode
	}
	return b
}

// gives says which fields that the step needs a user's own schema does not
// speak of. One without properties at its top is taken as it is.
func gives(raw []byte, s *Step) error {
	var top struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(raw, &top); err != nil {
		return fmt.Errorf("the schema is not a JSON object: %w", err)
	}
	if top.Properties == nil {
		return nil
	}
	names := make([]string, 0, len(top.Properties))
	for n := range top.Properties {
		names = append(names, n)
	}
	var errs []error
	wants := func(name string) {
		if _, ok := top.Properties[name]; !ok {
			errs = append(errs, fmt.Errorf("the schema has no property %q, which the step gives%s", name, field.Suggest(name, names)))
		}
	}
	for _, i := range s.asked {
		wants(s.out.Fields()[i].Name)
	}
	if s.stated != "" && s.out.Index(s.stated) < 0 {
		wants(s.stated)
	}
	return errors.Join(errs...)
}
