// What to write to allow what a rule refuses.

package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// AccessHints are what to write to allow an access that a policy's lists of files refuse, each with {path} in it: for the list
// that the access is about. A list may stand in the policy itself or in one that it extends.
type AccessHints struct {
	Read  string `json:"read,omitempty"`
	Write string `json:"write,omitempty"`
	Exec  string `json:"exec,omitempty"`
}

// before is what to write before a rule of a list to allow what it refuses.
func (c *compiler) before(at rulePlace, list, text string) string {
	own := fmt.Sprintf("before line %d: - %s", at.line, text)
	switch at.style {
	case inBrackets:
		own = fmt.Sprintf("before line %d, column %d: %s,", at.line, at.column, text)
	case belowDash:
		own = fmt.Sprintf("before the rule in line %d: - %s", at.line, text)
	}
	return c.loosen(at.place, own, fmt.Sprintf("%s: [%s]", list, text))
}

// loosen is what to write to allow something that is refused by what stands at a place: own where that is in the policy itself,
// added, which is a key with its value, in a policy that extends the one in which it stands.
//
// A policy that is only tighter than the one that it extends does not get override: true itself, because its lists, of what is
// denied for example, would replace that one's then. It is extended too.
func (c *compiler) loosen(at place, own, added string) string {
	p := c.policy
	several := strings.NewReplacer(nextKey, "; ")
	switch {
	case p.builtIn != "":
		return extending(p.builtIn, added)
	case !p.base.said():
		return several.Replace(own)
	case !p.override.on:
		return extending(p.File, added)
	case at.file == p.File:
		return several.Replace(own)
	}
	return "in " + p.File + ": " + several.Replace(added)
}

// nextKey stands between keys of what is to be written.
const nextKey = "\x00"

// extending is a whole policy that extends one, in a line.
func extending(name, added string) string {
	if strings.ContainsAny(name, " ,:#[]{}\"'&*!|>%@`\\") {
		name = strconv.Quote(name)
	}
	return fmt.Sprintf("the policy {version: 1, extends: %s, override: true, %s}", name, strings.ReplaceAll(added, nextKey, ", "))
}

// more is loosen for a list: key is the list with what is to be in it, such as `write: ["{path}"]`, in a map if that is not empty.
func (c *compiler) more(at place, section, key string) string {
	if section == "" {
		return c.loosen(at, key, signAdds+key)
	}
	return c.loosen(at, fmt.Sprintf("%s: {%s}", section, key), fmt.Sprintf("%s: {%s%s}", section, signAdds, key))
}

// moreAdvisory is more for what no kernel can hold against a hostile program, so that a strict policy would start nothing.
func (c *compiler) moreAdvisory(at place, section, key string) string {
	if c.policy.enforce.how == EnforceBestEffort {
		return c.more(at, section, key)
	}
	const also = nextKey + "enforce: best-effort"
	return c.loosen(at, fmt.Sprintf("%s: {%s}", section, key)+also, fmt.Sprintf("%s: {%s%s}", section, signAdds, key)+also)
}

// less is loosen for an element of a list of what is refused.
func (c *compiler) less(at place, section, list, element string) string {
	return c.loosen(at, fmt.Sprintf("remove %q from %s of %s", element, list, section), fmt.Sprintf("%s: {%s%s: [%q]}", section, signTakes, list, element))
}

// Hint is AllowHint for one call of which no arguments are known.
func (r RuleInfo) Hint(syscall string) string { return r.HintForCall(syscall, nil) }

// argument is a placeholder for the name of an argument's value: what it is, its number, and of flags those that it may
// be, of a request one that stands for any.
var argument = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\{(signal|family|request|flags):([0-5])(?::([A-Za-z0-9_|]+))?\}`)
})

// HintForCall is AllowHint for one call, by its name and its arguments, of which there may be none.
func (r RuleInfo) HintForCall(syscall string, args []uint64) string {
	text := r.AllowHint
	if !strings.Contains(text, "{") { // it is asked for with each refusal
		return text
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "{abi}", "i386"), "{syscall}", syscall)
	if !slices.ContainsFunc([]string{"{signal:", "{family:", "{request:", "{flags:"}, func(p string) bool { return strings.Contains(text, p) }) {
		return text
	}
	return argument().ReplaceAllStringFunc(text, func(s string) string {
		m := argument().FindStringSubmatch(s)
		i := int(m[2][0] - '0')
		flags := strings.Split(m[3], "|")
		if i < len(args) {
			if name := valueName(m[1], args[i]&0xffffffff, flags); name != "" {
				return name
			}
		}
		return map[string]string{"signal": "SIGNAL", "family": "FAMILY", "request": m[3], "flags": strings.Join(flags, ", ")}[m[1]]
	})
}

// valueName is how a policy writes the value of an argument; empty if it has no name.
func valueName(kind string, value uint64, flags []string) string {
	switch kind {
	case "signal":
		if value >= 1 && value <= 64 {
			return Signal(value).String()
		}
	case "family":
		for _, name := range familyNames() {
			if constants()[name] == value {
				return name
			}
		}
	case "request":
		return fmt.Sprintf("%#x", value)
	case "flags":
		set := slices.DeleteFunc(slices.Clone(flags), func(name string) bool { return constants()[name]&value == 0 })
		return strings.Join(set, ", ")
	}
	return ""
}

// HintFor is AllowHint with values for its placeholders: the name of one,
// without braces, and its value, and so on. Characters that would end a text
// of YAML, or act on a terminal, are escaped. The name access, of read, write
// or exec, takes the one of ByAccess, if there is one.
func (r RuleInfo) HintFor(nameAndValue ...string) string {
	var pairs []string
	text := r.AllowHint
	for i := 0; i+1 < len(nameAndValue); i += 2 {
		value := strconv.Quote(nameAndValue[i+1])
		pairs = append(pairs, "{"+nameAndValue[i]+"}", value[1:len(value)-1])
		if h := r.ByAccess.of(nameAndValue[i+1]); nameAndValue[i] == "access" && h != "" {
			text = h
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// of is the one for an access.
func (h AccessHints) of(access string) string {
	return map[string]string{"read": h.Read, "write": h.Write, "exec": h.Exec}[access]
}
