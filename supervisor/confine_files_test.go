// Files: what no grant gives is out of reach, by whatever way.

package supervisor_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/confine"
)

func init() {
	victims["reach"] = func(args []string) {
		mine, secret, fixed, outside := args[0], args[1], args[2], args[3]
		say("read", open(mine+"/ok", unix.O_RDWR))
		say("list", open(mine, unix.O_RDONLY))
		say("make", os.Mkdir(mine+"/new", 0o700))
		say("move", os.Rename(mine+"/ok", mine+"/new/ok"))
		say("read-only", open(fixed+"/f", unix.O_RDONLY))

		say("read-secret", open(secret+"/s", unix.O_RDONLY))
		say("list-secret", open(secret, unix.O_RDONLY))
		say("dotdot", open(mine+"/../secret/s", unix.O_RDONLY))
		say("self-root", open("/proc/self/root"+secret+"/s", unix.O_RDONLY))
		say("self-cwd", open("/proc/self/cwd/../secret/s", unix.O_RDONLY))
		say("symlink", open(mine+"/link", unix.O_RDONLY))
		say("other-fd", open(outside, unix.O_RDONLY))
		say("other-root", open(fmt.Sprintf("/proc/%s/root%s/s", args[4], secret), unix.O_RDONLY))
		path, err := unix.Open(secret+"/s", unix.O_PATH, 0)
		say("path", err)
		say("reopen", open("/proc/self/fd/"+strconv.Itoa(path), unix.O_RDONLY))
		say("hardlink", os.Link(secret+"/s", mine+"/hard"))
		say("steal", os.Rename(secret+"/s", mine+"/stolen"))
		say("hand-over", os.Rename(mine+"/new/ok", secret+"/given"))
		say("exchange", unix.Renameat2(unix.AT_FDCWD, mine+"/new", unix.AT_FDCWD, secret, unix.RENAME_EXCHANGE))
		say("truncate", unix.Truncate(secret+"/s", 0))
		say("truncate-fixed", unix.Truncate(fixed+"/f", 0))
		say("write-fixed", open(fixed+"/f", unix.O_WRONLY))
		say("make-fixed", os.Mkdir(fixed+"/new", 0o700))
		say("remove-fixed", os.Remove(fixed+"/f"))
		say("bind", unix.Mount(secret, mine+"/new", "", unix.MS_BIND, ""))
		err = unix.Exec(secret+"/program", []string{"program"}, nil)
		say("execute", err)
	}
}

// common is what the test binary needs to run at all.
func common(paths ...confine.Path) []confine.Path {
	for _, p := range []string{"/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys"} {
		paths = append(paths, confine.Path{Name: p, Rights: confine.Read | confine.Execute})
	}
	return append(paths, confine.Path{Name: "/dev", Rights: confine.Read | confine.Write})
}

func needDomain(t *testing.T, d confine.Domain) {
	t.Helper()
	abi, _ := confine.LandlockABI()
	if gaps := d.Gaps(abi); len(gaps) > 0 {
		t.Skipf("this kernel's Landlock lacks %v", gaps)
	}
}

func TestFilesOutsideOfGrants(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "mine/", "mine/ok", "secret/", "secret/s", "fixed/", "fixed/f")
	if err := os.Symlink(dir+"/secret/s", dir+"/mine/link"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/secret/program", []byte("#!/bin/sh\necho execute ok\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	held, err := os.Open(dir + "/secret/s")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	d := confine.Domain{Files: true, Paths: common(
		confine.Path{Name: dir + "/mine", Rights: confine.Read | confine.Write},
		confine.Path{Name: dir + "/fixed", Rights: confine.Read},
		confine.Path{Name: dir + "/absent", Rights: confine.Read})}
	needDomain(t, d)
	self := strconv.Itoa(os.Getpid())
	said := try(t, supervisor.Command{Dir: dir + "/mine", Confine: confine.Spec{Domain: d}}, "reach",
		dir+"/mine", dir+"/secret", dir+"/fixed", fmt.Sprintf("/proc/%s/fd/%d", self, held.Fd()), self)
	expect(t, said, map[string]string{
		"read": "ok", "list": "ok", "make": "ok", "move": "ok", "read-only": "ok", "path": "ok",
		"read-secret": "EACCES", "list-secret": "EACCES", "dotdot": "EACCES", "self-root": "EACCES", "self-cwd": "EACCES",
		"symlink": "EACCES", "other-fd": "EACCES", "other-root": "EACCES", "reopen": "EACCES",
		"hardlink": "EXDEV|EACCES", "steal": "EACCES|EXDEV", "hand-over": "EACCES|EXDEV", "exchange": "EACCES|EXDEV",
		"truncate": "EACCES", "truncate-fixed": "EACCES", "write-fixed": "EACCES", "make-fixed": "EACCES", "remove-fixed": "EACCES",
		"bind": "EPERM", "execute": "EACCES",
	})
}

