// A /dev of the jail's own, and what there is to say where none can be had.

package engines

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
)

// withDev confines under the text of a map filesystem, with folders for devices and shared memory.
func withDev(t *testing.T, has confine.Kernel, files string, terminals ...string) (confine.Spec, []Unmet, *policy.Plan) {
	t.Helper()
	p, err := policy.Parse("p.yaml", []byte("version: 1\ndefault: allow\nfilesystem: "+files+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	around := policy.Surroundings{Cwd: "/", Home: t.TempDir(), Tmp: t.TempDir(), Shm: t.TempDir(), Dev: t.TempDir(), Terminals: terminals}
	at, err := plan.Locate(around)
	if err != nil {
		t.Fatal(err)
	}
	spec, unmet := Confine(plan, around, at, has)
	return spec, unmet, plan
}

// shown is what is mounted at a name in the private folder, by that name in /dev.
func shown(spec *confine.Spec) map[string]string {
	all := make(map[string]string)
	for _, m := range spec.Mounts {
		if m.Kind == confine.Bind && m.Target != spec.Dev && within(m.Target, spec.Dev) {
			all["/dev"+m.Target[len(spec.Dev):]] = m.Source
		}
	}
	return all
}

func TestConfineDev(t *testing.T) {
	spec, unmet, _ := withDev(t, modern(), "{read: [/], write: [/dev/null], tmp: private, dev: private}")
	if len(unmet) > 0 || !spec.Namespaces.Mount {
		t.Fatalf("unmet %v, namespaces %+v", unmet, spec.Namespaces)
	}
	got := shown(&spec)
	for _, name := range nodes() {
		if _, err := os.Stat(name); err == nil && got[name] != name {
			t.Errorf("%s is %q", name, got[name])
		}
		delete(got, name)
	}
	if got["/dev/shm"] != spec.Shm || len(got) != 1 {
		t.Errorf("besides there are %v; want shared memory in %s", got, spec.Shm)
	}
	whole := slices.Index(spec.Mounts, confine.Mount{Kind: confine.Bind, Source: spec.Dev, Target: "/dev"})
	tmp := slices.IndexFunc(spec.Mounts, func(m confine.Mount) bool { return m.Target == "/tmp" })
	if whole < len(nodes()) || tmp < whole {
		t.Errorf("/dev is mounted at %d, /tmp at %d, of %v", whole, tmp, spec.Mounts)
	}
	if to, err := os.Readlink(filepath.Join(spec.Dev, "stdout")); to != "/proc/self/fd/1" {
		t.Errorf("stdout leads to %q: %v", to, err)
	}
	if st, err := os.Stat(spec.Dev); err != nil || st.Mode().Perm() != 0o755 {
		t.Errorf("the folder is %v, %v", st.Mode(), err)
	}
}

// What is named is there; what a symlink leads to is not.
func TestConfineDevNamed(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/dev/kmsg", link); err != nil {
		t.Fatal(err)
	}
	spec, _, _ := withDev(t, modern(), "{read: [/, "+link+"], write: [/dev/pts], dev: private}")
	got := shown(&spec)
	if got["/dev/pts"] != "/dev/pts" || got["/dev/kmsg"] != "" {
		t.Errorf("there are %v", got)
	}
	if to, _ := os.Readlink(filepath.Join(spec.Dev, "ptmx")); to != "pts/ptmx" {
		t.Errorf("ptmx leads to %q", to)
	}
	if got["/dev/shm"] != "/dev/shm" {
		t.Errorf("with tmp: shared the shared memory is %q", got["/dev/shm"])
	}
}

func TestConfineDevGrants(t *testing.T) {
	both := confine.Read | confine.Write
	spec, _, _ := withDev(t, modern(), "{read: [/dev], write: [/dev/tty], dev: private}", "/dev/tty1")
	for _, want := range []confine.Path{{Name: spec.Dev, Rights: confine.Read}, {Name: "/dev/tty1", Rights: both}} {
		if !slices.Contains(spec.Domain.Paths, want) {
			t.Errorf("%v is not granted: %v", want, spec.Domain.Paths)
		}
	}
	spec, _, _ = withDev(t, modern(), "{read: [/usr], dev: private}", "/dev/tty1")
	if len(spec.Domain.Paths) != 1 {
		t.Errorf("granted are %v", spec.Domain.Paths)
	}
}

// Where nothing can be mounted it counts whether there is a disk that can be read.
func TestConfineDevWithoutMounts(t *testing.T) {
	only := modern()
	only.MountNamespaces = confine.Feature{Missing: "not here"}
	spec, unmet, plan := withDev(t, only, "{dev: private}")
	if len(spec.Mounts) > 0 || spec.Namespaces.Mount {
		t.Errorf("mounts %v", spec.Mounts)
	}
	c := confiner{plan: plan, at: &policy.Located{}}
	if disk := c.disk(); (disk != "") != (len(unmet) == 1) || len(unmet) == 1 && unmet[0].Closed {
		t.Errorf("the disk %q can be read, and unmet are %v", disk, unmet)
	}
	if _, unmet, _ = withDev(t, only, "{read: [/usr], dev: private}"); len(unmet) != 0 {
		t.Errorf("no device is within reach, and unmet are %v", unmet)
	}
}

// A mask does not cover the disk: where that can be read, as root can, what is denied is not out of reach.
func TestConfineDenyWithoutDev(t *testing.T) {
	disk := (&confiner{plan: &policy.Plan{}, at: &policy.Located{}}).disk()
	there := t.TempDir()
	for files, told := range map[string]bool{
		"{deny: [" + there + ", /etc/passwd]}":                true,
		"{read: [/], write: [], deny: [" + there + "/*.key]}": true,
		"{read: [/dev], deny: [" + there + "]}":               true,
		"{deny: [" + there + "], dev: private}":               false,
		"{deny: [" + there + "/none]}":                        false,
		"{read: [/usr, /etc], deny: [/etc/passwd]}":           false,
		"{read: [/], write: [" + there + "]}":                 false,
	} {
		_, unmet, plan := withDev(t, modern(), files)
		if told = told && disk != ""; (len(unmet) == 1) != told || len(unmet) > 1 {
			t.Errorf("%s: unmet are %v; the disk is %q", files, unmet, disk)
		} else if told && (unmet[0].Rule != plan.Files.Deny[0].Rule || unmet[0].Closed) {
			t.Errorf("%s: unmet is %v, want the first rule of deny", files, unmet[0])
		}
	}
}
