// Tests of policies that extend others: what is looser, what becomes of each key, and files that cannot be extended.

package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jail/seccomp"
)

// family loads the policy "child" of some, by name, that may extend each other.
func family(texts map[string]string) (*Policy, error) {
	l := Loader{BuiltIn: func(name string) ([]byte, string, bool) {
		text, ok := texts[name]
		return []byte(text), name + ".yaml", ok
	}}
	return l.Parse("child.yaml", []byte(texts["child"]))
}

// extended is the child with some keys built on the base with some.
func extended(base, child string) (*Policy, error) {
	if !strings.Contains(base, "default:") {
		base += "default: errno EPERM\n"
	}
	return family(map[string]string{"base": "version: 1\n" + base, "child": "version: 1\nextends: base\n" + child})
}

// pairs are bases with children that are looser.
func looserPairs() [][3]string {
	fs := func(s string) string { return "filesystem: {" + s + "}\n" }
	net := func(s string) string { return "network: {" + s + "}\n" }
	return [][3]string{
		{"default", "default: errno EPERM\n", "default: allow\n"},
		{"default kill", "default: kill-process\n", "default: errno ENOSYS\n"},
		{"allow rule", "", "syscalls: [{syscalls: [read], action: allow}]\n"},
		{"trace rule", "", "syscalls: [{syscalls: [read], action: trace}]\n"},
		{"ABI", "", "abis: [i386]\n"},
		{"another ABI", "abis: [i386]\n", "abis: [i386, x32]\n"},
		{"signal delivered", "signals: [{signal: SIGHUP, action: ignore}]\n", "signals: [{signal: any, action: deliver}]\n"},
		{"signal ignored", "signals: [{signal: [SIGHUP, SIGINT], action: kill}]\n", "signals: [{signal: SIGINT, from: inside, action: ignore}]\n"},
		{"signal put in place", "signals: [{signal: SIGUSR1, action: ignore}]\n", "signals: [{signal: SIGHUP, action: replace SIGUSR1}]\n"},
		{"survivors", "", "survivors: wait\n"},
		{"outside", "", "outside: open\n"},
		{"enforce", "", "enforce: best-effort\n"},
		{"read", fs("read: [/usr]"), fs("read: [/etc]")},
		{"read a sibling", fs("read: [/usr]"), fs("read: [/usr2]")},
		{"read above", fs("read: [/usr/lib]"), fs("read: [/usr]")},
		{"read elsewhere by name", fs(`read: ["{cwd}"]`), fs("read: [/srv]")},
		{"write what is read", fs("read: [/usr]"), fs("write: [/usr]")},
		{"exec", fs("read: [/usr], exec: [/usr/bin]"), fs("exec: [/usr/lib]")},
		{"redirect", fs("read: [/]"), fs("redirect: {/a: /b}")},
		{"redirect elsewhere", fs("redirect: {/a: /b}"), fs("redirect: {/a: /c}")},
		{"redirect more", fs("redirect: {/a: /b}"), fs("+redirect: {/c: /d}")},
		{"tmp", fs("read: [/], tmp: private"), fs("tmp: shared")},
		{"dev", fs("read: [/], dev: private"), fs("dev: machine")},
		{"a device", fs("read: [/], dev: private"), fs("read: [/usr, /dev/sda]")},
		{"network any", "network: none\n", "network: any\n"},
		{"network loopback", "network: none\n", "network: loopback\n"},
		{"network listed", "network: none\n", net(`connect: ["1.2.3.4:5"]`)},
		{"network listed under loopback", "network: loopback\n", net(`connect: ["127.0.0.1:5"]`)},
		{"network loopback under listed", net(`connect: ["*:1-65535"]`), "network: loopback\n"},
		{"address", net(`connect: ["10.0.0.0/8:80-90"]`), net(`connect: ["11.0.0.1:80"]`)},
		{"port", net(`connect: ["10.0.0.0/8:80-90"]`), net(`connect: ["10.0.0.1:80-91"]`)},
		{"prefix", net(`connect: ["10.0.0.0/8:80"]`), net(`connect: ["0.0.0.0/0:80"]`)},
		{"protocol", net(`connect: ["10.0.0.0/8:80"]`), net(`connect: ["10.0.0.0/8:80/udp"]`)},
		{"family of address", net(`connect: ["0.0.0.0/0:80"]`), net(`connect: ["*:80"]`)},
		{"bind", net(`connect: ["*:80"]`), net(`bind: ["*:80"]`)},
		{"family", "network: none\n", net("families: [AF_NETLINK]")},
		{"unix any", "network: none\n", net("unix: any")},
		{"unix path", net("unix: [/run/a]"), net("unix: [/run/b]")},
		{"outgoing", "outgoing: {signals: [SIGTERM]}\n", "outgoing: {signals: [SIGTERM, SIGKILL]}\n"},
		{"keep all", "environment: {keep: [PATH]}\n", "environment: {keep: all}\n"},
		{"keep more", "environment: {keep: [PATH, \"L?\"]}\n", "environment: {keep: [\"L*\"]}\n"},
		{"descriptors", "descriptors: [3]\n", "descriptors: [3, 4]\n"},
		{"descriptors of none", "", "descriptors: [3]\n"},
		{"capabilities keep", "capabilities: [CAP_CHOWN]\n", "capabilities: keep\n"},
		{"capabilities of none", "", "capabilities: [CAP_CHOWN]\n"},
		{"capabilities more", "capabilities: [CAP_CHOWN]\n", "capabilities: [CAP_CHOWN, CAP_KILL]\n"},
	}
}

