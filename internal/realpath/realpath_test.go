// Tests that Of is filepath.EvalSymlinks.

package realpath_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"jail/internal/realpath"
)

func TestOfIsEvalSymlinks(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/a/b", "/c"} {
		if err := os.MkdirAll(dir+name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(dir+"/a/f", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"/l": "a", "/a/up": "../c", "/abs": dir + "/a/b", "/lost": "none", "/loop": "loop", "/fl": "a/f"} {
		if err := os.Symlink(to, dir+name); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, name := range []string{"/", "", ".", "a/b", "l", dir, dir + "/a/b", dir + "/a/f", dir + "/l", dir + "/l/b", dir + "/l/up", dir + "/abs", dir + "/a//b", dir + "/a/../c",
		dir + "/a/b/", dir + "/none", dir + "/none/x", dir + "/l/none", dir + "/lost", dir + "/lost/x", dir + "/loop", dir + "/a/f/x", dir + "/fl", dir + "/fl/x"} {
		want, wrong := filepath.EvalSymlinks(name)
		got, err := realpath.Of(name)
		if got != want || (err == nil) != (wrong == nil) || errors.Is(err, os.ErrNotExist) != errors.Is(wrong, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) != errors.Is(wrong, syscall.ENOTDIR) {
			t.Errorf("%s leads to %q, %v; want %q, %v", name, got, err, want, wrong)
		}
	}
}
