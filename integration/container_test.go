// The jail command under the conditions of containers: what works there works, and what can't be is said in one sentence.

package integration

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// container is one kind of place that jail may be started in.
type container struct {
	name     string
	words    []string // of the role
	clone    uintptr  // namespaces that it is started in
	rootOnly bool
	user     bool // an ordinary one, whoever runs the test
	gives    has
	why      string // what is said of what is missing
}

func containers() []container {
	const filter = "those are refused: by the filter of a container (Docker's does)"
	return []container{
		{name: "docker", words: []string{noDisks, dropAll, dockerized}, clone: unix.CLONE_NEWNS, rootOnly: true, why: filter},
		{name: "docker as user", words: []string{dropAll, dockerized}, why: filter, user: true},
		{name: "user namespace", clone: unix.CLONE_NEWUSER, gives: has{true, true, true}},
		{name: "no user namespaces", words: []string{noDisks, noUserNS, dropAll}, clone: unix.CLONE_NEWUSER | unix.CLONE_NEWNS, gives: has{descriptors: true}, why: "(sysctl user.max_user_namespaces"},
		{name: "chroot", words: []string{chrooted}, clone: unix.CLONE_NEWNS, rootOnly: true, gives: has{true, true, true}},
	}
}

// place is a container with files in it.
type place struct {
	container
	jail, dir, root, self string
	tcp                   string // address of a server
	version               string // what "jail version" prints
}

func newPlace(t *testing.T, c container) *place {
	t.Helper()
	if c.rootOnly && os.Geteuid() != 0 {
		t.Skip("only root can make it")
	}
	if abi, _ := confine.LandlockABI(); abi < 6 {
		t.Skipf("needs Landlock ABI 6 (Linux 6.12), without which `outside: sealed` refuses to start anything; here it is ABI %d", abi)
	}
	if c.user && os.Geteuid() == 0 {
		c.words = append([]string{ordinary}, c.words...)
	}
	dir, err := os.MkdirTemp("", "jail-container-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &place{container: c, dir: filepath.Join(dir, "work"), root: filepath.Join(dir, "root")}
	if p.jail, err = buildJail(dir); err != nil {
		t.Fatal(err)
	}
	if p.self, err = copySelf(dir); err != nil {
		t.Fatal(err)
	}
	version, err := exec.Command(p.jail, "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	p.version = string(version)
	for _, d := range []string{p.dir, p.root, p.dir + "/deny", p.dir + "/read"} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range containerFiles {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range []string{dir, p.dir, p.dir + "/deny", p.dir + "/read"} { // whatever the umask is
		if err := os.Chmod(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// copySelf makes a copy of the test binary that any user can execute.
func copySelf(dir string) (string, error) {
	text, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "self")
	return path, os.WriteFile(path, text, 0o755)
}

// connector is the role of a program that connects to a local socket, and exits with the errno.
func connector(args []string) int {
	if to, err := netip.ParseAddrPort(args[len(args)-1]); err == nil {
		return overTCP(to, len(args) > 1)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: args[0]})
	}
	var errno unix.Errno
	errors.As(err, &errno)
	return int(errno)
}

// overTCP connects to an address, or listens there.
func overTCP(at netip.AddrPort, listen bool) int {
	sa := &unix.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	switch {
	case err != nil:
	case !listen:
		err = unix.Connect(fd, sa)
	default:
		if err = unix.Bind(fd, sa); err == nil {
			err = unix.Listen(fd, 1)
		}
	}
	var errno unix.Errno
	errors.As(err, &errno)
	return int(errno)
}

// containerFiles are policies, and files for them to be about.
var containerFiles = map[string]string{
	"deny/file":     "secret\n",
	"read/file":     "readable\n",
	"files.yaml":    "version: 1\ndefault: allow\nfilesystem: {read: [/usr, /bin, /lib, /lib64, /etc, /dev, /proc, \"{cwd}/read\"], write: [/dev/null]}\n",
	"none.yaml":     "version: 1\ndefault: allow\nnetwork: none\n",
	"loopback.yaml": "version: 1\ndefault: allow\nnetwork: loopback\n",
	"tcp.yaml":      "version: 1\ndefault: allow\nnetwork: {connect: [\"127.0.0.1:1-65535\"]}\n",
	"closed.yaml":   "version: 1\ndefault: allow\nnetwork: {connect: [\"127.0.0.2:1-65535\"]}\n",
	"bind.yaml":     "version: 1\ndefault: allow\nnetwork: {bind: [\"127.0.0.1:1-65535\"], unix: any}\n",
	"mixed.yaml":    "version: 1\ndefault: allow\nenforce: best-effort\nnetwork: {connect: [\"127.0.0.1:1-65535\", \"127.0.0.1:53/udp\"], unix: any}\n",
	"deny.yaml":     "version: 1\ndefault: allow\nfilesystem: {read: [/], write: [\"{cwd}\", /dev/null], deny: [\"{cwd}/deny\"], dev: private}\n",
	"effort.yaml":   "version: 1\ndefault: allow\nenforce: best-effort\nfilesystem: {read: [/], write: [\"{cwd}\", /dev/null], deny: [\"{cwd}/deny\"], dev: private}\n",
}

// said is what came of a command.
type said struct {
	code        int
	out, stderr string
}

// run runs jail in the place.
func (p *place) run(t *testing.T, args ...string) said {
	t.Helper()
	profile, err := filepath.Abs("../policy/oci/testdata/moby-default.json")
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, w := range p.words {
		if w == chrooted {
			w += p.root
		}
		words = append(words, w)
	}
	cmd := exec.Command(p.self, append(append(append(words, "--"), p.jail), args...)...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), roleVar+"=container", "JAIL_DOCKER_PROFILE="+profile, "HOME="+p.dir, "TMPDIR=/tmp")
	if p.clone != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: p.clone}
		if p.clone&unix.CLONE_NEWUSER != 0 {
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
		}
	}
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Skipf("this place can't be made here: %v", err)
	}
	if cmd.ProcessState.ExitCode() == 99 {
		t.Fatalf("%s", stderr.String())
	}
	return said{cmd.ProcessState.ExitCode(), out.String(), stderr.String()}
}