func TestLooser(t *testing.T) {
	var got strings.Builder
	for _, pair := range looserPairs() {
		_, err := extended(pair[1], pair[2])
		if err == nil || !errors.Is(err, ErrLooser) {
			t.Errorf("%s: %v", pair[0], err)
			continue
		}
		fmt.Fprintf(&got, "# %s\n%v\n\n", pair[0], err)
		for _, e := range err.(Errors) {
			if e.File != "child.yaml" || e.Line != 3 || !errors.Is(e, ErrLooser) || !strings.Contains(e.Hint, "override: true") {
				t.Errorf("%s: %v", pair[0], e)
			}
		}
		if _, err := extended(pair[1], "override: true\n"+pair[2]); err != nil {
			t.Errorf("%s with override: %v", pair[0], err)
		}
	}
	golden(t, "looser.txt", got.String())
}

// merged compiles a child.
func merged(t *testing.T, base, child string) *Plan {
	t.Helper()
	p, err := extended(base, child)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// pathsOf is the paths of a list.
func pathsOf(all []PathRule) (out []string) {
	for _, r := range all {
		out = append(out, r.Path)
	}
	return out
}

func TestMergedSections(t *testing.T) {
	base := `name: the-base
description: of the base
filesystem: {read: [/usr, /etc], write: [/srv], deny: [/etc/shadow], protect: [/srv/k], tmp: private}
network: {connect: ["10.0.0.0/8:80-90"], unix: [/run]}
limits: {wall-time: 10m, tasks: 100, memory: 1GiB}
environment: {keep: [PATH, "LC_*"], remove: [SECRET], set: {A: 1, B: 2}}
exec: {allow: ["/usr/**"], refuse: errno ENOENT}
clone: {refuse-flags: [CLONE_NEWUSER], refuse: kill-process}
capabilities: [CAP_CHOWN, CAP_KILL]
descriptors: [3, 4]
`
	child := `filesystem: {write: [/srv/a], deny: ["/srv/a/.git"], protect: [/srv/a/x]}
network: {connect: ["10.1.0.0/16:85"], unix: [/run/a.sock]}
limits: {wall-time: 1m, tasks: 500}
environment: {keep: [LC_ALL], remove: [TOKEN], set: {B: 3}}
exec: {allow: ["/**/bin/*"]}
clone: {refuse-flags: [CLONE_NEWNET]}
capabilities: [CAP_KILL]
descriptors: [4]
`
	plan := merged(t, base, child)
	if plan.Name != "child" || plan.Description != "of the base" {
		t.Errorf("%q, %q", plan.Name, plan.Description)
	}
	f := plan.Files
	got := fmt.Sprintln(pathsOf(f.Read), pathsOf(f.Write), pathsOf(f.Deny), pathsOf(f.Protect), f.Tmp, f.Write[0].Within, plan.Network.Unix[0].Within)
	if want := "[/usr /etc] [/srv/a] [/etc/shadow /srv/a/.git] [/srv/k /srv/a/x] private [/srv] [/run]\n"; got != want {
		t.Errorf("files: %s, want %s", got, want)
	}
	n := plan.Network
	if len(n.Connect) != 1 || n.Connect[0].Low != 85 || len(n.Unix) != 1 {
		t.Errorf("network: %+v", n)
	}
	if l := plan.Limits; l.WallTime.Most.String() != "1m0s" || l.Memory.Most != 1<<30 || plan.Clone.MaxTasks != 100 {
		t.Errorf("limits: %+v %+v", l, plan.Clone)
	}
	e := plan.Environment
	e.Rule = 0
	want := Environment{Restrict: true, Keep: []string{"LC_ALL"}, Remove: []string{"SECRET", "TOKEN"}, Set: []EnvVar{{"A", "1"}, {"B", "3"}}}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("environment (- want, + got):\n%s", diff)
	}
	if x := plan.Exec; x.Allows("/usr/lib/x") || x.Allows("/opt/bin/x") || !x.Allows("/usr/bin/x") {
		t.Errorf("exec: %+v", x)
	}
	if plan.Identity.Mask() != 1<<5 || len(plan.Descriptors) != 1 {
		t.Errorf("identity: %+v, descriptors %v", plan.Identity, plan.Descriptors)
	}
	origins := make(map[string]string)
	for _, r := range plan.Rules {
		origins[r.Text] = r.Origin
	}
	for text, origin := range map[string]string{
		"filesystem: read: /usr": "base.yaml:4:21", "filesystem: write: /srv/a": "child.yaml:3:22", "limits: tasks: 100": "base.yaml:6:33",
		"limits: wall-time: 1m": "child.yaml:5:21", "limits: memory: 1GiB": "base.yaml:6:46", "default: errno EPERM": "base.yaml:12:10",
		"clone: refuse-flags for clone: [CLONE_NEWUSER]: kill-process": "base.yaml:9:23",
		"clone: refuse-flags for clone: [CLONE_NEWNET]: errno EPERM":   "child.yaml:8:23",
	} {
		if origins[text] != origin {
			t.Errorf("the origin of %q is %q, want %q", text, origins[text], origin)
		}
	}
}

