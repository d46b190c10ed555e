// Which descriptors are local sockets: what sockets are called says nothing about it.

package network

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestLocalSocketsAreNotForged: the name of an abstract socket may hold newlines, and /proc/net/unix shows it as it is: a program
// can add lines to it, here one that says that a TCP socket is a local one.
func TestLocalSocketsAreNotForged(t *testing.T) {
	tcp := newSocket(t, unix.AF_INET, unix.SOCK_STREAM)
	var st unix.Stat_t
	if err := unix.Fstat(tcp, &st); err != nil {
		t.Fatal(err)
	}
	// a line as the kernel writes it
	name := fmt.Sprintf("@jail-test\n0000000000000000: 00000002 00000000 00010000 0001 01 %d x", st.Ino)
	forger := newSocket(t, unix.AF_UNIX, unix.SOCK_STREAM)
	if err := unix.Bind(forger, &unix.SockaddrUnix{Name: name}); err != nil {
		t.Fatal(err)
	}
	for what, fd := range map[string]int{"TCP": tcp, "UDP over IPv6": newSocket(t, unix.AF_INET6, unix.SOCK_DGRAM), "no socket": 0, "closed": 1 << 20, "negative": -1} {
		if isLocal(os.Getpid(), fd) {
			t.Errorf("%s was taken for a local socket", what)
		}
	}
	for what, fd := range map[string]int{"stream": forger, "datagram": newSocket(t, unix.AF_UNIX, unix.SOCK_DGRAM), "packets": newSocket(t, unix.AF_UNIX, unix.SOCK_SEQPACKET)} {
		if !isLocal(os.Getpid(), fd) {
			t.Errorf("a local socket (%s) was not taken for one", what)
		}
	}
}
