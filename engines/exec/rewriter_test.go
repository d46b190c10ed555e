// Rewriting on a machine without a kernel: what the kernel would find in memory.

package exec

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// rewriting makes rules that only rewrite.
func rewriting(r ...policy.ExecRewrite) policy.ExecRules {
	for i := range r {
		r[i].Report = true
	}
	return policy.ExecRules{Rewrites: r}
}

const (
	argvAt = 0x20000
	envpAt = 0x30000
)

// arrange puts a call's strings into memory and returns the call.
func arrange(j *enginetest.Jail, abi seccomp.ABI, path string, argv, env []string) utrace.Call {
	size := 8
	if abi != seccomp.X86_64 && abi != seccomp.ARM64 {
		size = 4
	}
	at := uint64(0x40000)
	array := func(addr uint64, texts []string) {
		var list []uint64
		for _, s := range texts {
			list = append(list, j.M.MapString(at, s))
			at += uint64(len(s)) + 1
		}
		j.M.MapPointers(addr, size, list...)
	}
	array(argvAt, argv)
	array(envpAt, env)
	c := enginetest.CallOf(abi, "execve", j.M.MapString(pathAt, path), argvAt, envpAt)
	c.SP = stackTop - 0x100
	if size == 4 {
		c.SP = 0x7000_0000
		j.M.Map(c.SP-0x4000, make([]byte, 0x4000))
	}
	return c
}

// sees reads what the kernel would.
func sees(t *testing.T, m *enginetest.Machine, c utrace.Call, size int) (path string, argv, env []string) {
	t.Helper()
	str := func(addr uint64) string {
		var b []byte
		for {
			var p [1]byte
			if _, err := m.ReadMem(addr, p[:]); err != nil {
				t.Fatalf("string at %#x: %v", addr, err)
			}
			if p[0] == 0 {
				return string(b)
			}
			b = append(b, p[0])
			addr++
		}
	}
	array := func(addr uint64) (list []string) {
		for {
			p := make([]byte, size)
			if n, err := m.ReadMem(addr, p); err != nil || n < size {
				t.Fatalf("array at %#x: %v", addr, err)
			}
			if word(p) == 0 {
				return list
			}
			list = append(list, str(word(p)))
			addr += uint64(size)
		}
	}
	return str(c.Args[0]), array(c.Args[1]), array(c.Args[2])
}