func TestRulesOfTheChildComeFirst(t *testing.T) {
	base := "syscalls:\n  - {syscalls: [read, write], action: allow}\n  - {syscalls: [close], action: kill-process}\n"
	plan := merged(t, base, "syscalls:\n  - {syscalls: [write], when: [arg0 == 5], action: errno EBADF}\n")
	d, err := plan.Filter.Decider()
	if err != nil {
		t.Fatal(err)
	}
	check(t, decided{plan, d, seccomp.X86_64}, []meets{
		{"write", args(5), "errno EBADF"}, {"write", args(6), "allow"}, {"read", args(), "allow"}, {"close", args(), "kill-process"}, {"open", args(), "errno EPERM"},
	})
	_, rule := decided{plan, d, seccomp.X86_64}.call("close", args())
	if rule.Origin != "base.yaml:4:5" || rule.Hint("close") != "the policy {version: 1, extends: child.yaml, override: true, syscalls: [{syscalls: [close], action: allow}]}" {
		t.Errorf("%+v", rule)
	}
}

func TestOverride(t *testing.T) {
	plan := merged(t, "filesystem: {read: [/usr], write: [/srv]}\nlimits: {wall-time: 1m, memory: 1GiB}\nsyscalls: [{syscalls: [read], action: kill-tree}]\n",
		"override: true\nfilesystem: {read: [/]}\nlimits: {wall-time: 1h}\nsyscalls: [{syscalls: [read], action: allow}]\n")
	if got := fmt.Sprint(pathsOf(plan.Files.Read), pathsOf(plan.Files.Write), plan.Files.Read[0].Within); got != "[/] [/srv] []" {
		t.Error(got)
	}
	if plan.Limits.WallTime.Most.Hours() != 1 || plan.Limits.Memory.Most != 1<<30 {
		t.Errorf("%+v", plan.Limits)
	}
	d, err := plan.Filter.Decider()
	if err != nil {
		t.Fatal(err)
	}
	check(t, decided{plan, d, seccomp.X86_64}, []meets{{"read", args(), "allow"}})
}

