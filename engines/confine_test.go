// A plan becomes a confine.Spec; what the kernel lacks is told.

package engines

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
)

// modern is a kernel that has everything, bare one that has nothing.
func modern() confine.Kernel { return confine.Kernel{LandlockABI: 7} }

func bare() confine.Kernel {
	no := confine.Feature{Missing: "not here"}
	return confine.Kernel{Landlock: no, UserNamespaces: no, MountNamespaces: no, NetworkNamespaces: no, Cgroup: no}
}

// confined compiles and confines the text of a policy in a folder with some files.
func confined(t *testing.T, has confine.Kernel, text string) (confine.Spec, []Unmet, *policy.Plan, string) {
	t.Helper()
	return confinedWith(t, has, text, func(string) error { return nil })
}

// confinedWith does it after somebody else has added to the folder.
func confinedWith(t *testing.T, has confine.Kernel, text string, add func(dir string) error) (confine.Spec, []Unmet, *policy.Plan, string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"home/.ssh/id", "home/doc/a", "home/doc/b", "cwd/.git/hooks/x", "cwd/.git/config", "cwd/src/.env", "tmp/x"} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := add(dir); err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse("p.yaml", []byte("version: 1\ndefault: allow\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	around := policy.Surroundings{Cwd: dir + "/cwd", Home: dir + "/home", Tmp: dir + "/tmp"}
	at, err := plan.Locate(around)
	if err != nil {
		t.Fatal(err)
	}
	spec, unmet := Confine(plan, around, at, has)
	return spec, unmet, plan, dir
}

func TestConfineGrants(t *testing.T) {
	spec, unmet, _, dir := confined(t, modern(), `filesystem: {read: ["~"], write: ["{cwd}"], exec: [/bin]}`)
	want := []confine.Path{{Name: dir + "/home", Rights: confine.Read}, {Name: dir + "/cwd", Rights: confine.Read | confine.Write}, {Name: "/bin", Rights: confine.Read | confine.Execute}}
	if d := spec.Domain; !d.Files || !d.Exec || !d.Seal || !slices.Equal(d.Paths, want) || len(unmet) > 0 {
		t.Errorf("domain %+v, unmet %v; want the paths %v", d, unmet, want)
	}
}

func TestConfineHoles(t *testing.T) {
	const text = `filesystem: {read: ["~"], write: ["{cwd}"], deny: ["~/.ssh", "{cwd}/.git/hooks", "{cwd}/none"]}`
	spec, unmet, _, dir := confined(t, modern(), text)
	want := []confine.Mount{
		{Kind: confine.Mask, Target: dir + "/home/.ssh"},
		{Kind: confine.Bind, Source: dir + "/cwd/.git", Target: dir + "/cwd/.git"},
		{Kind: confine.Mask, Target: dir + "/cwd/.git/hooks"},
	}
	if !spec.Namespaces.Mount || !slices.Equal(spec.Mounts, want) || len(unmet) > 0 {
		t.Errorf("mounts %+v, unmet %v; want %+v", spec.Mounts, unmet, want)
	}

	only := modern()
	only.MountNamespaces = confine.Feature{Missing: "not here"}
	spec, unmet, plan, dir := confined(t, only, text)
	if spec.Namespaces.Mount || len(spec.Mounts) > 0 {
		t.Errorf("mounts without a namespace: %+v", spec)
	}
	if len(unmet) != 1 || !strings.Contains(unmet[0].Missing, "not here") {
		t.Fatalf("unmet %+v; want the hole in a folder that may be written to", unmet)
	}
	if origin, rule := unmet[0].Of(plan); !strings.HasPrefix(origin, "p.yaml:3:") || !strings.Contains(rule, "hooks") {
		t.Errorf("it is said to be %s %s", origin, rule)
	}
	for _, p := range spec.Domain.Paths {
		if within(dir+"/home/.ssh", p.Name) {
			t.Errorf("the hole is within the grant of %s", p.Name)
		}
	}
	if !slices.Contains(spec.Domain.Paths, confine.Path{Name: dir + "/home/doc", Rights: confine.Read}) {
		t.Errorf("what lies beside the hole is not granted: %+v", spec.Domain.Paths)
	}
}

// What is protected is mounted read-only on itself, before what is denied, and the folders that lead there are held; where
// nothing lets it be changed, nothing is done.
func TestConfineProtect(t *testing.T) {
	text := "filesystem: {read: [\"~\"], write: [\"{cwd}\"], protect: [\"{cwd}/.git/config\", \"~/doc\", \"{cwd}/none\"], deny: [\"{cwd}/.git/hooks\"]}\n"
	spec, unmet, _, dir := confined(t, modern(), text)
	git := dir + "/cwd/.git"
	want := []confine.Mount{{Kind: confine.Bind, Source: git, Target: git}, {Kind: confine.ReadOnly, Source: git + "/config", Target: git + "/config"},
		{Kind: confine.Mask, Target: git + "/hooks"}}
	if !slices.Equal(spec.Mounts, want) || len(unmet) != 0 || !spec.Namespaces.Mount {
		t.Errorf("mounts %v, unmet %v", spec.Mounts, unmet)
	}
	_, unmet, plan, _ := confined(t, bare(), text)
	if !slices.ContainsFunc(unmet, func(u Unmet) bool { return u.Rule == plan.Files.Protect[0].Rule && u.Holds == "it can be changed" }) {
		t.Errorf("unmet %v", unmet)
	}
	spec, _, _, dir = confined(t, modern(), "filesystem: {protect: [\"~/doc\"]}\n")
	if want := []confine.Mount{{Kind: confine.ReadOnly, Source: dir + "/home/doc", Target: dir + "/home/doc"}}; !slices.Equal(spec.Mounts, want) {
		t.Errorf("without other lists: mounts %v", spec.Mounts)
	}
}

func TestConfinePatterns(t *testing.T) {
	spec, unmet, _, dir := confined(t, modern(), `filesystem: {read: ["{cwd}"], deny: ["{cwd}/**/.env"]}`)
	if !slices.Contains(spec.Mounts, confine.Mount{Kind: confine.Mask, Target: dir + "/cwd/src/.env"}) || len(unmet) > 0 {
		t.Errorf("mounts %+v, unmet %v", spec.Mounts, unmet)
	}
	if _, unmet, _, _ = confined(t, modern(), `filesystem: {write: ["{cwd}"], deny: ["{cwd}/**/.env"]}`); len(unmet) != 1 {
		t.Errorf("a pattern whose names the program can make: unmet %v", unmet)
	}
}

func TestConfineTmp(t *testing.T) {
	spec, unmet, _, dir := confined(t, modern(), "filesystem: {tmp: private}")
	last := spec.Mounts[len(spec.Mounts)-1]
	if spec.Tmp != dir+"/tmp" || !spec.Namespaces.Mount || last.Source != dir+"/tmp" || len(unmet) > 0 {
		t.Errorf("%+v, unmet %v", spec, unmet)
	}
	if strings.HasPrefix(dir, "/tmp/") && !within(dir+"/tmp", "/tmp") {
		t.Error("the test's folder should lie in /tmp")
	}
	if spec, unmet, _, _ = confined(t, bare(), "outside: open\nfilesystem: {tmp: private}"); len(unmet) != 1 || len(spec.Mounts) > 0 {
		t.Errorf("without mounts: %+v, unmet %v", spec, unmet)
	}
}

// A folder in /tmp that is granted for reading only stays so in the private one, where everything else may be written to.
func TestConfineTmpReadOnly(t *testing.T) {
	outside, err := os.MkdirTemp("/tmp", "jail-granted-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(outside) })
	if err := os.Mkdir(outside+"/inner", 0o700); err != nil {
		t.Fatal(err)
	}
	kinds := func(text string) (got []confine.MountKind) {
		spec, unmet, _, dir := confined(t, modern(), text)
		if len(unmet) > 0 {
			t.Errorf("%s: unmet %v", text, unmet)
		}
		for _, name := range []string{outside, outside + "/inner", dir + "/cwd"} {
			var kind confine.MountKind
			for _, m := range spec.Mounts {
				if m.Source == name && strings.HasPrefix(m.Target, dir+"/tmp/") {
					kind = m.Kind
				}
			}
			got = append(got, kind)
		}
		return got
	}
	for text, want := range map[string][]confine.MountKind{
		"filesystem: {tmp: private, read: [OUT], write: [\"{tmp}\"]}":                           {confine.ReadOnly, 0, 0},
		"filesystem: {tmp: private, exec: [OUT], read: [/], write: [\"{tmp}\"]}":                {confine.ReadOnly, 0, confine.ReadOnly},
		"filesystem: {tmp: private, read: [OUT], write: [\"{tmp}\", OUT/inner, \"{cwd}\"]}":     {confine.ReadOnly, confine.Bind, confine.Bind},
		"filesystem: {tmp: private, read: [OUT/inner], write: [\"{tmp}\", OUT, \"{cwd}/src\"]}": {confine.Bind, 0, 0},
		"filesystem: {tmp: private}": {0, 0, confine.Bind},
	} {
		if got := kinds(strings.ReplaceAll(text, "OUT", outside)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestConfineLacks(t *testing.T) {
	for text, want := range map[string]string{
		"":                                  "outside: sealed",
		"outside: open":                     "",
		"filesystem: {read: [/usr]}":        "filesystem: what is not listed",
		"network: loopback":                 "network: loopback",
		"limits: {memory: 1GiB}":            "limits: memory",
		"filesystem: {deny: [\"~/.ssh\"]}":  "filesystem: deny",
		"outside: open\nnetwork: none":      "",
		"limits: {open-files: 100}":         "outside: sealed",
		"filesystem: {deny: [\"$NO/ssh\"]}": "filesystem: deny",
	} {
		_, unmet, plan, _ := confined(t, bare(), text)
		found := want == ""
		for _, u := range unmet {
			_, rule := u.Of(plan)
			found = found || strings.HasPrefix(rule, want)
			if want == "" || u.Missing == "" {
				t.Errorf("%s: unmet %+v (%s)", text, u, rule)
			}
		}
		if !found {
			t.Errorf("%s: unmet %+v; want %q among them", text, unmet, want)
		}
	}
}

func TestConfineNetwork(t *testing.T) {
	const text = `network: {connect: ["203.0.113.7:443", "*:53/udp", "10.0.0.1:53/udp"]}`
	now := modern()
	now.Release = "6.11.0"
	spec, unmet, _, _ := confined(t, now, text)
	if len(unmet) != 0 || !spec.Domain.ConnectTCP || !slices.Equal(spec.Domain.ConnectTCPPorts, []uint16{443}) {
		t.Fatalf("unmet %+v, domain %+v; want the TCP port", unmet, spec.Domain)
	}
	old := modern()
	old.Mseal = confine.Feature{Missing: "not here"}
	_, unmet, plan, _ := confined(t, old, text)
	if len(unmet) != 1 || !unmet[0].Closed {
		t.Fatalf("without sealing: unmet %+v; want what is refused beyond the rules for UDP", unmet)
	}
	if _, rule := unmet[0].Of(plan); rule != "network: connect: *:53/udp" {
		t.Errorf("it is about %s", rule)
	}
	old = modern()
	old.Release = "6.11.0"
	old.PidfdGetfd = confine.Feature{Missing: "not here"}
	for text, want := range map[string]int{
		"network: none": 1, "network: {unix: any}": 0, `network: {connect: ["203.0.113.7:443"]}`: 1, `network: {connect: ["203.0.113.7:443"], unix: any}`: 0,
		`network: {bind: ["127.0.0.1:443"], unix: any}`: 1,
	} {
		_, unmet, _, _ := confined(t, old, text)
		if len(unmet) != want {
			t.Errorf("%s without pidfd_getfd: unmet %+v, want %d", text, unmet, want)
		}
		if closed := text == "network: none" || text == `network: {connect: ["203.0.113.7:443"]}`; closed != (len(Unsound(unmet)) < len(unmet) && len(Unsound(unmet)) == 0) {
			t.Errorf("%s without pidfd_getfd: %+v are unsound", text, Unsound(unmet))
		}
	}
}

func TestConfineLimits(t *testing.T) {
	spec, _, _, _ := confined(t, modern(), "limits: {open-files: 64, cpu-time: 1500ms, file-size: 1MiB, memory: 1GiB}\ncapabilities: [CAP_CHOWN]")
	for _, want := range []confine.Rlimit{{Resource: unix.RLIMIT_NOFILE, Most: 64}, {Resource: unix.RLIMIT_CPU, Most: 3}, {Resource: unix.RLIMIT_FSIZE, Most: 1 << 20}} {
		if !slices.Contains(spec.Rlimits, want) {
			t.Errorf("limits %v lack %v", spec.Rlimits, want)
		}
	}
	if spec.Cgroup == nil || spec.Cgroup.Memory != 1<<30 {
		t.Errorf("cgroup %+v", spec.Cgroup)
	}
	if c := spec.Capabilities; !c.Restrict || c.Keep != 1<<unix.CAP_CHOWN {
		t.Errorf("capabilities %+v", c)
	}
}

func TestEnviron(t *testing.T) {
	plan := &policy.Plan{Environment: policy.Environment{Restrict: true, Keep: []string{"A*", "TMP"}, Remove: []string{"AWS_*"}, Set: []policy.EnvVar{{Name: "C", Value: "{tmp}/c"}, {Name: "X", Value: "1"}}}}
	spec := confine.Spec{Tmp: "/tmp/jail-tmp-1"}
	got := Environ(plan, policy.Surroundings{Cwd: "/", Tmp: "/tmp"}, &spec, []string{"A=1", "AWS_KEY=2", "B=3", "X=0", "odd", "TMP=/t"})
	if want := []string{"A=1", "C=/tmp/jail-tmp-1/c", "X=1", "TMPDIR=/tmp/jail-tmp-1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConfineAdvisory(t *testing.T) {
	_, unmet, plan, _ := confined(t, modern(), "signals: [{signal: SIGTERM, from: outside, action: ignore}]\nexec: {rewrite: [{path: /bin/cc, to: /bin/gcc}]}\nclone: {max-tasks: 5}")
	if len(unmet) != 2 || len(Unsound(unmet)) != 2 { // modern has no release, and so no sealed arguments
		t.Fatalf("unmet %+v; want the rules that are advisory, and no others", unmet)
	}
	for i, want := range []string{"exec: rewrite:", "signals:"} {
		if _, rule := unmet[i].Of(plan); !strings.HasPrefix(rule, want) || unmet[i].Holds == "" {
			t.Errorf("%d: %s: %+v", i, rule, unmet[i])
		}
	}
}

func TestConfineTmpAsWorkingFolder(t *testing.T) {
	p, err := policy.Parse("p.yaml", []byte("version: 1\ndefault: allow\nfilesystem: {tmp: private}"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	around := policy.Surroundings{Cwd: "/tmp", Home: "/", Tmp: t.TempDir()}
	at, err := plan.Locate(around)
	if err != nil {
		t.Fatal(err)
	}
	if _, unmet := Confine(plan, around, at, modern()); len(unmet) != 1 || !strings.Contains(unmet[0].Missing, "a working folder other than /tmp") {
		t.Errorf("unmet %+v", unmet)
	}
}
