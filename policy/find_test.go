// Find agrees with MatchPath on a tree.

package policy

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/.env", "a/b/.env", "a/b/c.txt", "d/.env", "d/envy", ".env", "e/f/g/.env"} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(dir, filepath.Join(dir, "a/loop")); err != nil {
		t.Fatal(err)
	}
	var all []string
	if err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, _ error) error { all = append(all, name); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"/**/.env", "/*/.env", "/*", "/a/*", "/a/b/c.txt", "/**", "/none/*", "/?/.env", "/**/b/*", "/**/**/.env"} {
		var want []string
		for _, name := range all {
			if MatchPath(dir+p, name) {
				want = append(want, name)
			}
		}
		got, whole := Find(dir+p, 100)
		slices.Sort(got)
		got = slices.Compact(got)
		slices.Sort(want)
		if !slices.Equal(got, want) || !whole {
			t.Errorf("%s: got %q, %v; want %q", p, got, whole, want)
		}
	}
	if got, whole := Find(dir+"/**", 3); len(got) != 3 || whole {
		t.Errorf("bounded: %q, %v", got, whole)
	}
}
