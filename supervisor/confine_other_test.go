// Network, capabilities, limits, temporary files, and what a kernel does not give.

package supervisor_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/confine"
)

func init() {
	victims["network"] = func(args []string) {
		list, err := net.Interfaces()
		say("interfaces", err)
		for _, i := range list {
			say(fmt.Sprintf("%s-up-%v", i.Name, i.Flags&net.FlagUp != 0), nil)
		}
		l, err := net.Listen("tcp", "127.0.0.1:0")
		say("listen", err)
		if err == nil {
			_, err = net.Dial("tcp", l.Addr().String())
			say("dial", err)
		}
		_, err = net.Listen("tcp", "[::1]:0")
		if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EAFNOSUPPORT) {
			err = nil // a machine without IPv6
		}
		say("listen-6", err)
		_, err = net.Dial("tcp", args[0])
		say("outside", err)
		_, err = net.Dial("unix", args[1])
		say("abstract", err)
	}
}

func TestNetworkOfItsOwn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	abstract := "@jail-test-" + l.Addr().String()
	u, err := net.Listen("unix", abstract)
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	c := supervisor.Command{Confine: confine.Spec{Namespaces: confine.Namespaces{Network: true}}}
	needStart(t, c)
	expect(t, try(t, c, "network", l.Addr().String(), abstract), map[string]string{
		"interfaces": "ok", "lo-up-true": "ok", "listen": "ok", "dial": "ok", "listen-6": "ok",
		"outside": "ECONNREFUSED", "abstract": "ECONNREFUSED",
	})
}

// hex reads a line of sets of capabilities from a status file.
func hex(t *testing.T, status, key string) (v uint64) {
	t.Helper()
	for l := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(l, key+":"); ok {
			if _, err := fmt.Sscanf(rest, "%x", &v); err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("no %s in %q", key, status)
	return 0
}

func TestCapabilities(t *testing.T) {
	natively, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		t.Fatal(err)
	}
	all, bounding := hex(t, string(natively), "CapPrm"), hex(t, string(natively), "CapBnd")
	keep := uint64(1<<unix.CAP_CHOWN | 1<<unix.CAP_SYS_ADMIN)
	for _, c := range []struct {
		name string
		spec confine.Spec
		want uint64 // of those that we have
	}{
		{"nothing said", confine.Spec{}, ^uint64(0)},
		{"none", confine.Spec{Capabilities: confine.Capabilities{Restrict: true}}, 0},
		{"two", confine.Spec{Capabilities: confine.Capabilities{Restrict: true, Keep: keep}}, keep},
		{"two, sealed", confine.Spec{Domain: confine.Domain{Seal: true}, Capabilities: confine.Capabilities{Restrict: true, Keep: keep}}, 1 << unix.CAP_CHOWN},
		{"sealed", confine.Spec{Domain: confine.Domain{Seal: true}}, ^confine.Leaving},
	} {
		j, out := supervisor.Command{Confine: c.spec}, ""
		if c.spec.Domain.Seal {
			needDomain(t, c.spec.Domain)
		}
		_, out = run(t, j, "/bin/cat", "/proc/self/status")
		if got := hex(t, out, "CapPrm"); got != all&c.want {
			t.Errorf("%s: permitted %#x, want %#x", c.name, got, all&c.want)
		}
		if got := hex(t, out, "CapEff"); got != all&c.want {
			t.Errorf("%s: effective %#x, want %#x", c.name, got, all&c.want)
		}
		if got := hex(t, out, "CapBnd"); all&^c.want != 0 && got != bounding&c.want {
			t.Errorf("%s: bounding %#x, want %#x", c.name, got, bounding&c.want)
		}
	}
}

func TestRlimits(t *testing.T) {
	c := supervisor.Command{Confine: confine.Spec{Rlimits: []confine.Rlimit{
		{Resource: unix.RLIMIT_NOFILE, Most: 77}, {Resource: unix.RLIMIT_FSIZE, Most: 5 << 20}, {Resource: unix.RLIMIT_CORE, Most: 0},
		{Resource: unix.RLIMIT_CPU, Most: confine.Infinity},
	}}}
	_, natively := run(t, supervisor.Command{}, "/bin/sh", "-c", "ulimit -t; ulimit -Ht")
	_, out := run(t, c, "/bin/sh", "-c", "ulimit -n; ulimit -Hn; ulimit -f; ulimit -Hf; ulimit -c; ulimit -Hc; ulimit -t; ulimit -Ht")
	if want := "77\n77\n10240\n10240\n0\n0\n" + natively; out != want {
		t.Errorf("the limits are %q, want %q", out, want)
	}
	_, err := (&supervisor.Command{Path: "/bin/true", Confine: confine.Spec{Rlimits: []confine.Rlimit{{Resource: 99, Most: 1}}}}).Start()
	if !errors.Is(err, supervisor.ErrStart) || !errors.Is(err, unix.EINVAL) {
		t.Errorf("a limit of nothing: %v", err)
	}
}

