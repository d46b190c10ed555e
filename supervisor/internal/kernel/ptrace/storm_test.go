// Signals from outside while a program is being launched.

package ptrace

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

// TestStormDuringLaunch sends signals to the program from its birth on, as the user of a shell may. Whatever comes of
// it, no instruction of the program may run, and Launch must return. SIGSTOP is sent from the exec on only: see forkExec.
func TestStormDuringLaunch(t *testing.T) {
	for _, sigs := range [][]unix.Signal{{unix.SIGCONT}, {unix.SIGCONT, unix.SIGTERM, unix.SIGTSTP}, {unix.SIGSTOP}, {unix.SIGSTOP, unix.SIGCONT}, {unix.SIGKILL}} {
		t.Run(fmt.Sprint(sigs), func(t *testing.T) {
			stood := map[kernel.Kind]int{}
			for range 30 {
				stood[stormOnce(t, sigs)]++
			}
			t.Logf("%v", stood)
		})
	}
}

func stormOnce(t *testing.T, sigs []unix.Signal) (stood kernel.Kind) {
	<-Own(func() {
		owner, stop, stopped := unix.Gettid(), make(chan struct{}), make(chan struct{})
		go storm(owner, sigs, stop, stopped)
		k, tid, err := launch(Config{Path: "/bin/true", Args: []string{"true"}, Env: []string{}, Files: []uintptr{0, 1, 2}, Setpgid: true}, false)
		close(stop)
		<-stopped
		if err != nil {
			if !errors.Is(err, errDied) {
				t.Errorf("Launch: %v", err)
			}
			if err := childless(); err != nil {
				t.Error(err)
			}
			return
		}
		j := &jailed{k, t, tid, map[kernel.Kind]int{}}
		defer j.end()
		stood = j.launchStop.stop.Kind
		if _, whole := maps(t, tid); strings.Contains(whole, "libc.") {
			t.Errorf("it has run:\n%s", whole)
		}
		j.ok(unix.Kill(tid, unix.SIGCONT))
		if err := j.Resume(tid, kernel.Cont, 0); err != unix.ESRCH {
			j.ok(err)
		}
		if status := j.rest(nil); status.Signal != 0 && status.Signal != unix.SIGTERM && status.Signal != unix.SIGKILL {
			t.Errorf("it ended with %v", status)
		}
	})
	return stood
}

// storm signals the children of a thread, as fast as it can.
func storm(owner int, sigs []unix.Signal, stop, stopped chan struct{}) {
	defer close(stopped)
	self, _ := os.Readlink("/proc/self/exe")
	for {
		select {
		case <-stop:
			return
		default:
		}
		list, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/children", owner))
		for _, f := range strings.Fields(string(list)) {
			exe, _ := os.Readlink("/proc/" + f + "/exe")
			if (sigs[0] == unix.SIGSTOP || sigs[0] == unix.SIGKILL) && exe == self {
				continue // not executed yet, or the bell
			}
			tid, _ := strconv.Atoi(f)
			for _, sig := range sigs {
				_ = unix.Kill(tid, sig)
			}
		}
	}
}

// TestStopDuringLaunch sends SIGSTOP at each step of a launch. The program must stand in a group-stop afterwards: Wait tells
// of it instead of the first Resume letting it run, and SIGCONT lets it go.
func TestStopDuringLaunch(t *testing.T) {
	steps := []string{"exec stop", "paused", "seized", "confined", "settled"}
	for i, name := range steps {
		t.Run(name, func(t *testing.T) { stopAtStep(t, i) })
	}
}

func stopAtStep(t *testing.T, step int) {
	<-Own(func() {
		k, err := newKernel()
		j := &jailed{k, t, 0, map[kernel.Kind]int{}}
		j.ok(err)
		defer j.end()
		n, err := stepByStep(func(tid, at int) {
			if at == step {
				j.ok(unix.Kill(tid, unix.SIGSTOP))
			}
		})
		j.ok(err)
		k.adopted(n)
		j.first = n.tid
		j.ok(j.Resume(j.first, kernel.Cont, 0))
		if step >= 3 { // after the last injected call: the signal comes as any other
			j.goOn(j.next(kernel.Signal))
		}
		s := j.next(kernel.Group)
		if s.Signal != unix.SIGSTOP {
			t.Errorf("stopped by %v", s.Signal)
		}
		j.goOn(s)
		j.ok(unix.Kill(j.first, unix.SIGCONT))
		if st := j.rest(nil); st != (utrace.ExitStatus{}) {
			t.Errorf("it ended with %v", st)
		}
	})
}

// stepByStep is start and spawn with somebody looking over their shoulder between the steps.
func stepByStep(after func(tid, step int)) (*newborn, error) {
	attr := &syscall.ProcAttr{Env: []string{}, Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Ptrace: true, Pdeathsig: unix.SIGKILL}}
	n := &newborn{}
	var err error
	if n.tid, err = forkExec("/bin/true", []string{"true"}, attr, &n.mask); err != nil {
		return nil, err
	}
	confine := func() error {
		if err := n.strip(3); err != nil {
			return err
		}
		return n.filter(answer(unix.SYS_GETPPID, unix.EXDEV, 4), nil)
	}
	for i, step := range []func() error{n.awaitExec, n.pause, func() error { return n.seize(traceOptions) }, confine, n.settle} {
		if err := step(); err != nil {
			return nil, n.failed("/bin/true", err)
		}
		after(n.tid, i)
	}
	return n, nil
}

// TestKilledDuringLaunch kills the program at each step. Launching must fail, say so, and leave nothing.
func TestKilledDuringLaunch(t *testing.T) {
	for step := range 4 {
		before := descriptors(t)
		<-Own(func() {
			_, err := stepByStep(func(tid, at int) {
				if at == step {
					if err := unix.Kill(tid, unix.SIGKILL); err != nil {
						t.Error(err)
					}
					if at == 1 { // let go and not seized yet: it dies at once
						untilStopped(tid)
					}
				}
			})
			if !errors.Is(err, errDied) {
				t.Errorf("killed after step %d: %v", step, err)
			}
			if err := childless(); err != nil {
				t.Errorf("killed after step %d: %v", step, err)
			}
		})
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors are open, %d were before", after, before)
		}
	}
}
