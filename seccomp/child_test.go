// A child process that installs filters in the real kernel and makes calls under them.
//
// The child is this test binary again, with a job on its standard input.

package seccomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// childEnv tells the test binary that it is the child.
const childEnv = "JAIL_SECCOMP_TEST_CHILD"

// job is what the child does: install the filters one after the other, then
// make the calls.
type job struct {
	Filters [][]bpf.RawInstruction
	Calls   []Data
}

// results is what the child found: of each filter the errno of seccomp(2), of
// each call its errno, 0 for success.
type results struct {
	Installed []unix.Errno
	Errnos    []unix.Errno
}

// The child's first thread must not be the one that gets the filters: when a
// filter kills it, it stays a zombie that nobody is told of.
func init() {
	if os.Getenv(childEnv) != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	if os.Getenv(childEnv) == "" {
		os.Exit(m.Run())
	}
	var j job
	if err := json.NewDecoder(os.Stdin).Decode(&j); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(2)
	}
	tid, watched, done := make(chan int), make(chan bool), make(chan results)
	go func() {
		// Only this thread gets the filters, so that the Go runtime's other
		// threads stay unharmed. It is never unlocked and never ends.
		runtime.LockOSThread()
		tid <- unix.Gettid()
		<-watched
		done <- j.do()
		select {}
	}()
	fd, err := unix.PidfdOpen(<-tid, pidfdThread)
	if err == nil { // else it is an older kernel, and no test that kills a thread runs
		go exitWith(fd)
	}
	watched <- true
	if err := json.NewEncoder(os.Stdout).Encode(<-done); err != nil {
		os.Exit(2)
	}
	os.Exit(0)
}

// threadKilled is the child's exit code when a filter killed the thread.
const threadKilled = 3

// pidfdThread is PIDFD_THREAD of linux/pidfd.h, since 6.9.
const pidfdThread = unix.O_EXCL

// exitWith ends the child when one of its threads dies, which otherwise would
// leave it waiting for ever.
func exitWith(pidfd int) {
	fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	for {
		if n, err := unix.Poll(fds, -1); n == 1 && err == nil {
			os.Exit(threadKilled)
		}
	}
}

// do runs on a locked thread. Between the calls it does not allocate: what
// the runtime may do on this thread then, runtimeCalls allows.
func (j *job) do() results {
	r := results{Errnos: make([]unix.Errno, len(j.Calls))}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		fmt.Fprintln(os.Stderr, "child: no_new_privs:", err)
		os.Exit(2)
	}
	for _, filter := range j.Filters {
		r.Installed = append(r.Installed, install(filter))
	}
	for i := range j.Calls {
		r.Errnos[i] = j.Calls[i].make()
	}
	return r
}

// install gives a filter to the kernel, for the calling thread only.
func install(filter []bpf.RawInstruction) unix.Errno {
	code := make([]unix.SockFilter, len(filter)+1) // one more, so that there is a first
	for i, in := range filter {
		code[i] = unix.SockFilter{Code: in.Op, Jt: in.Jt, Jf: in.Jf, K: in.K}
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &code[0]}
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog)))
	return errno
}

// make makes the call, through int 0x80 if it is one of i386.
func (d *Data) make() unix.Errno {
	if d.Arch != Native().AuditArch() {
		eax := callI386(uint32(d.Nr), uint32(d.Args[0]), uint32(d.Args[1]), uint32(d.Args[2]),
			uint32(d.Args[3]), uint32(d.Args[4]), uint32(d.Args[5]))
		if eax < 0 && eax >= -maxErrno {
			return unix.Errno(-eax)
		}
		return 0
	}
	_, _, errno := unix.RawSyscall6(uintptr(d.Nr), uintptr(d.Args[0]), uintptr(d.Args[1]), uintptr(d.Args[2]),
		uintptr(d.Args[3]), uintptr(d.Args[4]), uintptr(d.Args[5]))
	return errno
}

// runtimeCalls are what the Go runtime may need on a locked thread.
func runtimeCalls() Rule {
	return Rule{Do: Allow, ABIs: []ABI{Native()}, Names: []string{
		"futex", "rt_sigreturn", "rt_sigprocmask", "sigaltstack", "tgkill", "getpid", "gettid", "mmap", "munmap",
		"madvise", "mprotect", "nanosleep", "sched_yield", "clone", "exit", "exit_group", "write", "read",
		"epoll_pwait", "clock_gettime", "restart_syscall", "prctl",
	}}
}

// inChild has a job done.
func inChild(t fataler, j job) (results, error) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	input, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	// A thread that a filter kills takes its share of GOMAXPROCS with it. The
	// race detector would sleep for a second when the child ends.
	child.Env = append(os.Environ(), childEnv+"=1", "GOMAXPROCS=4", "GORACE=atexit_sleep_ms=0")
	child.Stdin = bytes.NewReader(input)
	var stdout, stderr bytes.Buffer
	child.Stdout, child.Stderr = &stdout, &stderr
	if err := child.Run(); err != nil {
		return results{}, fmt.Errorf("%w: %s", err, &stderr)
	}
	var r results
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatal(fmt.Errorf("child's answer: %w: %s", err, &stderr))
	}
	return r, nil
}

// fataler is what testing.T and rapid.T have in common.
type fataler interface{ Fatal(...any) }

// deadOf tells which signal ended a child.
func deadOf(err error) syscall.Signal {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.Sys().(syscall.WaitStatus).Signal()
	}
	return -1
}

// exitCode is the child's, or -1.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// hasI386 tells whether this kernel takes int 0x80; getpid is 20 there.
func hasI386(t testing.TB) bool {
	if callI386 == nil {
		return false
	}
	_, err := inChild(t, job{Calls: []Data{{Nr: 20, Arch: I386.AuditArch()}}})
	return err == nil
}
