// Tests that the JSON Schema refuses no policy that Parse takes, and some that it does not.

package policy

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"gopkg.in/yaml.v3"

	"jail/policies"
)

// valid tells whether a value is as a schema says, for the words of JSON Schema that ours is made of; "" if it is. Any
// other word fails the test.
func valid(s map[string]any, v any) string {
	for word, arg := range s {
		if msg := validWord(s, word, arg, v); msg != "" {
			return msg
		}
	}
	return ""
}

func validWord(s map[string]any, word string, arg, v any) string {
	text, isText := v.(string)
	list, isList := v.([]any)
	object, isObject := v.(map[string]any)
	number, isNumber := v.(float64)
	bad := func(cond bool) string {
		if cond {
			return fmt.Sprintf("%v is not as %s: %v says", v, word, arg)
		}
		return ""
	}
	switch word {
	case "$schema", "title", "description":
		return ""
	case "type":
		return bad(!hasType(arg, v))
	case "const":
		return bad(!reflect.DeepEqual(arg, v))
	case "enum":
		return bad(!slices.ContainsFunc(arg.([]any), func(e any) bool { return reflect.DeepEqual(e, v) }))
	case "pattern":
		return bad(isText && !regexp.MustCompile(arg.(string)).MatchString(text))
	case "minLength":
		return bad(isText && len([]rune(text)) < int(arg.(float64)))
	case "maxLength":
		return bad(isText && len([]rune(text)) > int(arg.(float64)))
	case "minimum":
		return bad(isNumber && number < arg.(float64))
	case "maximum":
		return bad(isNumber && number > arg.(float64))
	case "minItems":
		return bad(isList && len(list) < int(arg.(float64)))
	case "anyOf":
		return bad(!slices.ContainsFunc(arg.([]any), func(e any) bool { return valid(e.(map[string]any), v) == "" }))
	case "items":
		for _, e := range list {
			if msg := valid(arg.(map[string]any), e); msg != "" {
				return msg
			}
		}
	case "required":
		for _, name := range arg.([]any) {
			if _, ok := object[name.(string)]; isObject && !ok {
				return bad(true)
			}
		}
	case "properties", "additionalProperties", "propertyNames":
		return validObject(s, word, arg, object)
	default:
		return "the schema has the word " + word + ", which this test does not know"
	}
	return ""
}

// validObject is validWord for the words about the keys of a map.
func validObject(s map[string]any, word string, arg any, object map[string]any) string {
	known, _ := s["properties"].(map[string]any)
	for name, value := range object {
		msg := ""
		of, isKnown := known[name]
		switch {
		case word == "propertyNames":
			msg = valid(arg.(map[string]any), name)
		case word == "properties" && isKnown:
			msg = valid(of.(map[string]any), value)
		case word == "additionalProperties" && !isKnown && arg == false:
			msg = "no key " + name
		case word == "additionalProperties" && !isKnown:
			msg = valid(arg.(map[string]any), value)
		}
		if msg != "" {
			return name + ": " + msg
		}
	}
	return ""
}

// hasType tells whether a value is of a type, or of one of several.
func hasType(types, v any) bool {
	if all, ok := types.([]any); ok {
		return slices.ContainsFunc(all, func(one any) bool { return hasType(one, v) })
	}
	number, isNumber := v.(float64)
	switch v.(type) {
	case string:
		return types == "string"
	case bool:
		return types == "boolean"
	case []any:
		return types == "array"
	case map[string]any:
		return types == "object"
	}
	return isNumber && (types == "number" || types == "integer" && number == float64(int64(number)))
}

// schemaMap is the schema as a validator sees it.
func schemaMap(t *testing.T) map[string]any {
	t.Helper()
	var s map[string]any
	if err := json.Unmarshal(JSONSchema(), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// asJSON is a policy as an editor hands it to a validator.
func asJSON(text string) (any, error) {
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		return nil, err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	err = json.Unmarshal(data, &out)
	return out, err
}

func TestSchemaTakesWhatParseTakes(t *testing.T) {
	s := schemaMap(t)
	texts := examples(t)
	for _, name := range policies.Names() {
		data, _, _ := policies.Lookup(name)
		texts = append(texts, string(data))
	}
	for _, text := range append(texts, keyExamples(t)...) {
		v, err := asJSON(text)
		if err != nil {
			t.Errorf("%v in\n%s", err, text)
			continue
		}
		if msg := valid(s, v); msg != "" {
			t.Errorf("%s\nin the policy\n%s", msg, text)
		}
	}
}

// An editor should see most mistakes. Those that it cannot see are about names, numbers and what belongs together.
func TestSchemaSeesMistakes(t *testing.T) {
	s := schemaMap(t)
	seen, all := 0, 0
	for _, group := range [][]bad{badTop(), badSyscalls(), badRest(), badSections()} {
		for _, b := range group {
			if v, err := asJSON(b.text); err == nil && len(b.text) < 10_000 {
				all++
				if valid(s, v) != "" {
					seen++
				}
			}
		}
	}
	if seen*2 < all {
		t.Errorf("the schema sees %d of %d mistakes", seen, all)
	}
	for _, text := range []string{"default: allow\n", "version: 1\n", head + "foo: 1\n", head + "network: off\n", head + "limits: {wall-time: 10}\n",
		head + "filesystem: {read: [src]}\n", head + "network: {connect: [\"1.2.3.4\"]}\n", head + "survivors: killed\n", head + "capabilities: [CAP_ROOT]\n"} {
		v, err := asJSON(text)
		if err != nil {
			t.Fatal(err)
		}
		if valid(s, v) == "" {
			t.Errorf("the schema takes\n%s", text)
		}
	}
}
