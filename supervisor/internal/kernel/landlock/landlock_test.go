// Rights and rulesets, judged by the kernel.

//go:build linux

package landlock

import (
	"errors"
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

const every = confine.Read | confine.Write | confine.Execute

func TestAccessByABI(t *testing.T) {
	for _, c := range []struct {
		rights confine.Rights
		abi    int
		folder bool
		want   uint64
	}{
		{0, 7, true, 0},
		{confine.Read, 1, true, 1<<2 | 1<<3},
		{confine.Read, 7, false, 1 << 2},
		{confine.Execute, 7, true, 1<<0 | 1<<2},
		{confine.Write, 1, true, 1<<1 | 0x1ff0},
		{confine.Write, 2, true, 1<<1 | 0x3ff0},
		{confine.Write, 3, true, 1<<1 | 0x7ff0},
		{confine.Write, 5, true, 1<<1 | 0xfff0},
		{confine.Write, 2, false, 1 << 1},
		{confine.Write, 7, false, 1<<1 | 1<<14 | 1<<15},
		{every, 7, true, 0xffff},
		{every, 99, true, 0xffff}, // later rights are not handled, so they need no grant
	} {
		if got := Access(c.rights, c.abi, c.folder); got != c.want {
			t.Errorf("rights %d, ABI %d, folder %v: %#x, want %#x", c.rights, c.abi, c.folder, got, c.want)
		}
	}
}

func needLandlock(t *testing.T) int {
	t.Helper()
	abi, err := confine.LandlockABI()
	if err != nil {
		t.Skip("no Landlock:", err)
	}
	return abi
}

// The kernel takes every right that is known here, for each kind of file, and one folder's right on a file it does not take.
func TestKernelKnowsTheRights(t *testing.T) {
	abi := needLandlock(t)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(dir+"/fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("file", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	var paths []confine.Path
	for _, name := range []string{dir, dir + "/file", dir + "/fifo", dir + "/link", "/dev/null", "/proc/self/exe", "/"} {
		for rights := range every + 1 {
			paths = append(paths, confine.Path{Name: name, Rights: rights})
		}
	}
	for _, exec := range []bool{false, true} {
		r, err := New(confine.Domain{Files: true, Exec: exec, Paths: paths, BestEffort: true}, false)
		if err != nil {
			t.Fatal(err)
		}
		fd, err := unix.Open(dir+"/file", unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := addPath(r.FD, fd, unix.LANDLOCK_ACCESS_FS_MAKE_DIR); err != unix.EINVAL {
			t.Errorf("a right of folders on a file: %v", err)
		}
		if err := addPath(r.FD, fd, known(abi)&ofFiles&^unix.LANDLOCK_ACCESS_FS_EXECUTE); err != nil {
			t.Errorf("the rights of a file: %v", err)
		}
		_ = unix.Close(fd)
		if flags, err := unix.FcntlInt(uintptr(r.FD), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("the ruleset would be inherited: %d %v", flags, err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPathsThatAreSkipped(t *testing.T) {
	needLandlock(t)
	dir := t.TempDir()
	if err := os.Symlink("loop", dir+"/loop"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{dir + "/none", dir + "/loop", dir + "/file/x"}
	d := confine.Domain{Files: true, BestEffort: true, Paths: []confine.Path{{Name: dir, Rights: every}}}
	for _, name := range want {
		d.Paths = append(d.Paths, confine.Path{Name: name, Rights: every})
	}
	r, err := New(d, false)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if !slices.Equal(r.Skipped, want) {
		t.Errorf("skipped %q, want %q", r.Skipped, want)
	}
}

func TestNoDomain(t *testing.T) {
	for _, d := range []confine.Domain{{}, {BestEffort: true}, {Paths: []confine.Path{{Name: "/", Rights: every}}}} {
		if r, err := New(d, false); r != nil || err != nil {
			t.Errorf("%+v: %v %v", d, r, err)
		}
	}
}

// handled asks for nothing that a version lacks.
func TestHandledByABI(t *testing.T) {
	d := confine.Domain{Files: true, Exec: true, ConnectTCP: true, BindTCP: true, Seal: true}
	for abi, want := range []unix.LandlockRulesetAttr{
		{},
		{Handled_access_fs: 0x1fff},
		{Handled_access_fs: 0x3fff},
		{Handled_access_fs: 0x7fff},
		{Handled_access_fs: 0x7fff, Handled_access_net: 3},
		{Handled_access_fs: 0xffff, Handled_access_net: 3},
		{Handled_access_fs: 0xffff, Handled_access_net: 3, Scoped: 3},
		{Handled_access_fs: 0xffff, Handled_access_net: 3, Scoped: 3},
	} {
		if got := handled(d, abi, false); got != want {
			t.Errorf("ABI %d: %+v, want %+v", abi, got, want)
		}
		if err := lacks(d, abi, unix.ENOSYS); errors.Is(err, confine.ErrNoLandlock) != (abi < 6) {
			t.Errorf("ABI %d lacks %v", abi, err)
		}
	}
	if got := handled(confine.Domain{}, 7, true); got.Handled_access_fs != unix.LANDLOCK_ACCESS_FS_REFER {
		t.Errorf("a domain against mounts handles %#x", got.Handled_access_fs)
	}
}
