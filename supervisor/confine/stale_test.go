// Removal of the folders of runs that were killed: all of these, and nothing else.

package confine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// left lists a folder.
func left(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// killed makes the folder of a run that has been killed: the kernel has closed its descriptors.
func killed(t *testing.T, dir string) string {
	t.Helper()
	h := new(Held)
	name, err := h.MakeTmp(dir)
	if err == nil {
		err = errors.Join(os.MkdirAll(name+"/a/b/c", 0o700), os.WriteFile(name+"/a/b/c/f", nil, 0), os.Chmod(name+"/a/b", 0), h.release())
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRemoveStaleRemovesWhatNobodyHolds(t *testing.T) {
	dir, held := t.TempDir(), new(Held)
	lives, err := held.MakeTmp(dir)
	if err != nil {
		t.Fatal(err)
	}
	first, second := killed(t, dir), killed(t, dir)
	if err := os.Chmod(second, 0); err != nil { // by the program, whose /tmp it was
		t.Fatal(err)
	}
	if err := RemoveStale(dir); err != nil {
		t.Error(err)
	}
	if got := left(t, dir); !slices.Equal(got, []string{filepath.Base(lives)}) {
		t.Errorf("%s and %s were left behind, %s is in use; there are %v", first, second, lives, got)
	}
	if err := (&Spec{Tmp: lives, Held: held}).RemoveTmp(); err != nil || len(left(t, dir)) != 0 {
		t.Errorf("RemoveTmp: %v; there are %v", err, left(t, dir))
	}
	if len(held.locks) != 0 {
		t.Error("it is held after its removal")
	}
}

func TestRemoveStaleTouchesNothingElse(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	var errs []error
	for _, name := range []string{tmpPrefix, tmpPrefix + "12x", tmpPrefix + "of-mine", "tmp-123", "x" + tmpPrefix + "1"} {
		errs = append(errs, os.Mkdir(dir+"/"+name, 0o700), os.WriteFile(dir+"/"+name+"/f", nil, 0o600))
	}
	errs = append(errs, os.WriteFile(dir+"/"+tmpPrefix+"1", nil, 0o600), os.Symlink(other, dir+"/"+tmpPrefix+"2"), os.WriteFile(other+"/f", nil, 0o600),
		unix.Mkfifo(dir+"/"+tmpPrefix+"3", 0o600))
	if os.Geteuid() == 0 {
		errs = append(errs, os.Mkdir(dir+"/"+tmpPrefix+"4", 0o700), os.Chown(dir+"/"+tmpPrefix+"4", 65534, 65534))
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	before := left(t, dir)
	if err := RemoveStale(dir); err != nil {
		t.Error(err)
	}
	if got := left(t, dir); !slices.Equal(got, before) {
		t.Errorf("there are %v, want %v", got, before)
	}
	if got := left(t, other); len(got) != 1 {
		t.Error("it followed a symlink")
	}
	stale := killed(t, dir)
	if err := errors.Join(os.Chmod(dir, 0o777), RemoveStale(dir)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(stale + "/a"); err != nil {
		t.Errorf("where anybody can name folders: %v", err)
	}
	if err := errors.Join(os.Chmod(dir, fs.ModeSticky|0o777), RemoveStale(dir)); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(stale); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a sticky folder: %v", err)
	}
	if err := RemoveStale(dir + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a folder that does not exist: %v", err)
	}
}

// A bound ends the work; the next start goes on, and in the end nothing is left.
func TestRemoveStaleIsBounded(t *testing.T) {
	dir := t.TempDir()
	name := killed(t, dir)
	for i := range 20 {
		if err := os.WriteFile(filepath.Join(name, string(rune('a'+i))+"f"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const most = 10
	if err := removeStale(dir, most); err != nil {
		t.Error(err)
	}
	if n := len(left(t, name)); n < 21-most || n == 21 {
		t.Errorf("%d of 21 are left after one start", n)
	}
	for range 5 {
		if err := removeStale(dir, most); err != nil {
			t.Error(err)
		}
	}
	if got := left(t, dir); len(got) != 0 {
		t.Errorf("%v are left", got)
	}
}

// Many starts at a time: each has folders of its own, which nobody takes away, and at the end nothing is there.
func TestRemoveStaleWhileOthersStart(t *testing.T) {
	dir := t.TempDir()
	var starts sync.WaitGroup
	for range 8 {
		starts.Go(func() {
			for i := range 50 {
				if err := RemoveStale(dir); err != nil {
					t.Error(err)
				}
				held := new(Held)
				name, err := held.MakeTmp(dir)
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(name+"/f", nil, 0o600); err != nil {
					t.Error("it was taken away:", err)
				}
				if i%2 == 0 { // killed
					err = held.release()
				} else {
					err = (&Spec{Tmp: name, Held: held}).RemoveTmp()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	starts.Wait()
	if err := RemoveStale(dir); err != nil || len(left(t, dir)) != 0 {
		t.Errorf("%v; there are %v", err, left(t, dir))
	}
}

// Programs can open the folder that is their /tmp; its lock they don't get.
func TestHeldFoldersCannotBeLocked(t *testing.T) {
	held := new(Held)
	name, err := held.MakeTmp(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := flock(fd); err != unix.EWOULDBLOCK {
		t.Errorf("locking it: %v", err)
	}
	if flags, err := unix.FcntlInt(held.locks[0].Fd(), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("programs inherit the lock: %#x, %v", flags, err)
	}
	if err := held.release(); err != nil {
		t.Error(err)
	}
	if err := flock(fd); err != nil {
		t.Errorf("after its run: %v", err)
	}
}
