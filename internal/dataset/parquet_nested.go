package dataset

import (
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// node assembles nested values from the values of its leaves (Melnik et al.,
// Dremel, 2010): the definition level of a leaf's value says how much of its
// path is there, the repetition level which list it continues.
type node struct {
	kind   nodeKind
	leaf   *leaf // for a leaf
	names  []string
	kids   []*node // of a record; the element of a list; key and value of a map
	leaves []*leaf // all below
	// def is the definition level at which a leaf or record is there, or at
	// which a list or map has an element.
	def int
	// there is the definition level at which a list or map is there, if empty.
	there int
	rep   int // repetition level of a further element
}

type nodeKind uint8

const (
	leafNode nodeKind = iota
	recordNode
	listNode
	mapNode
)

func isListOrMap(c *parquet.Column) bool { return isList(c) || isMap(c) }

func logical[T format.LogicalTypeValue](c *parquet.Column) (T, bool) {
	var zero T
	lt := c.Type().LogicalType()
	if lt == nil {
		return zero, false
	}
	v, ok := lt.Value.(T)
	return v, ok
}

func isList(c *parquet.Column) bool {
	_, ok := logical[*format.ListType](c)
	return ok && !c.Leaf()
}

func isMap(c *parquet.Column) bool {
	_, ok := logical[*format.MapType](c)
	return ok && !c.Leaf()
}

// newNode compiles a column and adds its leaves to all.
func newNode(c *parquet.Column, exact bool, all *[]*leaf) (*node, error) {
	if c.Repeated() {
		// A list of two levels: the repeated column is the element.
		elem, err := newElement(c, exact, all)
		if err != nil {
			return nil, err
		}
		return &node{kind: listNode, kids: []*node{elem}, leaves: elem.leaves, def: c.MaxDefinitionLevel(), rep: c.MaxRepetitionLevel()}, nil
	}
	return newElement(c, exact, all)
}

func newElement(c *parquet.Column, exact bool, all *[]*leaf) (*node, error) {
	if c.Leaf() {
		d, err := decoderOf(c, exact)
		if err != nil {
			return nil, err
		}
		l := &leaf{index: c.Index(), decode: d}
		*all = append(*all, l)
		return &node{kind: leafNode, leaf: l, leaves: []*leaf{l}, def: c.MaxDefinitionLevel()}, nil
	}
	kids := c.Columns()
	switch {
	case isList(c) && len(kids) == 1 && kids[0].Repeated():
		return newList(c, kids[0], exact, all)
	case isMap(c) && len(kids) == 1 && kids[0].Repeated() && len(kids[0].Columns()) == 2:
		return newMap(c, kids[0], exact, all)
	}
	n := &node{kind: recordNode, def: c.MaxDefinitionLevel()}
	for _, k := range kids {
		child, err := newNode(k, exact, all)
		if err != nil {
			return nil, fmt.Errorf("holds %q, which %w", k.Name(), err)
		}
		n.kids, n.names = append(n.kids, child), append(n.names, k.Name())
		n.leaves = append(n.leaves, child.leaves...)
	}
	if len(n.leaves) == 0 {
		return nil, errors.New("holds nothing")
	}
	return n, nil
}

// newList compiles a list of three levels, whose middle one only repeats. By
// the rules for older files, a middle group of several fields, or named
// "array" or "…_tuple", is the element itself.
func newList(c, middle *parquet.Column, exact bool, all *[]*leaf) (*node, error) {
	n := &node{kind: listNode, there: c.MaxDefinitionLevel(), def: middle.MaxDefinitionLevel(), rep: middle.MaxRepetitionLevel()}
	var elem *node
	var err error
	if fields := middle.Columns(); middle.Leaf() || len(fields) != 1 || middle.Name() == "array" || middle.Name() == c.Name()+"_tuple" {
		elem, err = newElement(middle, exact, all)
	} else {
		elem, err = newNode(fields[0], exact, all)
	}
	if err != nil {
		return nil, err
	}
	n.kids, n.leaves = []*node{elem}, elem.leaves
	return n, nil
}

func newMap(c, middle *parquet.Column, exact bool, all *[]*leaf) (*node, error) {
	n := &node{kind: mapNode, there: c.MaxDefinitionLevel(), def: middle.MaxDefinitionLevel(), rep: middle.MaxRepetitionLevel()}
	for _, k := range middle.Columns() {
		kid, err := newNode(k, exact, all)
		if err != nil {
			return nil, err
		}
		n.kids, n.leaves = append(n.kids, kid), append(n.leaves, kid.leaves...)
	}
	if n.kids[0].kind != leafNode {
		return nil, errors.New("is a map whose keys are not plain values")
	}
	return n, nil
}

// read takes the node's next value from its leaves.
func (n *node) read() (any, error) {
	if n.kind == leafNode {
		if err := n.leaf.fill(); err != nil {
			return nil, err
		}
		v := n.leaf.buf[n.leaf.at]
		n.leaf.at++
		if v.DefinitionLevel() < n.def || v.IsNull() {
			return nil, nil
		}
		return n.leaf.decode.value(v)
	}
	first := n.leaves[0]
	if err := first.fill(); err != nil {
		return nil, err
	}
	if def := first.buf[first.at].DefinitionLevel(); def < n.def {
		for _, l := range n.leaves {
			if err := l.fill(); err != nil {
				return nil, err
			}
			l.at++
		}
		switch {
		case n.kind == recordNode || def < n.there:
			return nil, nil
		case n.kind == mapNode:
			return map[string]any{}, nil
		}
		return []any{}, nil
	}
	if n.kind == recordNode {
		return n.record()
	}
	var list []any
	var dict map[string]any
	if n.kind == mapNode {
		dict = make(map[string]any)
	}
	for {
		v, err := n.kids[0].read()
		if err != nil {
			return nil, err
		}
		if n.kind == mapNode {
			value, err := n.kids[1].read()
			if err != nil {
				return nil, err
			}
			dict[plainText(v)] = value
		} else {
			list = append(list, v)
		}
		// Another element follows where the next value repeats this list; at
		// the end of the row group none does.
		if err := first.fill(); err != nil || first.buf[first.at].RepetitionLevel() < n.rep {
			break
		}
	}
	if n.kind == mapNode {
		return dict, nil
	}
	return list, nil
}

func (n *node) record() (any, error) {
	out := make(map[string]any, len(n.kids))
	for i, k := range n.kids {
		v, err := k.read()
		if err != nil {
			return nil, err
		}
		out[n.names[i]] = v
	}
	return out, nil
}
