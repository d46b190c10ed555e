// Mounts that are fixed: nothing changes but what is writable, with and without a user namespace.

package supervisor_test

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/confine"
)

// setFlags is FS_IOC_SETFLAGS of what the file has already (ioctl_iflags(2)): a file system without them says so.
func setFlags(fd int) error {
	flags, err := unix.IoctlGetInt(fd, unix.FS_IOC_GETFLAGS)
	if err != nil {
		return nil // none here
	}
	return unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, flags)
}

// metadata tries to change what a file says of itself, in every way.
func metadata(prefix, name string) {
	say(prefix+"chmod", unix.Chmod(name, 0o600))
	say(prefix+"chown", unix.Chown(name, os.Geteuid(), os.Getegid()))
	say(prefix+"utimes", unix.UtimesNanoAt(unix.AT_FDCWD, name, make([]unix.Timespec, 2), 0))
	say(prefix+"setxattr", unix.Setxattr(name, "user.jail", []byte("x"), 0))
	fd, err := unix.Open(name, unix.O_RDONLY, 0)
	say("open", err)
	self := "/proc/self/fd/" + strconv.Itoa(fd)
	say(prefix+"fchmod", unix.Fchmod(fd, 0o600))
	say(prefix+"chmod-self", unix.Chmod(self, 0o600))
	say(prefix+"fchown", unix.Fchown(fd, os.Geteuid(), -1))
	say(prefix+"futimens", unix.UtimesNanoAt(unix.AT_FDCWD, self, make([]unix.Timespec, 2), 0))
	say(prefix+"fsetxattr", unix.Fsetxattr(fd, "user.jail", []byte("x"), 0))
	say(prefix+"flags", setFlags(fd))
}

func init() {
	victims["change"] = func(args []string) {
		dir := args[0]
		metadata("no-", dir+"/fixed/f")
		metadata("", dir+"/work/f")
		metadata("", dir+"/single")
		say("no-write", os.WriteFile(dir+"/fixed/f", nil, 0o644))
		say("no-make", os.WriteFile(dir+"/fixed/new", nil, 0o644))
		say("no-remove", unix.Unlink(dir+"/fixed/f"))
		say("no-link", os.Link(dir+"/fixed/f", dir+"/work/link"))
		say("no-rename-grant", os.Rename(dir+"/work", dir+"/work2"))
		say("no-readonly", os.WriteFile(dir+"/work/ro/f", nil, 0o644))
		say("no-readonly-mode", unix.Chmod(dir+"/work/ro/f", 0o600))
		say("no-exe", unix.Chmod("/proc/self/exe", 0o755))
		say("no-stdin", unix.Fchmod(0, 0o666))
		say("write", os.WriteFile(dir+"/work/new", []byte("x"), 0o644))
		say("rename", os.Rename(dir+"/work/new", dir+"/work/in/new"))
		say("single", os.WriteFile(dir+"/single", []byte("x"), 0o644))
		say("null", os.WriteFile("/dev/null", []byte("x"), 0))
		_, err := os.Stdin.Write([]byte("x"))
		say("stdin", err)
		say("cwd", os.WriteFile("here", nil, 0o644))
	}
}

func TestFixed(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "fixed/", "fixed/f", "work/", "work/f", "work/in/", "work/ro/", "work/ro/f", "single")
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	var before, after unix.Stat_t
	if err := unix.Stat("/dev/null", &before); err != nil {
		t.Fatal(err)
	}
	ns := confine.Namespaces{Mount: true}
	c := supervisor.Command{Dir: dir + "/work", Files: []*os.File{null}, Confine: confine.Spec{Namespaces: ns,
		Mounts: []confine.Mount{{Kind: confine.ReadOnly, Source: dir + "/work/ro", Target: dir + "/work/ro"}},
		Fixed:  &confine.Fixed{Writable: []string{dir + "/work", dir + "/work/in", dir + "/single", dir + "/none"}}}}
	needStart(t, c)
	said := try(t, c, "change", dir)
	for name, result := range said {
		if denied := strings.HasPrefix(name, "no-"); denied == (result == "ok") {
			t.Errorf("%s: %s", name, result)
		}
	}
	if len(said) < 30 {
		t.Errorf("it said only %v", said)
	}
	if err := unix.Stat("/dev/null", &after); err != nil || after.Mode != before.Mode {
		t.Errorf("/dev/null was %o and is %o (%v)", before.Mode, after.Mode, err)
	}
}

// More grants than a program's stack has room for at a time.
func TestManyFixed(t *testing.T) {
	dir := t.TempDir()
	c := supervisor.Command{Dir: dir, Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true}, Fixed: &confine.Fixed{}}}
	for i := range 500 {
		name := fmt.Sprintf("%s%d", strings.Repeat("w", 240), i)
		plant(t, dir, name+"/")
		c.Confine.Fixed.Writable = append(c.Confine.Fixed.Writable, dir+"/"+name)
	}
	needStart(t, c)
	if _, out := run(t, c, "/bin/sh", "-c", "for d in w*; do echo x >$d/f && rm $d/f && echo $d; done | wc -l; [ $(ls /proc/self/fd | wc -l) -lt 9 ] && echo few; echo x 2>/dev/null >f || echo fixed"); strings.TrimSpace(out) != "500\nfew\nfixed" {
		t.Errorf("it says %q", out)
	}
}

// The first program is executed twice, and sees its arguments and environment as ever: scripts too.
func TestFixedPrograms(t *testing.T) {
	dir := t.TempDir()
	script := dir + "/script"
	if err := os.WriteFile(script, []byte("#!/bin/sh -e\necho \"$0|$1|$2|$#|$V\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := supervisor.Command{Env: []string{"V=v v", "PATH=/usr/bin:/bin"}, Dir: dir, Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true}, Fixed: &confine.Fixed{}}}
	needStart(t, c)
	for _, program := range []string{script, "./script"} {
		_, out := run(t, c, program, "a b", "")
		if want := program + "|a b||2|v v\n"; out != want {
			t.Errorf("%s: %q, want %q", program, out, want)
		}
	}
	if _, out := run(t, c, "/bin/sh", "-c", "echo $0,$1", "x", "y"); out != "x,y\n" {
		t.Errorf("the shell says %q", out)
	}
	if _, out := run(t, c, "/bin/echo"); out != "\n" {
		t.Errorf("echo says %q", out)
	}
	hidden := c
	tool, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	hidden.Confine.Mounts = []confine.Mount{{Kind: confine.Mask, Target: tool}} // another file is seen at its path
	if res, _ := run(t, hidden, tool); res.Status.Code != 0 {
		t.Errorf("a program that is masked: %v", res.Status)
	}
}
