// A program between its exec and its first instruction: taken over from TRACEME to SEIZE, made to do calls of ours.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
	"jail/supervisor/internal/kernel"
)

// newborn is a task that has not run an instruction of its own. Its registers, the word of text that calls are made
// from, and its signal mask are kept to be put back by settle.
type newborn struct {
	tid  int
	regs regs
	mask uint64
	at   uint64 // where the call instruction is poked: PC rounded down to a word
	text uint64 // what was there
	now  regs   // scratch
	trap bool   // a breakpoint follows the call instruction

	loopAt uint64                    // where the loop is poked (see calls.go); 0: nowhere
	looped [len(loopText) / 8]uint64 // what was there
	last   kernel.Stop

	becomes string // what a stage executes in the end; see stage

	root   int             // a descriptor of ours of its root folder, while its mounts are made; 0: none
	points []mountPoint    // of its mount namespace, as of its last bind mount; nil: not read yet
	binds  []confine.Mount // that it has still to make, before anything else is; see binds.go
}

// errDied is what launching ends with when somebody kills the child meanwhile.
var errDied = errors.New("it was killed while it was being started")

// spawn forks and executes path, and seizes it before its first instruction, with every signal blocked and no
// descriptor from files upwards. PTRACE_TRACEME, which is how ForkExec stops a child at its exec, is not what is wanted in
// the end: only a seized task can listen and be interrupted. So the child is made to pause, let go, and seized. Nothing but
// SIGKILL can get it out of that pause, and SIGKILL is what it gets when this thread dies in the meantime (Pdeathsig).
func spawn(path string, args []string, attr *syscall.ProcAttr, files int, options uintptr) (*newborn, error) {
	attr.Sys.Ptrace = true
	attr.Sys.Pdeathsig = unix.SIGKILL
	n := &newborn{}
	var err error
	if n.tid, err = forkExec(path, args, attr, &n.mask); err != nil {
		n.abort()
		if short := shortage(err); short != nil {
			return nil, short
		}
		return nil, &fs.PathError{Op: "exec", Path: path, Err: err}
	}
	if err = n.adopt(options); err == nil {
		err = n.strip(files)
	}
	if errors.Is(err, errUnreadable) && path != bellPath {
		n.abort()
		return stage(path, func() (*newborn, error) { return spawn(bellPath, args, attr, files, options) })
	}
	if err != nil {
		return nil, n.failed(path, err)
	}
	return n, nil
}

// forkExec is syscall.ForkExec with all signals blocked in the child that can be: between its TRACEME and its exec one would
// stop it, and the thread that may resume it waits in vfork for that exec. SIGTRAP has to get through: it is the stop after
// the exec. What remains is a SIGSTOP or SIGTRAP from outside between two adjacent system calls of the child, which
// hangs until somebody kills the child. mask is the one that the program is to have.
//
// The child has no_new_privs from before the fork on, so that the first exec does not raise set-user-ID either (T9). That holds for
// this thread, which is the jail's and ends with it, and for what it forks; Go makes no threads from a locked one.
func forkExec(path string, args []string, attr *syscall.ProcAttr, mask *uint64) (int, error) {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return 0, fmt.Errorf("prctl(PR_SET_NO_NEW_PRIVS): %w", err)
	}
	var all, old unix.Sigset_t
	all.Val[0] = ^(uint64(1) << (unix.SIGTRAP - 1))
	if err := unix.PthreadSigmask(unix.SIG_SETMASK, &all, &old); err != nil {
		return 0, err
	}
	*mask = old.Val[0]
	tid, err := syscall.ForkExec(path, args, attr)
	if failed := unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil); err == nil && failed != nil {
		return tid, failed
	}
	return tid, err
}

// adopt goes from the stop after exec to a seized stop.
func (n *newborn) adopt(options uintptr) error {
	if err := n.awaitExec(); err != nil {
		return err
	}
	if err := n.pause(); err != nil {
		return err
	}
	return n.seize(options)
}