func TestRewrite(t *testing.T) {
	argv, env := []string{"cc", "-c", "x.c"}, []string{"PATH=/bin", "LD_PRELOAD=/evil.so", "LD_LIBRARY_PATH=/x", "odd", "HOME=/root"}
	for _, c := range []struct {
		name    string
		rule    policy.ExecRewrite
		given   string
		path    string
		argv    []string
		env     []string
		nothing bool
	}{
		{name: "path", rule: policy.ExecRewrite{Path: "/usr/bin/cc", To: "/usr/bin/gcc-14"}, path: "/usr/bin/gcc-14", argv: argv, env: env},
		{name: "arguments", rule: policy.ExecRewrite{Path: "/usr/*/cc", Argv: []string{"gcc", "-O0", "{args}", "-g"}},
			path: "/usr/bin/cc", argv: []string{"gcc", "-O0", "-c", "x.c", "-g"}, env: env},
		{name: "arguments without the old", rule: policy.ExecRewrite{Path: "/**", Argv: []string{"true"}}, path: "/usr/bin/cc", argv: []string{"true"}, env: env},
		{name: "environment", rule: policy.ExecRewrite{Path: "/**", EnvRemove: []string{"LD_*"}, EnvSet: []policy.EnvVar{{Name: "HOME", Value: "/tmp"}, {Name: "LANG", Value: "C"}}},
			path: "/usr/bin/cc", argv: argv, env: []string{"PATH=/bin", "odd", "HOME=/tmp", "LANG=C"}},
		{name: "an empty environment", rule: policy.ExecRewrite{Path: "/**", EnvRemove: []string{"*"}}, path: "/usr/bin/cc", argv: argv, env: nil},
		{name: "all", rule: policy.ExecRewrite{Path: "/**", To: "/x", Argv: []string{"x", "{args}"}, EnvSet: []policy.EnvVar{{Name: "A", Value: ""}}},
			path: "/x", argv: []string{"x", "-c", "x.c"}, env: append(slices.Clone(env), "A=")},
		{name: "not a path of the rule", rule: policy.ExecRewrite{Path: "/bin/cc", To: "/x"}, nothing: true},
		{name: "a path that says nothing more", given: "/usr//./bin/../bin/cc", rule: policy.ExecRewrite{Path: "/usr/bin/cc", To: "/x"}, path: "/x", argv: argv, env: env},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := start(t, rewriting(c.rule))
			if c.given == "" {
				c.given = "/usr/bin/cc"
			}
			call := arrange(j, seccomp.Native(), c.given, argv, env)
			out := j.Call(j.First, call)
			if len(j.M.Writes) > 0 {
				t.Errorf("written to the program's memory: %+v", j.M.Writes)
			}
			if c.nothing {
				if out.Strict != utrace.AsIs || out.Call.Args[1] != call.Args[1] || out.Call.Args[2] != call.Args[2] {
					t.Errorf("%v with %+v, want nothing changed", out.Strict, out.Call)
				}
				return
			}
			if out.Strict != utrace.Rewritten {
				t.Fatalf("%v: %s", out.Strict, out.Why.What)
			}
			path, av, ev := sees(t, j.M, out.Call, 8)
			if path != c.path || !slices.Equal(av, c.argv) || !slices.Equal(ev, c.env) {
				t.Errorf("the kernel sees %q %q %q,\nwant %q %q %q", path, av, ev, c.path, c.argv, c.env)
			}
			if out.Call.Args[0] == call.Args[0] {
				t.Error("the path is where the program can change it")
			}
		})
	}
}

// TestRewriteSealsWhatItComparedWith: the path that no rule matches is sealed too, or else it could become one that does.
func TestRewriteSealsWhatItComparedWith(t *testing.T) {
	j := start(t, rewriting(policy.ExecRewrite{Path: "/none", To: "/bin/true"}))
	call := arrange(j, seccomp.Native(), "/bin/sh", nil, nil)
	out := j.Call(j.First, call)
	if !out.Sealed || out.Call.Args[0] == call.Args[0] || out.Strict != utrace.AsIs {
		t.Errorf("%+v", out)
	}
}

// TestRewriteSucceeds: the memory is new, and nothing may be written to it.
func TestRewriteSucceeds(t *testing.T) {
	j := start(t, rewriting(policy.ExecRewrite{Path: "/**", To: self(t)}))
	j.Call(j.First, arrange(j, seccomp.Native(), "/bin/cc", nil, nil))
	if out := j.Exec(j.First); out.Strict != utrace.AsIs || len(j.M.Writes) > 0 {
		t.Errorf("%v (%s), %d writes", out.Strict, out.Why.What, len(j.M.Writes))
	}
}

// TestRewriteByRealFile: another name for the file is no way round.
func TestRewriteByRealFile(t *testing.T) {
	dir := tempDir(t)
	prog := write(t, filepath.Join(dir, "prog"), "\x7fELF", 0o755)
	link := filepath.Join(dir, "link")
	if err := os.Symlink("prog", link); err != nil {
		t.Fatal(err)
	}
	for _, given := range []string{prog, link, "/proc/self/root" + prog} {
		j := start(t, rewriting(policy.ExecRewrite{Path: prog, To: "/bin/true"}))
		if out := j.Call(j.First, arrange(j, seccomp.Native(), given, nil, nil)); out.Strict != utrace.Rewritten {
			t.Errorf("%s: %v (%s)", given, out.Strict, out.Why.What)
		}
	}
}