// has are the features that a place gives.
type has struct{ mounts, networks, descriptors bool }

// expectation is what is to come of a command.
type expectation struct {
	code int
	out  string   // standard output, whole
	says []string // in standard error
	not  []string // not in it
}

// commands are what is tried, with what is to come of it.
func (p *place) commands(h has) map[string]struct {
	args []string
	want expectation
} {
	type try = struct {
		args []string
		want expectation
	}
	run := func(policy string, args ...string) []string {
		return append([]string{"run", "--policy", policy, "--"}, args...)
	}
	ran := expectation{out: "ran\n", not: []string{"can't"}}
	all := map[string]try{
		"observe":  {run("observe", "sh", "-c", "echo ran"), ran},
		"ci-build": {run("ci-build", "sh", "-c", "echo ran"), ran},
		"children": {run("observe", "sh", "-c", "sh -c 'exit 3'; sh -c 'kill -TERM $$'; echo ran"), ran},
		"strict":   {run("strict", p.jail, "version"), expectation{out: p.version, not: []string{"denied"}}},
		"files": {run("files.yaml", "sh", "-c", "cat read/file; cat deny/file; echo x >read/new"), expectation{code: 2, out: "readable\n",
			says: []string{"denied what was probably the open of " + p.dir + "/deny/file for reading", "denied making of " + p.dir + "/read/new\n", "  rule files.yaml:3:13  filesystem"}}},
		"explain": {append([]string{"run", "--explain"}, run("files.yaml", "cat", "deny/file")[1:]...), expectation{code: 1,
			says: []string{"denied open of " + p.dir + "/deny/file for reading\n"}}},
		"network none": {run("none.yaml", "sh", "-c", "echo ran"), ran},
		"listed":       {run("tcp.yaml", p.self, p.tcp), expectation{}},
		"not listed":   {run("closed.yaml", p.self, p.tcp), expectation{code: 13, says: []string{"jail: denied connect to " + p.tcp + " (TCP)"}}},
		"both listed":  {run("mixed.yaml", p.self, p.tcp), expectation{}},
		"bind listed":  {run("bind.yaml", p.self, "listen", "127.0.0.1:0"), expectation{}},
		"no way out":   {run("none.yaml", p.self, p.dir+"/socket"), expectation{code: 13, says: []string{"jail: denied connect"}}},
	}
	missing := func(what string) expectation {
		return expectation{code: 125, says: []string{"can't be enforced soundly here; it needs a " + what + " namespace: ", "; instead: "}}
	}
	all["loopback"], all["deny"] = try{run("loopback.yaml", "sh", "-c", "echo ran"), ran}, try{run("deny.yaml", "cat", "deny/file"), expectation{code: 1, says: []string{"Permission denied",
		"denied what was probably the open of " + p.dir + "/deny/file for reading", "  rule deny.yaml:3:61  filesystem: deny: {cwd}/deny\n"}}}
	if !h.networks {
		all["loopback"] = try{all["loopback"].args, missing("network")}
	}
	effort := expectation{code: 1, not: []string{"can't be enforced"}}
	sealing := confine.Probe()
	switch names := run("deny.yaml", "sh", "-c", "mkdir d && mv d e && umask 027 && mkdir f && stat -c %a f && echo x >g && ln g e/l && rm -r e f && mv deny other"); {
	case h.mounts:
	case sealing.Sealing().OK(): // an engine holds it
		all["deny"] = try{all["deny"].args, expectation{code: 1, says: []string{"denied open of deny/file, which is " + p.dir + "/deny/file\n", "  rule deny.yaml:3:61  filesystem: deny: {cwd}/deny\n"}}}
		all["names"] = try{names, expectation{code: 1, out: "750\n", says: []string{"denied rename of deny, which is " + p.dir + "/deny\n"}}}
	default:
		all["deny"] = try{all["deny"].args, missing("mount")}
		effort = expectation{out: "secret\n", says: []string{"effort.yaml:4:61: filesystem: deny: {cwd}/deny: can't be enforced soundly here"}}
	}
	all["best effort"] = try{run("effort.yaml", "cat", "deny/file"), effort}
	if !h.descriptors {
		more := expectation{out: "ran\n", says: []string{"connections to local sockets are refused here, more than it says"}, not: []string{"can't"}}
		for _, name := range []string{"ci-build", "network none"} {
			all[name] = try{all[name].args, more}
		}
		const without = "it needs pidfd_getfd(2): the filter of a container refuses it; without it "
		all["bind listed"] = try{all["bind listed"].args, expectation{code: 125, says: []string{without + "listen(2) is refused unless all ports are listed"}}}
		all["both listed"] = try{all["both listed"].args, expectation{code: 13, says: []string{without + "addresses that are listed for TCP or UDP only are refused",
			"jail: denied connect to " + p.tcp + ", which is listed for TCP only (the socket can't be looked at"}}}
	}
	return all
}

