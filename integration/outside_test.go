// What comes from outside of the jail, and what else goes on in the process that supervises.

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// SIGSTOP from outside stops the program, what is sent then waits, SIGCONT lets it go on; the sink hears of both once.
func TestStopFromOutside(t *testing.T) {
	for _, m := range allModes {
		t.Run(m.name, func(t *testing.T) {
			r := start(t, supervisor.Command{Engines: m.engines(t)}, victim(t, "hold"))
			if l := r.line(); l != "ready\n" {
				t.Errorf("it says %q", l)
			}
			for range 20 {
				send(t, r, unix.SIGSTOP)
				if sig := <-r.ledger.stops; sig != unix.SIGSTOP {
					t.Errorf("stopped by %v", sig)
				}
				send(t, r, unix.SIGUSR1)
				send(t, r, unix.SIGCONT)
				<-r.ledger.continues
				if l := r.line(); l != "caught 10\n" {
					t.Errorf("it says %q", l)
				}
			}
			send(t, r, unix.SIGTERM)
			r.wait()
			compare(t, outcome{"caught 15\n", utrace.ExitStatus{Code: 11}}, r.outcome)
			if n := len(r.ledger.stops) + len(r.ledger.continues); n != 0 {
				t.Errorf("%d stops and continues too many", n)
			}
			if err := r.Signal(unix.SIGTERM); err != unix.ESRCH {
				t.Errorf("signal to a program that has ended: %v, want ESRCH", err)
			}
		})
	}
}

func send(t *testing.T, r *jailRun, sig unix.Signal) {
	t.Helper()
	if err := r.Signal(sig); err != nil {
		t.Errorf("sending %v: %v", sig, err)
	}
}

// A stopped program can be killed, and the jail ends.
func TestKillStoppedFromOutside(t *testing.T) {
	r := start(t, supervisor.Command{}, victim(t, "hold"))
	r.line()
	send(t, r, unix.SIGSTOP)
	<-r.ledger.stops
	send(t, r, unix.SIGKILL)
	r.wait()
	compare(t, outcome{"", utrace.ExitStatus{Signal: unix.SIGKILL}}, r.outcome)
}

// Every way that a program can die is the way that the jail tells of.
func TestEveryDeath(t *testing.T) {
	check := func(script string) {
		want := native(t, "/bin/sh", "-c", script)
		compare(t, want, jailed(t, supervisor.Command{}, "/bin/sh", "-c", script).outcome)
	}
	for _, code := range []int{0, 1, 2, 77, 126, 127, 128, 137, 254, 255} {
		check(fmt.Sprintf("exit %d", code))
	}
	for sig := 1; sig <= 64; sig++ {
		switch unix.Signal(sig) {
		case unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, 32, 33: // stops, and what libc keeps for itself
		default:
			check(fmt.Sprintf("kill -%d $$", sig))
		}
	}
}

// Several jails and other children live in one process, whose threads come and go; each wait finds its own (P01, P03, P04).
func TestSeveralJailsAndOtherChildren(t *testing.T) {
	storm := victim(t, "storm")
	want := native(t, storm, "4", "6", "2")
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 3 {
				compare(t, want, jailed(t, supervisor.Command{}, storm, "4", "6", "2").outcome)
			}
		})
		all.Go(func() {
			for code := range 25 {
				err := exec.Command("/bin/sh", "-c", fmt.Sprintf("exit %d", code)).Run()
				if e, ok := err.(*exec.ExitError); ok && e.ExitCode() != code || !ok && code != 0 {
					t.Errorf("a child that is none of the jail's: %v, want exit %d", err, code)
				}
				_ = unix.Kill(os.Getpid(), unix.SIGCHLD) // SA_RESTART or not: no wait may end by it
				_ = unix.Kill(os.Getpid(), unix.SIGURG)
			}
		})
	}
	all.Wait()
}

// Nothing above the given descriptors is inherited, whatever the supervisor has open.
func TestNoDescriptorIsInherited(t *testing.T) {
	f, err := os.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := unix.Dup(int(f.Fd())) // without close-on-exec
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	r := jailed(t, supervisor.Command{}, "/bin/sh", "-c", "ls /proc/self/fd")
	compare(t, outcome{"0\n1\n2\n3\n", utrace.ExitStatus{}}, r.outcome) // 3 is what ls reads
}