// A path that the base denies cannot be granted by a list, with override or without.
func TestGrantsOfWhatTheBaseDenies(t *testing.T) {
	base := "filesystem: {read: [/], write: [/srv], deny: [/srv/a]}\n"
	for child, want := range map[string]string{
		"filesystem: {write: [/srv/a]}\n":                 `child.yaml:3:22: "/srv/a" is in the list write and, in line 2 of base.yaml, in deny; remove it from one of the lists`,
		"override: true\nfilesystem: {write: [/srv/a]}\n": `child.yaml:4:22: "/srv/a" is in the list write and, in line 2 of base.yaml, in deny; remove it from one of the lists`,
	} {
		if _, err := extended(base, child); !errors.Is(err, ErrContradiction) || err.Error() != want {
			t.Errorf("%s: %v", child, err)
		}
	}
	p, err := extended(base, "filesystem: {write: [/srv/a/b]}\n")
	if err != nil || len(p.Warnings()) != 1 || p.Warnings()[0].Error() != `child.yaml:3:22: "/srv/a/b" in write grants nothing: "/srv/a" is denied in line 2 of base.yaml, with all in it; remove one of them` {
		t.Errorf("%v, %v", p.Warnings(), err)
	}
	if _, err := extended(base, "override: true\nfilesystem: {write: [/srv/a], deny: [/srv/b]}\n"); err != nil {
		t.Error(err)
	}
}

// What was tightened twice is as tight as both.
func TestThreeGenerations(t *testing.T) {
	p, err := family(map[string]string{
		"grand": head + "filesystem: {read: [/a]}\nlimits: {wall-time: 3m}\n",
		"base":  "version: 1\nextends: grand\nfilesystem: {read: [/a/b]}\n",
		"child": "version: 1\nextends: base\nfilesystem: {read: [/a/b/c]}\ndefault: kill-tree\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	if r := plan.Files.Read[0]; r.Path != "/a/b/c" || fmt.Sprint(r.Within) != "[/a/b /a]" || plan.Limits.WallTime.Most.Minutes() != 3 {
		t.Errorf("%+v %+v", r, plan.Limits)
	}
}

func TestExtendsFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	base := write("base.yaml", head)
	good := write("sub/child.yaml", "version: 1\nextends: ../base.yaml\n")
	p, err := Load(good)
	if err != nil {
		t.Fatal(err)
	}
	if p.File != good || p.byItself.file != base {
		t.Errorf("%s is built on %s", p.File, p.byItself.file)
	}
	write("a.yaml", "version: 1\nextends: b.yaml\n")
	write("b.yaml", "version: 1\nextends: ./a.yaml\n")
	for i := range 12 {
		write(fmt.Sprintf("deep%d.yaml", i), fmt.Sprintf("version: 1\nextends: deep%d.yaml\n", i+1))
	}
	big := "#" + strings.Repeat("x", maxFile*2/3) + "\n"
	write("big.yaml", head+big)
	for name, test := range map[string]struct {
		text string
		kind error
		want string
	}{
		"itself":   {"version: 1\nextends: x-itself.yaml\n", ErrExtends, "extends itself"},
		"cycle":    {"version: 1\nextends: a.yaml\n", ErrExtends, "extends itself"},
		"none":     {"version: 1\nextends: ./none.yaml\n", fs.ErrNotExist, "x-none.yaml:2:10: the policy"},
		"folder":   {"version: 1\nextends: ./sub/\n", ErrNotRegular, "is a directory"},
		"device":   {"version: 1\nextends: /dev/zero\n", ErrNotRegular, "is a device"},
		"built-in": {"version: 1\nextends: nobody\n", ErrExtends, "no built-in policy \"nobody\""},
		"deep":     {"version: 1\nextends: deep0.yaml\n", ErrExtends, "more than 8"},
		"too-big":  {"version: 1\nextends: big.yaml\n" + big, ErrTooBig, "too big together"},
		"mistake":  {"version: 1\nextends: bad.yaml\n", ErrUnknownKey, "bad.yaml:3:1"},
	} {
		write("bad.yaml", head+"foo: 1\n")
		_, err := Load(write("x-"+name+".yaml", test.text))
		if !errors.Is(err, test.kind) || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file that has the name of a built-in policy may extend that one.
func TestExtendsItsNamesake(t *testing.T) {
	l := Loader{BuiltIn: func(name string) ([]byte, string, bool) { return []byte(head), name + ".yaml", name == "ci-build" }}
	if _, err := l.Parse("ci-build.yaml", []byte("version: 1\nextends: ci-build\n")); err != nil {
		t.Error(err)
	}
}
