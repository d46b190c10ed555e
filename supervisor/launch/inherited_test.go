// Sockets that jail was given, against what policies say of the network.

package launch

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
)

func TestInheritedSockets(t *testing.T) {
	given := func(domain, kind int) *os.File {
		fd, err := unix.Socket(domain, kind|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(fd), "socket")
		t.Cleanup(func() { f.Close() })
		return f
	}
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stream, udp, local := given(unix.AF_INET, unix.SOCK_STREAM), given(unix.AF_INET6, unix.SOCK_DGRAM), given(unix.AF_UNIX, unix.SOCK_DGRAM)
	all := map[string]*os.File{"file": file, "stream": stream, "udp": udp, "local": local}
	for network, refused := range map[string]string{
		"any": "", "none": "udp local", "loopback": "stream udp local", "{unix: any}": "udp", `{connect: ["127.0.0.1:9"]}`: "udp local",
		`{connect: ["127.0.0.1:9/udp"]}`: "local", `{connect: ["127.0.0.1:9/udp"], unix: any}`: "",
	} {
		p, err := policy.Parse("p.yaml", []byte("version: 1\ndefault: allow\nnetwork: "+network+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := p.Compile(seccomp.Native())
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range all {
			files := []*os.File{nil, nil, nil, f}
			err := holdable(files, plan.Network)
			if want := strings.Contains(refused, name); (err != nil) != want || want && !strings.Contains(err.Error(), "descriptor 3 is a socket") {
				t.Errorf("network: %s, %s: %v", network, name, err)
			}
		}
	}
}
