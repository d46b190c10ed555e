// What is said of files that are wrong.

package testspec

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// problems are those of a file and its cases, in lines.
func problems(text string) string {
	f, err := Parse("s.yaml", []byte(text))
	var list []string
	if err != nil {
		list = append(list, err.Error())
	}
	if f != nil {
		for _, c := range f.Cases {
			for _, p := range c.Problems {
				list = append(list, p.Error())
			}
		}
	}
	return strings.Join(list, "\n")
}

func TestProblems(t *testing.T) {
	const head = "version: 1\ncases:\n  - name: a\n    command: x\n"
	for _, c := range []struct{ text, want string }{
		{"", "s.yaml:1:1: the file is empty; it begins with version: 1"},
		{"a: [", "s.yaml:1:1: this is no YAML: "},
		{"[]", "s.yaml:1:1: here is a list, and there should be file: a mapping with the keys version, cases"},
		{"version: 1\ncases: []", "s.yaml:2:8: there are no cases"},
		{"version: 1\ncases: x", `s.yaml:2:8: here is "x", and there should be a list`},
		{"version: 1\nversion: 1\ncases: [{name: a, command: x}]", "s.yaml:2:1: version is given twice"},
		{"version: 1\ncases: [{name: a}]", `s.yaml:2:9: case needs "command": the program and its arguments, or a script for sh`},
		{"version: 1\ncases: [{command: x}]", `s.yaml:2:9: case needs "name": in reports; each has another`},
		{"version: 1\ncases: [{name: a, command: []}]", "s.yaml:2:28: the command is empty; it begins with a program"},
		{"version: 1\ncases: [{name: a, command: x}, {name: a, command: x}]", `s.yaml:2:32: there is another case with the name "a", in line 2`},
		{"version: 1\ncases:\n  - {name: a, command: x}\n  - {name: b, command: x}\n  - {name: a, command: x}", `s.yaml:5:5: there is another case with the name "a", in line 3`},
		{"version: 1\ncases: [{name: a, command: ''}]", "s.yaml:2:28: the script is empty; it would pass and say nothing"},
		{"version: 1\ncases: [{name: a, command: }]", "s.yaml:2:28: here is nothing, and there should be a string"},
		{head + "---\ncases: []", "s.yaml:5:1: a second document begins here; a file of cases is one document; remove the line --- and what follows"},
		{head + "--- [", "s.yaml:5:"},
		{"version: 1\ncases:\n\t- name: a", "s.yaml:3:1: this is no YAML: found character that cannot start any token; YAML is indented with blanks, and not with tabs"},
		{"default: allow\nsyscalls: []", "s.yaml:1:1: file has no \"default\"; it has version, "},
		{"version: 1\ndefault: allow", "s.yaml:1:1: file needs \"cases\": what is run, one after the other\ns.yaml:2:1: file has no \"default\""},
		{head + "    expect: {left: perhaps, exit: x}\n  - name: a\n    stdin: []", "s.yaml:5:20: here is \"perhaps\", and there should be true or false\ns.yaml:5:35: "},
		{"version: 1\ntimeout: never\ncases: [{name: a, command: x}]", `s.yaml:2:10: here is "never", and there should be a time above 0 such as 10s or 2m`},
		{"version: 1\npolicy: nope\ncases: [{name: a, command: x}]", `s.yaml:2:9: no built-in policy is named "nope"; there are `},
		{"version: 1\ncases: [{name: a, command: x, env: {a=b: c}}]", `s.yaml:2:37: "a=b" is no name of a variable`},
		{head + "    dir: nope", "s.yaml:5:10: the folder ./nope can't be copied: no such file or directory"},
		{head + "    dir: parse_test.go", "s.yaml:5:10: ./parse_test.go is a file, and there should be a folder"},
		{head + "    clock: noon", `s.yaml:5:12: "noon" is no clock: it begins with a time such as 2024-02-29T12:00:00Z`},
		{head + "    seed: x", `s.yaml:5:11: "x" is no seed: that is a number from 0 to`},
		{head + "    files: {../x: y}", `s.yaml:5:13: "../x" is no file in the case's folder`},
		{head + "    files: {/x: y}", `s.yaml:5:13: "/x" is no file in the case's folder`},
		{head + "    trace: [wriet]", `s.yaml:5:12: "wriet" is no system call, group or class; did you mean write?`},
		{head + "    faults: [{falt: x}]", "s.yaml:5:14: here should be a fault: 'write:error=ENOSPC'\ns.yaml:5:15: a fault has no \"falt\"; it has fault and maybe"},
		{head + "    faults: ['write']", "s.yaml:5:14: nothing is to happen; give error, retval, "},
		{head + "    expect: {exit: 256}", `s.yaml:5:20: here is "256", and there should be a number from 0 to 255`},
		{head + "    expect: {signal: SIGFOO}", `s.yaml:5:22: there is no signal "SIGFOO"; they are written as SIGTERM`},
		{head + "    expect: {stdout: {match: '('}}", "s.yaml:5:30: \"(\" is no regular expression: missing closing ) at \"(\""},
		{head + "    expect: {stdout: {is: x}}", `s.yaml:5:23: there is no "is" here; there are match and contains`},
		{head + "    expect: {calls: [{call: write, fails: EFOO}]}", `s.yaml:5:43: there is no error "EFOO"; they are written as ENOENT, and any is each of them`},
		{head + "    expect: {calls: [{path: x}]}", `s.yaml:5:22: call needs "call": names, classes (%file), groups, patterns (rename*)`},
		{head + "    expect: {calls: [{call: openat, path: x, count: 0}]}", `s.yaml:5:22: openat path x is not a pattern: paths are absolute, so "x" matches none; write */x`},
		{head + "    expect: {execs: [{path: cp, count: 0}]}", `s.yaml:5:22: `},
		{head + "    expect: {calls: [{call: openat, flags: O_CREATE, count: 0}]}", `s.yaml:5:22: `},
		{head + "    expect: {calls: [{call: write, fails: enospc}]}", `s.yaml:5:43: there is no error "enospc"; did you mean ENOSPC?; they are written as ENOENT`},
		{head + "    calls: [write]", `s.yaml:5:5: case has no "calls", which is a key of expect; it has name, `},
		{head + "    timout: 3s", `s.yaml:5:5: case has no "timout"; did you mean timeout?; it has name, `},
		{head + "    expect: {exit: 1, signal: SIGTERM}", "s.yaml:5:13: a program ends in one way: of exit, signal and crash there is one"},
		{head + "    expect: {exit: 1, crash: true}", "s.yaml:5:13: a program ends in one way"},
		{head + "    expect: {calls: [{call: write, at-least: 3, at-most: 2}]}", "s.yaml:5:22: at least 3 and at most 2 times is not a pattern: no number is both"},
		{head + "    faults: ['connect:addr=127.0.0.1:80:error=EIO']", `s.yaml:5:14: "80" is no part of a rule; a value with a colon in it stands in quotes: addr="127.0.0.1:80"`},
		{head + "    expect: {calls: [{call: write, before: {call: x, death: 3}}]}", "s.yaml:5:44: a pattern has one of call, exec, death and signal; this has 2"},
		{head + "    expect: {calls: [{call: write, before: {path: x}}]}", "s.yaml:5:44: a pattern has one of call, exec, death and signal; this has 0"},
		{head + "    expect: {deaths: [{exit: 3, before: {death: 256}}]}", "s.yaml:5:49: here is 256, and there should be an exit code from 0 to 255, or a signal"},
		{head + "    expect: {signals: [{count: 0}]}", `s.yaml:5:24: signal needs "signal": which: SIGUSR1`},
		{head + "    expect: {signals: [{signal: HUP, each-process: true, one-process: true}]}", "s.yaml:5:71: of each-process and one-process there is one"},
		{head + "    expect: {calls: [{call: write, size: some}]}", `s.yaml:5:42: here is "some", and there should be a number of bytes, or one after < <= > >= or !=`},
		{head + "    expect: {files: {a: [b]}}", `s.yaml:5:25: here is a list, and there should be a string`},
		{head + "    crash: {calls: write, check: x, lose: all}", `s.yaml:5:43: here is "all", and there should be unsynced or nothing`},
		{head + "    crash: {calls: wriet, check: x}", `s.yaml:5:12: there is no system call or group "wriet"; did you mean write?`},
		{head + "    stdin: *x", "s.yaml:1:1: this is no YAML: unknown anchor 'x' referenced"},
		{"version: 1\nenv: &e {A: b}\ncases: [{name: a, command: x, env: *e}]", "s.yaml:3:36: here is an alias (*name), which is not read here, and there should be a mapping: NAME: value"},
	} {
		if got := problems(c.text); !strings.HasPrefix(got, c.want) {
			t.Errorf("of\n%s\nit is said\n%s\nand not\n%s", c.text, got, c.want)
		}
	}
	if got := problems(head + "...\n# the end\n"); got != "" {
		t.Errorf("an end that is written is no second document: %s", got)
	}
	if _, err := Parse("s.yaml", make([]byte, mostBytes+1)); err == nil || !strings.Contains(err.Error(), "s.yaml: is bigger than 4 MiB") {
		t.Errorf("a large file: %v", err)
	}
}

// A folder is none of files of cases, and that is said with what would be right.
func TestLoadFolder(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); !errors.Is(err, unix.EISDIR) || err.Error() != dir+": is a directory; cases stand in a file, such as spec.yaml" {
		t.Errorf("a folder: %v", err)
	}
}

// What one case gets wrong is no other's.
func TestProblemsAreTheCases(t *testing.T) {
	f, err := Parse("s.yaml", []byte("version: 1\ncases:\n  - {name: a, comand: x}\n  - {name: b, command: [x, '1']}"))
	if err != nil || len(f.Cases) != 2 || len(f.Cases[0].Problems) != 2 || len(f.Cases[1].Problems) != 0 || len(f.Cases[1].Argv) != 2 {
		t.Errorf("%+v, %v", f, err)
	}
}

func FuzzParse(f *testing.F) {
	worked, err := os.ReadFile("testdata/worked.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(worked))
	f.Add("version: 1\ncases: [{name: a, command: x, expect: {calls: [{call: x, then: [y]}], deaths: [{}], execs: [{path: y}]}}]")
	f.Add("? {a: b}\n: c\n")
	f.Fuzz(func(t *testing.T, text string) { problems(text) })
}
