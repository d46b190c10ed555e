// Sessions, terminals and users of the program.

package ptrace

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	victims["terminal"] = func(args []string) { // its descriptor 0 is its controlling terminal, and it is in the foreground
		pgrp, err := unix.IoctlGetInt(0, unix.TIOCGPGRP)
		must(err)
		if pgrp != unix.Getpgrp() {
			fail("the foreground is", pgrp, "its group", unix.Getpgrp())
		}
		sid, err := unix.Getsid(0)
		must(err)
		if pid := os.Getpid(); sid != pid || pgrp != pid {
			fail("session", sid, "group", pgrp, "pid", pid)
		}
	}
	victims["group"] = func(args []string) {
		if got := fmt.Sprint(unix.Getpgrp() == os.Getpid()); got != args[0] {
			fail("leads a group of its own:", got)
		}
	}
	victims["user"] = func([]string) {
		if unix.Getuid() != 65534 || unix.Geteuid() != 65534 || unix.Getgid() != 65533 {
			fail(unix.Getuid(), unix.Geteuid(), unix.Getgid())
		}
	}
}

func TestControllingTerminal(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo-terminals here:", err)
	}
	defer master.Close()
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile("/dev/pts/"+itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	cfg := victim(t, "terminal")
	cfg.Files[0] = slave.Fd()
	cfg.Setsid, cfg.Setctty, cfg.Ctty = true, true, 0
	jail(t, cfg, func(j *jailed) { j.runs(nil) })
}

func TestProcessGroup(t *testing.T) {
	for _, own := range []bool{false, true} {
		cfg := victim(t, "group", fmt.Sprint(own))
		cfg.Setpgid = own
		jail(t, cfg, func(j *jailed) { j.runs(nil) })
	}
}

func TestCredential(t *testing.T) {
	cred := &syscall.Credential{Uid: 65534, Gid: 65533}
	cfg := victim(t, "user")
	cfg.Credential = cred
	if os.Geteuid() != 0 {
		<-Own(func() {
			if _, _, err := launch(cfg, false); err == nil {
				t.Error("Launch as another user without privileges")
			}
		})
		return
	}
	jail(t, cfg, func(j *jailed) { j.runs(nil) })
}
