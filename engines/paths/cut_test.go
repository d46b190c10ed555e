// Cutting a file that somebody has a lease on.

package paths

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCutWaitsForNoLease(t *testing.T) {
	signal.Ignore(unix.SIGIO)
	defer signal.Reset(unix.SIGIO)
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(file)
	if err := cut(file, 2); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(name); string(text) != "te" {
		t.Errorf("%q, %v", text, err)
	}
	holder, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	if _, err := unix.FcntlInt(holder.Fd(), unix.F_SETLEASE, unix.F_RDLCK); errors.Is(err, unix.EINVAL) {
		t.Skip("the file system of", name, "has no leases (F_SETLEASE, fcntl(2))")
	} else if err != nil {
		t.Fatal(err)
	}
	if err := cut(file, 1); err != unix.EAGAIN {
		t.Errorf("a file with a lease: %v", err)
	}
}
