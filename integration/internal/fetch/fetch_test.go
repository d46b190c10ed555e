// fetch_test.go tests what can be tested without a registry: the sources lists,
// and that a failed or repeated fetch leaves the store as it should be.
package fetch

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddSources(t *testing.T) {
	tests := []struct {
		name, file, in, want string
	}{
		{
			"deb822", "x.sources",
			"Types: deb\nURIs: http://mirror.test/debian\nSuites: stable\n\nTypes: deb deb-src\nURIs: http://other.test\n",
			"Types: deb deb-src\nURIs: http://mirror.test/debian\nSuites: stable\n\nTypes: deb deb-src\nURIs: http://other.test\n",
		},
		{
			"one line", "sources.list",
			"# deb http://off.test x main\ndeb http://mirror.test/debian stable main\n",
			"# deb http://off.test x main\ndeb http://mirror.test/debian stable main\ndeb-src http://mirror.test/debian stable main\n",
		},
		{
			"one line that has it", "sources.list",
			"deb  http://mirror.test stable main\ndeb-src http://mirror.test stable main\n",
			"deb  http://mirror.test stable main\ndeb-src http://mirror.test stable main\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, converter(tt.file)(tt.in)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if converter("x.sources.disabled") != nil {
		t.Error("a file that apt ignores is converted")
	}
}

func TestWriteSourcesNeedsOne(t *testing.T) {
	if err := writeSources(t.TempDir(), t.TempDir()); err == nil {
		t.Error("no error for a machine without sources lists")
	}
}

func TestOnce(t *testing.T) {
	s, err := Open(t.TempDir(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	final := filepath.Join(s.Dir(), "src", "p")
	broken := errors.New("broken")
	fail := func(tmp string) error {
		if err := os.Mkdir(filepath.Join(tmp, "tree"), 0o755); err != nil {
			t.Fatal(err)
		}
		return broken
	}
	if _, err := s.once(context.Background(), final, "p", fail, "tree"); !errors.Is(err, ErrUnavailable) || !errors.Is(err, broken) {
		t.Errorf("error %v, want ErrUnavailable and its cause", err)
	}
	left, err := os.ReadDir(filepath.Join(s.Dir(), "src"))
	if err != nil || len(left) != 0 {
		t.Errorf("a failed fetch left %v, %v", left, err)
	}
	calls := 0
	fill := func(tmp string) error {
		calls++
		return os.Mkdir(filepath.Join(tmp, "tree"), 0o755)
	}
	for range 2 {
		got, err := s.once(context.Background(), final, "p", fill, "tree")
		if want := filepath.Join(final, "tree"); err != nil || got != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
	}
	if calls != 1 {
		t.Errorf("filled %d times, want once", calls)
	}
	empty := func(string) error { return nil }
	if _, err := s.once(context.Background(), final+"2", "p", empty, "tree"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("error %v for a fetch that unpacked nothing", err)
	}
}

func TestDefaultDirFollowsXDG(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/somewhere/cache")
	got, err := DefaultDir("x")
	if want := "/somewhere/cache/x"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
