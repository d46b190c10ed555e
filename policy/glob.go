// Patterns for the paths and the arguments of programs.

package policy

import (
	"slices"
	"strings"
)

// MatchPath tells whether the absolute path name matches pattern, in which
// `*` stands for any characters but /, `?` for one of them, and a component
// `**` for any number of components, none included. All other characters
// stand for themselves. Both are compared as bytes; neither is cleaned, so a
// name with . or .. in it should have been resolved before. The time it takes
// is at most proportional to the product of both lengths.
func MatchPath(pattern, name string) bool {
	ps, ns := strings.Split(pattern, "/"), strings.Split(name, "/")
	p, n := 0, 0
	// The last ** that was passed, and how much it has eaten: an earlier one
	// need never be tried again.
	star, eaten := -1, 0
	for n < len(ns) {
		switch {
		case p < len(ps) && ps[p] == "**":
			star, eaten = p, n
			p++
		case p < len(ps) && matchComponent(ps[p], ns[n]):
			p++
			n++
		case star >= 0:
			eaten++
			p, n = star+1, eaten
		default:
			return false
		}
	}
	for p < len(ps) && ps[p] == "**" {
		p++
	}
	return p == len(ps)
}

// matchComponent matches a name without / against a pattern of *, ? and
// characters.
func matchComponent(pattern, name string) bool {
	p, n := 0, 0
	star, eaten := -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, eaten = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			eaten++
			p, n = star+1, eaten
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// RestOfArgv, as the last pattern for a program's arguments, stands for any further ones, none included.
const RestOfArgv = "..."

// MatchArgv tells whether arguments match patterns, one each, in which `*` stands for any characters, / included, and `?` for one
// of them. If the last pattern is RestOfArgv there may be more arguments than patterns.
func MatchArgv(patterns, argv []string) bool {
	if n := len(patterns); n > 0 && patterns[n-1] == RestOfArgv {
		if patterns = patterns[:n-1]; len(argv) > len(patterns) {
			argv = argv[:len(patterns)]
		}
	}
	return slices.EqualFunc(patterns, argv, matchComponent)
}
