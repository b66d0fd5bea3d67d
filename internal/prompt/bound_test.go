package prompt

import (
	"fmt"
	"strings"
	"testing"
)

func TestRenderingIsBounded(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	for _, row := range []struct{ why, source, want string }{
		{"a text doubled in a loop", "{% set ns = namespace(a='xx') %}{% for i in range(64) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}", "a value in it grows past"},
		{"the same by plus", "{% set ns = namespace(a='xx') %}{% for i in range(64) %}{% set ns.a = ns.a + ns.a %}{% endfor %}", "a value in it grows past"},
		{"the same by a filter", "{% set ns = namespace(a='xx') %}{% for i in range(64) %}{% set ns.a = [ns.a, ns.a] | join %}{% endfor %}", "a value in it grows past"},
		{"the same by a block", "{% set ns = namespace(a='xx') %}{% for i in range(64) %}{% set a %}{{ ns.a }}{{ ns.a }}{% endset %}{% set ns.a = a %}{% endfor %}", "a value in it grows past"},
		{"lists within lists", "{% set ns = namespace(a=[1]) %}{% for i in range(64) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}", "a value in it grows past"},
		{"a dict within a dict", "{% set ns = namespace(a={}) %}{% for i in range(64) %}{% set ns.a = {'b': ns.a, 'c': ns.a} %}{% endfor %}", "a value in it grows past"},
		{"a list added to itself", "{% set ns = namespace(a=[1]) %}{% for i in range(64) %}{% set ns.a = ns.a + ns.a %}{% endfor %}", "a value in it grows past"},
		{"a namespace within itself", "{% set ns = namespace(a=1) %}{% set ns.a = ns %}", "a value in it grows past"},
		{"a list that contains itself by a namespace", "{% set ns = namespace(a=[]) %}{% set ns.a = [ns] %}{% if ns.a == ns.a %}{% endif %}", "a value in it grows past"},
		{"a namespace within itself, by another", "{% set a = namespace(x=1) %}{% set b = namespace(x=a) %}{% set a.x = {'y': [b]} %}{{ a == b }}", "a value in it grows past"},
		{"the same by an item, in a branch", "{% set a = namespace(x=1) %}{% set a['x'] = 1 if big == 'x' else [a] %}{{ a == a }}", "a value in it grows past"},
		{"an input within itself", "{% set obj.x = obj %}{% if obj is eq(obj) %}{% endif %}", "a value in it grows past"},
		{"a text times a number", "{{ ('x' * 9000000000) | length }}", "a value in it grows past"},
		{"a text times a number in a set", "{% set a = 'x' * 9000000000 %}", "a value in it grows past"},
		{"macros that double", "{% macro a(x) %}{{ x }}{{ x }}{% endmacro %}{{ " + strings.Repeat("a(", 40) + "'xx'" + strings.Repeat(")", 40) + " }}", "a value in it grows past"},
		{"macros that call macros", macros(20), "it makes more than"},
		{"many rounds of nothing", "{% set r = range(1000) | list %}{% for i in r %}{% for j in r %}{% endfor %}{% endfor %}", "its loops go more than"},
		{"a condition in a loop", "{% set r = range(1000) | list %}{% for i in r %}{% for j in r if false %}{% endfor %}{% endfor %}", "its loops go more than"},
		{"a loop that calls itself", "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}", "is not on offer: a loop could call itself for ever"},
		{"much text in a block", "{% set a %}{% for i in range(5000) %}{{ big }}{% endfor %}{% endset %}", "it makes more than"},
		{"much text in a filter block", "{% filter upper %}{% for i in range(5000) %}{{ big }}{% endfor %}{% endfilter %}", "it makes more than"},
		{"a wide column", "{{ 'x' | center(900000000) }}", "center is given the number 900000000, want 200000 at most"},
		{"a wide column by a method", "{{ 'x'.center(900000000) }}", "is given the number"},
		{"a wide column to the left", "{{ 'x'.ljust(900000000) }}", "is given the number"},
		{"wide indents", "{{ 'x' | indent(900000000, true) }}", "is given the number"},
		{"a batch", "{{ [1] | batch(900000000, 'x') | list }}", "is given the number"},
		{"slices", "{{ [1] | slice(900000000) | list }}", "is given the number"},
		{"replacement", "{{ big | replace('x', big) }}", "replace may make more than"},
		{"replacement method", "{{ big.replace('x', big) }}", "replace may make more than"},
		{"join", "{{ big | join(big) }}", "join may make more than"},
	} {
		t.Run(row.why, func(t *testing.T) {
			tpl, err := Load("p.md", map[string]string{"p.md": row.source}, nil)
			if err == nil {
				_, err = tpl.Render(map[string]any{"big": big, "obj": map[string]any{"k": 1}})
			}
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %.300v, want %q", err, row.want)
			}
		})
	}
}

func TestRenderingWithinBounds(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	for _, row := range []struct{ why, source, want string }{
		{"looking at a long text makes none", "{% for i in range(200) %}{% if big | length == 1 %}y{% endif %}{% endfor %}", ""},
		{"a list appended to itself is appended as it was", "{% set a = [1] %}{% do a.append(a) %}{{ a }}{{ a == a }}", "[1, [1]]True"},
		{"a namespace in another", "{% set a = namespace(x=1) %}{% set b = namespace(x=a) %}{% set b.y = a %}{{ b.y.x }}", "1"},
		{"a namespace that takes of its own values", "{% set a = namespace(x=[1]) %}{% set a.y = a.x %}{% set a.x = a.x + [2] %}{{ a.x }}{{ a.y }}", "[1, 2][1]"},
	} {
		t.Run(row.why, func(t *testing.T) {
			tpl, err := Load("p.md", map[string]string{"p.md": row.source}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := tpl.Render(map[string]any{"big": big}); err != nil || got != row.want {
				t.Errorf("got %.100q %v, want %q", got, err, row.want)
			}
		})
	}
}

// macros is a chain of macros, each of which calls the next twice.
func macros(n int) string {
	var b strings.Builder
	b.WriteString("{% macro m0() %}0123456789012345678901234567890123456789{% endmacro %}")
	for i := 1; i <= n; i++ {
		b.WriteString("{% macro m" + fmt.Sprint(i) + "() %}" + strings.Repeat("{{ m"+fmt.Sprint(i-1)+"() }}", 2) + "{% endmacro %}")
	}
	return b.String() + "{% set x = m" + fmt.Sprint(n) + "() %}"
}
