// Programs that are allowed by more than their path.

package policy

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const otherSum = "0000000000000000000000000000000000000000000000000000000000000000"

// began makes what is known of a start.
func began(path, sum string, argv ...string) ExecStart {
	return ExecStart{Path: path, SHA256: func() (string, error) { return sum, nil }, Argv: func() ([]string, error) { return argv, nil }}
}

func refused(r ExecRules, s ExecStart) bool {
	_, no := r.RefusedBy(s)
	return no
}

func TestProgramsWithConditions(t *testing.T) {
	x := planOf(t, head+`exec:
  allow:
    - "/usr/bin/*"
    - {path: /opt/plain}
    - {path: "/opt/**", sha256: `+exampleSum+`}
    - {path: /bin/zeros, sha256: "`+otherSum+`"}
    - {path: /srv/git, argv: [git, clone, "https://*", "..."]}
    - {path: /srv/both, sha256: `+exampleSum+`, argv: [both, 5, ""]}
`).Exec
	if want := []string{"/usr/bin/*", "/opt/plain"}; cmp.Diff(want, x.Allow) != "" || len(x.Programs) != 4 {
		t.Fatalf("%+v", x)
	}
	if sums, argv := x.Conditions(); !sums || !argv {
		t.Errorf("Conditions() = %v, %v", sums, argv)
	}
	for _, c := range []struct {
		name string
		s    ExecStart
		want bool
	}{
		{"by its path alone", ExecStart{Path: "/opt/plain"}, true},
		{"its sum", began("/opt/a/tool", exampleSum), true},
		{"another sum", began("/opt/a/tool", otherSum), false},
		{"a sum of digits alone", began("/bin/zeros", otherSum), true},
		{"its sum elsewhere", began("/tmp/tool", exampleSum), false},
		{"a sum that is not known", ExecStart{Path: "/opt/tool"}, false},
		{"its arguments", began("/srv/git", "", "git", "clone", "https://x/y?z"), true},
		{"and more", began("/srv/git", "", "git", "clone", "https://", "a", "b"), true},
		{"another argument", began("/srv/git", "", "git", "clone", "ssh://x"), false},
		{"too few", began("/srv/git", "", "git", "clone"), false},
		{"none", began("/srv/git", ""), false},
		{"arguments that are not known", ExecStart{Path: "/srv/git"}, false},
		{"both", began("/srv/both", exampleSum, "both", "5", ""), true},
		{"both, but one argument more", began("/srv/both", exampleSum, "both", "5", "", ""), false},
		{"the arguments only", began("/srv/both", otherSum, "both", "5", ""), false},
	} {
		if refused(x, c.s) == c.want {
			t.Errorf("%s: allowed is %v", c.name, !c.want)
		}
	}
	fails := ExecStart{Path: "/opt/x", SHA256: func() (string, error) { return exampleSum, errors.New("x") }}
	if !refused(x, fails) {
		t.Error("a sum that came with an error was taken")
	}
}

// What is in a script can be exchanged before its interpreter reads it, and its first argument is dropped by the kernel.
func TestScriptsAndConditions(t *testing.T) {
	x := planOf(t, head+"exec: {allow: [{path: /s, sha256: "+exampleSum+"}, {path: /a, argv: [name, -x]}]}\n").Exec
	script := func(path string, argv ...string) ExecStart {
		s := began(path, exampleSum, argv...)
		s.Script = true
		return s
	}
	if !refused(x, script("/s")) {
		t.Error("a script was allowed by its checksum")
	}
	if refused(x, script("/a", "other", "-x")) || !refused(x, script("/a", "name")) || !refused(x, script("/a", "name", "-x", "y")) || !refused(x, script("/a")) {
		t.Error("a script's arguments are not compared as they should be")
	}
}

