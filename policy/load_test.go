// Tests of reading a policy from a file, and from what is no file.

package policy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "my-build.yaml")
	if err := os.WriteFile(file, []byte(head), 0o600); err != nil {
		t.Fatal(err)
	}
	link := file + "-link"
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for path, name := range map[string]string{file: "my-build", link: "my-build"} {
		p, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if p.File != path || p.Name != name {
			t.Errorf("Load(%q): File %q, Name %q", path, p.File, p.Name)
		}
	}
}

func TestLoadWhatIsNoPolicy(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return file
	}
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path string
		kind error
		want string // what follows the path
	}{
		{"", ErrRead, ": the name of the policy is empty; give the path of a file"},
		{filepath.Join(dir, "none.yaml"), fs.ErrNotExist, ": cannot be opened: no such file or directory"},
		{write("plain", head, 0o600) + "/x", unix.ENOTDIR, ": cannot be opened: not a directory"},
		{dir, ErrNotRegular, ": is a directory; a policy is a text file"},
		{fifo, ErrNotRegular, ": is a FIFO; a policy is a text file"},
		{"/dev/zero", ErrNotRegular, ": is a device; a policy is a text file"},
		{write("empty", "", 0o600), ErrEmpty, `: is empty; a policy begins with "version: 1"`},
		{write("elf", "\x7fELF\x02\x01\x01\x00", 0o600), ErrBinary, ":1:1: is not a text file: it holds the control character U+007F here"},
		{write("big", strings.Repeat("# x\n", maxFile/4+1), 0o600), ErrTooBig, ": is bigger than 1 MiB, the most that a policy may be"},
		{dir + "/a\x00b", ErrRead, ": cannot be opened: invalid argument"},
	}
	if os.Geteuid() != 0 { // root may read anything
		tests = append(tests, struct {
			path string
			kind error
			want string
		}{write("secret", head, 0), fs.ErrPermission, ": cannot be opened: permission denied"})
	}
	for _, test := range tests {
		p, err := Load(test.path)
		if err == nil || p != nil {
			t.Errorf("Load(%q) accepted it", test.path)
			continue
		}
		if !errors.Is(err, test.kind) {
			t.Errorf("Load(%q): errors.Is finds no %q in %v", test.path, test.kind, err)
		}
		if got := err.Error(); got != test.path+test.want {
			t.Errorf("Load(%q):\ngot  %q\nwant %q", test.path, got, test.path+test.want)
		}
	}
}

// What Load says about a file that changes after it was opened does not
// matter, but it must not read more than it promises.
func TestReadFileStops(t *testing.T) {
	file := filepath.Join(t.TempDir(), "huge")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1 << 40); err != nil {
		t.Skip("this file system has no files of a tebibyte:", err)
	}
	data, e := readFile(file)
	if e != nil || len(data) != maxFile+1 {
		t.Errorf("readFile = %d bytes, %v", len(data), e)
	}
}
