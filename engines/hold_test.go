// Which rules an engine holds, and what that makes of a plan.

package engines

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
)

// sealing is a kernel that can seal arguments, with mount namespaces or without.
func sealing(mounts bool) confine.Kernel {
	k := modern()
	k.Release, k.Mseal, k.Seccomp = "6.18.0", confine.Feature{}, confine.Feature{}
	if !mounts {
		k.MountNamespaces = confine.Feature{Missing: "not here"}
	}
	return k
}

// holding is confined, and what Confine has noted where the paths are.
func holding(t *testing.T, has confine.Kernel, text string) ([]Unmet, *policy.Plan, *policy.Located) {
	t.Helper()
	_, _, plan, dir := confined(t, has, text)
	around := policy.Surroundings{Cwd: dir + "/cwd", Home: dir + "/home", Tmp: dir + "/tmp"}
	at, err := plan.Locate(around)
	if err != nil {
		t.Fatal(err)
	}
	_, unmet := Confine(plan, around, at, has)
	return unmet, plan, at
}

func TestHeld(t *testing.T) {
	for _, c := range []struct {
		text   string
		mounts bool
		held   int
	}{
		{`filesystem: {read: [/], write: ["{cwd}"], deny: ["{cwd}/**/*.key"], dev: private}`, true, 1},
		{`filesystem: {read: [/], write: ["{cwd}"], deny: ["{cwd}/secret"], dev: private}`, true, 0},
		{`filesystem: {read: [/usr], deny: ["/usr/**/*.key"]}`, true, 0},
		{`filesystem: {read: [/], write: ["{cwd}"], protect: ["{cwd}/src"]}`, false, 1},
	} {
		unmet, plan, at := holding(t, sealing(c.mounts), c.text)
		if len(at.Held) != c.held {
			t.Errorf("%s: held %v, unmet %+v; want %d rules held", c.text, at.Held, unmet, c.held)
		}
		out := Hold(plan, at)
		if c.held == 0 && out != plan {
			t.Errorf("%s: another plan without need", c.text)
			continue
		}
		for _, i := range at.Held {
			if r := out.Rules[i]; r.Layer != policy.LayerEngine || r.Cost != "every open stops" || plan.Rules[i].Layer == policy.LayerEngine {
				t.Errorf("%s: %+v", c.text, r)
			}
		}
	}
}

// What changes the meaning of names is refused while names are held, and openat2 is let be made.
func TestHoldGuards(t *testing.T) {
	_, plan, at := holding(t, sealing(true), "filesystem: {read: [/], write: [\"{cwd}\"], deny: [\"{cwd}/**/*.key\"], dev: private}\nsyscalls:\n  - {syscalls: [openat2], action: errno ENOSYS}")
	out := Hold(plan, at)
	d, err := out.Filter.Decider()
	if err != nil {
		t.Fatal(err)
	}
	decide := func(name string, arg uint64) policy.Action {
		nr, ok := seccomp.Native().Number(name)
		if !ok {
			t.Fatalf("no call %s", name)
		}
		_, by := d.Decide(seccomp.Data{Nr: int32(nr), Arch: seccomp.Native().AuditArch(), Args: [6]uint64{arg}})
		return out.RuleOf(by).Action
	}
	for _, name := range []string{"chroot", "pivot_root", "mount", "umount2", "fsopen", "fsmount", "move_mount", "open_tree", "mount_setattr", "setns",
		"name_to_handle_at", "open_by_handle_at", "io_uring_setup"} {
		if a := decide(name, 0); !a.Refuses() {
			t.Errorf("%s: %v", name, a)
		}
	}
	const newNS, newUser = 0x20000, 0x10000000
	for _, name := range []string{"unshare", "clone"} {
		if a := decide(name, newNS|17); !a.Refuses() {
			t.Errorf("%s with CLONE_NEWNS: %v", name, a)
		}
		if a := decide(name, newUser|17); a.Refuses() {
			t.Errorf("%s with CLONE_NEWUSER: %v", name, a)
		}
	}
	if a := decide("openat2", 0); a.Refuses() || !out.Files.OpenRefused || out.Rules[out.Files.OpenRule].Action.Verb != policy.Errno {
		t.Errorf("openat2: %v, by rule %d", a, out.Files.OpenRule)
	}
	if !slices.ContainsFunc(out.Rules, func(r policy.RuleInfo) bool { return strings.HasSuffix(r.Text, ": mount namespaces") }) {
		t.Error("nothing says that mount namespaces are refused")
	}
}