func TestPathsThatLeadNowhereAreTold(t *testing.T) {
	dir := t.TempDir()
	d := confine.Domain{Files: true, Paths: common(confine.Path{Name: dir + "/absent", Rights: confine.Read})}
	needDomain(t, d)
	j, err := (&supervisor.Command{Path: "/bin/true", Confine: confine.Spec{Domain: d}}).Start()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Wait(); err != nil {
		t.Error(err)
	}
	if !slices.Contains(j.Skipped(), dir+"/absent") {
		t.Errorf("skipped are %q", j.Skipped())
	}
}

func init() {
	victims["execute"] = func(args []string) {
		for i, path := range args {
			p, err := os.StartProcess(path, []string{path}, &os.ProcAttr{})
			say(strconv.Itoa(i), err)
			if err == nil {
				_, err = p.Wait()
				say(strconv.Itoa(i)+"-wait", err)
			}
		}
	}
}

// What may be executed is its own list when Exec is set: a copy of a program in a folder that may be written is not on it.
func TestExecutionIsARightOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/true", program, 0o755); err != nil {
		t.Fatal(err)
	}
	d := confine.Domain{Files: true, Exec: true, Paths: common(confine.Path{Name: dir, Rights: confine.Read | confine.Write})}
	needDomain(t, d)
	said := try(t, supervisor.Command{Confine: confine.Spec{Domain: d}}, "execute", "/bin/true", dir+"/true")
	expect(t, said, map[string]string{"0": "ok", "0-wait": "ok", "1": "EACCES"})
	d.Exec = false
	said = try(t, supervisor.Command{Confine: confine.Spec{Domain: d}}, "execute", dir+"/true")
	expect(t, said, map[string]string{"0": "ok", "0-wait": "ok"})
}

// A rule about a file takes rights of files only; one about a device lets it be controlled.
func TestGrantOfAFile(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "ok", "other")
	d := confine.Domain{Files: true, Paths: common(confine.Path{Name: dir + "/ok", Rights: confine.Read | confine.Write | confine.Execute})}
	needDomain(t, d)
	res, out := run(t, supervisor.Command{Confine: confine.Spec{Domain: d}}, "/bin/sh", "-c",
		"echo x >"+dir+"/ok && ! cat "+dir+"/other 2>/dev/null && ! rm "+dir+"/ok 2>/dev/null && cat "+dir+"/ok")
	if res.Status.Code != 0 || out != "x\n" {
		t.Errorf("%v %q", res.Status, out)
	}
}

func TestPortsOfTCP(t *testing.T) {
	d := confine.Domain{ConnectTCP: true, BindTCP: true, ConnectTCPPorts: []uint16{1}, BindTCPPorts: []uint16{0, 1}}
	needDomain(t, d)
	said := try(t, supervisor.Command{Confine: confine.Spec{Domain: d}}, "ports")
	expect(t, said, map[string]string{"bind-0": "ok", "bind-2": "EACCES", "connect-1": "ECONNREFUSED|ENETUNREACH", "connect-2": "EACCES"})
}

func init() {
	victims["ports"] = func([]string) {
		for _, port := range []int{0, 2} {
			s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
			if err == nil {
				err = unix.Bind(s, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
			}
			say("bind-"+strconv.Itoa(port), err)
		}
		for _, port := range []int{1, 2} {
			s, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
			if err == nil {
				err = unix.Connect(s, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
			}
			say("connect-"+strconv.Itoa(port), err)
		}
	}
}

// What a kernel lacks is an error, or left out if that was asked for.
func TestGaps(t *testing.T) {
	all := confine.Domain{Files: true, ConnectTCP: true, BindTCP: true, Seal: true}
	for abi, want := range []int{4, 6, 5, 4, 2, 1, 0, 0} {
		if got := all.Gaps(abi); len(got) != want {
			t.Errorf("ABI %d: %d gaps, want %d: %v", abi, len(got), want, got)
		}
	}
	if g := (confine.Domain{}).Gaps(0); len(g) != 0 {
		t.Errorf("nothing lacks %v", g)
	}
	abi, _ := confine.LandlockABI()
	all.Paths = common()
	j, err := (&supervisor.Command{Path: "/bin/true", Confine: confine.Spec{Domain: all}}).Start()
	if err == nil {
		defer j.Wait()
	}
	if lacks := len(all.Gaps(abi)) > 0; lacks != errors.Is(err, supervisor.ErrNoLandlock) {
		t.Errorf("with ABI %d Start answered %v", abi, err)
	}
}
