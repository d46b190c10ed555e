// The engine against the conformance test, and what it makes of calls.

package paths

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
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

// stage is a folder with files, where the test goes, and an engine that denies *.key and protects a folder in it.
func stage(t testing.TB) (*Engine, string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []error{os.MkdirAll(dir+"/a/kept", 0o755), os.WriteFile(dir+"/a/file", nil, 0o644), os.WriteFile(dir+"/a/id.key", nil, 0o644),
		os.WriteFile(dir+"/a/kept/x", nil, 0o644), os.Symlink("a/file", dir+"/link"), os.Symlink("a", dir+"/alias"), os.Symlink("a/new.key", dir+"/dangling"), os.Symlink("a/id.key", dir+"/secret")} {
		if step != nil {
			t.Fatal(step)
		}
	}
	refuse := policy.RuleInfo{Origin: "p.yaml:1:1", Action: policy.Action{Verb: policy.Errno, Errno: policy.ErrnoNumber(unix.EACCES)}}
	readOnly := refuse
	readOnly.Action.Errno = policy.ErrnoNumber(unix.EROFS)
	e := New(Settings{Infos: []policy.RuleInfo{refuse, readOnly}})
	e.Locate(&policy.Located{Files: policy.FileRules{Deny: []policy.PathRule{{Path: dir + "/**/*.key", Rule: 0}},
		Protect: []policy.PathRule{{Path: dir + "/a/kept", Rule: 1}}}}, nil)
	e.Inside(new(inside.Domain))
	return e, dir
}

func TestConformance(t *testing.T) {
	enginetest.Run(t, func() utrace.Engine { e, _ := stage(t); return e })
}

// told starts a jail whose first task is the test itself.
func told(t testing.TB, e *Engine) *enginetest.Jail {
	t.Helper()
	j := enginetest.StartAt(os.Getpid())
	if err := j.Attach(e); err != nil {
		t.Fatal(err)
	}
	return j
}

const at = 0x1000

// What comes of opens: an errno, or the name that is opened, with the flags.
func TestOpens(t *testing.T) {
	e, dir := stage(t)
	t.Chdir(dir)
	const cwd = ^uint64(99) // AT_FDCWD
	for _, c := range []struct {
		path  string
		flags uint64
		want  string
	}{
		{"a/file", 0, "/a/file 0 0 6"}, {"link", 0, "/a/file 0 0 6"}, {"./alias/../link", 0, "/a/file 0 0 6"}, {dir + "/a/file", unix.O_RDWR, "/a/file 2 0 6"},
		{"a/id.key", 0, "EACCES"}, {"secret", 0, "EACCES"}, {"alias/id.key", unix.O_PATH, "EACCES"}, {"/proc/self/cwd/secret", 0, "EACCES"},
		{"dangling", unix.O_CREAT | unix.O_WRONLY, "EACCES"}, {"a/none/x.key", 0, "EACCES"}, {"a/none.key", unix.O_CREAT, "EACCES"},
		{"a/new", unix.O_CREAT | unix.O_WRONLY, "/a/new 41 644 6"}, {"a/none/x", 0, "/a/none/x 0 0 6"}, {"a/none/../file", 0, "/a/none/file 0 0 6"}, {"a/", 0, "/a/ 0 0 6"},
		{"link", unix.O_NOFOLLOW, "/link 20000 0 6"}, {"a/file", 1 << 30, "/a/file 0 0 6"}, {"a/file", unix.O_PATH | unix.O_TRUNC, "/a/file 200000 0 6"},
		{"a/kept/x", 0, "/a/kept/x 0 0 6"}, {"alias/kept/x", unix.O_WRONLY, "EROFS"}, {"a/kept/x", unix.O_TRUNC, "EROFS"}, {"a/kept/new", unix.O_CREAT, "EROFS"},
		{"a/kept/x", unix.O_CREAT, "/a/kept/x 40 644 6"}, {"", 0, "ENOENT"},
		{"a/file/..", 0, "ENOTDIR"}, {"a/file/../file", 0, "ENOTDIR"}, {"link/..", 0, "ENOTDIR"},
	} {
		j := told(t, e)
		j.M.MapString(at, c.path)
		e.slow = true // else links are left for the kernel to find
		out := j.Call(j.First, enginetest.Call("openat", cwd, at, c.flags, 0o100644))
		got := unix.ErrnoName(unix.Errno(-out.Result))
		if out.Strict == utrace.Rewritten {
			got = opened(t, j, out.Call, dir)
		}
		if got != c.want {
			t.Errorf("open %s with %#x: %s, want %s", c.path, c.flags, got, c.want)
		}
		delete(e.opens, j.First.ID().Serial)
	}
}

