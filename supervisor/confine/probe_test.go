// What is probed is there.

package confine

import (
	"os"
	"testing"
)

func TestProbe(t *testing.T) {
	Probe() // the runtime opens descriptors of its own the first time
	before, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	k := Probe()
	t.Logf("%+v", k)
	if abi, _ := LandlockABI(); abi != k.LandlockABI || k.Landlock.OK() != (abi > 0) {
		t.Errorf("Landlock is %d %+v, the kernel says %d", k.LandlockABI, k.Landlock, abi)
	}
	for name, f := range map[string]Feature{"mount": k.MountNamespaces, "network": k.NetworkNamespaces} {
		if !f.OK() && k.UserNamespaces.OK() && f.Err == nil {
			t.Errorf("there are user namespaces but no %s namespaces, without a reason", name)
		}
	}
	after, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	if len(after) != len(before) {
		t.Errorf("%d descriptors are open, %d were before", len(after), len(before))
	}
	children, err := os.ReadFile("/proc/thread-self/children")
	if err == nil && len(children) > 0 {
		t.Errorf("it left children: %s", children)
	}
}

// What was not looked for is not taken to be there.
func TestProbeOnly(t *testing.T) {
	all, none := Probe(), ProbeOnly(0)
	for name, f := range map[string]Feature{"user": none.UserNamespaces, "mount": none.MountNamespaces, "network": none.NetworkNamespaces,
		"cgroup": none.Cgroup, "kill": none.CgroupKill, "seccomp": none.Seccomp, "ptrace": none.Ptrace, "getfd": none.PidfdGetfd,
		"mseal": none.Mseal, "set": none.SetSyscallInfo} {
		if f.OK() {
			t.Errorf("%s seems to be there", name)
		}
	}
	if none.LandlockABI != all.LandlockABI || none.Landlock != all.Landlock || none.Release != all.Release {
		t.Errorf("what costs nothing was not found out: %+v", none)
	}
	for part, pick := range map[Part]func(*Kernel) Feature{
		PartUserNamespaces:    func(k *Kernel) Feature { return k.UserNamespaces },
		PartMountNamespaces:   func(k *Kernel) Feature { return k.MountNamespaces },
		PartNetworkNamespaces: func(k *Kernel) Feature { return k.NetworkNamespaces },
	} {
		one, other := ProbeOnly(part), ProbeOnly(PartNamespaces&^part)
		if got, want := pick(&one), pick(&all); got.OK() != want.OK() || got.Err != want.Err {
			t.Errorf("part %b alone is %+v, among all %+v", part, got, want)
		}
		if pick(&other).OK() {
			t.Errorf("part %b seems to be there, and nobody looked", part)
		}
	}
}
