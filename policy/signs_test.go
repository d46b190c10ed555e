// Tests of keys with a sign: what becomes of the lists, and what is said where they can't be.

package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jail/seccomp"
)

// badSigns are children of a base that are mistakes.
func badSigns() [][3]string {
	const base = `filesystem: {read: [/usr], write: [/srv], deny: [/etc/shadow, "~/.ssh"], protect: [/srv/k]}
network: none
environment: {keep: [PATH], remove: [SECRET]}
exec: {allow: ["/usr/**"]}
clone: {refuse-flags: [CLONE_NEWUSER]}
`
	over := func(s string) string { return "override: true\n" + s + "\n" }
	return [][3]string{
		{"not override", base, "filesystem: {+write: [/opt]}\n"},
		{"not override, taken", base, "filesystem: {-deny: [/etc/shadow]}\n"},
		{"not override, top", base, "+capabilities: [CAP_CHOWN]\n"},
		{"beside", base, over("filesystem: {write: [/srv/a], +write: [/opt]}")},
		{"beside, before", base, over("filesystem: {+write: [/opt], write: [/srv/a]}")},
		{"twice", base, over("filesystem: {+write: [/opt], +write: [/opt]}")},
		{"loopback", "network: loopback\n", over(`network: {+connect: ["203.0.113.7:443"]}`)},
		{"no list", base, over("filesystem: {+tmp: private}")},
		{"rules", base, over("+syscalls: [{syscalls: [read], action: allow}]")},
		{"taken where it is added", base, over("filesystem: {-write: [/srv]}")},
		{"unknown", base, over("filesystem: {+wriet: [/opt]}")},
		{"unknown, top", base, over("+descriptor: [3]")},
		{"type", base, over("filesystem: {+write: {a: b}}")},
		{"type of an element", base, over("network: {+connect: [5]}")},
		{"type of signals", "outgoing: {signals: [SIGTERM]}\n", over("outgoing: {+signals: [TERM]}")},
		{"not in deny", base, over(`filesystem: {-deny: ["~/.shh"]}`)},
		{"not in protect", base, over("filesystem: {-protect: [/srv]}")},
		{"not in remove", base, over("environment: {-remove: [SECRETS]}")},
		{"not in refuse-flags", base, over("clone: {-refuse-flags: [CLONE_NEWNET]}")},
		{"denied", base, over("filesystem: {+write: [/etc/shadow]}")},
		{"protected", base, over("filesystem: {+write: [/srv/k]}")},
	}
}

func TestBadSigns(t *testing.T) {
	var got strings.Builder
	for _, c := range badSigns() {
		_, err := extended(c[1], c[2])
		if err == nil {
			t.Errorf("%s: no mistake", c[0])
			continue
		}
		fmt.Fprintf(&got, "# %s\n%v\n\n", c[0], err)
		wellFormed(t, err, []byte(c[2]+"\n\n"))
	}
	_, err := Parse("child.yaml", []byte(head+"filesystem: {read: [/], +write: [/opt]}\n"))
	fmt.Fprintf(&got, "# nothing is extended\n%v\n\n", err)
	_, err = Parse("child.yaml", []byte(head+"filesystem: {read: [/], -deny: [/opt]}\n"))
	fmt.Fprintf(&got, "# nothing is extended, taken\n%v\n\n", err)
	golden(t, "signs.txt", got.String())
}

func TestSignsThatLoosenNeedOverride(t *testing.T) {
	for _, c := range badSigns()[:3] {
		if _, err := extended(c[1], c[2]); !errors.Is(err, ErrLooser) {
			t.Errorf("%s: %v", c[0], err)
		}
		if _, err := extended(c[1], "override: true\n"+c[2]); err != nil {
			t.Errorf("%s with override: %v", c[0], err)
		}
	}
}

