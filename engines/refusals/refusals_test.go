// The engine told of calls: what it says of masks, of programs and their interpreters, and what it makes of nonsense.

package refusals_test

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/refusals"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// rules are those of the tests' plan, by what they are about.
const (
	ruleFiles = iota
	ruleHooks
	ruleGlob
	ruleKept
)

func rules() []policy.RuleInfo {
	return []policy.RuleInfo{
		{Origin: "p.yaml:1:1", Text: "files", AllowHint: `filesystem: {{access}: ["{path}"]}`, Report: true},
		{Origin: "p.yaml:2:1", Text: "hooks", AllowHint: "remove hooks from deny", Report: true},
		{Origin: "p.yaml:3:1", Text: "glob", AllowHint: "remove glob from deny", Report: true},
		{Origin: "p.yaml:4:1", Text: "kept", AllowHint: "remove kept from protect", Report: true},
	}
}

// world is a folder, and an engine that says what of it is out of reach.
type world struct {
	dir  string
	jail *enginetest.Jail
	told []utrace.Why
}

// file makes a file of the world.
func (w *world) file(t *testing.T, name, content string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// newWorld makes one in which the test itself is the task.
func newWorld(t *testing.T, change func(*world, *refusals.Settings)) *world {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{dir: dir, jail: enginetest.StartAt(os.Getpid())}
	w.file(t, "out/repo/hooks/h", "x", 0o644)
	w.file(t, "out/kept", "x", 0o644)
	w.file(t, "out/a/.env", "x", 0o644)
	w.file(t, "in/file", "x", 0o644)
	set := refusals.Settings{
		Domain: confine.Domain{Files: true, Exec: true, Paths: []confine.Path{{Name: dir + "/in", Rights: confine.Read}, {Name: dir + "/out", Rights: confine.Read | confine.Write}}},
		Files: policy.FileRules{Restrict: true, ExecRestrict: true, Rule: ruleFiles, Deny: []policy.PathRule{{Path: dir + "/out/repo/hooks", Rule: ruleHooks},
			{Path: dir + "/**/.env", Rule: ruleGlob}}, Protect: []policy.PathRule{{Path: dir + "/out/kept", Rule: ruleKept}}},
		Masks:    []string{dir + "/out/repo/hooks", dir + "/out/a/.env"},
		ReadOnly: []string{dir + "/out/kept"},
		Rules:    rules(), All: true,
		Tell: func(_ utrace.TaskID, why utrace.Why) { w.told = append(w.told, why) },
	}
	if change != nil {
		change(w, &set)
	}
	if err := w.jail.Attach(refusals.New(set), utrace.Observe()); err != nil {
		t.Fatal(err)
	}
	return w
}

// fails tells the engine of a call that failed. Text arguments are paths of the world, others numbers.
func (w *world) fails(t *testing.T, name string, errno unix.Errno, args ...any) []utrace.Why {
	t.Helper()
	nr, ok := seccomp.Native().Number(name)
	if !ok {
		t.Skipf("%v has no %s", seccomp.Native(), name)
	}
	c := utrace.Call{Arch: seccomp.Native().AuditArch(), Nr: int64(nr)}
	at := uint64(0x10000)
	for i, a := range args {
		switch a := a.(type) {
		case string:
			w.jail.M.Map(at, []byte(w.dir+"/"+a+"\x00"))
			c.Args[i], at = at, at+0x10000
		case int:
			c.Args[i] = uint64(a)
		}
	}
	w.told = nil
	w.jail.M.Regs = utrace.Registers{Nr: c.Nr, Args: c.Args, Result: -int64(errno)}
	if out := w.jail.Return(w.jail.First, c, -int64(errno)); out.Strict != utrace.AsIs || len(out.Decisions) > 0 {
		t.Fatalf("it decides: %+v", out)
	}
	return w.told
}

func TestWhatIsToldOfMasks(t *testing.T) {
	w := newWorld(t, nil)
	const here = unix.AT_FDCWD
	for _, c := range []struct {
		name  string
		errno unix.Errno
		args  []any
		what  string // "": nothing
		rule  int
	}{
		{"openat", unix.EACCES, []any{here, "out/repo/hooks/h", unix.O_RDONLY}, "open of %/out/repo/hooks/h for reading", ruleHooks},
		{"openat", unix.EACCES, []any{here, "out/repo/hooks/none/deep", unix.O_RDONLY}, "open of %/out/repo/hooks/none/deep for reading", ruleHooks},
		{"openat", unix.EACCES, []any{here, "out/a/.env", unix.O_RDWR}, "open of %/out/a/.env for reading and writing", ruleGlob},
		{"openat", unix.EROFS, []any{here, "out/kept", unix.O_WRONLY | unix.O_TRUNC}, "open of %/out/kept for writing", ruleKept},
		{"openat", unix.EACCES, []any{here, "out/kept", unix.O_RDONLY}, "", 0},
		{"unlinkat", unix.EBUSY, []any{here, "out/kept", 0}, "removal of %/out/kept", ruleKept},
		{"unlinkat", unix.EBUSY, []any{here, "out/none", 0}, "", 0},
		{"renameat2", unix.EBUSY, []any{here, "out/repo", here, "out/r", 0}, "renaming of %/out/repo to %/out/r", ruleHooks},
		{"renameat2", unix.EXDEV, []any{here, "out/a", here, "out/r", 0}, "", 0},
		{"mkdirat", unix.EROFS, []any{here, "out/repo/hooks/d", 0}, "making of the folder %/out/repo/hooks/d", ruleHooks},
		{"openat", unix.EROFS, []any{here, "in/file", unix.O_WRONLY}, "", 0},
		{"openat", unix.EACCES, []any{here, "in/file", unix.O_WRONLY}, "open of %/in/file for writing", ruleFiles},
		{"openat", unix.ENOENT, []any{here, "in/file", unix.O_WRONLY}, "", 0},
		{"chdir", unix.EACCES, []any{"out/repo/hooks"}, "entering of %/out/repo/hooks", ruleHooks},
		{"chdir", unix.EACCES, []any{"in"}, "", 0},
		{"read", unix.EACCES, []any{3, "in/file", 1}, "", 0},
	} {
		told := w.fails(t, c.name, c.errno, c.args...)
		want := strings.ReplaceAll(c.what, "%", w.dir)
		switch {
		case want == "" && len(told) > 0:
			t.Errorf("%s %v: told %v", c.name, c.args, told)
		case want != "" && (len(told) != 1 || told[0].What != want || !strings.HasPrefix(told[0].Rule, rules()[c.rule].Origin)):
			t.Errorf("%s %v: told %v, want %q", c.name, c.args, told, want)
		}
	}
}

// What no list names and is read-only all the same is the hierarchy of cgroups: a grant would not open it.
func TestWhatIsToldOfCgroups(t *testing.T) {
	w := newWorld(t, func(w *world, set *refusals.Settings) {
		w.file(t, "out/cg/cgroup.kill", "", 0o644)
		set.ReadOnly, set.Cgroups = append(set.ReadOnly, w.dir+"/out/cg"), ruleGlob
		set.Rules[ruleGlob].Report = false // as that of outside: sealed
	})
	told := w.fails(t, "openat", unix.EROFS, unix.AT_FDCWD, "out/cg/cgroup.kill", unix.O_WRONLY)
	if len(told) != 1 || !strings.HasPrefix(told[0].Rule, "p.yaml:3:1") || told[0].Allow != "" || told[0].Quiet {
		t.Errorf("told %+v", told)
	}
}

// program is the beginning of an ELF file with the name of a linker.
func program(t *testing.T, link string) string {
	t.Helper()
	self, err := elf.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer self.Close()
	head := make([]byte, 64+56)
	copy(head, "\x7fELF\x02\x01\x01")
	put := func(at int, v ...byte) { copy(head[at:], v) }
	put(32, 64) // e_phoff
	put(54, 56) // e_phentsize
	put(56, 1)  // e_phnum
	put(64, 3)  // PT_INTERP
	put(64+8, 120)
	put(64+32, byte(len(link)+1))
	return string(head) + link + "\x00"
}

func TestProgramsAndWhatTheyTake(t *testing.T) {
	w := newWorld(t, func(w *world, s *refusals.Settings) {
		w.file(t, "ex/script", "#! "+w.dir+"/in/sh -e\n", 0o755)
		w.file(t, "in/sh", "x", 0o755)
		w.file(t, "ex/elf", program(t, w.dir+"/in/ld.so"), 0o755)
		w.file(t, "in/ld.so", "x", 0o755)
		w.file(t, "ex/chain", "#!"+w.dir+"/ex/elf", 0o755)
		w.file(t, "ex/loop", "#!"+w.dir+"/ex/loop", 0o755)
		w.file(t, "ex/plain", "x", 0o644)
		s.Domain.Paths = append(s.Domain.Paths, confine.Path{Name: w.dir + "/ex", Rights: confine.Read | confine.Execute})
	})
	for path, want := range map[string][2]string{
		"in/sh":     {"exec of %/in/sh", `filesystem: {exec: ["%/in/sh"]}`},
		"ex/script": {"exec of %/ex/script, which takes %/in/sh", `filesystem: {exec: ["%/in/sh"]}`},
		"ex/elf":    {"exec of %/ex/elf, which takes %/in/ld.so", `filesystem: {exec: ["%/in/ld.so"]}`},
		"ex/chain":  {"exec of %/ex/chain, which takes %/in/ld.so", `filesystem: {exec: ["%/in/ld.so"]}`},
		"ex/loop":   {}, "ex/plain": {}, "ex/none": {}, "in/file": {}, // not executable: the kernel looks at the mode first
	} {
		told := w.fails(t, "execve", unix.EACCES, path)
		var got [2]string
		for _, why := range told {
			got = [2]string{strings.ReplaceAll(why.What, w.dir, "%"), strings.ReplaceAll(why.Allow, w.dir, "%")}
		}
		if got != want || len(told) > 1 {
			t.Errorf("%s: told %q, want %q", path, got, want)
		}
	}
}

func TestOfWhatAnotherEngineAnsweredNothingIsTold(t *testing.T) {
	w := newWorld(t, nil)
	if told := w.fails(t, "openat", unix.EACCES, unix.AT_FDCWD, "in/file", unix.O_WRONLY); len(told) != 1 {
		t.Fatalf("told %v", told)
	}
	nr, _ := seccomp.Native().Number("openat")
	c := utrace.Call{Arch: seccomp.Native().AuditArch(), Nr: int64(nr), Args: w.jail.M.Regs.Args}
	w.told, w.jail.M.Regs.Nr = nil, -1
	if w.jail.Return(w.jail.First, c, -int64(unix.EACCES)); len(w.told) > 0 {
		t.Errorf("told %v", w.told)
	}
}

func TestReadingDoesNotStop(t *testing.T) {
	abi := seccomp.Native()
	set, all := refusals.New(refusals.Settings{}).Syscalls(), refusals.New(refusals.Settings{All: true}).Syscalls()
	for name, want := range map[string][2]bool{"openat": {true, true}, "openat2": {false, true}, "unlinkat": {false, true}, "mkdirat": {true, true}, "exit_group": {true, false}, "execve": {true, true},
		"newfstatat": {}, "faccessat": {}, "readlinkat": {}, "read": {}, "write": {}} {
		nr, ok := abi.Number(name)
		if !ok {
			continue
		}
		if got := [2]bool{set.Has(abi.AuditArch(), int64(nr)), all.Has(abi.AuditArch(), int64(nr))}; got != want {
			t.Errorf("%s stops: %v, want %v", name, got, want)
		}
	}
	openat, _ := abi.Number("openat")
	if arg, some, without := set.When(abi.AuditArch(), int64(openat)); arg != 2 || some&unix.O_ACCMODE != unix.O_ACCMODE ||
		some&^uint32(unix.O_ACCMODE|unix.O_CREAT|unix.O_TRUNC) != 0 || without != unix.O_EXCL {
		t.Errorf("openat stops when argument %d has one of %#x without %#x", arg, some, without)
	}
	if _, mask, _ := all.When(abi.AuditArch(), int64(openat)); mask != 0 {
		t.Errorf("with all it stops only for %#x", mask)
	}
}

func TestConformance(t *testing.T) {
	for _, all := range []bool{false, true} {
		enginetest.Run(t, func() utrace.Engine {
			return refusals.New(refusals.Settings{Domain: confine.Domain{Files: true}, All: all, Files: policy.FileRules{Restrict: true}, Rules: rules()})
		})
	}
}

func TestNeeded(t *testing.T) {
	for want, list := range map[bool][]refusals.Settings{
		false: {{}, {All: true}, {Domain: confine.Domain{Seal: true}}},
		true:  {{Domain: confine.Domain{Files: true}}, {Masks: []string{"/x"}}, {ReadOnly: []string{"/x"}}},
	} {
		for _, s := range list {
			if s.Needed() != want {
				t.Errorf("%+v: %v", s, !want)
			}
		}
	}
}
