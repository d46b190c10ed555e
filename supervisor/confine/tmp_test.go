// Removal of what programs leave.

package confine

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRemoveTmpRemovesNothingElse(t *testing.T) {
	dir := t.TempDir()
	if err := (&Spec{Tmp: dir}).RemoveTmp(); err == nil {
		t.Error("it removed a folder that MakeTmp did not make")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
	if err := (&Spec{}).RemoveTmp(); err != nil {
		t.Error(err)
	}
	if err := (&Spec{Tmp: dir + "/" + tmpPrefix + "gone"}).RemoveTmp(); err != nil {
		t.Errorf("a folder that is gone already: %v", err)
	}
	kept := dir + "/kept"
	if err := os.Mkdir(kept, 0o700); err != nil {
		t.Fatal(err)
	}
	link := dir + "/" + tmpPrefix + "link"
	if err := os.Symlink(kept, link); err != nil {
		t.Fatal(err)
	}
	if err := (&Spec{Tmp: link}).RemoveTmp(); err == nil {
		t.Error("it followed a symlink")
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}

// Every type of file, in folders of every mode; names that the removal uses itself.
func TestRemoveTmp(t *testing.T) {
	dir := t.TempDir()
	tmp, err := new(Held).MakeTmp(dir)
	if err != nil {
		t.Fatal(err)
	}
	must := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(dir+"/kept", nil, 0o400))
	for _, folder := range []string{"/a", "/a/jail.1", "/a/jail.2", "/a/jail.2/jail.1", "/jail.1", "/a/jail.2/x", "/a/jail.2/y"} {
		must(os.Mkdir(tmp+folder, 0o700))
		must(os.WriteFile(tmp+folder+"/f", nil, 0), unix.Mkfifo(tmp+folder+"/p", 0), os.Symlink(dir, tmp+folder+"/l"))
		must(os.Link(dir+"/kept", tmp+folder+"/h"))
		s, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		must(err, unix.Bind(s, &unix.SockaddrUnix{Name: tmp + folder + "/s"}), unix.Close(s))
	}
	for _, folder := range []string{"/a/jail.2/jail.1", "/a/jail.2", "/a/jail.1", "/a", "/jail.1", ""} {
		must(os.Chmod(tmp+folder, 0))
	}
	if err := (&Spec{Tmp: tmp}).RemoveTmp(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(tmp); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	if _, err := os.Stat(dir + "/kept"); err != nil {
		t.Error(err)
	}
}