func TestSignedLists(t *testing.T) {
	const base = `filesystem: {read: [/usr], write: [/srv], exec: [/usr/bin], deny: [/etc/shadow, /srv/s], protect: [/srv/k, /srv/l]}
network: {connect: ["10.0.0.0/8:80"], families: [AF_NETLINK], unix: [/run/a]}
environment: {keep: [PATH], remove: [SECRET, TOKEN], set: {A: 1}}
exec: {allow: ["/usr/**"]}
clone: {refuse-flags: [CLONE_NEWUSER, CLONE_NEWNET]}
outgoing: {signals: [SIGTERM]}
descriptors: [3]
capabilities: [CAP_CHOWN]
`
	plan := merged(t, base, `override: true
filesystem: {+read: [/etc], +write: [/opt/out], +exec: [/opt/bin], +deny: [/root], -deny: [/srv/s], +protect: [/srv/m], -protect: [/srv/l]}
network: {+connect: ["203.0.113.7:443"], +bind: ["127.0.0.1:80"], +families: [AF_PACKET], +unix: [/run/b]}
environment: {+keep: [HOME], +remove: [PASSWORD], -remove: [TOKEN]}
exec: {+allow: ["/opt/**"]}
clone: {-refuse-flags: [CLONE_NEWNET]}
outgoing: {+signals: [SIGINT]}
+descriptors: [4]
+capabilities: [CAP_KILL]
+abis: [i386]
`)
	var connect []string
	for _, e := range plan.Network.Connect {
		connect = append(connect, fmt.Sprint(e.Prefix, ":", e.Low))
	}
	got := map[string]any{
		"read": pathsOf(plan.Files.Read), "write": pathsOf(plan.Files.Write), "exec": pathsOf(plan.Files.Exec), "deny": pathsOf(plan.Files.Deny),
		"protect": pathsOf(plan.Files.Protect), "connect": connect, "bind": len(plan.Network.Bind), "families": plan.Network.Families,
		"unix": pathsOf(plan.Network.Unix), "keep": plan.Environment.Keep, "remove": plan.Environment.Remove, "set": len(plan.Environment.Set),
		"allow": plan.Exec.Allow, "signals": plan.Outgoing.Signals, "descriptors": plan.Descriptors, "capabilities": plan.Identity.Capabilities,
		"abis": slices.Contains(plan.Filter.ABIs, seccomp.I386),
	}
	want := map[string]any{
		"read": []string{"/usr", "/etc"}, "write": []string{"/srv", "/opt/out"}, "exec": []string{"/usr/bin", "/opt/bin"},
		"deny": []string{"/etc/shadow", "/root"}, "protect": []string{"/srv/k", "/srv/m"},
		"connect": []string{"10.0.0.0/8:80", "203.0.113.7/32:443"}, "bind": 1, "families": []string{"AF_NETLINK", "AF_PACKET"},
		"unix": []string{"/run/a", "/run/b"}, "keep": []string{"HOME", "PATH"}, "remove": []string{"PASSWORD", "SECRET"}, "set": 1,
		"allow": []string{"/usr/**", "/opt/**"}, "signals": []Signal{2, 15}, "descriptors": []int{3, 4}, "capabilities": []string{"CAP_CHOWN", "CAP_KILL"},
		"abis": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, r := range plan.Rules {
		if strings.Contains(r.Text, "refuse-flags") && strings.Contains(r.Text, "CLONE_NEWNET") {
			t.Errorf("the flag is refused still: %s", r.Text)
		}
	}
}

// What a list of the base lacks is what the list is taken for.
func TestSignsWhereTheBaseHasNoList(t *testing.T) {
	over := func(s string) string { return "override: true\n" + s + "\n" }
	plan := merged(t, "network: {families: [AF_NETLINK]}\n", over(`network: {+connect: ["203.0.113.7:443"]}`))
	if n := plan.Network; n.Reach != NetworkListed || len(n.Connect) != 1 || len(n.Families) != 1 {
		t.Errorf("none and an address: %+v", n)
	}
	plan = merged(t, "network: loopback\n", over("network: {+unix: [/run/a]}"))
	if n := plan.Network; n.Reach != NetworkLoopback || len(n.Unix) != 1 {
		t.Errorf("loopback and a socket: %+v", n)
	}
	plan = merged(t, "network: {families: [AF_NETLINK], unix: [/run/a]}\n", over(`network: {connect: ["203.0.113.7:443"], +unix: [/run/b]}`))
	if n := plan.Network; n.Reach != NetworkListed || len(n.Connect) != 1 || len(n.Families) != 1 || len(n.Unix) != 2 {
		t.Errorf("a list and more of another: %+v", n)
	}
	plan = merged(t, "filesystem: {read: [/usr]}\n", over("filesystem: {+exec: [/opt], +write: [/srv]}"))
	if f := plan.Files; f.ExecRestrict || !slices.Equal(pathsOf(f.Read), []string{"/usr", "/opt"}) || len(f.Write) != 1 {
		t.Errorf("exec where what may be read may be executed: %+v", f)
	}
	for _, child := range []string{"filesystem: {+write: [/opt]}", `network: {+connect: ["*:1"]}`, "exec: {+allow: [/bin/true]}", "environment: {+keep: [A]}", "outgoing: {+signals: [SIGHUP]}"} {
		p, err := extended("", over(child))
		if err != nil {
			t.Errorf("%s: %v", child, err)
			continue
		}
		if w := p.Warnings(); len(w) != 1 || w[0].Line != 4 || !strings.Contains(w[0].Msg, "adds nothing") {
			t.Errorf("%s: warnings %v", child, w)
		}
		plan, err := p.Compile(seccomp.X86_64)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Files.Restrict || plan.Network.Reach != NetworkAny || plan.Exec.Restrict || plan.Environment.Restrict || plan.Outgoing.Restrict {
			t.Errorf("%s takes something away", child)
		}
	}
}

// A policy between keeps what it added, and does not add it again.
func TestSignsOverThreePolicies(t *testing.T) {
	p, err := family(map[string]string{
		"base":   "version: 1\ndefault: allow\nfilesystem: {read: [/usr], deny: [/etc/shadow]}\nnetwork: none\n",
		"middle": "version: 1\nextends: base\noverride: true\nfilesystem: {+write: [/srv]}\nnetwork: {+connect: [\"10.0.0.1:80\"]}\n",
		"child":  "version: 1\nextends: middle\noverride: true\nfilesystem: {+write: [/opt]}\nnetwork: {+connect: [\"10.0.0.2:80\"]}\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	if got := pathsOf(plan.Files.Write); !slices.Equal(got, []string{"/srv", "/opt"}) || len(plan.Network.Connect) != 2 || len(plan.Files.Deny) != 1 {
		t.Errorf("%v %v %v", got, plan.Network.Connect, plan.Files.Deny)
	}
}
