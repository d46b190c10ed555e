// Why a start fails for reasons that are not the program's, in words that help.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Errors of Prepare and Launch for what this process lacks to start anything.
var (
	// ErrNoProc: there is no /proc of this pid namespace.
	ErrNoProc = errors.New("jail needs /proc, which is not mounted here")
	// ErrShortage: descriptors, processes, memory or the size of files are used up. It comes with what, and with the errno.
	ErrShortage = errors.New("the machine or a limit gives no more")
)

// refused explains the error of starting the bell: it executes our own program, so whatever it is, it is not about the one to
// be started, and EPERM can only be about ptrace.
func refused(err error) error {
	var file *fs.PathError
	switch {
	case errors.Is(err, unix.EPERM) || errors.Is(err, ErrPtraceRefused):
		return fmt.Errorf("%w: %s (%w)", ErrPtraceRefused, whyRefused(tracerOf(os.Getpid()), ptraceScope()), err)
	case errors.Is(err, unix.ENOENT):
		return fmt.Errorf("%w (%w)", ErrNoProc, unix.ENOENT)
	case shortage(err) != nil:
		return shortage(err)
	case errors.As(err, &file): // which is how an error of the program would look
		return fmt.Errorf("starting the child that wakes the supervisor, from %s: %w", file.Path, file.Err)
	}
	return err
}

// shortage is err if it tells of something that is used up, else nil. fork(2), pipe(2), ftruncate(2) and execve(2) answer these alike, and
// none of them is about the file that is to be executed.
func shortage(err error) error {
	for errno, what := range map[unix.Errno]string{
		unix.EMFILE: "descriptors: RLIMIT_NOFILE (ulimit -n) is too low",
		unix.ENFILE: "descriptors: the machine's are used up (fs.file-max)",
		unix.EAGAIN: "processes: RLIMIT_NPROC (ulimit -u), or pids.max of the cgroup, is reached",
		unix.ENOMEM: "memory: RLIMIT_AS (ulimit -v), or the machine's, is used up",
		unix.EFBIG:  fmt.Sprintf("room in files: RLIMIT_FSIZE (ulimit -f) is less than %d KiB", pageBytes>>10),
	} {
		if errors.Is(err, errno) {
			return fmt.Errorf("%w %s (%w)", ErrShortage, what, errno)
		}
	}
	return nil
}

// tracerOf is who traces a process; 0: nobody, or nobody knows.
func tracerOf(pid int) int {
	tracer, err := statusNumber(pid, "TracerPid:")
	if err != nil {
		return 0
	}
	return tracer
}

// ptraceScope is kernel.yama.ptrace_scope, or "" where there is none (Documentation/admin-guide/LSM/Yama.rst).
func ptraceScope() string {
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(scope))
}

// whyRefused is a sentence for people: what forbids ptrace, and what would allow it.
func whyRefused(tracer int, scope string) string {
	switch {
	case tracer != 0:
		return fmt.Sprintf("this process is itself traced, by process %d, which takes its children too; run it without strace -f or a debugger that follows forks", tracer)
	case scope == "3":
		return "kernel.yama.ptrace_scope is 3, which forbids it to everybody until the next boot"
	case scope == "2":
		return "kernel.yama.ptrace_scope is 2, which asks for CAP_SYS_PTRACE; set it to 1 or run privileged"
	}
	return "a container's seccomp filter or a security module forbids it; allow the ptrace system call there (docker: --cap-add SYS_PTRACE)"
}