// TestRewriteFirstOfEitherName: a later rule for the name that was given does not take a program out of an earlier one for its file.
func TestRewriteFirstOfEitherName(t *testing.T) {
	dir := tempDir(t)
	prog := write(t, filepath.Join(dir, "prog"), "\x7fELF", 0o755)
	link := filepath.Join(dir, "link")
	if err := os.Symlink("prog", link); err != nil {
		t.Fatal(err)
	}
	byFile := policy.ExecRewrite{Path: prog, To: "/bin/true"}
	byName := policy.ExecRewrite{Path: link, To: "/bin/false"}
	for _, x := range []struct {
		rules []policy.ExecRewrite
		want  string
	}{
		{[]policy.ExecRewrite{byFile, byName}, "/bin/true"},
		{[]policy.ExecRewrite{byName, byFile}, "/bin/false"},
		{[]policy.ExecRewrite{byFile, {Path: "/**", EnvRemove: []string{"LD_PRELOAD"}}}, "/bin/true"},
	} {
		j := start(t, rewriting(x.rules...))
		out := j.Call(j.First, arrange(j, seccomp.Native(), link, []string{"link"}, nil))
		if got, _, _ := sees(t, j.M, out.Call, 8); out.Strict != utrace.Rewritten || got != x.want {
			t.Errorf("%v: %v, %s runs", x.rules, out.Strict, got)
		}
	}
}

// TestRewriteSlipped: what runs in the end (here the test's own program) is something else than what was decided about.
func TestRewriteSlipped(t *testing.T) {
	me := self(t)
	for name, c := range map[string]struct {
		rule  policy.ExecRewrite
		given string
		want  utrace.Strictness
	}{
		"rewritten to it":               {policy.ExecRewrite{Path: "/x", To: me}, "/x", utrace.AsIs},
		"rewritten to something else":   {policy.ExecRewrite{Path: "/x", To: "/bin/sh"}, "/x", utrace.KillProcess},
		"rewritten to nothing":          {policy.ExecRewrite{Path: "/x", To: "/none"}, "/x", utrace.KillProcess},
		"not rewritten, and no rule":    {policy.ExecRewrite{Path: "/x", To: "/bin/sh"}, "/bin/sh", utrace.AsIs},
		"not rewritten, but has a rule": {policy.ExecRewrite{Path: me, Argv: []string{"x"}}, "/bin/sh", utrace.KillProcess},
		"rewritten, and has the rule":   {policy.ExecRewrite{Path: me, Argv: []string{"x"}}, me, utrace.AsIs},
		"the rule is for all":           {policy.ExecRewrite{Path: "/**", Argv: []string{"x"}}, "/bin/sh", utrace.AsIs},
	} {
		j := start(t, rewriting(c.rule))
		j.Call(j.First, arrange(j, seccomp.Native(), c.given, []string{"a"}, nil))
		if out := j.Exec(j.First); out.Strict != c.want {
			t.Errorf("%s: %v (%s), want %v", name, out.Strict, out.Why.What, c.want)
		}
	}
}

func TestRewriteThenRestrict(t *testing.T) {
	sh := real(t, "/bin/sh")
	rules := only(sh)
	rules.Rewrites = []policy.ExecRewrite{{Path: "/x/y", To: sh}, {Path: sh, To: "/bin/cat"}}
	j := start(t, rules)
	if out := j.Call(j.First, arrange(j, seccomp.Native(), "/x/y", nil, nil)); out.Strict != utrace.Rewritten {
		t.Errorf("to an allowed program: %v (%s)", out.Strict, out.Why.What)
	}
	if out := j.Call(j.First, arrange(j, seccomp.Native(), sh, nil, nil)); out.Strict != utrace.Answered {
		t.Errorf("to a program that is not allowed: %v", out.Strict)
	}
}