// awaitExec waits for the stop after exec, and remembers how the program stands there.
func (n *newborn) awaitExec() error {
	s, err := n.wait()
	if err != nil {
		return err
	}
	if s.Kind != kernel.Signal || s.Signal != unix.SIGTRAP {
		return fmt.Errorf("after its exec it stopped in an unexpected way (%s %v)", s.Kind, s.Signal)
	}
	if err := getRegs(n.tid, &n.regs); err != nil {
		return fmt.Errorf("reading its registers: %w", err)
	}
	if foreign(&n.regs) {
		return ErrForeignABI
	}
	n.at = programCounter(&n.regs) &^ 7
	if err := peek(n.tid, n.at, &n.text); err == unix.EIO {
		return fmt.Errorf("%w: reading its text: %w", errUnreadable, err)
	} else if err != nil {
		return fmt.Errorf("reading its text: %w", err)
	}
	return nil
}

// pause makes the program call ppoll(2) for ever, with all signals blocked, and detaches from it.
func (n *newborn) pause() error {
	n.trap = breakLength > 0 && !ignored(unix.SIGTRAP)
	if err := n.pokeCall(); err != nil {
		return err
	}
	if err := n.blockAll(); err != nil {
		return fmt.Errorf("blocking its signals: %w", err)
	}
	n.now = injected(n.regs, n.at, unix.SYS_PPOLL, [6]uint64{})
	if err := setRegs(n.tid, &n.now); err != nil {
		return fmt.Errorf("setting its registers: %w", err)
	}
	if err := trace(unix.PTRACE_DETACH, n.tid, 0, 0); err != nil {
		return fmt.Errorf("detaching: %w", err)
	}
	return nil
}

// pokeCall writes the instruction that calls are made from.
func (n *newborn) pokeCall() error {
	word := n.text&^callMask | callInstruction
	if n.trap {
		word = n.text&^trapMask | trapInstruction
	}
	if err := poke(n.tid, n.at, word); err != nil {
		return fmt.Errorf("writing its text: %w", err)
	}
	return nil
}

// seize attaches anew and stops the task. When it was sent SIGSTOP meanwhile it is in a group-stop; that state stays with
// the kernel while injected calls run, and is there again when settle stops it.
func (n *newborn) seize(options uintptr) error {
	if err := trace(unix.PTRACE_SEIZE, n.tid, 0, options); err != nil {
		var info childInfo
		if waitNow(pPID, n.tid, unix.WEXITED|unix.WNOWAIT, &info) == nil && info.PID != 0 {
			return errDied // EPERM is what a zombie answers
		}
		return fmt.Errorf("%w: seizing it: %w", ErrPtraceRefused, err)
	}
	if err := trace(unix.PTRACE_INTERRUPT, n.tid, 0, 0); err != nil {
		return fmt.Errorf("interrupting it: %w", err)
	}
	for {
		s, err := n.wait()
		if err != nil {
			return err
		}
		if s.Kind == kernel.Trap || s.Kind == kernel.Group {
			return nil
		}
		if err := trace(unix.PTRACE_CONT, n.tid, 0, uintptr(s.Signal)); err != nil {
			return err
		}
	}
}

// strip takes away what the child was given for the start only: the death signal, and descriptors that the parent had open
// without close-on-exec.
func (n *newborn) strip(files int) error {
	done, err := n.doAll(nil, func(uint64) []call {
		return []call{
			{name: "prctl(PR_SET_PDEATHSIG)", nr: unix.SYS_PRCTL, args: [6]uint64{unix.PR_SET_PDEATHSIG, 0}},
			{name: "close_range", nr: unix.SYS_CLOSE_RANGE, args: [6]uint64{uint64(files), uint64(^uint32(0)), 0}},
		}
	})
	if done == 0 || !errors.Is(err, unix.ENOSYS) {
		return err
	}
	open, err := os.ReadDir("/proc/" + strconv.Itoa(n.tid) + "/fd")
	if err != nil {
		return err
	}
	for _, d := range open {
		if fd, err := strconv.Atoi(d.Name()); err == nil && fd >= files {
			if _, err := n.do("close", unix.SYS_CLOSE, uint64(fd)); err != nil {
				return err
			}
		}
	}
	return nil
}

