// Sockets of a task, here our own.

package network

import (
	"errors"
	"os"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opened closes a descriptor at the test's end.
func opened(t *testing.T, fd int, err error) int {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func newSocket(t *testing.T, domain, kind int) int {
	t.Helper()
	fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, 0)
	return opened(t, fd, err)
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestTakeSocket(t *testing.T) {
	null, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
	null = opened(t, null, err)
	path := open(t, "/dev/null")
	for name, c := range map[string]struct {
		fd   int
		err  error
		p    protocol
		inet bool
	}{
		"TCP":          {newSocket(t, unix.AF_INET, unix.SOCK_STREAM), nil, tcp, true},
		"UDP6":         {newSocket(t, unix.AF_INET6, unix.SOCK_DGRAM), nil, udp, true},
		"local":        {newSocket(t, unix.AF_UNIX, unix.SOCK_STREAM), nil, "", false},
		"a file":       {null, unix.ENOTSOCK, "", false},
		"O_PATH":       {path, unix.EBADF, "", false},
		"-1":           {-1, unix.EBADF, "", false},
		"nothing":      {1 << 30, unix.EBADF, "", false},
		"the least":    {-1 << 31, unix.EBADF, "", false},
		"AT_FDCWD":     {unix.AT_FDCWD, unix.EBADF, "", false},
		"another type": {newSocket(t, unix.AF_UNIX, unix.SOCK_SEQPACKET), nil, "", false},
	} {
		before := descriptors(t)
		s, err := takeSocket(unix.Gettid(), unix.Getpid(), c.fd)
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
		if err == nil {
			if p, inet := s.inet(); p != c.p || inet != c.inet {
				t.Errorf("%s: %q %t", name, p, inet)
			}
			s.close()
		}
		if after := descriptors(t); after != before {
			t.Errorf("%s: %d descriptors before, %d after", name, before, after)
		}
	}
	if _, err := takeSocket(1<<22, 1<<22, 0); !errors.Is(err, unix.ESRCH) {
		t.Errorf("of nobody: %v", err)
	}
}

// TestOnceRestores: the socket is as it was, whatever the connect said, and did not wait meanwhile.
func TestOnceRestores(t *testing.T) {
	for _, want := range []error{nil, unix.EAGAIN, unix.ECONNREFUSED} {
		sock := &socket{fd: newSocket(t, unix.AF_UNIX, unix.SOCK_STREAM)}
		err := once(sock, -1, true, func(s *socket, _ int) error {
			if waits, err := s.waits(); waits || err != nil {
				t.Errorf("it waits: %t, %v", waits, err)
			}
			return want
		})
		if waits, look := sock.waits(); err != want || look != nil || !waits {
			t.Errorf("%v, want %v; it waits: %t, %v", err, want, waits, look)
		}
	}
}

func TestMismatch(t *testing.T) {
	for _, c := range []struct {
		domain, family, size int
		want                 unix.Errno
	}{
		{unix.AF_INET, unix.AF_UNIX, 15, unix.EINVAL}, {unix.AF_INET, unix.AF_UNIX, 16, unix.EAFNOSUPPORT},
		{unix.AF_INET6, unix.AF_UNIX, 23, unix.EINVAL}, {unix.AF_INET6, unix.AF_UNIX, 24, unix.EAFNOSUPPORT},
		{unix.AF_INET, unix.AF_INET, 15, unix.EINVAL}, {unix.AF_UNIX, unix.AF_INET, 16, unix.EINVAL}, {unix.AF_NETLINK, unix.AF_INET, 16, unix.EINVAL},
	} {
		if got := mismatch(c.domain, c.family, c.size); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestResultOf(t *testing.T) {
	for want, err := range map[int64]error{0: nil, -11: unix.EAGAIN, -13: errRights, -4: os.NewSyscallError("connect", unix.EINTR)} {
		if got := resultOf(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}
