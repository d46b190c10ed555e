// Links on the way of a path: which, and no others.

package policy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinksOn(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"dot/git", "a/b"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{".git": "dot/git", "a/up": "../dot", "a/abs": dir + "/a/up", "loop": "loop", "a/none": "missing"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string][]string{
		"a/b":              nil,
		".git/hooks":       {".git"},
		".git":             {".git"},
		"a/up/git/x":       {"a/up"},
		"a/abs/git":        {"a/abs", "a/up"},
		"a/none/x":         {"a/none"},
		"a/../.git/secret": {".git"},
		".git/*.key":       {".git"},
		"a/*/up":           nil,
		"missing/.git":     nil,
	} {
		var full []string
		for _, w := range want {
			full = append(full, filepath.Join(dir, w))
		}
		if got := LinksOn(dir + "/" + path); !cmp.Equal(got, full) {
			t.Errorf("%s: %q, want %q", path, got, full)
		}
	}
	if n := len(LinksOn(dir + "/loop")); n != 40 {
		t.Errorf("a loop: %d links", n)
	}
}
