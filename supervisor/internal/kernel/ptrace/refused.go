// Why ptrace may be refused, in words that help.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// refused explains the error of starting the bell: it executes our own program, so EPERM can only be about ptrace.
func refused(err error) error {
	if !errors.Is(err, unix.EPERM) && !errors.Is(err, ErrPtraceRefused) {
		return err
	}
	return fmt.Errorf("%w: %s (%w)", ErrPtraceRefused, whyRefused(), err)
}

func whyRefused() string {
	if tracer, err := statusNumber(os.Getpid(), "TracerPid:"); err == nil && tracer != 0 {
		return fmt.Sprintf("this process is itself traced, by process %d, which takes its children too; run it without strace -f or a debugger that follows forks", tracer)
	}
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	switch s := strings.TrimSpace(string(scope)); {
	case err == nil && s == "3":
		return "kernel.yama.ptrace_scope is 3, which forbids it to everybody until the next boot"
	case err == nil && s == "2":
		return "kernel.yama.ptrace_scope is 2, which asks for CAP_SYS_PTRACE; set it to 1 or run privileged"
	}
	return "a container's seccomp filter or a security module forbids it; allow the ptrace system call there (docker: --cap-add SYS_PTRACE)"
}
