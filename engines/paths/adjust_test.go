// Modes, owners, times and attributes: changed on the file that was decided about, or not at all.

package paths

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/enginetest"
	"jail/supervisor/inside"
	"jail/supervisor/utrace"
)

// keeping is a folder where the test goes, of which in may be written to, and an engine that keeps the rest.
func keeping(t *testing.T) *Engine {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, step := range []error{os.MkdirAll("in/deep", 0o755), os.Mkdir("out", 0o755), os.WriteFile("in/file", nil, 0o644), os.WriteFile("out/file", nil, 0o644),
		os.WriteFile("single", nil, 0o644), os.Symlink("../out/file", "in/link"), os.Symlink("in/file", "back")} {
		if step != nil {
			t.Fatal(step)
		}
	}
	refuse := policy.RuleInfo{Origin: "p.yaml:1:1", Action: policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(unix.EACCES)}}
	files := policy.FileRules{Restrict: true, Fixed: true, Write: []policy.PathRule{{Path: dir + "/in"}, {Path: dir + "/single"}, {Path: "/dev/null"}}}
	e := New(Settings{Files: files, Infos: []policy.RuleInfo{refuse}})
	e.Locate(&policy.Located{Files: files}, nil)
	e.Inside(new(inside.Domain))
	return e
}

// A call's arguments: text is a path, or a name, put into memory.
func adjusted(t *testing.T, e *Engine, name string, args ...any) unix.Errno {
	t.Helper()
	if _, ok := seccomp.Native().Number(name); !ok {
		t.Skipf("%v has no %s", seccomp.Native(), name)
	}
	j := told(t, e)
	var list []uint64
	for i, a := range args {
		place := uint64(at + i*0x1000)
		switch a := a.(type) {
		case string:
			j.M.MapString(place, a)
			list = append(list, place)
		case []byte:
			j.M.Map(place, a)
			list = append(list, place)
		case int:
			list = append(list, uint64(a))
		}
	}
	out := j.Call(j.First, enginetest.Call(name, list...))
	if out.Strict != utrace.Rewritten {
		return unix.Errno(-out.Result)
	}
	result := e.done[j.First.ID().Serial]
	delete(e.done, j.First.ID().Serial)
	return unix.Errno(-result)
}

func TestAdjustments(t *testing.T) {
	e := keeping(t)
	open := func(name string) int {
		fd, err := unix.Open(name, unix.O_RDONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		return fd
	}
	in, out := open("in/file"), open("out/file")
	var pipe [2]int
	if err := unix.Pipe(pipe[:]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = unix.Close(pipe[0]), unix.Close(pipe[1]) })
	const cwd, none = unix.AT_FDCWD, 0
	times := func(list ...int64) (raw []byte) {
		for _, v := range list {
			raw = binary.NativeEndian.AppendUint64(raw, uint64(v))
		}
		return raw
	}
	uid, gid := os.Geteuid(), os.Getegid()
	for i, c := range []struct {
		name string
		args []any
		want unix.Errno
	}{
		{"fchmodat", []any{cwd, "in/file", 0o600}, 0}, {"fchmodat", []any{cwd, "out/file", 0o600}, unix.EACCES}, {"fchmodat", []any{cwd, "in/link", 0o600}, unix.EACCES},
		{"fchmodat", []any{cwd, "back", 0o600}, 0}, {"fchmodat", []any{cwd, "single", 0o600}, 0}, {"fchmodat", []any{cwd, "in/../out", 0o755}, unix.EACCES},
		{"fchmodat", []any{cwd, "in", 0o755}, 0}, {"fchmodat", []any{cwd, "none", 0o755}, unix.ENOENT}, {"fchmodat", []any{cwd, "/dev/null", 0o666}, unix.EACCES},
		{"fchmod", []any{in, 0o600}, 0}, {"fchmod", []any{out, 0o600}, unix.EACCES}, {"fchmod", []any{pipe[0], 0o600}, 0}, {"fchmod", []any{999, 0o600}, unix.EBADF},
		{"fchmodat2", []any{out, "", 0o600, unix.AT_EMPTY_PATH}, unix.EACCES}, {"fchmodat2", []any{in, "", 0o600, unix.AT_EMPTY_PATH}, 0},
		{"fchownat", []any{cwd, "in/file", uid, gid, 0}, 0}, {"fchownat", []any{cwd, "out/file", uid, gid, 0}, unix.EACCES}, {"fchown", []any{out, uid, -1}, unix.EACCES},
		{"fchownat", []any{cwd, "in/link", uid, gid, unix.AT_SYMLINK_NOFOLLOW}, 0}, {"fchownat", []any{cwd, "back", uid, gid, unix.AT_SYMLINK_NOFOLLOW}, unix.EACCES},
		{"utimensat", []any{cwd, "in/file", times(7, 8, 9, 10), 0}, 0}, {"utimensat", []any{cwd, "out/file", none, 0}, unix.EACCES}, {"utimensat", []any{out, none, none, 0}, unix.EACCES},
		{"utimensat", []any{cwd, "in/file", times(7, 2_000_000_000, 9, 10), 0}, unix.EINVAL},
		{"setxattr", []any{"out/file", "user.x", []byte("v"), 1, 0}, unix.EACCES}, {"fsetxattr", []any{out, "user.x", []byte("v"), 1, 0}, unix.EACCES},
		{"removexattr", []any{"out/file", "user.x"}, unix.EACCES}, {"setxattr", []any{"in/file", "", []byte("v"), 1, 0}, unix.ERANGE}, {"setxattr", []any{"in/file", "user.x", []byte("v"), 1 << 20, 0}, unix.E2BIG},
		{"fsetxattr", []any{out, "user.x", none, 0, 0}, unix.EACCES},
		{"fchmod", []any{cwd, 0o755}, unix.EBADF}, {"utimensat", []any{cwd, none, none, 0}, unix.EFAULT}, {"utimensat", []any{in, none, none, unix.AT_SYMLINK_NOFOLLOW}, unix.EINVAL},
		{"fchmodat2", []any{cwd, "in/file", 0o644, 1}, unix.EINVAL}, {"fchownat", []any{cwd, "in/file", uid, gid, 1}, unix.EINVAL}, {"utimensat", []any{cwd, "in/file", none, 1}, unix.EINVAL},
	} {
		if got := adjusted(t, e, c.name, c.args...); got != c.want {
			t.Errorf("%d: %s %v: %v, want %v", i, c.name, c.args, got, c.want)
		}
	}
	var st unix.Stat_t
	if err := unix.Stat("in/file", &st); err != nil || st.Mode&0o777 != 0o600 || st.Atim.Sec != 7 || st.Mtim.Nsec != 10 {
		t.Errorf("in/file is now %+v (%v)", st, err)
	}
	if err := unix.Stat("out/file", &st); err != nil || st.Mode&0o777 != 0o644 {
		t.Errorf("out/file is now %+v (%v)", st, err)
	}
}