// toSyscallStop resumes the task up to its next syscall-stop. SIGSTOP, the one signal that can't be blocked, is passed on:
// it puts the thread group into the stopped state, which PTRACE_SYSCALL overrides for now.
func (n *newborn) toSyscallStop() error {
	sig := unix.Signal(0)
	for {
		if err := trace(unix.PTRACE_SYSCALL, n.tid, 0, uintptr(sig)); err != nil {
			return err
		}
		s, err := n.wait()
		if err != nil || s.Kind == kernel.SyscallExit {
			return err
		}
		sig = 0
		if s.Kind == kernel.Signal {
			sig = s.Signal
		}
	}
}

// settle puts everything back and leaves the task in a Trap stop, or a Group stop, before its first instruction.
func (n *newborn) settle() error {
	if n.becomes != "" {
		return n.become()
	}
	if err := errors.Join(n.unloop(), poke(n.tid, n.at, n.text)); err != nil {
		return fmt.Errorf("restoring its text: %w", err)
	}
	n.now = resting(n.regs)
	if err := setRegs(n.tid, &n.now); err != nil {
		return fmt.Errorf("restoring its registers: %w", err)
	}
	return n.rest()
}

// rest stops the task before it runs anything more, and gives it its signal mask.
func (n *newborn) rest() error {
	if err := n.blockAll(); err != nil { // the breakpoint has unblocked its signal
		return err
	}
	if err := trace(unix.PTRACE_INTERRUPT, n.tid, 0, 0); err != nil {
		return err
	}
	sig := unix.Signal(0)
	for {
		if err := trace(unix.PTRACE_CONT, n.tid, 0, uintptr(sig)); err != nil {
			return err
		}
		s, err := n.wait()
		if err != nil {
			return err
		}
		if s.Kind == kernel.Trap || s.Kind == kernel.Group {
			n.last = s
			return setSignalMask(n.tid, &n.mask)
		}
		sig = s.Signal
	}
}

// wait blocks until the task stops. A death is consumed.
func (n *newborn) wait() (kernel.Stop, error) {
	for {
		var ws unix.WaitStatus
		_, err := unix.Wait4(n.tid, &ws, waitScope, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return kernel.Stop{}, err
		}
		if !ws.Stopped() {
			n.tid = 0
			return kernel.Stop{}, errDied
		}
		s, ok := decode(n.tid, cldTrapped, int32(ws>>8))
		if !ok {
			return s, fmt.Errorf("it stopped in an unexpected way (status %#x)", uint32(ws))
		}
		return s, nil
	}
}

// failed leaves nothing of the task, and says what went wrong. ESRCH from a stopped task means that somebody killed it.
func (n *newborn) failed(path string, err error) error {
	n.abort()
	if errors.Is(err, unix.ESRCH) {
		err = errDied
	}
	return fmt.Errorf("preparing %s: %w", path, err)
}

// abort leaves nothing of the task.
func (n *newborn) abort() {
	if n.tid != 0 {
		_ = killAndReap(n.tid)
		n.tid = 0
	}
}

// killAndReap ends a child of ours and waits until it is gone, through whatever stops lie on the way.
func killAndReap(tid int) error {
	if err := unix.Kill(tid, unix.SIGKILL); err != nil {
		return err
	}
	for {
		var ws unix.WaitStatus
		_, err := unix.Wait4(tid, &ws, waitScope, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return err
		case !ws.Stopped():
			return nil
		}
		_ = trace(unix.PTRACE_CONT, tid, 0, 0) // PTRACE_EVENT_EXIT; ESRCH: it has left it
	}
}
