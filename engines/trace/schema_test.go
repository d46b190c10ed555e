// The schema against what is written.

package trace_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"jail/engines/trace"
)

type node = map[string]any

// checks answers where x breaks the schema s; it knows the few keywords that schema.json uses.
func checks(root, s node, x any, at string) error {
	if ref, ok := s["$ref"].(string); ok {
		return checks(root, root["$defs"].(node)[strings.TrimPrefix(ref, "#/$defs/")].(node), x, at)
	}
	if want, ok := s["type"].(string); ok && typeOf(x) != want && (want != "number" || typeOf(x) != "integer") {
		return fmt.Errorf("%s is no %s: %v", at, want, x)
	}
	if c, ok := s["const"]; ok && c != x {
		return fmt.Errorf("%s is %v, not %v", at, x, c)
	}
	if list, ok := s["enum"].([]any); ok && !slices.Contains(list, x) {
		return fmt.Errorf("%s is %v, none of %v", at, x, list)
	}
	for _, k := range list(s["required"]) {
		if _, ok := x.(node)[k.(string)]; !ok {
			return fmt.Errorf("%s lacks %v", at, k)
		}
	}
	if items, ok := s["items"].(node); ok {
		for i, e := range x.([]any) {
			if err := checks(root, items, e, fmt.Sprintf("%s[%d]", at, i)); err != nil {
				return err
			}
		}
	}
	if props, ok := s["properties"].(node); ok {
		for k, e := range x.(node) {
			sub, known := props[k].(node)
			if !known && (s["additionalProperties"] == false || at == "line") {
				return fmt.Errorf("%s has the unknown field %s", at, k)
			}
			if known {
				if err := checks(root, sub, e, at+"."+k); err != nil {
					return err
				}
			}
		}
	}
	for _, c := range list(s["allOf"]) {
		if checks(root, c.(node)["if"].(node), x, "") == nil {
			if err := checks(root, c.(node)["then"].(node), x, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func list(x any) []any { l, _ := x.([]any); return l }

func typeOf(x any) string {
	switch x := x.(type) {
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if x == math.Trunc(x) {
			return "integer"
		}
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

func TestSchema(t *testing.T) {
	var root node
	if err := json.Unmarshal(trace.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	kinds := make(map[string]bool)
	for line := range strings.Lines(encode(t, story(t), "json", false)) {
		var x node
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if err := checks(root, root, x, "line"); err != nil {
			t.Errorf("%v: %s", err, line)
		}
		kinds[x["event"].(string)] = true
	}
	if len(kinds) != 6 {
		t.Errorf("only %v were written", kinds)
	}
	for _, bad := range []string{`{}`, `{"v":2}`, `{"v":1,"seq":1,"after":0,"time":0,"event":"syscall","task":{"serial":1,"tid":1,"tgid":1},"program":"a","depth":0}`} {
		var x node
		if err := json.Unmarshal([]byte(bad), &x); err != nil {
			t.Fatal(err)
		}
		if checks(root, root, x, "line") == nil {
			t.Errorf("the schema takes %s", bad)
		}
	}
}

// TestJSON is one line in full.
func TestJSON(t *testing.T) {
	r := story(t)
	r.events = r.events[1:2]
	const want = `{"v":1,"seq":2,"after":1,"time":0.002,"event":"syscall","task":{"serial":1,"tid":4194304,"tgid":4194304},"program":"sh","depth":0,` +
		`"call":{"name":"openat","nr":257,"abi":"x86_64","text":"openat(AT_FDCWD, \"a\\33]0;x\\7\\n\\342\\200\\256\\377\", O_RDONLY|O_CLOEXEC)",` +
		`"args":[{"name":"dirfd","raw":"0xffffff9c","text":"AT_FDCWD","fd":-100},{"name":"pathname","raw":"0x10000","text":"\"a\\33]0;x\\7\\n\\342\\200\\256\\377\""},` +
		`{"name":"flags","raw":"0x80000","text":"O_RDONLY|O_CLOEXEC","flags":["O_RDONLY","O_CLOEXEC"]}]},` +
		`"result":{"value":-2,"errno":"ENOENT","text":"-1 ENOENT (No such file or directory)"},"took":0.001}` + "\n"
	got := encode(t, r, "json", false)
	if r.events[0].Call.Nr != 257 {
		t.Skip("the numbers in the line are those of x86_64")
	}
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
