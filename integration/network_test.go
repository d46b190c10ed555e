// Whom sockets reach: programs that exchange what was checked, and connects that wait, with and without the engine.

package integration

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor"
	"jail/supervisor/confine"
)

// networked is a command under a policy that says only this of the network.
func networked(t *testing.T, network string) supervisor.Command {
	t.Helper()
	return underPolicy(t, "network: "+network, false)
}

// underPolicy is a command under that policy; shown says that no mount hides what it denies.
func underPolicy(t *testing.T, text string, shown bool) supervisor.Command {
	t.Helper()
	p, err := policy.Parse("test.yaml", []byte("version: 1\nname: test\ndefault: allow\n"+text+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	at, err := plan.Locate(policy.Surroundings{Cwd: "/", Tmp: os.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	at.Shown = shown
	plan = engines.Hold(plan, at)
	built, err := engines.Build(plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := supervisor.Command{Filter: &plan.Filter}
	for _, b := range built {
		if l, ok := b.Engine.(engines.Locator); ok {
			l.Locate(at, nil)
		}
		c.Engines = append(c.Engines, supervisor.Engine{Engine: b.Engine, Observe: b.Observe})
	}
	return c
}

// An arrival counts who connects to a listener.
type arrival struct {
	net.Listener
	count atomic.Int64
	own   int64 // of came
}

// came is how often somebody has connected by now. They are served in their order: when our own connection has been, all before it were.
func (a *arrival) came(t *testing.T) int64 {
	t.Helper()
	c, err := net.Dial(a.Addr().Network(), a.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Read(make([]byte, 1)); err != io.EOF && !errors.Is(err, unix.ECONNRESET) {
		t.Fatal(err)
	}
	a.own++
	return a.count.Load() - a.own
}

func listen(t *testing.T, network, address string) *arrival {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	a := &arrival{Listener: l}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			a.count.Add(1)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return a
}

// port of a listener of TCP.
func port(a *arrival) string {
	_, port, _ := net.SplitHostPort(a.Addr().String())
	return port
}

const bothSeen = "some went through, some were refused"

// A thread flips the port between a listed one and another: with one protocol the address is sealed, with two jail connects.
func TestPortIsFlipped(t *testing.T) {
	for name, more := range map[string]string{"sealed": "", "by jail": `, "127.0.0.1:9/udp"`} {
		t.Run(name, func(t *testing.T) {
			good, bad := listen(t, "tcp", "127.0.0.1:0"), listen(t, "tcp", "127.0.0.1:0")
			c := networked(t, fmt.Sprintf(`{connect: ["127.0.0.1:%s"%s]}`, port(good), more))
			got := jailed(t, c, victim(t, "network"), "port", port(good), port(bad))
			if got.Output != bothSeen+"\n" {
				t.Errorf("%q, %v", got.Output, got.Status)
			}
			if n := bad.came(t); n != 0 {
				t.Errorf("%d times it reached the port that is not listed", n)
			}
		})
	}
}

// A port is listed for TCP, and a thread puts a socket of UDP in the place of that of TCP.
func TestSocketIsFlipped(t *testing.T) {
	good := listen(t, "tcp", "127.0.0.1:0")
	c := networked(t, fmt.Sprintf(`{connect: ["127.0.0.1:%s", "127.0.0.1:9/udp"]}`, port(good)))
	got := jailed(t, c, victim(t, "network"), "slot", port(good))
	if want := bothSeen + ", 0 times the wrong one\n"; got.Output != want {
		t.Errorf("%q, %v; want %q", got.Output, got.Status, want)
	}
}

// sockets makes a listener in a folder that is listed and one in another.
func sockets(t *testing.T) (good, bad *arrival, dir string) {
	t.Helper()
	dir = shortDir(t)
	for _, name := range []string{"good", "evil"} { // names of one length: a thread writes one over the other
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return listen(t, "unix", dir+"/good/s"), listen(t, "unix", dir+"/evil/s"), dir
}

// shortDir is a folder whose name leaves room in sun_path.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The path, or the link that it is, leads to a listed socket now and to another the next moment.
func TestPathIsFlipped(t *testing.T) {
	for _, how := range []string{"path", "link"} {
		t.Run(how, func(t *testing.T) {
			good, bad, dir := sockets(t)
			got := jailed(t, networked(t, "{unix: ["+dir+"/good]}"), victim(t, "network"), how, dir+"/good/s", dir+"/evil/s", dir+"/link")
			if got.Output != bothSeen+"\n" {
				t.Errorf("%q, %v", got.Output, got.Status)
			}
			if n, m := bad.came(t), good.came(t); n != 0 || m == 0 {
				t.Errorf("%d times it reached the socket that is not listed, %d times the other", n, m)
			}
		})
	}
}

// Sockets by denied paths are out of reach where no mount hides them and the policy says nothing of the network; those of the internet are not.
func TestDeniedSocketIsFlipped(t *testing.T) {
	for _, how := range []string{"path", "link"} {
		t.Run(how, func(t *testing.T) {
			good, bad, dir := sockets(t)
			got := jailed(t, underPolicy(t, "filesystem: {deny: ["+dir+"/evil]}", true), victim(t, "network"), how, dir+"/good/s", dir+"/evil/s", dir+"/link")
			if got.Output != bothSeen+"\n" {
				t.Errorf("%q, %v", got.Output, got.Status)
			}
			if n, m := bad.came(t), good.came(t); n != 0 || m == 0 {
				t.Errorf("%d times it reached the socket that is denied, %d times the other", n, m)
			}
		})
	}
}

// Connects that have to wait: room in the queue, a signal with and without SA_RESTART, the socket's own time-out, SIGKILL.
func TestConnectWaits(t *testing.T) {
	for _, how := range []string{"accept", "signal", "restart", "patience", "kill"} {
		t.Run(how, func(t *testing.T) {
			dir := shortDir(t)
			path := victim(t, "network")
			want := native(t, path, "wait", how, dir+"/native")
			got := jailed(t, networked(t, "{unix: ["+dir+"]}"), path, "wait", how, dir+"/jailed")
			if want.Status.Code == 99 {
				t.Fatalf("without a jail: %q", want.Output)
			}
			compare(t, want, got.outcome)
		})
	}
}

// A connection of TCP that nobody answers can be called away from by a signal: natively, with a sealed address, and when jail
// waits for it, because threads share the descriptors and the policy has both protocols.
func TestConnectionIsInterrupted(t *testing.T) {
	for name, c := range map[string]struct{ how, more string }{
		"sealed":  {"tcp", ""},
		"by jail": {"tcp-threads", `, "127.0.0.1:9/udp"`},
	} {
		t.Run(name, func(t *testing.T) {
			at := deaf(t)
			got := jailed(t, networked(t, fmt.Sprintf(`{connect: ["127.0.0.1:%d"%s]}`, at, c.more)), victim(t, "network"), c.how, fmt.Sprint(at))
			if want := "connect: EINTR\nblocking: 1\n"; got.Output != want {
				t.Errorf("%q, %v; want %q", got.Output, got.Status, want)
			}
		})
	}
}

// deaf is the port of a listener that accepts nobody.
func deaf(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := errors.Join(unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), unix.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return at.(*unix.SockaddrInet4).Port
}

// Paths are what they are for the task: with its folder, its root, its links, as long as they may be.
func TestPathsOfTheTask(t *testing.T) {
	_, _, dir := sockets(t)
	long := filepath.Join(dir, "good", strings.Repeat("x", 108-len(dir+"/good/")))
	listen(t, "unix", dir+"/short")
	if err := os.Rename(dir+"/short", long); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"in": "good/s", "out": "evil/s", "good/out": "../evil/s", "evil/in": "../good/s", "loop": "loop", "root": "/good/s"} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"to", dir + "/good/s", dir + "/evil/s", dir + "/in", dir + "/out", dir + "/good/out", dir + "/evil/in", dir + "/loop", dir + "/good/../evil/s",
		dir + "/good/none", dir + "/good", dir + "/good/s/", long, "-C", dir + "/good", "s", "../evil/s", "./../good//s", "/proc/self/cwd/s", "/proc/self/root" + dir + "/good/s"}
	want := "ok EACCES ok EACCES EACCES ok ELOOP EACCES ENOENT ECONNREFUSED ENOTDIR ok ok EACCES ok ok ok"
	if os.Geteuid() == 0 {
		args = append(args, "-R", dir, "/good/s", "/evil/s", "/root", "/../../good/s", "/proc/self/root/good/s", "s", dir+"/good/s")
		want += " ok EACCES ok ok ENOENT ok ENOENT"
	}
	got := jailed(t, networked(t, "{unix: ["+dir+"/good]}"), victim(t, "network"), args...)
	var answers []string
	for line := range strings.Lines(got.Output) {
		_, answer, _ := strings.Cut(strings.TrimSpace(line), ": ")
		answers = append(answers, answer)
	}
	if out := strings.Join(answers, " "); out != want {
		t.Errorf("%s\n%s\nwant %s", got.Output, out, want)
	}
}

// In a mount namespace of its own a program can see any socket under a listed name.
func TestNameInAnotherNamespace(t *testing.T) {
	good, bad, dir := sockets(t)
	got := jailed(t, networked(t, "{unix: ["+dir+"/good]}"), victim(t, "network"), "to", dir+"/good/s", "-M", dir+"/evil/s", dir+"/good/s", dir+"/good/s", "-M", dir+"/evil", dir+"/good", dir+"/good/s")
	if strings.Contains(got.Output, "unshare: ") {
		t.Skipf("no user namespace can be made here: %s", got.Output)
	}
	line := dir + "/good/s: "
	if want := line + "ok\n" + line + "EACCES\n" + line + "EACCES\n"; got.Output != want {
		t.Errorf("%q, %v; want %q", got.Output, got.Status, want)
	}
	if n, m := bad.came(t), good.came(t); n != 0 || m != 1 {
		t.Errorf("%d times it reached the socket that is not listed, %d times the other", n, m)
	}
}

// What every call answers, however odd, is what it answers without a jail, if all addresses are listed. Where arguments can't be
// sealed (before Linux 6.11) jail refuses those that it can't make for the program, such as AF_UNSPEC.
func TestOddAddresses(t *testing.T) {
	needsSealing(t)
	dir := shortDir(t)
	listen(t, "unix", dir+"/s")
	want := native(t, victim(t, "network"), "odd", dir+"/s")
	if want.Status.Code != 0 {
		t.Fatalf("without a jail: %v\n%s", want.Status, want.Output)
	}
	all := `["*:1-65535", "*:1-65535/udp"]`
	c := networked(t, "{connect: "+all+", bind: "+all+", unix: ["+dir+"]}")
	compare(t, want, jailed(t, c, victim(t, "network"), "odd", dir+"/s").outcome)
}

// A socket of the internet that a program was given reaches nobody if the policy lets none be made.
func TestInheritedSocket(t *testing.T) {
	for network, want := range map[string]string{"none": "connect: EACCES\n", "loopback": "connect: ok\n"} {
		good := listen(t, "tcp", "127.0.0.1:0")
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(fd), "socket")
		t.Cleanup(func() { f.Close() })
		c := networked(t, network)
		out, null := newCatcher(t), devNull(t)
		c.Path, c.Args, c.Files = victim(t, "network"), []string{"network", "inherited", port(good)}, []*os.File{null, out.w, out.w, f}
		j, err := c.Start()
		if err != nil {
			t.Fatal(err)
		}
		got := out.read(t)
		if _, err := j.Wait(); err != nil {
			t.Error(err)
		}
		if got != want {
			t.Errorf("network: %s: %q, want %q", network, got, want)
		}
	}
}

// Jail connects with the rights of the program: those that it has given up, or was not given, open nothing; and the other end
// is told of the program's user.
func TestRightsOfTheTask(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root has rights that its programs may lack")
	}
	dir := shortDir(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	users := make(chan uint32, 10)
	for name, mode := range map[string]os.FileMode{"all": 0o777, "mine": 0o700, "nobody": 0o700} {
		l := peers(t, dir+"/"+name, users)
		if err := os.Chmod(l.Addr().String(), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(dir+"/nobody", 65534, 65534); err != nil {
		t.Fatal(err)
	}
	path := victim(t, "network")
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	each := []string{dir + "/all", dir + "/mine", dir + "/nobody"}
	args := append(append([]string{"to"}, each...), append([]string{"-U", "65534"}, each...)...)
	for name, c := range map[string]struct {
		restrict bool
		want     string
		users    []uint32
	}{
		"with root's capabilities": {false, "ok ok ok ok EACCES ok", []uint32{0, 0, 0, 65534, 65534}},
		"without CAP_DAC_OVERRIDE": {true, "ok ok EACCES ok EACCES ok", []uint32{0, 0, 65534, 65534}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := networked(t, "{unix: ["+dir+"]}")
			cmd.Confine.Capabilities = confine.Capabilities{Restrict: c.restrict, Keep: 1<<unix.CAP_SETUID | 1<<unix.CAP_SETGID}
			got := jailed(t, cmd, path, args...)
			var answers []string
			for line := range strings.Lines(got.Output) {
				_, answer, _ := strings.Cut(strings.TrimSpace(line), ": ")
				answers = append(answers, answer)
			}
			if out := strings.Join(answers, " "); out != c.want {
				t.Errorf("%s\n%s, want %s", got.Output, out, c.want)
			}
			var told []uint32
			for range strings.Count(got.Output, ": ok\n") {
				told = append(told, <-users)
			}
			if slices.Sort(told); !slices.Equal(told, c.users) { // three listeners: in no order
				t.Errorf("the other ends are told of the users %d, want %d", told, c.users)
			}
		})
	}
}

// peers is a listener that tells which users connect to it.
func peers(t *testing.T, path string, users chan<- uint32) net.Listener {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			raw, err := c.(*net.UnixConn).SyscallConn()
			if err == nil {
				err = raw.Control(func(fd uintptr) {
					if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
						users <- cred.Uid
					}
				})
			}
			if err != nil {
				t.Error(err)
			}
			c.Close()
		}
	}()
	return l
}