// check compares.
func (w expectation) check(t *testing.T, got said) {
	t.Helper()
	bad := got.code != w.code || got.out != w.out
	for _, s := range w.says {
		bad = bad || !strings.Contains(got.stderr, s)
	}
	for _, s := range w.not {
		bad = bad || strings.Contains(got.stderr, s)
	}
	if bad {
		t.Errorf("it ended with %d\n%s%s\nwant %+v", got.code, got.out, got.stderr, w)
	}
}

// TestContainers tries what is to work, and what is to be said where something can't.
func TestContainers(t *testing.T) {
	for _, c := range containers() {
		t.Run(c.name, func(t *testing.T) {
			p := newPlace(t, c)
			listener, err := net.Listen("unix", p.dir+"/socket")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			if err := os.Chmod(p.dir+"/socket", 0o777); err != nil {
				t.Fatal(err)
			}
			server, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			p.tcp = server.Addr().String()
			for name, c := range p.commands(p.gives) {
				t.Run(name, func(t *testing.T) { c.want.check(t, p.run(t, c.args...)) })
			}
			t.Run("doctor", func(t *testing.T) { p.doctor(t) })
		})
	}
}

// doctor must say the same as run, and why.
func (p *place) doctor(t *testing.T) {
	r := p.run(t, "doctor")
	for feature, there := range map[string]bool{"mount namespaces": p.gives.mounts, "network namespaces": p.gives.networks, "pidfd_getfd": p.gives.descriptors,
		"seccomp filters": true, "ptrace of children": true} {
		word := "yes      "
		if !there {
			word = "MISSING  "
		}
		if !strings.Contains(r.out, "  "+word+feature) {
			t.Errorf("not %s%s:\n%s", word, feature, r.out)
		}
	}
	if r.code != 0 || !strings.Contains(r.out, "a program was started under it\n") {
		t.Errorf("ci-build: it ended with %d\n%s%s", r.code, r.out, r.stderr)
	}
	if !p.gives.mounts && (!strings.Contains(r.out, p.why) || !strings.Contains(r.out, "do:   ")) {
		t.Errorf("it does not say %q:\n%s", p.why, r.out)
	}
}
