// What procfs says of tasks.

package network

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/internal/procfs"
)

func TestStatusOfSelf(t *testing.T) {
	s, err := statusOf("self")
	if err != nil {
		t.Fatal(err)
	}
	if s.threads < 1 || s.caught&(1<<(unix.SIGSEGV-1)) == 0 {
		t.Errorf("%+v", s)
	}
	if _, err := statusOf("0"); err == nil {
		t.Error("nobody has a status")
	}
}

func TestInterrupted(t *testing.T) {
	bit := func(sigs ...unix.Signal) (m uint64) {
		for _, s := range sigs {
			m |= 1 << (s - 1)
		}
		return m
	}
	for name, c := range map[string]struct {
		s    status
		want bool
		own  bool
	}{
		"nothing":                    {status{}, false, false},
		"deadly":                     {status{pending: bit(unix.SIGTERM)}, true, true},
		"of the process":             {status{process: bit(unix.SIGTERM)}, true, false},
		"blocked":                    {status{pending: bit(unix.SIGTERM), blocked: bit(unix.SIGTERM)}, false, false},
		"ignored":                    {status{process: bit(unix.SIGPIPE), ignored: bit(unix.SIGPIPE)}, false, false},
		"ignored by default":         {status{process: bit(unix.SIGCHLD, unix.SIGWINCH, unix.SIGURG, unix.SIGCONT)}, false, false},
		"a handler for one of those": {status{process: bit(unix.SIGCHLD), caught: bit(unix.SIGCHLD)}, true, false},
		"the last signal":            {status{pending: bit(64)}, true, true},
		"one of two blocked":         {status{pending: bit(unix.SIGUSR1), process: bit(unix.SIGUSR2), blocked: bit(unix.SIGUSR1)}, true, false},
	} {
		if got := c.s.interrupted(); got != c.want || c.s.own() != c.own {
			t.Errorf("%s: %t, %t", name, got, c.s.own())
		}
	}
}

func TestStatusBad(t *testing.T) {
	for key, value := range map[string]string{"Threads": "many", "SigBlk": "-1"} {
		if err := new(status).set(key, value); err == nil {
			t.Errorf("%s: %q is taken", key, value)
		}
	}
	for _, text := range []string{"", "Threads:\t0\n", "Threads:\t-1\n", "Threads:\n1\n", "SigPnd:\tfffffffffffffffff\nThreads:\t1\n"} {
		var s status
		if procfs.Lines(text, s.set) == nil && s.whole() == nil {
			t.Errorf("%q is taken for %+v", text, s)
		}
	}
}
