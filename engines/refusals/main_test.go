// The program that the tests run: this test's own binary, told by its environment to make calls.

package refusals_test

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// victim is the variable that makes the binary another program than a test: the folder that it works in.
const victim = "JAIL_REFUSALS_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		runtime.LockOSThread()
		for i, a := range attempts() {
			if skip(i) {
				continue
			}
			if err := os.Chdir(fmt.Sprintf("%s/%d", dir, i)); err != nil {
				fmt.Println(err)
				os.Exit(1)
			}
			fmt.Println(i, int(a.make()))
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// few is the variable that makes it make only every so manieth attempt.
const few = "JAIL_REFUSALS_FEW"

func skip(i int) bool { return os.Getenv(few) != "" && i%5 != 0 }

// attempt is one call, made in a tree of its own.
type attempt struct {
	name  string
	call  func() error
	early bool // the kernel looks at modes before it asks the domain
}

// make makes the call and answers its errno.
func (a *attempt) make() unix.Errno {
	err := a.call()
	if errno, ok := err.(unix.Errno); ok {
		return errno
	}
	if err != nil {
		return unix.EPROTO
	}
	return 0
}

// single are paths for calls that take one.
func single() []string {
	return []string{"in/file", "in/dir", "in/none", "out/file", "out/dir", "out/none", "out/empty", "other/file", "other/dir", "other/none", "other/lone",
		"ex/file", "in/link", "out/link", "in/dangling", "in/file/x", "in/none/x", "in/shut/file", "in/shut/none", "in/secret", "out/secret",
		"in/../other/file", "out/../other/none", "out/./dir/../none", "", ".", "other", "out/..", "/proc/self/cwd/other/file", "/proc/self/cwd/out/file",
		"/proc/thread-self/cwd/other/none", "in/hard", "out/full"}
}

// attempts are all calls.
func attempts() []attempt {
	var list []attempt
	for _, path := range single() {
		for _, how := range []struct {
			name  string
			flags int
		}{
			{"read", unix.O_RDONLY}, {"write", unix.O_WRONLY}, {"both", unix.O_RDWR}, {"truncate", unix.O_TRUNC},
			{"create", unix.O_CREAT | unix.O_WRONLY | unix.O_TRUNC}, {"exclusive", unix.O_CREAT | unix.O_EXCL | unix.O_RDWR},
			{"append", unix.O_WRONLY | unix.O_APPEND}, {"create to read", unix.O_CREAT}, {"folder", unix.O_DIRECTORY},
			{"path", unix.O_PATH}, {"no link", unix.O_NOFOLLOW}, {"no name", unix.O_TMPFILE | unix.O_RDWR},
		} {
			list = append(list, attempt{"open to " + how.name + " " + path,
				func() error { return opened(unix.Open(path, how.flags|unix.O_NONBLOCK, 0o600)) }, true})
		}
		list = append(list,
			attempt{"openat2 " + path, func() error { return opened(unix.Openat2(unix.AT_FDCWD, path, &unix.OpenHow{Flags: unix.O_RDWR})) }, true},
			attempt{"mkdir " + path, func() error { return unix.Mkdir(path, 0o700) }, false},
			attempt{"mkfifo " + path, func() error { return unix.Mkfifo(path, 0o600) }, false},
			attempt{"symlink " + path, func() error { return unix.Symlink("x", path) }, false},
			attempt{"unlink " + path, func() error { return unix.Unlink(path) }, false},
			attempt{"rmdir " + path, func() error { return unix.Rmdir(path) }, false},
			attempt{"truncate " + path, func() error { return unix.Truncate(path, 1) }, true},
			attempt{"chdir " + path, func() error { return unix.Chdir(path) }, true},
			attempt{"bind " + path, func() error { return bound(path) }, false},
			attempt{"from folder " + path, func() error { return from("out", "../"+path) }, false},
			attempt{"from other folder " + path, func() error { return from("other", path) }, false},
			attempt{"chmod " + path, func() error { return unix.Chmod(path, 0o700) }, false},
			attempt{"chown " + path, func() error { return unix.Chown(path, -1, -1) }, false},
			attempt{"lchown " + path, func() error { return unix.Lchown(path, -1, os.Getegid()) }, false},
			attempt{"utimes " + path, func() error { return unix.UtimesNano(path, make([]unix.Timespec, 2)) }, false},
			attempt{"setxattr " + path, func() error { return unix.Setxattr(path, "user.jail", []byte("x"), 0) }, false},
		)
	}
	for _, old := range []string{"in/file", "out/file", "other/file", "out/dir", "out/none", "other/none", "in/dir"} {
		for _, name := range []string{"in/new", "out/new", "other/new", "out/dir/new", "out/full", "in/shut/new"} {
			list = append(list,
				attempt{"rename " + old + " to " + name, func() error { return unix.Rename(old, name) }, false},
				attempt{"link " + old + " to " + name, func() error { return unix.Link(old, name) }, false})
		}
	}
	return list
}

func opened(fd int, err error) error {
	if err == nil {
		_ = unix.Close(fd)
	}
	return err
}

// bound gives a local socket a name.
func bound(path string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if path == "" {
		return nil
	}
	return unix.Bind(fd, &unix.SockaddrUnix{Name: path})
}

// from makes a folder in a path that begins at a descriptor.
func from(folder, path string) error {
	fd, err := unix.Open(folder, unix.O_PATH, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.Mkdirat(fd, path, 0o700)
}