// Where an engine keeps nothing but metadata, nobody has to stop to open a file.
func TestOnlyAdjustmentsStop(t *testing.T) {
	abi := seccomp.Native()
	for name, want := range map[string]bool{"openat": false, "unlinkat": false, "execve": false, "fchmodat": true, "utimensat": true, "fsetxattr": true} {
		nr, _ := abi.Number(name)
		if got := keeping(t).Syscalls().Has(abi.AuditArch(), int64(nr)); got != want {
			t.Errorf("%s stops: %v", name, got)
		}
	}
}

// Names that are denied or protected keep their metadata too, where the engine holds them and the rest may be changed.
func TestAdjustmentsOfHeldNames(t *testing.T) {
	e, dir := stage(t)
	t.Chdir(dir)
	e.files.Held = []int{0, 1}
	if nr, _ := seccomp.Native().Number("fchmodat"); !e.Syscalls().Has(seccomp.Native().AuditArch(), int64(nr)) {
		t.Error("nobody stops to change a mode")
	}
	kept, err := unix.Open("a/kept/x", unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(kept)
	const cwd, none = unix.AT_FDCWD, 0
	for i, c := range []struct {
		name string
		args []any
		want unix.Errno
	}{
		{"fchmodat", []any{cwd, "a/file", 0o600}, 0}, {"fchmodat", []any{cwd, "a/id.key", 0o666}, unix.EACCES}, {"fchmodat", []any{cwd, "secret", 0o666}, unix.EACCES},
		{"fchmodat", []any{cwd, "a/kept/x", 0o666}, unix.EROFS}, {"fchmodat", []any{cwd, "a/kept", 0o777}, unix.EROFS}, {"fchmod", []any{kept, 0o666}, unix.EROFS},
		{"utimensat", []any{cwd, "a/id.key", none, 0}, unix.EACCES}, {"utimensat", []any{cwd, "a/file", none, 0}, 0}, {"fchownat", []any{cwd, "alias/id.key", -1, -1, 0}, unix.EACCES},
		{"setxattr", []any{"a/id.key", "user.x", []byte("v"), 1, 0}, unix.EACCES}, {"fsetxattr", []any{kept, "user.x", []byte("v"), 1, 0}, unix.EROFS},
		{"removexattr", []any{"a/id.key", "user.x"}, unix.EACCES}, {"fchmodat", []any{cwd, "a/none.key", 0o666}, unix.ENOENT},
	} {
		if got := adjusted(t, e, c.name, c.args...); got != c.want {
			t.Errorf("%d: %s %v: %v, want %v", i, c.name, c.args, got, c.want)
		}
	}
	var st unix.Stat_t
	if err := unix.Stat("a/id.key", &st); err != nil || st.Mode&0o777 != 0o644 {
		t.Errorf("a/id.key is now %+v (%v)", st, err)
	}
}
