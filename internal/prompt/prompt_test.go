package prompt

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var invoice = map[string]any{
	"case": map[string]any{
		"vendor": "Bolt & Co <x>", "amount": 12.5, "note": nil,
		"lines": []any{map[string]any{"text": "bolts", "sum": 10.0}, map[string]any{"text": "nuts", "sum": 2.5}},
	},
	"classes": []any{"approve", "reject"},
}

func TestRender(t *testing.T) {
	for _, row := range []struct{ why, source, want string }{
		{"values are put in as they are, not escaped for HTML", "From {{ case.vendor }}: {{ case.amount }}", "From Bolt & Co <x>: 12.5"},
		{"loops", "{% for l in case.lines %}{{ l.text }}={{ l.sum }};{% endfor %}", "bolts=10.0;nuts=2.5;"},
		{"lists as JSON", "one of {{ classes | tojson }}", `one of ["approve","reject"]`},
		{"macros", "{% macro m(x) %}[{{ x }}]{% endmacro %}{{ m(case.vendor) }}{{ m(1) }}", "[Bolt & Co <x>][1]"},
		{"an absent name may be asked about", "{{ po is defined }} {{ po | default('none') }}", "False none"},
		{"includes resolve among the given files", "{% include 'rules.md' %}!", "Rules for Bolt & Co <x>!"},
		{"names in quotes and in raw blocks are text", `{{ "a | nosuch" }}{% raw %}{{ a | nosuch }}{% endraw %}`, "a | nosuch{{ a | nosuch }}"},
		{"ranges of all forms, also backwards, and as a list", "{% for i in range(3) %}{{ i }}{% endfor %} {{ range(1, 3) | list }} {% for i in range(6, 1, -2) %}{{ i }}{% endfor %}", "012 [1, 2] 642"},
		{"a range that ends where whole numbers end", "{% for i in range(9223372036854775806, 9223372036854775807, 9) %}{{ i }}{% endfor %}", "9223372036854775806"},
		{"nothing at all", "", ""},
	} {
		tpl, err := Load("prompts/p.md", map[string]string{"prompts/p.md": row.source, "prompts/rules.md": "Rules for {{ case.vendor }}"}, invoice)
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		if got, err := tpl.Render(invoice); err != nil || got != row.want {
			t.Errorf("%s: got %q, %v, want %q", row.why, got, err, row.want)
		}
	}
}

