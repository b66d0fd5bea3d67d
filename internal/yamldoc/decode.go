package yamldoc

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// Decoder is implemented, on the pointer, by types that may be written in
// more than one form.
type Decoder interface {
	DecodeYAML(d *Doc, n *yaml.Node, diags *diag.List)
}

var (
	textType     = reflect.TypeFor[flow.Text]()
	textsType    = reflect.TypeFor[flow.Texts]()
	posType      = reflect.TypeFor[flow.Pos]()
	nodeType     = reflect.TypeFor[*yaml.Node]()
	durationType = reflect.TypeFor[time.Duration]()
	timeType     = reflect.TypeFor[time.Time]()
	decoderType  = reflect.TypeFor[Decoder]()
)

// Decode walks a node into the value that into points to, and adds all that
// does not fit to diags.
//
// Structs name their keys by `yaml:"name"`; a key is required unless the tag
// says `omitempty` or the field is a pointer, which stays nil where the key is
// absent or null. An embedded struct tagged `yaml:",inline"` shares the keys
// of its outer one, a field of type [flow.Pos] tagged `yaml:",pos"` gets the
// position of the mapping. Values may be strings, numbers, booleans, lists,
// maps with string keys, [time.Duration] ("15m", "24h", "7d"), [time.Time],
// [flow.Text] (the scalar as written), [flow.Texts] (a mapping of such
// scalars, in order), *yaml.Node (as it stands), and types that implement
// [Decoder].
func (d *Doc) Decode(n *yaml.Node, into any, diags *diag.List) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("yamldoc: Decode into %T, want a pointer", into))
	}
	if n == nil {
		n = &yaml.Node{Kind: yaml.MappingNode}
	}
	d.decode(n, v.Elem(), "", diags)
}

func (d *Doc) decode(n *yaml.Node, v reflect.Value, name string, diags *diag.List) {
	if n.Kind == yaml.AliasNode {
		return // refused when parsed
	}
	wrong := func(want string) {
		what := describe(n)
		if name != "" {
			what = fmt.Sprintf("%s is %s", name, what)
		}
		diags.Add(d.Pos(n), fmt.Sprintf("%s, want %s", what, want), "")
	}
	t := v.Type()
	switch {
	case t == nodeType:
		v.Set(reflect.ValueOf(n))
		return
	case t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(decoderType):
		v.Addr().Interface().(Decoder).DecodeYAML(d, n, diags)
		return
	case t.Kind() == reflect.Pointer:
		if IsNull(n) {
			return
		}
		p := reflect.New(t.Elem())
		d.decode(n, p.Elem(), name, diags)
		v.Set(p)
		return
	case t == textType:
		if n.Kind != yaml.ScalarNode {
			wrong("one value")
			return
		}
		v.Set(reflect.ValueOf(d.Text(n)))
		return
	case t == textsType:
		v.Set(reflect.ValueOf(d.Texts(n, name, diags)))
		return
	case t == durationType:
		x, err := parseDuration(n.Value)
		if n.Kind != yaml.ScalarNode || err != nil {
			wrong("a duration like 15m, 24h or 7d")
			return
		}
		v.SetInt(int64(x))
		return
	case t == timeType:
		at, ok := parseTime(n.Value)
		if n.Kind != yaml.ScalarNode || !ok {
			wrong("a time like 2006-01-02T15:04:05Z or a date like 2006-01-02")
			return
		}
		v.Set(reflect.ValueOf(at))
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		d.decodeStruct(n, v, name, diags)
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			wrong("a list")
			return
		}
		s := reflect.MakeSlice(t, len(n.Content), len(n.Content))
		for i, c := range n.Content {
			d.decode(c, s.Index(i), "", diags)
		}
		v.Set(s)
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			wrong("names and values")
			return
		}
		m := reflect.MakeMapWithSize(t, len(n.Content)/2)
		for k, c := range Pairs(n) {
			e := reflect.New(t.Elem()).Elem()
			d.decode(c, e, fmt.Sprintf("%q", k.Value), diags)
			m.SetMapIndex(reflect.ValueOf(k.Value).Convert(t.Key()), e)
		}
		v.Set(m)
	case reflect.String:
		if n.Kind != yaml.ScalarNode || IsNull(n) {
			wrong("text")
			return
		}
		v.SetString(n.Value)
	case reflect.Bool:
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
			wrong("true or false")
			return
		}
		v.SetBool(strings.EqualFold(n.Value, "true"))
	case reflect.Int, reflect.Int64:
		x, err := strconv.ParseInt(n.Value, 10, t.Bits())
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil {
			wrong("a whole number")
			return
		}
		v.SetInt(x)
	case reflect.Uint64:
		x, err := strconv.ParseUint(n.Value, 10, 64)
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil {
			wrong("a whole number from 0 up")
			return
		}
		v.SetUint(x)
	case reflect.Float64:
		x, ok := number(n)
		if !ok {
			wrong("a number")
			return
		}
		v.SetFloat(x)
	default:
		panic(fmt.Sprintf("yamldoc: no way to decode into %s", t))
	}
}

