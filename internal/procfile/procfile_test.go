// Tests that Read reads what os.ReadFile does.

package procfile_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"jail/internal/procfile"
)

func TestReadIsWhole(t *testing.T) {
	dir := t.TempDir()
	for _, size := range []int{0, 1, 4095, 4096, 4097, 8192, 100_000} {
		name := filepath.Join(dir, "file")
		want := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
		if err := os.WriteFile(name, want, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := procfile.Read(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("of %d bytes it reads %d: %v", size, len(got), err)
		}
	}
	want, err := os.ReadFile("/proc/filesystems")
	if err != nil {
		t.Skip("no /proc is mounted here")
	}
	if got, err := procfile.Read("/proc/filesystems"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%q, want %q: %v", got, want, err)
	}
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	var path *fs.PathError
	if _, err := procfile.Read(dir + "/none"); !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &path) || path.Path != dir+"/none" {
		t.Errorf("of no file it says %v", err)
	}
	if _, err := procfile.Read(dir); !errors.Is(err, unix.EISDIR) {
		t.Errorf("of a folder it says %v", err)
	}
}