// The folder is empty, is where programs look for it, and is gone with everything that a program can make.
func TestPrivateTmp(t *testing.T) {
	needStart(t, supervisor.Command{Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true}}})
	outside := t.TempDir()
	plant(t, outside, "kept", "folder/", "folder/kept")
	held := new(confine.Held)
	tmp, err := held.MakeTmp("")
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(tmp); err != nil || st.Mode() != fs.ModeDir|0o700 {
		t.Fatalf("%v %v", st.Mode(), err)
	}
	c := supervisor.Command{Dir: "/", Confine: confine.Spec{Tmp: tmp, Held: held, Namespaces: confine.Namespaces{Mount: true},
		Mounts: []confine.Mount{{Kind: confine.Bind, Source: tmp, Target: "/tmp"}, {Kind: confine.Bind, Source: tmp, Target: "/var/tmp"}}}}
	res, out := run(t, c, "/bin/sh", "-c", `ls -A /tmp /var/tmp; ls `+outside+`
		cd /tmp; ln -s `+outside+` link; mkdir -p a/b/c; touch a/b/c/f; ln -s `+outside+`/folder a/b/link; chmod 0 a/b/c a/b a
		test -L /var/tmp/link && echo same`)
	if res.Status.Code != 0 || !strings.Contains(out, "/tmp:\n\n/var/tmp:\n") || !strings.Contains(out, "No such file") || !strings.HasSuffix(out, "same\n") {
		t.Errorf("%v %q", res.Status, out)
	}
	if res.Left != nil {
		t.Error(res.Left)
	}
	if _, err := os.Lstat(tmp); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
	for _, name := range []string{"kept", "folder/kept"} {
		if _, err := os.Stat(outside + "/" + name); err != nil {
			t.Errorf("removed through a symlink: %v", err)
		}
	}
}

func init() {
	victims["nest"] = func([]string) { // folders without rights, deeper than any path
		name := strings.Repeat("d", 200)
		for range 300 {
			if err := errors.Join(unix.Mkdir(name, 0o700), unix.Chdir(name)); err != nil {
				say("nest", err)
				return
			}
			_ = unix.Mkdir("jail.7", 0) // a name that the removal may want to use
			_ = unix.Mkfifo("fifo", 0)
		}
		say("chmod", unix.Chmod(".", 0))
	}
}

func TestPrivateTmpOfGreatDepth(t *testing.T) {
	held := new(confine.Held)
	tmp, err := held.MakeTmp("")
	if err != nil {
		t.Fatal(err)
	}
	expect(t, try(t, supervisor.Command{Dir: tmp, Confine: confine.Spec{Tmp: tmp, Held: held}}, "nest"), map[string]string{"chmod": "ok"})
	if _, err := os.Lstat(tmp); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// A start that fails leaves no folder.
func TestPrivateTmpOfAFailedStart(t *testing.T) {
	for _, c := range []supervisor.Command{
		{Path: "/none/such"},
		{Path: "/bin/true", Confine: confine.Spec{Mounts: []confine.Mount{{}}}},
	} {
		tmp, err := new(confine.Held).MakeTmp(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		c.Confine.Tmp = tmp
		if _, err := c.Start(); !errors.Is(err, supervisor.ErrStart) {
			t.Errorf("%s: %v", c.Path, err)
		}
		if _, err := os.Lstat(tmp); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: the folder is still there: %v", c.Path, err)
		}
	}
}

// Where no cgroup is to be had, the start fails and says which kind of machine this is.
func TestCgroup(t *testing.T) {
	c := supervisor.Command{Path: "/bin/true", Confine: confine.Spec{Cgroup: &confine.Cgroup{Memory: 1 << 30, Tasks: 10}}}
	k := confine.Probe()
	j, err := c.Start()
	if k.Cgroup.OK() != (err == nil) || err != nil && !errors.Is(err, supervisor.ErrNoCgroup) {
		t.Fatalf("probed %+v, Start answered %v", k.Cgroup, err)
	}
	t.Log(err)
	if err == nil {
		if res, err := j.Wait(); err != nil || res.Left != nil {
			t.Errorf("%v, left %v", err, res.Left)
		}
	}
}

// A cgroup without bounds takes no controllers: it is there to be killed as a whole.
func TestCgroupWithoutBounds(t *testing.T) {
	before := groups(t)
	c := supervisor.Command{Confine: confine.Spec{Cgroup: &confine.Cgroup{}}}
	c.Path = "/bin/true"
	j, err := c.Start()
	if errors.Is(err, supervisor.ErrNoCgroup) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Wait(); err != nil {
		t.Fatal(err)
	}
	res, out := run(t, c, "/bin/sh", "-c", "grep ^0:: /proc/self/cgroup; setsid sleep 1000 >/dev/null 2>&1 &")
	if !strings.Contains(out, "/jail-") || res.Left != nil {
		t.Errorf("it is in %q, left %v", out, res.Left)
	}
	if after := groups(t); after != before {
		t.Errorf("cgroups are left: %s, before %s", after, before)
	}
}

// groups lists the cgroups of jails under the roots of hierarchies that are usual.
func groups(t *testing.T) string {
	t.Helper()
	var found []string
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		list, _ := os.ReadDir(root)
		for _, d := range list {
			if strings.HasPrefix(d.Name(), "jail-") {
				found = append(found, d.Name())
			}
		}
	}
	return strings.Join(found, " ")
}
