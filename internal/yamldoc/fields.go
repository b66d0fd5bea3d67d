package yamldoc

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

// fields are the keys of a struct type.
type fields struct {
	keys  []string // in the order of the struct
	byKey map[string]field
	pos   [][]int // fields that get the mapping's position
}

type field struct {
	index    []int
	optional bool
}

var fieldCache sync.Map // reflect.Type → fields

func fieldsOf(t reflect.Type) fields {
	if f, ok := fieldCache.Load(t); ok {
		return f.(fields)
	}
	f := fields{byKey: map[string]field{}}
	f.collect(t, nil)
	fieldCache.Store(t, f)
	return f
}

func (f *fields) collect(t reflect.Type, at []int) {
	for i := range t.NumField() {
		sf := t.Field(i)
		tag, tagged := sf.Tag.Lookup("yaml")
		if !tagged || tag == "-" {
			continue
		}
		index := append(slices.Clone(at), i)
		key, options, _ := strings.Cut(tag, ",")
		switch {
		case options == "inline":
			f.collect(sf.Type, index)
		case options == "pos":
			if sf.Type != posType {
				panic(fmt.Sprintf("yamldoc: %s.%s takes a position and is a %s", t, sf.Name, sf.Type))
			}
			f.pos = append(f.pos, index)
		default:
			if _, dup := f.byKey[key]; dup || key == "" {
				panic(fmt.Sprintf("yamldoc: %s.%s: key %q is empty or taken", t, sf.Name, key))
			}
			f.keys = append(f.keys, key)
			f.byKey[key] = field{index: index, optional: options == "omitempty" || sf.Type.Kind() == reflect.Pointer}
		}
	}
}

// Pairs are the keys and values of a mapping in order; those whose key is not
// a name or repeats an earlier one, which Parse reports, are left out.
func Pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(k, v *yaml.Node) bool) {
		if n == nil || n.Kind != yaml.MappingNode {
			return
		}
		seen := make(map[string]bool, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode || seen[k.Value] {
				continue
			}
			seen[k.Value] = true
			if !yield(k, n.Content[i+1]) {
				return
			}
		}
	}
}

// Find is the value of a key of a mapping, nil where it has none.
func Find(n *yaml.Node, key string) *yaml.Node {
	for k, v := range Pairs(n) {
		if k.Value == key {
			return v
		}
	}
	return nil
}

// Split parts a mapping into the keys that a struct, given by a pointer,
// knows, and the rest. Positions stay those of the file.
func Split(n *yaml.Node, known any) (common, rest *yaml.Node) {
	like := func() *yaml.Node {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column, Style: n.Style}
	}
	common, rest = like(), like()
	f := fieldsOf(reflect.TypeOf(known).Elem())
	for k, v := range Pairs(n) {
		to := rest
		if _, ok := f.byKey[k.Value]; ok {
			to = common
		}
		to.Content = append(to.Content, k, v)
	}
	return common, rest
}