// TestRewriteRelative: a relative path is compared from the working folder.
func TestRewriteRelative(t *testing.T) {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	j := start(t, rewriting(policy.ExecRewrite{Path: real(t, dir) + "/x", To: "/y"}))
	if out := j.Call(j.First, arrange(j, seccomp.Native(), "./x", nil, nil)); out.Strict != utrace.Rewritten {
		t.Errorf("%v (%s)", out.Strict, out.Why.What)
	}
}

func TestNotRewritten(t *testing.T) {
	rule := policy.ExecRewrite{Path: "/x", To: "/y", EnvSet: []policy.EnvVar{{Name: "A", Value: "b"}}}
	try := func(name string, want unix.Errno, spoil func(*enginetest.Jail, *utrace.Call)) {
		t.Helper()
		j := start(t, rewriting(rule))
		c := arrange(j, seccomp.Native(), "/x", []string{"x"}, []string{"E=1"})
		spoil(j, &c)
		out := j.Call(j.First, c)
		if out.Strict != utrace.Answered || out.Result != -int64(want) {
			t.Errorf("%s: %v with %d (%s), want errno %d", name, out.Strict, out.Result, out.Why.What, want)
		}
	}
	try("an environment that is not there", unix.EFAULT, func(_ *enginetest.Jail, c *utrace.Call) { c.Args[2] = 8 })
	try("a variable that is not there", unix.EFAULT, func(j *enginetest.Jail, c *utrace.Call) {
		c.Args[2] = j.M.MapPointers(envpAt, 8, 8)
	})
	try("an endless environment", unix.E2BIG, func(j *enginetest.Jail, c *utrace.Call) {
		c.Args[2] = 1 << 41
		j.M.Fill = func(uint64) byte { return 1 }
	})
	try("no path", unix.ENOENT, func(j *enginetest.Jail, c *utrace.Call) { j.M.MapString(pathAt, "") })
	unsealed := fmt.Errorf("%w: a test", utrace.ErrUnsealed)
	try("what there is no room for", unix.ENOMEM, func(j *enginetest.Jail, _ *utrace.Call) { j.M.Unsealed = utrace.ErrNoRoom })
	try("what can't be sealed", unix.EACCES, func(j *enginetest.Jail, _ *utrace.Call) { j.M.Unsealed = unsealed })

	j := start(t, rewriting(rule)) // no rule matches: it may run as it is
	j.M.Unsealed = unsealed
	if out := j.Call(j.First, arrange(j, seccomp.Native(), "/bin/sh", nil, nil)); out.Strict != utrace.AsIs {
		t.Errorf("unsealed, and not to be rewritten: %v (%s)", out.Strict, out.Why.What)
	}
}

// TestBounded: arguments without end, of strings of one letter, cost no more than those that the kernel would take.
func TestBounded(t *testing.T) {
	const letter = 0x42_0000
	for _, size := range []uint64{4, 8} {
		rules := only()
		rules.Programs = []policy.ExecProgram{{Path: "/**", Argv: []string{"x"}}}
		j := start(t, rules)
		abi := seccomp.X86_64
		if size == 4 {
			abi = seccomp.I386
		}
		c := arrange(j, abi, "/bin/sh", nil, nil)
		c.Args[1] = 0x5000_0000
		j.M.Fill = func(addr uint64) byte {
			switch {
			case addr == letter:
				return 'x'
			case addr>>8 == letter>>8 || addr%size >= 4:
				return 0
			}
			return byte(uint64(letter) >> (8 * (addr % 4)))
		}
		j.M.Read, j.M.Calls = 0, 0
		out := j.Call(j.First, c)
		if out.Result != -int64(unix.EACCES) || !strings.Contains(out.Why.What, "can't be read") {
			t.Errorf("pointers of %d bytes: %v with %d (%s)", size, out.Strict, out.Result, out.Why.What)
		}
		if j.M.Read > 2*mostBytes || j.M.Calls > 2*mostBytes/pageSize {
			t.Errorf("pointers of %d bytes: %d bytes in %d reads", size, j.M.Read, j.M.Calls)
		}
	}
}
