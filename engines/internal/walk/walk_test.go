// Walks of long paths: their results, and that their cost grows with their length only.

package walk

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParts(t *testing.T) {
	for path, want := range map[string][]string{
		"a": {"a"}, "/a//b": {"a", "b"}, "a/./b/": {"a", "b", ""}, ".": {""}, "////": {""}, "a/.": {"a", ""}, "./..//.": {"..", ""},
	} {
		if got := parts(path); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestLongPaths(t *testing.T) {
	dir, w := place(t)
	if err := os.Symlink("b", dir+"/a/folder"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, want string }{
		{strings.Repeat("/", 4000), "/"},
		{"a" + strings.Repeat("/.", 2000), dir + "/a"},
		{"a" + strings.Repeat("/b/..", 800) + "/file", dir + "/a/file"},
		{"a/folder" + strings.Repeat("/", 4000), dir + "/a/b"},
	} {
		fd, err := w.Open(unix.AT_FDCWD, c.name, false)
		if err != nil {
			t.Fatalf("%.20s…: %v", c.name, err)
		}
		if got := pathOf(fd); got != c.want {
			t.Errorf("%.20s…: %s, want %s", c.name, got, c.want)
		}
		_ = unix.Close(fd)
	}
}

// Links that lead to and fro cost the program's time in the kernel, and all of the jail's here.
func TestWalkIsBounded(t *testing.T) {
	dir, w := place(t)
	if err := os.Symlink(strings.Repeat("b/../", 800)+"b/..", dir+"/a/maze"); err != nil {
		t.Fatal(err)
	}
	if fd, err := w.Open(unix.AT_FDCWD, "a/maze", true); err != nil {
		t.Errorf("one long link: %v", err)
	} else {
		_ = unix.Close(fd)
	}
	before := open(t)
	if _, err := w.Open(unix.AT_FDCWD, "a/"+strings.Repeat("maze/", 8), true); err != unix.ELOOP {
		t.Errorf("many long links: %v, want ELOOP", err)
	}
	if now := open(t); now != before {
		t.Errorf("%d descriptors stay open", now-before)
	}
}

// BenchmarkSlashes walks the longest path that names nothing.
func BenchmarkSlashes(b *testing.B) {
	w, err := New(os.Getpid(), os.Getpid())
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	path := strings.Repeat("/", unix.PathMax-1)
	for b.Loop() {
		fd, err := w.Open(unix.AT_FDCWD, path, true)
		if err != nil {
			b.Fatal(err)
		}
		_ = unix.Close(fd)
	}
}
