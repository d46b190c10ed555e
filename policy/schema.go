// The language as a JSON Schema, made from the table of keys.

package policy

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
