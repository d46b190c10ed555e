// The sentences for a start that fails without the program's fault.

package ptrace

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func init() {
	victims["small-files"] = func([]string) { // has no room for the sealed pages
		must(unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: pageBytes - 1, Max: pageBytes - 1}))
		k, err := Prepare(true)
		fmt.Println(k == nil, errors.Is(err, ErrShortage) && errors.Is(err, unix.EFBIG), err)
	}
}

// Without the pages every call that is decided by them would be refused, and a rule be blamed for it.
func TestNoRoomForSealedPages(t *testing.T) {
	if p := newPages(); p.err != nil {
		t.Skip(p.err)
	} else if err := p.close(); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), victimKey+"=small-files")
	out, err := c.CombinedOutput()
	if text := string(out); err != nil || !strings.HasPrefix(text, "true true ") || !strings.Contains(text, "RLIMIT_FSIZE (ulimit -f)") {
		t.Errorf("%v: %s", err, text)
	}
}

func TestWhyPtraceIsRefused(t *testing.T) {
	for _, c := range []struct {
		tracer int
		scope  string
		says   string
	}{
		{0, "3", "ptrace_scope is 3, which forbids it to everybody until the next boot"},
		{0, "2", "ptrace_scope is 2, which asks for CAP_SYS_PTRACE; set it to 1"},
		{0, "1", "a container's seccomp filter or a security module forbids it"},
		{0, "0", "a container's seccomp filter or a security module forbids it"},
		{0, "", "a container's seccomp filter or a security module forbids it"},
		{77, "", "this process is itself traced, by process 77,"},
		{77, "2", "this process is itself traced, by process 77,"}, // with it away the scope would be told
	} {
		if got := whyRefused(c.tracer, c.scope); !strings.Contains(got, c.says) || strings.Contains(got, "\n") {
			t.Errorf("tracer %d, scope %q: %q, want %q", c.tracer, c.scope, got, c.says)
		}
	}
}

// What fails when the bell is started is never taken for an error of the program.
func TestErrorsOfTheBell(t *testing.T) {
	for _, c := range []struct {
		errno error
		is    error
		says  string
	}{
		{unix.EPERM, ErrPtraceRefused, "the kernel refuses ptrace: "},
		{unix.ENOENT, ErrNoProc, "jail needs /proc, which is not mounted here"},
		{unix.EMFILE, ErrShortage, "RLIMIT_NOFILE (ulimit -n)"},
		{unix.ENFILE, ErrShortage, "fs.file-max"},
		{unix.EAGAIN, ErrShortage, "RLIMIT_NPROC (ulimit -u)"},
		{unix.ENOMEM, ErrShortage, "RLIMIT_AS (ulimit -v)"},
		{unix.EACCES, unix.EACCES, "the child that wakes the supervisor, from /proc/self/exe: permission denied"},
		{ErrPtraceRefused, ErrPtraceRefused, "the kernel refuses ptrace"},
	} {
		err := refused(fmt.Errorf("starting the child that wakes the supervisor: %w", &fs.PathError{Op: "exec", Path: bellPath, Err: c.errno}))
		var file *fs.PathError
		if !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.says) || errors.As(err, &file) && c.is != ErrPtraceRefused {
			t.Errorf("%v: %q, want %q", c.errno, err, c.says)
		}
		if !errors.Is(err, c.errno) {
			t.Errorf("%v: the errno is lost in %q", c.errno, err)
		}
	}
}
