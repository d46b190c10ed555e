// The JSON Schema of a file of cases, made of the table of keys.

package testspec

import (
	"bytes"
	"encoding/json"
	"slices"
)

// JSONSchema is the JSON Schema (draft 2020-12) of files of cases, for editors. The caller may change it. Any goroutine.
func JSONSchema() []byte {
	defs := make(map[string]any)
	for _, t := range tables() {
		defs[t.name] = schemaOf(t)
	}
	root := defs["file"].(map[string]any)
	delete(defs, "file")
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "cases of jail test"
	root["$defs"] = defs
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		panic(err) // of strings and maps
	}
	return b.Bytes()
}

// schema is one.
type schema = map[string]any

func schemaOf(t table) schema {
	properties, required := schema{}, []string{}
	for _, k := range t.keys {
		s := valueOf(k)
		s["description"] = k.doc
		properties[k.name] = s
		if k.must {
			required = append(required, k.name)
		}
	}
	s := schema{"type": "object", "description": t.doc, "additionalProperties": false, "properties": properties}
	if len(required) > 0 {
		slices.Sort(required)
		s["required"] = required
	}
	return s
}

func valueOf(k key) schema {
	word := schema{"type": []string{"string", "number", "boolean"}}
	list := schema{"type": "array", "items": word}
	switch k.kind {
	case number:
		return schema{"type": "integer", "minimum": 0}
	case boolean:
		return schema{"type": "boolean"}
	case texts, noneOr:
		return schema{"anyOf": []schema{word, list}}
	case mapping:
		return schema{"type": "object", "additionalProperties": word}
	case match:
		return matchSchema()
	case contents:
		any := matchSchema()
		any["anyOf"] = append(any["anyOf"].([]schema), schema{"type": "null"})
		return schema{"type": "object", "additionalProperties": any}
	case faults:
		one := schema{"type": "object", "additionalProperties": false, "required": []string{"fault"},
			"properties": schema{"fault": schema{"type": "string"}, "maybe": schema{"type": "boolean"}}}
		return schema{"type": "array", "items": schema{"anyOf": []schema{{"type": "string"}, one}}}
	case object:
		ref := schema{"$ref": "#/$defs/" + k.of}
		if k.of == "pattern" {
			return schema{"anyOf": []schema{{"type": "string"}, ref}}
		}
		return schema{"allOf": []schema{ref}}
	case objects:
		ref := schema{"$ref": "#/$defs/" + k.of}
		if k.of == "pattern" || k.of == "call" {
			ref = schema{"anyOf": []schema{{"type": "string"}, ref}}
		}
		return schema{"type": "array", "items": ref}
	}
	return word
}

func matchSchema() schema {
	word := schema{"type": "string"}
	return schema{"anyOf": []schema{
		{"type": []string{"string", "number", "boolean"}},
		{"type": "object", "additionalProperties": false, "minProperties": 1, "properties": schema{"match": word, "contains": word}},
	}}
}
