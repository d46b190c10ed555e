// Whether the file of a running program can be written to: what is concluded, and what this kernel does.

package confine

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTextBusy(t *testing.T) {
	for _, c := range []struct {
		release string
		err     error
		ok      bool
	}{
		{"6.18.1", unix.ETXTBSY, true},
		{"6.11.3", unix.ETXTBSY, true},
		{"6.11.3", nil, false},
		{"6.18.1", nil, false},
		{"6.10.0", unix.EACCES, true},
		{"6.11.0", unix.EACCES, false},
		{"6.12.9", unix.EROFS, false},
		{"6.13.0", unix.EACCES, true},
	} {
		k := Kernel{Release: c.release}
		if f := k.textBusy(c.err); f.OK() != c.ok {
			t.Errorf("%s, %v: %+v", c.release, c.err, f)
		}
	}
}

// The kernel is asked about a file that surely may be written to, and must do as TextBusy says.
func TestTextBusyIsTrue(t *testing.T) {
	data, err := os.ReadFile("/bin/cat")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "cat") // a name by which busybox knows what it is
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd := exec.Command(path)
	cmd.Stdin = in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		f.Close()
	}
	k := ProbeOnly(0)
	if k.TextBusy.OK() && err == nil {
		t.Error("the file of a running program was opened for writing, but TextBusy is OK")
	}
	out.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
