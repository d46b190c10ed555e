// Tests of patterns for paths, against a table and against regular expressions.

package policy

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMatchPath(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"/usr/bin/gcc", "/usr/bin/gcc", true},
		{"/usr/bin/gcc", "/usr/bin/gcc-12", false},
		{"/usr/bin/*", "/usr/bin/gcc", true},
		{"/usr/bin/*", "/usr/bin/", true},
		{"/usr/bin/*", "/usr/bin/x/y", false},
		{"/usr/bin/gcc-??", "/usr/bin/gcc-12", true},
		{"/usr/bin/gcc-??", "/usr/bin/gcc-1", false},
		{"/usr/*/gcc", "/usr/bin/gcc", true},
		{"/usr/*/gcc", "/usr/local/bin/gcc", false},
		{"/usr/**/gcc", "/usr/gcc", true},
		{"/usr/**/gcc", "/usr/local/bin/gcc", true},
		{"/usr/**/gcc", "/usr/local/bin/gcc/x", false},
		{"/usr/**", "/usr", true},
		{"/usr/**", "/usr/local/bin/gcc", true},
		{"/usr/**", "/usrlocal", false},
		{"/**/bin/**/x", "/a/bin/b/bin/c/x", true},
		{"/**/bin/**/x", "/a/bin/b/bin/c/y", false},
		{"/a*b*c", "/aXbYbZc", true},
		{"/a*b*c", "/aXbYbZcd", false},
		{"/usr/bin/[", "/usr/bin/[", true},
		{"/usr/bin/[ab]", "/usr/bin/a", false},
		{"/*", "/", true},
		{"/?", "//", false},
	}
	for _, test := range tests {
		if got := MatchPath(test.pattern, test.name); got != test.want {
			t.Errorf("MatchPath(%q, %q) = %v", test.pattern, test.name, got)
		}
	}
}

// regexpOf says the same as a pattern.
func regexpOf(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("^")
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if part == "**" {
			b.WriteString("(?:/[^/]*)*")
			continue
		}
		if i > 0 {
			b.WriteString("/")
		}
		for _, c := range part {
			switch c {
			case '*':
				b.WriteString("[^/]*")
			case '?':
				b.WriteString("[^/]")
			default:
				b.WriteString(regexp.QuoteMeta(string(c)))
			}
		}
	}
	return regexp.MustCompile(b.String() + "$")
}

func TestMatchPathIsARegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"**", "a", "b", "*", "a*", "*b", "a?b", "*a*b*"}), 1, 6).Draw(t, "pattern"), "/")
		name := "/" + strings.Join(rapid.SliceOfN(rapid.StringMatching("[ab]{0,4}"), 1, 7).Draw(t, "name"), "/")
		if got, want := MatchPath(pattern, name), regexpOf(pattern).MatchString(name); got != want {
			t.Errorf("MatchPath(%q, %q) = %v, the regexp says %v", pattern, name, got, want)
		}
	})
}