// Nothing is read of a program that is decided about without.
func TestConditionsAreLazy(t *testing.T) {
	x := planOf(t, head+"exec: {allow: [/usr/bin/a, {path: /usr/bin/a, sha256: "+exampleSum+"}, {path: /b, argv: [b], sha256: "+exampleSum+"}]}\n").Exec
	never := ExecStart{Path: "/usr/bin/a", SHA256: func() (string, error) { t.Error("read"); return "", nil }}
	if refused(x, never) {
		t.Error("/usr/bin/a is refused")
	}
	never.Path, never.Argv = "/b", func() ([]string, error) { return []string{"c"}, nil }
	if !refused(x, never) {
		t.Error("/b is allowed with other arguments")
	}
}

// A program must meet the conditions of both policies; with a + it has to meet those of one.
func TestConditionsOfBothPolicies(t *testing.T) {
	const base = "exec: {allow: [/usr/bin/git, {path: /opt/tool, sha256: " + exampleSum + "}]}\n"
	x := merged(t, base, `exec: {allow: [{path: "/**", argv: [git, clone, "..."]}]}`+"\n").Exec
	for _, c := range []struct {
		s    ExecStart
		want bool
	}{
		{began("/usr/bin/git", "", "git", "clone", "x"), true},
		{began("/usr/bin/git", "", "git", "push"), false},
		{began("/opt/tool", exampleSum, "git", "clone"), true},
		{began("/opt/tool", otherSum, "git", "clone"), false},
		{began("/opt/other", exampleSum, "git", "clone"), false},
	} {
		argv, _ := c.s.Argv()
		if refused(x, c.s) == c.want {
			t.Errorf("%s %q: allowed is %v", c.s.Path, argv, !c.want)
		}
	}
	if sums, argv := x.Conditions(); !sums || !argv {
		t.Errorf("Conditions() = %v, %v", sums, argv)
	}
	x = merged(t, base, "override: true\nexec: {+allow: {path: /srv/x, argv: [x]}}\n").Exec
	if refused(x, began("/srv/x", "", "x")) || !refused(x, began("/srv/x", "", "y")) || refused(x, began("/usr/bin/git", "")) {
		t.Errorf("with a +: %+v", x)
	}
}

func TestMatchArgv(t *testing.T) {
	for _, c := range []struct {
		patterns, argv string
		want           bool
	}{
		{"a b", "a b", true},
		{"a b", "a", false},
		{"a", "a b", false},
		{"a ...", "a", true},
		{"a ...", "a b c", true},
		{"a ...", "", false},
		{"a b ...", "a", false},
		{"a * ...", "a b", true},
		{"a --out=* x?z", "a --out=/tmp/x xyz", true},
		{"a --out=* x?z", "a --out /tmp/x", false},
		{"*", "a", true},
		{"", "", true},
	} {
		if got := MatchArgv(strings.Fields(c.patterns), strings.Fields(c.argv)); got != c.want {
			t.Errorf("MatchArgv(%q, %q) = %v", c.patterns, c.argv, got)
		}
	}
}

// A mistake is shown where it is.
func TestProgramMistakesHaveAPlace(t *testing.T) {
	text := head + "exec:\n  allow:\n    - /usr/bin/a\n    - path: /usr/bin/b\n      sha256: " + strings.ToUpper(exampleSum) + "\n"
	_, err := Parse("p.yaml", []byte(text))
	lines := strings.Count(text, "\n")
	if want := "p.yaml:" + strconv.Itoa(lines) + ":15: "; err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "lower case") {
		t.Errorf("%v, want it to begin with %s", err, want)
	}
}

func TestTextOfPrograms(t *testing.T) {
	plan := planOf(t, head+"exec: {allow: [/a, {path: /b, sha256: "+exampleSum+"}, {path: /c, argv: [c, \"...\"]}]}\n")
	if got, want := plan.Rules[plan.Exec.Rule].Text, "exec: allow: [/a, /b sha256 9f86d081…, /c argv [c, ...]], others: errno EACCES"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
