// How far walks come, and what the place is called.

package walk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// place makes a folder with files and links, and goes there.
func place(t *testing.T) (string, *Walker) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []error{os.MkdirAll(dir+"/a/b", 0o755), os.WriteFile(dir+"/a/file", nil, 0o644), os.Symlink("../a/file", dir+"/a/link"),
		os.Symlink("none", dir+"/a/dangling"), os.Symlink(dir+"/a/b", dir+"/away")} {
		if step != nil {
			t.Fatal(step)
		}
	}
	t.Chdir(dir)
	w, err := New(os.Getpid(), os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return dir, w
}

func TestReach(t *testing.T) {
	dir, w := place(t)
	for _, c := range []struct {
		name   string
		follow bool
		path   string // where it ends; % is the folder
		folder string // in which; "": not known
		err    error
		last   bool
	}{
		{"a/file", true, "%/a/file", "%/a", nil, true},
		{"a/link", true, "%/a/file", "%/a", nil, true},
		{"a/link", false, "%/a/link", "%/a", nil, true},
		{"a/b/", true, "%/a/b", "%/a", nil, true},
		{"a/b/..", true, "%/a", "", nil, true},
		{"away/../file", true, "%/a/file", "%/a", nil, true},
		{"a/none", true, "%/a/none", "%/a", unix.ENOENT, true},
		{"a/none/", true, "%/a/none", "%/a", unix.ENOENT, true},
		{"a/none/deep", true, "%/a/none/deep", "%/a", unix.ENOENT, false},
		{"a/dangling", true, "%/a/none", "%/a", unix.ENOENT, true},
		{"a/dangling", false, "%/a/dangling", "%/a", nil, true},
		{"a/file/x", true, "%/a/file/x", "%/a/file", unix.ENOTDIR, true},
		{"/proc/self/cwd/a/file", true, "%/a/file", "%/a", nil, true},
		{"/proc/self/cwd", true, "%", "", nil, true},
		{".", true, "%", "", nil, true},
	} {
		before := open(t)
		r := w.Reach(unix.AT_FDCWD, c.name, c.follow, nil)
		folder := ""
		if r.Dir >= 0 {
			folder = r.Folder()
		}
		got := strings.ReplaceAll(r.Path(), dir, "%") + " in " + strings.ReplaceAll(folder, dir, "%")
		if want := c.path + " in " + c.folder; got != want || r.Err != c.err || (r.File >= 0) != (c.err == nil) || r.Last() != c.last {
			t.Errorf("%s: %s, error %v, last %v; want %s, %v, %v", c.name, got, r.Err, r.Last(), want, c.err, c.last)
		}
		r.Close()
		if now := open(t); now != before {
			t.Errorf("%s: %d descriptors stay open", c.name, now-before)
		}
	}
}

func TestReachWhereNobodyMaySearch(t *testing.T) {
	dir, w := place(t)
	closed := w.Reach(unix.AT_FDCWD, "a/b/c", true, func(folder int) bool { return pathOf(folder) != dir+"/a" })
	defer closed.Close()
	if closed.Err != unix.EACCES || closed.Path() != dir+"/a/b/c" || closed.Last() {
		t.Errorf("a folder that may not be searched: %v at %s", closed.Err, closed.Path())
	}
}

func TestNamesFromAnotherRoot(t *testing.T) {
	dir, _ := place(t)
	chrooted := Reached{Dir: -1, root: dir + "/a"}
	if fd, err := unix.Open(dir+"/a/b", unix.O_PATH, 0); err != nil {
		t.Fatal(err)
	} else if chrooted.File = fd; chrooted.Path() != "/b" {
		t.Errorf("from another root it is called %s", chrooted.Path())
	}
	chrooted.Close()
}

// open counts open descriptors.
func open(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