func TestValuesAreNeverTemplates(t *testing.T) {
	tpl, err := Load("p.md", map[string]string{"p.md": "{{ text }}"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const hostile = "{{ secret }}{% include '/etc/passwd' %}{{ 'x' | nosuch }}"
	if got, err := tpl.Render(map[string]any{"text": hostile, "secret": "s"}); err != nil || got != hostile {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestFaultsNameTheirPlace(t *testing.T) {
	for _, row := range []struct {
		why, source, want string
		variable          string
	}{
		{"undefined name", "a\n  {{ vendor }}", `prompts/p.md:2:6: variable "vendor" is not defined; there is case, classes`, "vendor"},
		{"undefined field", "a\n\n{{ case.vednor }}", `prompts/p.md:3:4: variable "case.vednor" is not defined; there is amount, lines, note, vendor`, "case.vednor"},
		{"undefined key in brackets", "{{ case['vednor'] }}", `variable "case['vednor']" is not defined`, "case['vednor']"},
		{"undefined in a condition", "{% if vendor %}x{% endif %}", `prompts/p.md:1:7: variable "vendor" is not defined`, "vendor"},
		{"undefined in the short condition", "{{ 'x' if vendor else 'y' }}", `prompts/p.md:1:11: variable "vendor"`, "vendor"},
		{"undefined to loop over", "{% for x in rows %}{% endfor %}", `prompts/p.md:1:13: variable "rows"`, "rows"},
		{"undefined inside a loop", "\n{% for l in case.lines %}\n{{ l.price }}{% endfor %}", `prompts/p.md:3:4: variable "l.price"`, "l.price"},
		{"undefined below the first line of an expression", "{{ case.vendor ~\n vendor }}", `prompts/p.md:2:2: variable "vendor"`, "vendor"},
		{"undefined function", "{{ now() }}", `prompts/p.md:1:4: function "now" is not defined`, "now"},
		{"undefined in an included file", "a\n\n\n{% include 'rules.md' %}", `prompts/rules.md:2:4: variable "strictness" is not defined`, "strictness"},
		{"unknown filter", "a\n{{ case.vendor | shout }}", `prompts/p.md:2:18: unknown filter "shout"`, ""},
		{"unknown filter in a branch not taken", "{% if false %}{{ case.vendor | shout }}{% endif %}", `prompts/p.md:1:32: unknown filter "shout"`, ""},
		{"unknown filter block", "{% filter shout %}a{% endfilter %}", `unknown filter "shout"`, ""},
		{"unknown test in a branch not taken", "{% if false %}{{ case is not loud }}{% endif %}", `prompts/p.md:1:30: unknown test "loud"`, ""},
		{"chance", "{{ classes | random }}", `must come out the same`, ""},
		{"unknown statement", "a\n{% repeat %}", `prompts/p.md:2:4: statement 'repeat' not found`, ""},
		{"unclosed expression", "{{ case.vendor ", `prompts/p.md:1:16: '}}' expected here`, ""},
		{"unclosed block", "{% if case %}", `prompts/p.md`, ""},
		{"a file outside", "{% include '/etc/passwd' %}", `unknown path: '/etc/passwd'`, ""},
		{"a file outside by dots", "{% include '../../etc/passwd' %}", `etc/passwd`, ""},
		{"wrong arguments of a filter", "{{ case.vendor | upper(1) }}", `prompts/p.md:1: `, ""},
		{"a file that includes itself", "a{% include 'p.md' %}", `prompts/p.md:1:13: file "prompts/p.md" contains itself`, ""},
		{"a file that includes itself by another", "{% include 'rules.md' %}{# loop #}", `contains itself`, ""},
		{"a file named by a value", "{% include case.vendor %}", `prompts/p.md:1:12: include needs a file name in quotes`, ""},
		{"a macro that calls itself", "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}", `macro "m" contains itself`, ""},
		{"macros that call each other", "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}", `contains itself`, ""},
		{"a block that calls itself", "{% block b %}{{ self.b() }}{% endblock %}", `"self" is not on offer`, ""},
		{"very deep brackets", "{{ " + strings.Repeat("(", 100000) + " }}", `nest deeper`, ""},
		{"numbers without end", "{% for i in range(9000000000) %}{% endfor %}", `range gives more than 100000 numbers in all`, ""},
		{"loops within loops", "{% for i in range(90000) %}{% for j in range(90000) %}{% endfor %}{% endfor %}", `range gives more than 100000 numbers in all`, ""},
		{"a range of texts", "{% for i in range('3') %}{% endfor %}", `range takes whole numbers`, ""},
		{"a range that stands still", "{% for i in range(1, 2, 0) %}{% endfor %}", `the step of range is 0`, ""},
		{"a file in another encoding", "a\ncaf\xe9", `prompts/p.md:2:4: byte 0xe9 is not UTF-8: save the file in UTF-8`, ""},
		{"endless", "{% for i in range(10000) %}" + strings.Repeat("0123456789", 50) + "{% endfor %}", `grows past`, ""},
	} {
		files := map[string]string{"prompts/p.md": row.source}
		if strings.Contains(row.source, "rules.md") {
			files["prompts/rules.md"] = "b\n{{ strictness }}"
			if strings.Contains(row.source, "loop") {
				files["prompts/rules.md"] = "{% include 'p.md' %}"
			}
		}
		_, err := Load("prompts/p.md", files, invoice)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s:\n got %v\nwant %s", row.why, err, row.want)
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Variable != row.variable {
			t.Errorf("%s: got %#v, want variable %q", row.why, e, row.variable)
		}
	}
}

func TestLoadWithoutTheFile(t *testing.T) {
	if _, err := Load("p.md", map[string]string{"q.md": ""}, nil); err == nil || !strings.Contains(err.Error(), "p.md: there is no such prompt file") {
		t.Errorf("got %v", err)
	}
}

func TestRenderLeavesTheValuesAloneAndRunsConcurrently(t *testing.T) {
	given := func() map[string]any {
		return map[string]any{"case": "kept", "obj": map[string]any{"x": "kept"}, "list": []any{map[string]any{"x": "kept"}, "kept"}}
	}
	for _, row := range []struct{ why, source, want string }{
		{"names", "{% set case = 1 %}{% set extra = 2 %}{{ case }}{{ extra }}", "12"},
		{"an attribute", "{{ obj.x }}{% set obj.x = 1 %}{{ obj.x }}", "kept1"},
		{"an attribute that was not there", "{{ obj.y is defined }}{% set obj.y = 1 %}{{ obj.y }}", "False1"},
		{"an attribute of an item", "{{ list[0].x }}{% set list[0].x = 1 %}{{ list[0].x }}", "kept1"},
		{"methods", "{% do list.append(1) %}{% do list.reverse() %}{{ list[0] }}", "1"},
	} {
		tpl, err := Load("p.md", map[string]string{"p.md": row.source}, nil)
		if err != nil {
			t.Fatal(err)
		}
		values := given()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 50 {
					if got, err := tpl.Render(values); err != nil || got != row.want {
						t.Errorf("%s: got %q, %v", row.why, got, err)
						return
					}
				}
			})
		}
		wg.Wait()
		if diff := cmp.Diff(given(), values); diff != "" {
			t.Errorf("%s: the values became (-want +got)\n%s", row.why, diff)
		}
	}
}

func FuzzLoad(f *testing.F) {
	for _, s := range []string{"{{ case.vendor }}", "{% if a %}{{ b | upper }}{% else %}{% endif %}", "{% include 'p.md' %}", "{# c #}{% raw %}x{% endraw %}", "{% for a in classes %}{{ loop.index }}{% endfor %}", "{{", "{%", "{{ 1/0 }}", "{{ classes[9] }}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		tpl, err := Load("p.md", map[string]string{"p.md": source}, nil)
		if err == nil {
			_, err = tpl.Render(invoice)
		}
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("error without a place: %v", err)
		}
	})
}
