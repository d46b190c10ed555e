// The language as a JSON Schema, made from the table of keys.

package policy

import (
	"encoding/json"
	"slices"
	"strings"
)

// schemaDraft is the draft that the schema is written in.
const schemaDraft = "https://json-schema.org/draft/2020-12/schema"

// JSONSchema is the language as a JSON Schema, draft 2020-12, by which editors complete and check a policy. It is made
// from [Keys]. It lets some policies through that Parse refuses, and refuses none that Parse takes.
func JSONSchema() []byte {
	top := object("")
	top["$schema"] = schemaDraft
	top["title"] = "A policy of jail"
	// A policy that extends another has that one's default.
	top["anyOf"] = []schema{{"required": []string{"default"}}, {"required": []string{"extends"}}}
	text, err := json.MarshalIndent(top, "", "  ")
	if err != nil {
		panic("policy: " + err.Error()) // cannot be: nothing but text, numbers, lists and maps
	}
	return append(text, '\n')
}

// object is the schema of a map with the keys of a section.
func object(section string) schema {
	properties, required := schema{}, []string{}
	var either []schema
	for _, k := range Keys() {
		if k.Section != section {
			continue
		}
		value := valueOf(k)
		value["description"] = k.Doc
		if k.Default != "" {
			value["description"] = k.Doc + " Default: " + k.Default + "."
		}
		properties[k.Name] = value
		if strings.Contains(k.Signs, signAdds) {
			properties[signAdds+k.Name] = describedAs(value, "Adds to the list "+k.Name+" of the policy that is extended. "+k.Doc)
		}
		if strings.Contains(k.Signs, signTakes) {
			properties[signTakes+k.Name] = describedAs(value, "Takes out of the list "+k.Name+" of the policy that is extended, as it is written there.")
		}
		switch {
		case k.Required && k.Signs != "":
			either = []schema{{"required": []string{k.Name}}, {"required": []string{signAdds + k.Name}}}
		case k.Required:
			required = append(required, k.Name)
		}
	}
	out := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if either != nil {
		out["anyOf"] = either
	}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// describedAs is a copy of a schema with another description.
func describedAs(s schema, text string) schema {
	out := schema{}
	for key, value := range s {
		out[key] = value
	}
	out["description"] = text
	return out
}

// valueOf is the schema of a key's value.
func valueOf(k Key) schema {
	name := strings.TrimPrefix(k.Section+"."+k.Name, ".")
	has := func(section string) bool {
		return slices.ContainsFunc(Keys(), func(o Key) bool { return o.Section == section })
	}
	switch {
	case name == "network":
		words := enum(string(NetworkNone), string(NetworkLoopback), string(NetworkAny))
		return schema{"anyOf": []schema{words, object(name)}}
	case name == "exec.allow":
		return listOf(schema{"anyOf": []schema{absoluteForm(), object(name + "[]")}}, 0)
	case has(name):
		return object(name)
	case has(name + "[]"):
		return schema{"type": "array", "items": object(name + "[]")}
	}
	out := schema{}
	for key, value := range k.schema {
		out[key] = value
	}
	return out
}

// schema is a JSON Schema, draft 2020-12, or a part of one.
type schema map[string]any

// enum is one of some words.
func enum(words ...string) schema { return schema{"enum": words} }

// listOf is a list of at least so many elements, or one of them alone.
func listOf(element schema, least int) schema {
	list := schema{"type": "array", "items": element}
	if least > 0 {
		list["minItems"] = least
	}
	return schema{"anyOf": []schema{element, list}}
}

// lineForm is a line of text.
func lineForm() schema { return schema{"type": "string", "minLength": 1, "maxLength": 200} }

// scalarForm is text, or a number or truth value that is taken as text.
func scalarForm() schema { return schema{"type": []string{"string", "number", "boolean"}} }

// textMap is a map of text.
func textMap() schema {
	return schema{"type": "object", "propertyNames": schema{"pattern": "^[^=]+$"}, "additionalProperties": scalarForm()}
}

// actionForm is an action of one of some verbs.
func actionForm(verbs ...Verb) schema {
	var words []string
	out := []schema{}
	for _, v := range verbs {
		if v == Errno {
			out = append(out, schema{"type": "string", "pattern": "^errno E[A-Z0-9]+$"})
			continue
		}
		words = append(words, string(v))
	}
	return schema{"anyOf": append([]schema{enum(words...)}, out...)}
}

// absoluteForm is an absolute path.
func absoluteForm() schema { return schema{"type": "string", "pattern": "^/"} }

// pathForm is a path of filesystem; globs says that it may be a pattern.
func pathForm(globs bool) schema {
	if globs {
		return schema{"type": "string", "pattern": `^(/|~(/|$)|\$|\{cwd\}(/|$)|\{tmp\}(/|$))`}
	}
	return schema{"type": "string", "pattern": `^(/|~(/|$)|\$|\{cwd\}(/|$)|\{tmp\}(/|$))[^*?]*$`}
}

// conditionPattern is what an editor can check of a condition.
const conditionPattern = `^\s*arg[0-5](:32|:64)?\s*(&[^=!<>]+)?(==|!=|<=|>=|<|>)[^=!<>&]+$`
