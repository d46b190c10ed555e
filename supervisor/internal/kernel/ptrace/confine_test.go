// Confining a newborn leaves nothing behind: no bytes, no descriptors, no process.

package ptrace

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
	"jail/supervisor/internal/kernel/landlock"
)

// everything is a configuration that takes every step; it skips where the kernel lacks one.
func everything(t *testing.T, cfg Config) Config {
	t.Helper()
	k := confine.Probe()
	if !k.MountNamespaces.OK() || !k.NetworkNamespaces.OK() {
		t.Skip(k.MountNamespaces.Missing, k.NetworkNamespaces.Missing)
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.Confine = confine.Spec{
		Namespaces: confine.Namespaces{Mount: true, Network: true},
		Mounts: []confine.Mount{
			{Kind: confine.ReadOnly, Source: dir, Target: dir}, {Kind: confine.Mask, Target: dir + "/file"}, {Kind: confine.Mask, Target: dir},
		},
		Domain:       confine.Domain{Seal: true, BestEffort: true},
		Capabilities: confine.Capabilities{Restrict: true},
		Rlimits:      []confine.Rlimit{{Resource: unix.RLIMIT_NOFILE, Most: 50}},
	}
	r, err := landlock.New(cfg.Confine.Domain, true)
	if errors.Is(err, confine.ErrNoLandlock) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	cfg.Ruleset = r
	return cfg
}

func TestConfiningLeavesNothingInTheProgram(t *testing.T) {
	mask, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		t.Fatal(err)
	}
	cfg := everything(t, victim(t, "inherited", strconv.FormatUint(hexField(mask, "SigBlk:"), 10)))
	cfg.Dir = "/tmp"
	jail(t, cfg, func(j *jailed) {
		r, err := j.Registers(j.first)
		j.ok(err)
		stack := make([]byte, 40<<10)
		n, err := j.ReadMem(j.first, r.SP-uint64(len(stack)), stack)
		if err != nil || n != len(stack) || len(bytes.Trim(stack, "\x00")) != 0 {
			t.Errorf("below its stack pointer something was left (%d, %v): %q", n, err, bytes.Trim(stack, "\x00"))
		}
		list, err := os.ReadDir("/proc/" + strconv.Itoa(j.first) + "/fd")
		if err != nil || len(list) != 3 {
			t.Errorf("it has descriptors %v, %v", list, err)
		}
		j.runs(nil)
	})
}

// A program that is started as another user has none of our capabilities: its user namespace is that user's.
func TestConfinedAsAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	cfg := everything(t, program("/bin/sh", "-c", `test "$(id -u):$(id -g)" = 1234:1235 && test "$(stat -c %u /proc/self/)" = 1234 && ! umount /proc 2>/dev/null`))
	cfg.Confine.Mounts, cfg.Dir = nil, "/"
	cfg.Credential = &syscall.Credential{Uid: 1234, Gid: 1235}
	jail(t, cfg, func(j *jailed) { j.runs(nil) })
}

// Killed before each step, or before each call of it, a program is reaped and the start says why it failed.
func TestKilledWhileItIsConfined(t *testing.T) {
	cfg, dir := everything(t, program("/bin/true")), t.TempDir()
	steps := []func(*newborn) error{
		func(n *newborn) error { _, err := n.isolate(cfg.Confine.Namespaces); return err },
		func(n *newborn) error { return n.arrange(cfg.Confine.Mounts, nil, dir) },
		func(n *newborn) error { return n.loopback() },
		func(n *newborn) error { return n.restrict(cfg.Ruleset, 3) },
		func(n *newborn) error { return n.limit(cfg.Confine.Rlimits[0]) },
		func(n *newborn) error { return n.dropCapabilities(^uint64(0), 1<<unix.CAP_SYS_ADMIN) },
	}
	for kill := range len(steps) {
		<-Own(func() {
			attr := &syscall.ProcAttr{Env: []string{}, Files: []uintptr{0, 1, 2, uintptr(cfg.Ruleset.FD)}, Sys: &syscall.SysProcAttr{}}
			n, err := spawn("/bin/true", []string{"true"}, attr, 4, traceOptions)
			if err != nil {
				t.Error(err)
				return
			}
			for i, step := range steps {
				if i == kill {
					if err := unix.Kill(n.tid, unix.SIGKILL); err != nil {
						t.Error(err)
					}
				}
				if err = step(n); err != nil {
					break
				}
			}
			if err = n.failed("/bin/true", err); !errors.Is(err, errDied) {
				t.Errorf("killed before step %d: %v", kill, err)
			}
			if err := childless(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A ruleset that is none, a cgroup that is none: the start fails and leaves nothing.
func TestConfineErrors(t *testing.T) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	for name, c := range map[string]struct {
		change func(*Config)
		want   error
	}{
		"no ruleset": {func(c *Config) { c.Ruleset = &landlock.Ruleset{FD: pipe[0], ABI: 1} }, unix.EBADFD},
		"no cgroup":  {func(c *Config) { c.Cgroup = t.TempDir() + "/none" }, confine.ErrNoCgroup},
		"no limit":   {func(c *Config) { c.Confine.Rlimits = []confine.Rlimit{{Resource: -1}} }, unix.EINVAL},
	} {
		cfg := program("/bin/true")
		c.change(&cfg)
		before := descriptors(t)
		<-Own(func() {
			if _, _, err := launch(cfg, false); !errors.Is(err, c.want) && !errors.Is(err, confine.ErrNoLandlock) {
				t.Errorf("%s: Launch answered %v, want %v", name, err, c.want)
			}
			if err := childless(); err != nil {
				t.Error(err)
			}
		})
		if after := descriptors(t); after != before {
			t.Errorf("%s: %d descriptors are open, %d were before", name, after, before)
		}
	}
}