// number reads a scalar as a finite number.
func number(n *yaml.Node) (float64, bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" && n.ShortTag() != "!!float" {
		return 0, false
	}
	x, err := strconv.ParseFloat(n.Value, 64)
	return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

func (d *Doc) decodeStruct(n *yaml.Node, v reflect.Value, name string, diags *diag.List) {
	fields := fieldsOf(v.Type())
	for _, index := range fields.pos {
		v.FieldByIndex(index).Set(reflect.ValueOf(d.Pos(n)))
	}
	if n.Kind != yaml.MappingNode {
		what := describe(n)
		if name != "" {
			what = fmt.Sprintf("%s is %s", name, what)
		}
		diags.Add(d.Pos(n), fmt.Sprintf("%s, want keys and values", what), diag.Suggest("", fields.keys))
		return
	}
	given := make(map[string]bool, len(fields.keys))
	for k, c := range Pairs(n) {
		f, ok := fields.byKey[k.Value]
		if !ok {
			diags.Add(d.Pos(k), fmt.Sprintf("unknown key %q", k.Value), diag.Suggest(k.Value, fields.keys))
			continue
		}
		given[k.Value] = true
		d.decode(c, v.FieldByIndex(f.index), fmt.Sprintf("%q", k.Value), diags)
	}
	for _, key := range fields.keys {
		if f := fields.byKey[key]; !f.optional && !given[key] {
			diags.Add(d.Pos(n), fmt.Sprintf("missing key %q", key), "")
		}
	}
}

// Texts reads a mapping of names to scalars in order. The name is that of the
// mapping in messages.
func (d *Doc) Texts(n *yaml.Node, name string, diags *diag.List) flow.Texts {
	if n.Kind != yaml.MappingNode {
		what := describe(n)
		if name != "" {
			what = fmt.Sprintf("%s is %s", name, what)
		}
		diags.Add(d.Pos(n), what+", want names and values", "")
		return nil
	}
	out := make(flow.Texts, 0, len(n.Content)/2)
	for k, c := range Pairs(n) {
		if c.Kind != yaml.ScalarNode {
			if c.Kind != yaml.AliasNode {
				diags.Add(d.Pos(c), fmt.Sprintf("%q is %s, want one value", k.Value, describe(c)), "")
			}
			continue
		}
		out = append(out, flow.Named{Name: k.Value, Pos: d.Pos(k), Text: d.Text(c)})
	}
	return out
}

// parseDuration reads "90s", "15m", "24h", "1h30m" and "7d".
func parseDuration(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		x, err := strconv.ParseFloat(days, 64)
		if err != nil || !(math.Abs(x) < 1e5) {
			return 0, fmt.Errorf("%q is not a duration", s)
		}
		return time.Duration(x * float64(24*time.Hour)), nil
	}
	return time.ParseDuration(s)
}

func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
