// Tests of what is said about policies that are wrong: the whole message, its place and its kind.

package policy

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// head is what a policy needs beside the part that is wrong.
const head = "version: 1\ndefault: allow\n"

// bad is a policy that is wrong, and the kinds of mistakes that are in it.
type bad struct {
	name  string
	text  string
	kinds []error
}

func is(kinds ...error) []error { return kinds }

// many is n lines made with a form.
func many(n int, form string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, form, i)
	}
	return b.String()
}

// badFiles are mistakes in a file as a whole, or in its YAML.
func badFiles() []bad {
	return []bad{
		{"empty", "", is(ErrEmpty)},
		{"blank", " \n\t\n", is(ErrEmpty)},
		{"comments only", "# nothing\n", is(ErrEmpty)},
		{"binary", "version: 1\n\x7fELF\x02\x01\x01\x00\x00", is(ErrBinary)},
		{"latin 1", "version: 1\nname: caf\xe9\n", is(ErrBinary)},
		{"utf-16", "\xff\xfev\x00e\x00r\x00", is(ErrBinary)},
		{"control character", "version: 1\nname: a\x01b\n", is(ErrBinary)},
		{"carriage return alone", "version: 1\rname: x\n", is(ErrBinary)},
		{"lines as on DOS", "version: 1\r\ndefault: allow\r\nfoo: 1\r\n", is(ErrUnknownKey)},
		{"line separator", "version: 1\u2028name: x\n", is(ErrBinary)},
		{"escaped zero", head + `name: "a\0b"`, is(ErrValue)},
		{"too big", "#" + strings.Repeat("x", maxFile), is(ErrTooBig)},
		{"too many nodes", "[" + strings.Repeat("a,", maxMarks+1) + "]", is(ErrTooBig)},
		{"scalar", "hello", is(ErrType)},
		{"list", "- version: 1", is(ErrType)},
		{"null", "~", is(ErrType)},
		{"two documents", head + "---\nversion: 1\n", is(ErrDocuments)},
		{"second document empty", head + "---\n", is(ErrDocuments)},
		{"second document broken", head + "---\n[", is(ErrSyntax)},
		{"merge key", head + "clone: {<<: {max-tasks: 5}}\n", is(ErrMergeKey)},
		{"merge key with alias", "a: &x {max-tasks: 5}\n" + head + "clone: {<<: *x}\n", is(ErrAlias, ErrMergeKey)},
		{"anchor", head + "name: &x jail\n", is(ErrAlias)},
		{"alias", "version: &one 1\ndefault: *one\n", is(ErrAlias)},
		{"unknown alias", head + "name: *nobody\n", is(ErrAlias)},
		{"anchor on a key", head + "&k name: x\n", is(ErrAlias)},
		{"tag", head + "name: !!str 5\n", is(ErrTag)},
		{"own tag", head + "name: !secret 5\n", is(ErrTag)},
		{"binary tag", head + "name: !!binary aGVsbG8=\n", is(ErrTag)},
		{"key is a list", head + "[a, b]: c\n", is(ErrType)},
		{"key is a map", head + "? {a: b}\n: c\n", is(ErrType)},
		{"unclosed list", head + "syscalls: [\n", is(ErrSyntax)},
		{"unclosed quote", head + "name: \"x\n", is(ErrSyntax)},
		{"tab", head + "clone:\n\tmax-tasks: 5\n", is(ErrSyntax)},
		{"bad indentation", head + "clone:\n    max-tasks: 5\n  refuse: errno EPERM\n", is(ErrSyntax)},
		{"nested too deep", head + "syscalls: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), is(ErrTooBig)},
		{"nesting bomb", head + "syscalls: " + strings.Repeat("[", 50_000), is(ErrTooBig)},
		{"yaml directive", "%YAML 9.9\n---\n" + head, is(ErrSyntax)},
	}
}

// badTop are mistakes in the keys of a policy.
func badTop() []bad {
	return []bad{
		{"unknown key", head + "sycalls: []\n", is(ErrUnknownKey)},
		{"unknown key, nothing near", head + "zebra: 1\n", is(ErrUnknownKey)},
		{"key of a later version", head + "include: ci-build\n", is(ErrUnknownKey)},
		{"key in the wrong place", head + "max-tasks: 5\n", is(ErrUnknownKey)},
		{"key in capitals", "Version: 1\ndefault: allow\n", is(ErrUnknownKey, ErrMissingKey)},
		{"duplicate key", head + "name: a\nname: b\n", is(ErrDuplicateKey)},
		{"duplicate key below", head + "clone: {max-tasks: 1, max-tasks: 2}\n", is(ErrDuplicateKey)},
		{"nothing said", "name: x\n", is(ErrMissingKey)},
		{"no default", "version: 1\n", is(ErrMissingKey)},
		{"version 2", "version: 2\ndefault: allow\n", is(ErrVersion)},
		{"version as text", "version: \"1\"\ndefault: allow\n", is(ErrType)},
		{"version 1.0", "version: 1.0\ndefault: allow\n", is(ErrType)},
		{"version null", "version:\ndefault: allow\n", is(ErrType)},
		{"name is a number", head + "name: 5\n", is(ErrType)},
		{"name is a list", head + "name: [a]\n", is(ErrType)},
		{"name is empty", head + "name: \"\"\n", is(ErrValue)},
		{"name has two lines", head + "name: \"a\\nb\"\n", is(ErrValue)},
		{"name has an escape", head + "name: \"a\\e[31mb\"\n", is(ErrValue)},
		{"description too long", head + "description: " + strings.Repeat("x", 201) + "\n", is(ErrValue)},
		{"unknown ABI", head + "abis: [i387]\n", is(ErrUnknownABI)},
		{"own ABI", head + "abis: [x86_64]\n", is(ErrUnknownABI)},
		{"ABI by another name", head + "abis: [i686]\n", is(ErrUnknownABI)},
		{"ABI twice", head + "abis: [i386, x32, i386]\n", is(ErrValue)},
		{"ABIs as a map", head + "abis: {i386: true}\n", is(ErrType)},
		{"default deny", "version: 1\ndefault: deny\n", is(ErrUnknownName)},
		{"default kill", "version: 1\ndefault: kill\n", is(ErrUnknownName)},
		{"default EPERM", "version: 1\ndefault: EPERM\n", is(ErrUnknownName)},
		{"default eperm", "version: 1\ndefault: eperm\n", is(ErrUnknownName)},
		{"default alow", "version: 1\ndefault: alow\n", is(ErrUnknownName)},
		{"default trace", "version: 1\ndefault: trace\n", is(ErrUnknownName)},
		{"default errno", "version: 1\ndefault: errno\n", is(ErrUnknownErrno)},
		{"default errno EPREM", "version: 1\ndefault: errno EPREM\n", is(ErrUnknownErrno)},
		{"default errno 1", "version: 1\ndefault: errno 1\n", is(ErrUnknownErrno)},
		{"default errno 0", "version: 1\ndefault: errno 0\n", is(ErrUnknownErrno)},
		{"default allow all", "version: 1\ndefault: allow all\n", is(ErrValue)},
		{"default true", "version: 1\ndefault: true\n", is(ErrType)},
		{"default is a map", "version: 1\ndefault: {errno: EPERM}\n", is(ErrType)},
		{"survivors", head + "survivors: killed\n", is(ErrUnknownName)},
		{"survivors empty", head + "survivors:\n", is(ErrType)},
		{"several at once", "version: 3\ndefault: nope\nfoo: 1\nsurvivors: maybe\n", is(ErrVersion, ErrUnknownName, ErrUnknownKey)},
		{"more than twenty", head + many(30, "key%d: 1\n"), is(ErrUnknownKey)},
	}
}

// rule is a policy with one rule of syscalls.
func rule(s string) string { return head + "syscalls:\n  - " + s + "\n" }

// badSyscalls are mistakes in rules for system calls.
func badSyscalls() []bad {
	cond := func(call, c string) string {
		return rule(`{syscalls: [` + call + `], when: ["` + c + `"], action: errno EPERM}`)
	}
	return []bad{
		{"not a list", head + "syscalls: {read: allow}\n", is(ErrType)},
		{"rule is a word", rule("read"), is(ErrType)},
		{"rule without action", rule("{syscalls: [read]}"), is(ErrMissingKey)},
		{"rule without names", rule("{action: allow}"), is(ErrMissingKey)},
		{"old form", rule("allow: [read]"), is(ErrUnknownKey, ErrMissingKey)},
		{"unknown call", rule("{syscalls: [opennat], action: allow}"), is(ErrUnknownSyscall)},
		{"unknown call, nothing near", rule("{syscalls: [xyzzyplugh], action: allow}"), is(ErrUnknownSyscall)},
		{"unknown group", rule("{syscalls: [\"@file-systm\"], action: allow}"), is(ErrUnknownSyscall)},
		{"unknown group, nothing near", rule("{syscalls: [\"@zzzzzzzzzzzz\"], action: allow}"), is(ErrUnknownSyscall)},
		{"group without its sign", rule("{syscalls: [file-system], action: allow}"), is(ErrUnknownSyscall)},
		{"group not quoted", rule("{syscalls: [@mount], action: allow}"), is(ErrSyntax)},
		{"call by number", rule("{syscalls: [0], action: allow}"), is(ErrType)},
		{"call in capitals", rule("{syscalls: [READ], action: allow}"), is(ErrUnknownSyscall)},
		{"no calls", rule("{syscalls: [], action: allow}"), is(ErrValue)},
		{"call twice", rule("{syscalls: [read, write, read], action: allow}"), is(ErrValue)},
		{"call null", rule("{syscalls: [~], action: allow}"), is(ErrType)},
		{"calls nested", rule("{syscalls: [[read]], action: allow}"), is(ErrType)},
		{"wrong key", rule("{syscalls: [read], actoin: allow}"), is(ErrUnknownKey, ErrMissingKey)},
		{"kill", rule("{syscalls: [read], action: kill}"), is(ErrUnknownName)},
		{"action number", rule("{syscalls: [read], action: 5}"), is(ErrType)},
		{"quiet kill", rule("{syscalls: [read], action: kill-process, quiet: true}"), is(ErrValue)},
		{"quiet allow", rule("{syscalls: [read], action: allow, quiet: true}"), is(ErrValue)},
		{"quiet yes", rule("{syscalls: [read], action: errno EPERM, quiet: yes}"), is(ErrType)},
		{"quiet 1", rule("{syscalls: [read], action: errno EPERM, quiet: 1}"), is(ErrType)},
		{"too many rules", head + "syscalls:\n" + strings.Repeat("  - {syscalls: [read], action: allow}\n", maxRules+1), is(ErrTooBig)},
		{"too many names", rule("{syscalls: [" + strings.Repeat("read, ", maxNames+1) + "], action: allow}"), is(ErrTooBig)},
		{"too many conditions", rule("{syscalls: [read], when: [" + strings.Repeat("arg0 == 1, ", maxConditions+1) + "], action: allow}"), is(ErrTooBig)},
		{"too much work", head + "syscalls:\n" + strings.Repeat(`  - {syscalls: ["@basic-io"], when: [`+strings.Repeat("arg0 == 1, ", maxConditions)+`], action: allow}`+"\n", 400), is(ErrTooBig)},

		{"no conditions", rule("{syscalls: [read], when: [], action: allow}"), is(ErrValue)},
		{"condition is a map", rule("{syscalls: [read], when: [{arg0: 1}], action: allow}"), is(ErrType)},
		{"no operator", cond("ioctl", "arg1"), is(ErrCondition)},
		{"single =", cond("ioctl", "arg1 = 5"), is(ErrCondition)},
		{"no value", cond("ioctl", "arg1 =="), is(ErrCondition)},
		{"two values", cond("ioctl", "arg1 == 5 6"), is(ErrCondition)},
		{"half a value", cond("ioctl", "arg1 == 5 |"), is(ErrCondition)},
		{"no such argument", cond("ioctl", "arg6 == 5"), is(ErrNumber)},
		{"argument 10", cond("ioctl", "arg10 == 5"), is(ErrCondition)},
		{"argument by name", cond("ioctl", "cmd == TIOCSTI"), is(ErrCondition)},
		{"width 16", cond("ioctl", "arg1:16 == 5"), is(ErrCondition)},
		{"unknown constant", cond("ioctl", "arg1 == TIOCSTY"), is(ErrUnknownName)},
		{"unknown constant, nothing near", cond("ioctl", "arg1 == FROBNICATE_ALL"), is(ErrUnknownName)},
		{"no number", cond("ioctl", "arg1 == 0xZZ"), is(ErrCondition)},
		{"number with _", cond("ioctl", "arg1 == 1_000"), is(ErrCondition)},
		{"fraction", cond("ioctl", "arg1 == 1.5"), is(ErrCondition)},
		{"65 bits", cond("mmap", "arg0 == 0x10000000000000000"), is(ErrNumber)},
		{"below 64 bits", cond("mmap", "arg0 == -9223372036854775809"), is(ErrNumber)},
		{"33 bits for an int", cond("ioctl", "arg1 == 0x100005412"), is(ErrNumber)},
		{"too far below zero for an int", cond("openat", "arg0 == -2147483649"), is(ErrNumber)},
		{"mask too wide", cond("openat", "arg2 & 0x100000003 == 0"), is(ErrNumber)},
		{"17 bits for a mode", cond("chmod", "arg1 == 0x10000"), is(ErrNumber)},
		{"order of modes", cond("chmod", "arg1 > 0777"), is(ErrCondition)},
		{"wide comparison of an int", cond("ioctl", "arg1:64 == TIOCSTI"), is(ErrCondition)},
		{"pointer", cond("openat", "arg1 == 5"), is(ErrCondition)},
		{"pointer with order", cond("openat", "arg1 > 0"), is(ErrCondition)},
		{"no third argument", cond("kill", "arg2 == 5"), is(ErrCondition)},
		{"no arguments", cond("getpid", "arg0 == 5"), is(ErrCondition)},
		{"call of another machine", cond("swapcontext", "arg0 == 5"), is(ErrUnknownSyscall)},
		{"unknown width", cond("vserver", "arg0 == 5"), is(ErrCondition)},
		{"no such argument of an old call", cond("sysfs, modify_ldt", "arg3 == 5"), is(ErrCondition)},
		{"condition on a group", cond("'@network-io'", "arg3 == 5"), is(ErrCondition)},
		{"never equal", cond("socket", "arg1 & 0xf == 0x10"), is(ErrCondition)},
		{"empty mask", cond("socket", "arg1 & 0 == 0"), is(ErrCondition)},
		{"order under a mask", cond("socket", "arg1 & 0xf < 3"), is(ErrCondition)},
		{"order below zero", cond("openat", "arg0 < -1"), is(ErrCondition)},
		{"place in a plain condition", head + "syscalls:\n  - syscalls: [ioctl]\n    action: errno EPERM\n    when:\n      - arg1 == TIOCSTY\n", is(ErrUnknownName)},
		{"place in a condition of several lines", head + "syscalls:\n  - syscalls: [ioctl]\n    action: errno EPERM\n    when:\n      - >\n        arg1 == TIOCSTY\n", is(ErrUnknownName)},
	}
}

// badRest are mistakes in the other sections.
func badRest() []bad {
	sig := func(s string) string { return head + "signals: [" + s + "]\n" }
	clone := func(s string) string { return head + "clone: {" + s + "}\n" }
	exec := func(s string) string { return head + "exec: {" + s + "}\n" }
	program := func(s string) string { return exec("allow: [{" + s + "}]") }
	rewrite := func(s string) string { return exec("rewrite: [{" + s + "}]") }
	return []bad{
		{"SIGKILL", sig("{signal: SIGKILL, action: ignore}"), is(ErrUnstoppable)},
		{"signal 9", sig("{signal: 9, action: ignore}"), is(ErrUnstoppable)},
		{"SIGKILL among others", sig("{signal: [SIGTERM, SIGKILL], action: kill}"), is(ErrUnstoppable)},
		{"SIGSTOP ignored", sig("{signal: SIGSTOP, action: ignore}"), is(ErrUnstoppable)},
		{"SIGSTOP replaced", sig("{signal: SIGSTOP, action: replace SIGTERM}"), is(ErrUnstoppable)},
		{"replaced by SIGKILL", sig("{signal: SIGTERM, action: replace SIGKILL}"), is(ErrUnstoppable)},
		{"fault ignored", sig("{signal: SIGSEGV, action: ignore}"), is(ErrUnstoppable)},
		{"signal without SIG", sig("{signal: term, action: ignore}"), is(ErrUnknownSignal)},
		{"misspelt signal", sig("{signal: SIGTREM, action: ignore}"), is(ErrUnknownSignal)},
		{"signal 65", sig("{signal: 65, action: ignore}"), is(ErrUnknownSignal)},
		{"signal 0", sig("{signal: 0, action: ignore}"), is(ErrUnknownSignal)},
		{"real-time signal too high", sig("{signal: SIGRTMIN+31, action: ignore}"), is(ErrUnknownSignal)},
		{"signal twice", sig("{signal: [SIGHUP, 1], action: ignore}"), is(ErrValue)},
		{"any and one more", sig("{signal: [any, SIGHUP], action: ignore}"), is(ErrValue)},
		{"signal null", sig("{signal: ~, action: ignore}"), is(ErrType)},
		{"signal true", sig("{signal: [true], action: ignore}"), is(ErrType)},
		{"sender", sig("{signal: SIGHUP, from: outsid, action: ignore}"), is(ErrUnknownName)},
		{"no sender", sig("{signal: SIGHUP, from: [], action: ignore}"), is(ErrValue)},
		{"signal action", sig("{signal: SIGHUP, action: drop}"), is(ErrUnknownName)},
		{"replace what", sig("{signal: SIGHUP, action: replace}"), is(ErrUnknownSignal)},
		{"replace by nothing known", sig("{signal: SIGHUP, action: replace SIGUSR3}"), is(ErrUnknownSignal)},
		{"ignore with more", sig("{signal: SIGHUP, action: ignore it}"), is(ErrValue)},
		{"no action", sig("{signal: SIGHUP}"), is(ErrMissingKey)},

		{"clone is a list", head + "clone: [500]\n", is(ErrType)},
		{"no tasks", clone("max-tasks: 0"), is(ErrNumber)},
		{"negative tasks", clone("max-tasks: -1"), is(ErrNumber)},
		{"too many tasks", clone("max-tasks: 99999999999999999999"), is(ErrNumber)},
		{"half a task", clone("max-tasks: 1.5"), is(ErrNumber)},
		{"tasks as text", clone(`max-tasks: "5"`), is(ErrType)},
		{"misspelt flag", clone("refuse-flags: [CLONE_NEWUSR]"), is(ErrUnknownName)},
		{"flag without CLONE", clone("refuse-flags: [O_CREAT]"), is(ErrUnknownName)},
		{"flag of clone3", clone("refuse-flags: [CLONE_INTO_CGROUP]"), is(ErrValue)},
		{"flag that is always refused", clone("refuse-flags: [CLONE_UNTRACED]"), is(ErrValue)},
		{"flag twice", clone("refuse-flags: [CLONE_VM, CLONE_VM]"), is(ErrValue)},
		{"no flags", clone("refuse-flags: []"), is(ErrValue)},
		{"refuse alone", clone("refuse: errno EPERM"), is(ErrMissingKey)},
		{"refuse by allowing", clone("refuse-flags: [CLONE_VM], refuse: allow"), is(ErrUnknownName)},

		{"relative path", exec("allow: [gcc]"), is(ErrValue)},
		{"path with dots", exec("allow: [/usr/../bin/gcc]"), is(ErrValue)},
		{"path with two slashes", exec("allow: [/usr//bin/gcc]"), is(ErrValue)},
		{"path that ends in a slash", exec("allow: [/usr/bin/]"), is(ErrValue)},
		{"path too long", exec("allow: [" + strings.Repeat("/x", 2048) + "]"), is(ErrTooBig)},
		{"** in a component", exec("allow: [/usr/**.so]"), is(ErrValue)},
		{"too many **", exec("allow: [\"/**/a/**/b/**/c/**/d/**\"]"), is(ErrTooBig)},
		{"path is a number", exec("allow: [5]"), is(ErrType)},
		{"program without a path", program("sha256: " + exampleSum), is(ErrMissingKey)},
		{"program with an unknown key", program("path: /x, sha512: a"), is(ErrUnknownKey)},
		{"checksum too short", program("path: /x, sha256: " + exampleSum[1:]), is(ErrValue)},
		{"checksum too long", program("path: /x, sha256: " + exampleSum + "0"), is(ErrValue)},
		{"checksum in upper case", program("path: /x, sha256: " + strings.ToUpper(exampleSum)), is(ErrValue)},
		{"checksum with other letters", program("path: /x, sha256: " + exampleSum[1:] + "g"), is(ErrValue)},
		{"checksum with its name", program("path: /x, sha256: \"sha256:" + exampleSum + "\""), is(ErrValue)},
		{"checksum is a list", program("path: /x, sha256: [" + exampleSum + "]"), is(ErrType)},
		{"checksum is a number", program("path: /x, sha256: " + strings.Repeat("1", 64)), is(ErrType)},
		{"checksum is empty", program("path: /x, sha256: \"\""), is(ErrValue)},
		{"no arguments", program("path: /x, argv: []"), is(ErrValue)},
		{"arguments are text", program("path: /x, argv: x"), is(ErrType)},
		{"argument is a map", program("path: /x, argv: [{}]"), is(ErrType)},
		{"any arguments", program("path: /x, argv: [\"...\"]"), is(ErrValue)},
		{"something after any arguments", program("path: /x, argv: [x, \"...\", y]"), is(ErrValue)},
		{"arguments of a rewrite", program("path: /x, argv: [x, \"{args}\"]"), is(ErrValue)},
		{"exec refuse alone", exec("refuse: errno EACCES"), is(ErrMissingKey)},
		{"exec refuse trace", exec("allow: [], refuse: trace"), is(ErrUnknownName)},
		{"rewrite without path", rewrite("to: /bin/true"), is(ErrMissingKey)},
		{"rewrite that changes nothing", rewrite("path: /bin/true"), is(ErrMissingKey)},
		{"rewrite to a relative path", rewrite("path: /bin/true, to: bin/false"), is(ErrValue)},
		{"argv empty", rewrite("path: /bin/true, argv: []"), is(ErrValue)},
		{"argv null", rewrite("path: /bin/true, argv: [~]"), is(ErrType)},
		{"argv begins with args", rewrite(`path: /bin/true, argv: ["{args}"]`), is(ErrValue)},
		{"argv with args twice", rewrite(`path: /bin/true, argv: [a, "{args}", "{args}"]`), is(ErrValue)},
		{"argv with a map", rewrite(`path: /bin/true, argv: [a, {args}]`), is(ErrType)},
		{"env empty", rewrite("path: /bin/true, env: {}"), is(ErrMissingKey)},
		{"env twice", rewrite("path: /bin/true, env: {set: {A: 1, A: 2}}"), is(ErrDuplicateKey)},
		{"env name", rewrite(`path: /bin/true, env: {set: {"A=B": 1}}`), is(ErrValue)},
		{"env null", rewrite("path: /bin/true, env: {set: {A: ~}}"), is(ErrType)},
		{"env set is a list", rewrite("path: /bin/true, env: {set: [A]}"), is(ErrType)},
		{"env remove name", rewrite(`path: /bin/true, env: {remove: ["A=B"]}`), is(ErrValue)},
	}
}

func TestBadPolicies(t *testing.T) {
	var got strings.Builder
	for _, group := range [][]bad{badFiles(), badTop(), badSyscalls(), badRest(), badSections()} {
		for _, b := range group {
			p, err := Parse("p.yaml", []byte(b.text))
			if err == nil || p != nil {
				t.Errorf("%s: accepted", b.name)
				continue
			}
			fmt.Fprintf(&got, "# %s\n%v\n\n", b.name, err)
			checkErrors(t, b, err)
		}
	}
	golden(t, "bad.txt", got.String())
}

// checkErrors looks at what every error must have.
func checkErrors(t *testing.T, b bad, err error) {
	t.Helper()
	for _, kind := range b.kinds {
		if !errors.Is(err, kind) {
			t.Errorf("%s: errors.Is finds no %q in: %v", b.name, kind, err)
		}
	}
	var all Errors
	if !errors.As(err, &all) || len(all) == 0 || len(all) > maxErrors {
		t.Fatalf("%s: the error is %T with %d mistakes", b.name, err, len(all))
	}
	lines := strings.Count(b.text, "\n") + 1
	for _, e := range all {
		known := false
		for _, kind := range b.kinds {
			known = known || errors.Is(e, kind)
		}
		switch {
		case !known:
			t.Errorf("%s: a mistake of another kind: %v", b.name, e)
		case e.File != "p.yaml" || e.Msg == "" || strings.ContainsAny(e.Error(), "\n\x00\x1b"):
			t.Errorf("%s: not one clear line: %q", b.name, e.Error())
		case (e.Line == 0) != (e.Column == 0) || e.Line > lines:
			t.Errorf("%s: no place in the file: %d:%d", b.name, e.Line, e.Column)
		case len(e.Error()) > 500:
			t.Errorf("%s: %d bytes long", b.name, len(e.Error()))
		}
	}
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (- want, + got; -update writes it anew):\n%s", file, diff)
	}
}
