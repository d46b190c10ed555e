// Launch: from a path to a program that stands before its first instruction, seized and under its filter.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
	"jail/supervisor/internal/kernel"
	"jail/supervisor/internal/kernel/landlock"
)

// Errors of Prepare and Launch. Each comes wrapped, with what to do about it.
var (
	// ErrPtraceRefused: the kernel lets this process trace none of its children.
	ErrPtraceRefused = errors.New("the kernel refuses ptrace")
	// ErrForeignABI: the program is built for an ABI in which no calls can be injected.
	ErrForeignABI = errors.New("the program's ABI is not supported")
)

// Config says what to start. It is not kept.
type Config struct {
	Path  string    // the file to execute; not searched for in PATH
	Args  []string  // from argv[0]
	Env   []string  // "key=value", all of it
	Dir   string    // working directory; empty: the caller's
	Files []uintptr // descriptors 0, 1, 2 … of the program; nothing else is inherited

	Filter []unix.SockFilter // seccomp program; empty: none

	Before func() // called when the program is forked next; nil: nothing is

	Confine confine.Spec      // but for its Domain, which Ruleset is made of, and its Cgroup; Tmp is only mounted
	Ruleset *landlock.Ruleset // of the domain it is put into; nil: none. It stays the caller's
	Cgroup  string            // folder of the cgroup it is moved into; empty: none

	Setsid     bool                // new session
	Setpgid    bool                // new process group, or the existing one Pgid
	Pgid       int                 // for Setpgid and Foreground; 0: its own
	Setctty    bool                // with Setsid: its controlling terminal is its descriptor Ctty
	Foreground bool                // its process group becomes the foreground one of the terminal Ctty (our descriptor)
	Ctty       int                 // see Setctty, Foreground
	Credential *syscall.Credential // user and groups; nil: the caller's
}

// launchStop is the first task's stop as Launch left it.
type launchStop struct {
	tid  int
	stop kernel.Stop
}

// Prepare makes what a jail needs before there is a program: a Kernel with its bell and, with seal, its sealed pages.
//
// It must be called on the goroutine that is to own the Kernel, which it locks to its OS thread for good. It blocks for a fork and an
// exec. Failing, it leaves nothing behind.
func Prepare(seal bool) (*Kernel, error) {
	runtime.LockOSThread()
	if err := childless(); err != nil {
		return nil, err
	}
	k, err := newKernel()
	if err != nil {
		return nil, refused(err)
	}
	if seal {
		k.pages = newPages()
		if short := shortage(k.pages.err); short != nil { // what is refused for it would be said to be a rule's doing
			return nil, errors.Join(fmt.Errorf("making the sealed pages: %w", short), k.Close())
		}
		k.pages.openListener()
	}
	return k, nil
}

// Launch starts the program and leaves it stopped before its first instruction, seized, with no_new_privs and the
// filter in force. The stop is a Trap stop which Wait does not tell; Resume lets it run. (When it was sent SIGSTOP while it
// was being started, the first Resume does not let it run: Wait tells of the Group stop.)
//
// It is for the owner's goroutine, once, and blocks for a fork and an exec of the program. Failing, it leaves nothing behind, and the
// Kernel is closed. A program that can't be executed is a *fs.PathError with the errno of execve(2).
func (k *Kernel) Launch(cfg Config) (int, error) {
	if cfg.Before != nil {
		cfg.Before()
	}
	n, err := start(cfg, k.pages)
	if err != nil {
		return 0, errors.Join(err, k.Close())
	}
	k.adopted(n)
	return n.tid, nil
}

// adopted makes a newborn program the Kernel's first task.
func (k *Kernel) adopted(n *newborn) {
	k.known[n.tid] = struct{}{}
	k.launchStop = launchStop{n.tid, n.last}
}

// start launches the program itself.
func start(cfg Config, sealed *pages) (*newborn, error) {
	if cfg.Dir != "" {
		if err := unix.Access(cfg.Dir, unix.X_OK); err != nil {
			return nil, &fs.PathError{Op: "chdir", Path: cfg.Dir, Err: err}
		}
	}
	attr := &syscall.ProcAttr{Dir: cfg.Dir, Env: cfg.Env, Files: cfg.Files, Sys: &syscall.SysProcAttr{
		Setsid: cfg.Setsid, Setpgid: cfg.Setpgid, Pgid: cfg.Pgid, Setctty: cfg.Setctty, Foreground: cfg.Foreground,
		Ctty: cfg.Ctty, Credential: cfg.Credential,
	}}
	if attr.Env == nil {
		attr.Env = []string{} // nil means os.Environ to ForkExec
	}
	ruleset := len(cfg.Files) // after all that are meant for the program
	if cfg.Ruleset != nil {
		attr.Files = append(slices.Clip(attr.Files), uintptr(cfg.Ruleset.FD))
	}
	n, err := spawn(cfg.Path, cfg.Args, attr, len(attr.Files), traceOptions)
	if err != nil {
		return nil, err
	}
	if err = n.confine(&cfg, ruleset); err == nil {
		err = n.filter(cfg.Filter, sealed)
	}
	if err == nil {
		err = n.settle()
	}
	if err != nil {
		return nil, n.failed(cfg.Path, err)
	}
	return n, nil
}

// filter sets the filter (seccomp(2)), and looks into /proc whether it is there, and no_new_privs, which the
// program was born with.
func (n *newborn) filter(filter []unix.SockFilter, sealed *pages) error {
	before, err := statusNumber(n.tid, "Seccomp_filters:")
	if err != nil {
		return err
	}
	if len(filter) > 0 {
		if sealed != nil {
			sealed.filters = before + 1
		}
		if err := n.install(filter); err != nil {
			return err
		}
	}
	return n.verify(len(filter) > 0, before)
}

// heldAtLaunch is asked at the first Resume of the first task: if that stands in a group-stop, it must not run.
// Its stop is told by Wait instead, as that of any task.
func (k *Kernel) heldAtLaunch() bool {
	s := k.launchStop.stop
	k.launchStop = launchStop{}
	if s.Kind != kernel.Group {
		return false
	}
	k.queue.push(s)
	return true
}

// sockFprog is struct sock_fprog (seccomp(2)).
type sockFprog struct {
	len    uint16
	_      [6]byte
	filter uint64
}

// asBytes is the memory of v, for a copy into a tracee.
func asBytes[T any](v []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(*new(T))))
}
