// The schema against what is written: a validator for the few keywords that schema.json uses.

package report_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"jail/supervisor/report"
)

type node = map[string]any

// validator answers where a value breaks a schema.
type validator struct{ root node }

func newValidator(t *testing.T) validator {
	t.Helper()
	var root node
	if err := json.Unmarshal(report.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	return validator{root}
}

// check returns the first thing that is wrong, or "".
func (v validator) check(s node, x any, at string) string {
	for _, key := range slices.Sorted(mapsKeys(s)) {
		if wrong := v.keyword(key, s, x, at); wrong != "" {
			return wrong
		}
	}
	return ""
}

func mapsKeys(s node) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range s {
			if !yield(k) {
				return
			}
		}
	}
}

func (v validator) keyword(key string, s node, x any, at string) string {
	switch arg := s[key]; key {
	case "$schema", "title", "description", "$defs", "then", "required", "additionalProperties":
		if key == "required" {
			return missing(arg.([]any), x, at)
		}
	case "$ref":
		name := strings.TrimPrefix(arg.(string), "#/$defs/")
		return v.check(v.root["$defs"].(node)[name].(node), x, at)
	case "type":
		if !hasType(arg.(string), x) {
			return fmt.Sprintf("%s is not of type %v: %v", at, arg, x)
		}
	case "const":
		if arg != x {
			return fmt.Sprintf("%s is not %v: %v", at, arg, x)
		}
	case "enum":
		if !slices.Contains(arg.([]any), x) {
			return fmt.Sprintf("%s is none of %v: %v", at, arg, x)
		}
	case "items":
		for i, e := range x.([]any) {
			if wrong := v.check(arg.(node), e, fmt.Sprintf("%s[%d]", at, i)); wrong != "" {
				return wrong
			}
		}
	case "properties":
		return v.properties(arg.(node), s["additionalProperties"] == false, x, at)
	case "allOf":
		for _, e := range arg.([]any) {
			if wrong := v.check(e.(node), x, at); wrong != "" {
				return wrong
			}
		}
	case "if":
		if v.check(arg.(node), x, at) == "" {
			return v.check(s["then"].(node), x, at)
		}
	default:
		return "the schema uses a keyword that this validator lacks: " + key
	}
	return ""
}

func (v validator) properties(props node, closed bool, x any, at string) string {
	for k, e := range x.(node) {
		sub, known := props[k].(node)
		if !known && closed {
			return at + " has the unknown field " + k
		}
		if known {
			if wrong := v.check(sub, e, at+"."+k); wrong != "" {
				return wrong
			}
		}
	}
	return ""
}

func missing(required []any, x any, at string) string {
	for _, k := range required {
		if _, ok := x.(node)[k.(string)]; !ok {
			return fmt.Sprintf("%s lacks %v", at, k)
		}
	}
	return ""
}

func hasType(want string, x any) bool {
	switch x := x.(type) {
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && x == math.Trunc(x)
	case []any:
		return want == "array"
	case node:
		return want == "object"
	}
	return false
}

// validate checks each line of a report.
func validate(t *testing.T, lines string) {
	t.Helper()
	v := newValidator(t)
	for line := range strings.Lines(lines) {
		var x any
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Errorf("%v in %s", err, line)
			continue
		}
		if wrong := v.check(v.root, x, "line"); wrong != "" {
			t.Errorf("%s: %s", wrong, line)
		}
	}
}

func TestValidatorFindsMistakes(t *testing.T) {
	v := newValidator(t)
	for _, line := range []string{
		`{"v":2,"run":"r","time":"t","event":"reap","task":{"serial":1,"tid":2,"tgid":3}}`,
		`{"v":1,"run":"r","time":"t","event":"nap","task":{"serial":1,"tid":2,"tgid":3}}`,
		`{"v":1,"run":"r","time":"t","event":"reap"}`,
		`{"v":1,"run":"r","event":"reap","task":{"serial":1,"tid":2,"tgid":3}}`,
		`{"v":1,"run":"r","time":"t","event":"reap","task":{"serial":1,"tid":2}}`,
		`{"v":1,"run":"r","time":"t","event":"reap","task":{"serial":1,"tid":2,"tgid":"3"}}`,
		`{"v":1,"run":"r","time":"t","event":"reap","task":{"serial":1.5,"tid":2,"tgid":3}}`,
		`{"v":1,"run":"r","time":"t","event":"reap","task":{"serial":1,"tid":2,"tgid":3},"more":1}`,
		`{"v":1,"run":"r","time":"t","event":"exec","task":{"serial":1,"tid":2,"tgid":3},"argv":[1]}`,
	} {
		var x any
		if err := json.Unmarshal([]byte(line), &x); err != nil {
			t.Fatal(err)
		}
		if v.check(v.root, x, "line") == "" {
			t.Errorf("accepted: %s", line)
		}
	}
}