// Metadata of held names is changed by calls that the engine looks at, or by none.
func TestHoldAttributes(t *testing.T) {
	for _, c := range []struct {
		rule    string
		refused map[string]bool
	}{
		{`deny: ["{cwd}/**/*.key"]`, map[string]bool{"setxattrat": true, "removexattrat": true, "file_setattr": true, "ioctl": false, "fchmodat": false, "setxattr": false}},
		{`protect: ["{cwd}/src"]`, map[string]bool{"setxattrat": true, "ioctl": true, "fchmodat": false}},
	} {
		_, plan, at := holding(t, sealing(false), `filesystem: {read: [/], write: [/], `+c.rule+"}")
		out := Hold(plan, at)
		d, err := out.Filter.Decider()
		if err != nil || len(out.Files.Held) == 0 {
			t.Fatal(c.rule, err, out.Files.Held)
		}
		for name, want := range c.refused {
			nr, ok := seccomp.Native().Number(name)
			if !ok {
				t.Fatalf("no call %s", name)
			}
			_, by := d.Decide(seccomp.Data{Nr: int32(nr), Arch: seccomp.Native().AuditArch(), Args: [6]uint64{0, unix.FS_IOC_SETFLAGS}})
			if got := out.RuleOf(by).Action.Refuses(); got != want {
				t.Errorf("%s: %s is refused: %v", c.rule, name, got)
			}
		}
	}
}

// What no mount hides an engine keeps from being connected to, unless it decides about all local sockets anyway.
func TestHoldSockets(t *testing.T) {
	for _, c := range []struct {
		text   string
		mounts bool
		held   bool
	}{
		{`filesystem: {deny: ["{cwd}/**/*.key"]}`, true, true},
		{`filesystem: {deny: ["/usr"]}`, true, false},
		{`filesystem: {deny: ["/usr"]}`, false, true},
		{`filesystem: {read: [/usr], deny: ["/usr/bin"]}`, false, true},
		{`filesystem: {read: [/usr], deny: ["/usr/bin"]}`, true, false},
		{"network: none\nfilesystem: {deny: [\"/usr\"]}", false, false},
		{"network: {connect: [\"127.0.0.1:1\"], unix: any}\nfilesystem: {deny: [\"/usr\"]}", false, true},
	} {
		_, plan, at := holding(t, sealing(c.mounts), c.text)
		out := Hold(plan, at)
		d, err := out.Filter.Decider()
		if err != nil {
			t.Fatal(err)
		}
		if out.Network.UnixHeld != c.held {
			t.Errorf("%s, mounts %v: held %v", c.text, c.mounts, out.Network.UnixHeld)
		}
		nr, _ := seccomp.Native().Number("socket")
		_, by := d.Decide(seccomp.Data{Nr: int32(nr), Arch: seccomp.Native().AuditArch(), Args: [6]uint64{unix.AF_UNIX, unix.SOCK_DGRAM | unix.SOCK_CLOEXEC}})
		if out.RuleOf(by).Action.Refuses() != (c.held || out.Network.Reach == policy.NetworkNone) {
			t.Errorf("%s, mounts %v: local datagrams: %v", c.text, c.mounts, out.RuleOf(by).Action)
		}
	}
}

// Without mounts an engine keeps metadata, and the filter what the engine does not look at; contents stay Landlock's, who stops nobody.
func TestHoldFixed(t *testing.T) {
	unmet, plan, at := holding(t, sealing(false), "filesystem: {read: [/], write: [\"{cwd}\"], dev: machine}")
	out := Hold(plan, at)
	if !out.Files.Fixed || plan.Files.Fixed || len(out.Files.Held) > 0 || len(Unsound(unmet)) > 0 {
		t.Fatalf("fixed %v, held %v, unmet %+v", out.Files.Fixed, out.Files.Held, unmet)
	}
	d, err := out.Filter.Decider()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		request uint64
		refused bool
	}{
		{"ioctl", unix.FS_IOC_SETFLAGS, true}, {"ioctl", unix.FS_IOC_GETFLAGS, false}, {"ioctl", 0x401c5820, true}, {"ioctl", unix.TCGETS, false},
		{"ioctl", 0x40047211, true}, {"ioctl", 0x80047210, false}, {"ioctl", 0x80047213, false}, {"ioctl", 0x82187201, false},
		{"setxattrat", 0, true}, {"io_uring_setup", 0, true}, {"openat", 0, false}, {"fchmodat", 0, false},
	} {
		nr, ok := seccomp.Native().Number(c.name)
		if !ok {
			t.Fatalf("no call %s", c.name)
		}
		_, by := d.Decide(seccomp.Data{Nr: int32(nr), Arch: seccomp.Native().AuditArch(), Args: [6]uint64{0, c.request}})
		if got := out.RuleOf(by).Action.Refuses(); got != c.refused {
			t.Errorf("%s %#x is refused: %v", c.name, c.request, got)
		}
	}
	for _, r := range out.Rules[len(plan.Rules):] { // no name that could be listed would allow these calls
		if hint := r.Hint("setxattrat"); hint != "" {
			t.Errorf("%s: to allow it: %s", r.Text, hint)
		}
	}
	if _, plan, at := holding(t, sealing(true), "filesystem: {read: [/], dev: machine}"); Hold(plan, at) != plan {
		t.Error("mounts keep it, and yet the plan is another")
	}
}