// TestRemovedFolder: a folder that was removed is opened by what it is open as already. The working folder is one only where no thread can change
// it, and the test has threads.
func TestRemovedFolder(t *testing.T) {
	e, dir := stage(t)
	t.Chdir(t.TempDir())
	gone := dir + "/gone"
	if err := os.Mkdir(gone, 0o755); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(gone, unix.O_PATH, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := errors.Join(unix.Fchdir(fd), os.Remove(gone)); err != nil {
		t.Fatal(err)
	}
	byDescriptor := fmt.Sprintf("/proc/self/fd/%d/. 0 0 0", fd)
	for path, want := range map[string]string{".": byDescriptor, "./": byDescriptor, "x": "ENOENT", "./x": "ENOENT"} {
		j := told(t, e)
		j.M.MapString(at, path)
		out := j.Call(j.First, enginetest.Call("openat", uint64(fd), at, 0))
		got := unix.ErrnoName(unix.Errno(-out.Result))
		if out.Strict == utrace.Rewritten {
			got = opened(t, j, out.Call, dir)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
		if out := j.Call(j.First, enginetest.Call("openat", ^uint64(99), at, 0)); out.Result != -int64(unix.ENOENT) {
			t.Errorf("%s from the working folder: %v, %v", path, out.Strict, unix.Errno(-out.Result))
		}
	}
}

// TestNoSuchDescriptor: a path that begins at a descriptor that is not open is no matter of names.
func TestNoSuchDescriptor(t *testing.T) {
	for _, slow := range []bool{false, true} {
		e, _ := stage(t)
		e.slow = slow
		j := told(t, e)
		j.M.MapString(at, "file")
		for _, dirfd := range []uint64{1 << 20, 1<<32 - 1} {
			if out := j.Call(j.First, enginetest.Call("openat", dirfd, at, 0)); out.Result != -int64(unix.EBADF) {
				t.Errorf("slow %v, descriptor %d: %v, %v", slow, int32(dirfd), out.Strict, unix.Errno(-out.Result))
			}
		}
	}
}

// Names are taken as they are first, unless a rule is against that, or there was a link before.
func TestGuesses(t *testing.T) {
	e, dir := stage(t)
	t.Chdir(dir)
	for i, want := range []string{"/link 0 0 6", "/a/file 0 0 6", "/a/file 0 0 6"} {
		j := told(t, e)
		j.M.MapString(at, "link")
		if i == 1 { // the kernel has met the link
			e.opens[j.First.ID().Serial] = attempt{guess: dir + "/link"}
			j.First.Redo()
		}
		out := j.Call(j.First, enginetest.Call("openat", ^uint64(99), at, 0))
		if got := opened(t, j, out.Call, dir); got != want || out.Redo != unix.ELOOP {
			t.Errorf("%d: %s, want %s; made again if it fails with %v", i, got, want, out.Redo)
		}
	}
}

// A program that exchanges links all the time is told so in the end.
func TestOpensAreNotMadeForEver(t *testing.T) {
	e, dir := stage(t)
	t.Chdir(dir)
	j := told(t, e)
	j.M.MapString(at, "link")
	n := 0
	for ; n <= 2*mostAttempts; n++ {
		if out := j.Call(j.First, enginetest.Call("openat", ^uint64(99), at, 0)); out.Redo == 0 {
			break
		}
		j.First.Redo()
	}
	if n != mostAttempts+1 { // and a guess
		t.Errorf("it is made %d times", n)
	}
}

// opened is what a rewritten call opens: name, flags, mode, resolve; all but the name in the notation of open(2)'s page.
func opened(t *testing.T, j *enginetest.Jail, c utrace.Call, dir string) string {
	t.Helper()
	text, how := make([]byte, c.Args[2]-c.Args[1]), make([]byte, sizeOfHow)
	_, err := j.M.ReadMem(c.Args[1], text)
	if _, err2 := j.M.ReadMem(c.Args[2], how); err != nil || err2 != nil || c.Nr != unix.SYS_OPENAT2 || c.Args[3] != sizeOfHow {
		t.Fatalf("%+v: %v, %v", c, err, err2)
	}
	word := func(i int) uint64 { return binary.NativeEndian.Uint64(how[i*8:]) }
	return fmt.Sprintf("%s %x %o %x", bytes.TrimPrefix(bytes.TrimSuffix(text, []byte{0}), []byte(dir)), word(0), word(1), word(2))
}

// What can't be sealed, or is of another ABI, is refused; what can't be read is for the kernel to say.
func TestClosed(t *testing.T) {
	e, dir := stage(t)
	t.Chdir(dir)
	j := told(t, e)
	j.M.MapString(at, "a/file")
	j.M.Unsealed = fmt.Errorf("%w: not here", utrace.ErrUnsealed)
	if out := j.Call(j.First, enginetest.Call("openat", ^uint64(99), at, 0)); out.Strict != utrace.Answered || out.Result != -int64(unix.EACCES) {
		t.Errorf("unsealed: %+v", out)
	}
	j.M.Unsealed = fmt.Errorf("now: %w", utrace.ErrNoRoom)
	if out := j.Call(j.First, enginetest.Call("openat", ^uint64(99), at, 0)); out.Strict != utrace.Answered || out.Result != -int64(unix.ENOMEM) {
		t.Errorf("no room: %+v", out)
	}
	for _, name := range []string{"open", "mkdir", "rename", "unlink", "execve"} {
		if out := j.Call(j.First, enginetest.CallOf(seccomp.I386, name, at, at)); out.Strict != utrace.Answered || out.Result != -int64(unix.EACCES) {
			t.Errorf("%s of i386: %+v", name, out)
		}
	}
	for _, name := range []string{"openat", "unlinkat", "mkdirat", "renameat"} {
		if out := j.Call(j.First, enginetest.Call(name, ^uint64(99), 0xbad000, ^uint64(99), 0xbad000)); out.Result != -int64(unix.EFAULT) {
			t.Errorf("%s of nothing: %+v", name, out)
		}
	}
}

// Calls that jail makes in the program's place have their result when they end, and the kernel makes a call without pointers.
func TestMade(t *testing.T) {
	e, dir := stage(t)
	t.Chdir(dir)
	for _, c := range []struct {
		call, path string
		want       int64
	}{
		{"mkdirat", "d", 0}, {"mkdirat", "d", -int64(unix.EEXIST)}, {"mkdirat", "none/d", -int64(unix.ENOENT)}, {"mkdirat", "a/file/d", -int64(unix.ENOTDIR)},
		{"unlinkat", "a/file", 0}, {"unlinkat", "d", -int64(unix.EISDIR)}, {"unlinkat", "link/", -int64(unix.ENOTDIR)}, {"unlinkat", ".", -int64(unix.EISDIR)},
	} {
		j := told(t, e)
		j.M.MapString(at, c.path)
		asked := enginetest.Call(c.call, ^uint64(99), at, map[string]uint64{"mkdirat": 0o755}[c.call])
		out := j.Call(j.First, asked)
		if out.Strict != utrace.Rewritten || out.Call.Args[1] != math.MaxUint64 || out.Call.Args[2] != asked.Args[2] || out.Call.Nr != asked.Nr {
			t.Errorf("%s %s: %+v", c.call, c.path, out)
		}
		if got := j.Return(j.First, asked, -int64(unix.EFAULT)).Result; got != c.want {
			t.Errorf("%s %s: %d, want %d", c.call, c.path, got, c.want)
		}
	}
	for _, path := range []string{"a/id.key", "alias/n.key", "a/kept/x", "alias/kept", "link"} {
		if path == "link" {
			e.Inside(nil) // whoever forgets the bounds lets nothing be done
		}
		j := told(t, e)
		j.M.MapString(at, path)
		if out := j.Call(j.First, enginetest.Call("unlinkat", ^uint64(99), at, 0)); out.Strict != utrace.Answered {
			t.Errorf("removal of %s: %+v", path, out)
		}
	}
}

// What the kernel makes of such a call does nothing, whatever the program's arguments were.
func TestMadeCallsAreIdle(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(name, unix.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	stdin, err := unix.Dup(0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stdin)
	if err := unix.Dup3(fd, 0, 0); err != nil { // what zeros would be about is this file, and not the machine's
		t.Fatal(err)
	}
	defer func() { _ = unix.Dup3(stdin, 0, 0) }()
	var before, after unix.Stat_t
	if err := unix.Fstat(fd, &before); err != nil {
		t.Fatal(err)
	}
	for _, call := range append(changes(), actions[:]...) {
		nr, ok := seccomp.Native().Number(call)
		if !ok || call == "bind" { // which has its own, on no descriptor
			continue
		}
		for _, first := range []uint64{0, uint64(fd), ^uint64(99)} { // of the file, or AT_FDCWD
			c := idle(call, utrace.Call{Nr: int64(nr), Args: [6]uint64{first, 0, 0, 0, 0, 0}})
			_, _, errno := unix.Syscall6(uintptr(c.Nr), uintptr(c.Args[0]), uintptr(c.Args[1]), uintptr(c.Args[2]), uintptr(c.Args[3]), uintptr(c.Args[4]), uintptr(c.Args[5]))
			if errno != unix.EFAULT && errno != unix.EBADF {
				t.Errorf("%s(%#x): %v", call, first, errno)
			}
		}
	}
	if err := unix.Fstat(fd, &after); err != nil || after != before {
		t.Errorf("%v: it was %+v and is %+v", err, before, after)
	}
}

// By which links of procfs what has no name may be opened: any thread can make the working folder any folder, of no stop.
func TestOwn(t *testing.T) {
	for magic, want := range map[string]bool{"/proc/7/fd/3": true, "/proc/7/task/8/fd/3": true, "/proc/7/exe": true, "/proc/9/ns/net": true, "/proc/7/cwd": false, "/proc/7/task/8/cwd": false,
		"/proc/7/root": false, "/proc/9/fd/3": false, "/proc/77/fd/3": false, "/proc/7/map_files/1-2": false, "": false} {
		if own(magic, 7) != want {
			t.Errorf("%s: %v", magic, !want)
		}
	}
}

// What few calls find out is what the walk finds out.
func TestQuickIsFind(t *testing.T) {
	_, dir := stage(t)
	t.Chdir(dir)
	id, r := utrace.TaskID{TID: os.Getpid(), TGID: os.Getpid()}, new(root)
	if !r.open(id.TID) {
		t.Skip("the root of this process has a name, so that paths are always walked")
	}
	quick := 0
	for _, name := range []string{"a", "a/", "a/file", "a/file/", "a/file/x", "a/none", "a/none/x", "link", "link/", "alias", "alias/", "alias/file", "alias/..", "alias/../link", ".", "..", "/", "//", "/..",
		dir + "/a/../link", "dangling", "a//file", "a/./file", "/proc/self/cwd", "/proc/self/cwd/link", "/proc/self", "/dev/fd/0", "/dev/null", "a/none/", "none/..", "/proc/self/fd/0"} {
		for _, follow := range []bool{false, true} {
			want, err := find(id, unix.AT_FDCWD, name, follow)
			got, ok := r.quick(id, unix.AT_FDCWD, name, follow || endsInFolder(name))
			if !ok {
				continue
			}
			if quick++; err != nil || got.text() != want.text() || got.exists != want.exists || got.link != want.link {
				t.Errorf("%s, follow %v: %+v, want %+v, %v", name, follow, got, want, err)
			}
		}
	}
	if quick < 25 {
		t.Errorf("only %d paths went the quick way", quick)
	}
}
