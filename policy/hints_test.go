// Tests of what is told to be written: for the arguments of a call, and for policies that extend others.

package policy

import (
	"fmt"
	"strings"
	"testing"

	"jail/policies"
	"jail/seccomp"
)

func TestHintForCall(t *testing.T) {
	for _, c := range []struct {
		hint string
		args []uint64
		want string
	}{
		{"signals: [{signal:1}]", []uint64{0, 1<<32 | 10}, "signals: [SIGUSR1]"},
		{"signals: [{signal:1}]", []uint64{0, 65}, "signals: [SIGNAL]"},
		{"signals: [{signal:1}]", nil, "signals: [SIGNAL]"},
		{"families: [{family:0}]", []uint64{17}, "families: [AF_PACKET]"},
		{"families: [{family:0}]", []uint64{12345}, "families: [FAMILY]"},
		{"[{flags:0:CLONE_NEWUSER|CLONE_NEWNET}]", []uint64{0x10000000 | 0x20000000}, "[CLONE_NEWUSER]"}, // NEWPID is not in the list
		{"[{flags:1:CLONE_NEWUSER|CLONE_NEWNET}]", []uint64{0, 0}, "[CLONE_NEWUSER, CLONE_NEWNET]"},
		{"abis: [{abi}], {syscall}", nil, "abis: [i386], call"},
	} {
		if got := (RuleInfo{AllowHint: c.hint}).HintForCall("call", c.args); got != c.want {
			t.Errorf("%s of %v: %q, want %q", c.hint, c.args, got, c.want)
		}
	}
}

// filled puts values for all placeholders of files and networks into a hint.
func filled(r RuleInfo, access string) string {
	r.AllowHint = r.HintFor("access", access, "path", "/opt/o; ut\"", "address", "203.0.113.7:443")
	text := strings.NewReplacer("SIGNAL", "SIGUSR1", "FAMILY", "AF_PACKET", "CAPABILITY", "CAP_KILL", "ADDRESS:PORT", "203.0.113.7:443").Replace(r.Hint("mkdir"))
	return strings.ReplaceAll(strings.ReplaceAll(text, "-remove: [PATTERN]", `-remove: ["*_TOKEN"]`), "NAME", "HOME")
}

// What is told of any rule of a built-in policy is a policy that has no mistake, and it keeps what else is refused.
func TestAdviceOfBuiltInPoliciesIsAPolicy(t *testing.T) {
	loader := Loader{BuiltIn: policies.Lookup}
	for _, name := range policies.Names() {
		p, ok, err := loader.Named(name)
		if !ok || err != nil {
			t.Fatal(name, ok, err)
		}
		plan, err := p.Compile(seccomp.Native())
		if err != nil {
			t.Fatal(err)
		}
		told := make(map[string]bool)
		for _, r := range plan.Rules {
			for _, access := range []string{"read", "write", "exec"} {
				hint := filled(r, access)
				if hint == "" {
					continue
				}
				text, whole := strings.CutPrefix(hint, "the policy ")
				if !whole {
					t.Errorf("%s: %s: %s", name, r.Text, hint)
					continue
				}
				if told[text] {
					continue
				}
				told[text] = true
				if _, err := loader.Parse("my.yaml", []byte(text)); err != nil {
					t.Errorf("%s: %s: %v in\n%s", name, r.Text, err, text)
				}
			}
		}
		if len(told) == 0 {
			t.Errorf("%s tells of nothing to write", name)
		}
	}
	if _, ok, err := loader.Named("no-such"); ok || err != nil {
		t.Error(ok, err)
	}
}

// A file's name that means something in YAML is quoted.
func TestAdviceQuotesNames(t *testing.T) {
	for name, want := range map[string]string{"p.yaml": "p.yaml", "my policy.yaml": `"my policy.yaml"`, "a, b: c.yaml": `"a, b: c.yaml"`} {
		if got := extending(name, "outside: open"); got != fmt.Sprintf("the policy {version: 1, extends: %s, override: true, outside: open}", want) {
			t.Error(got)
		}
	}
}

// BenchmarkHintForCall is done at each refusal of a call that the engine decides.
func BenchmarkHintForCall(b *testing.B) {
	for name, hint := range map[string]string{
		"call":   "before line 31: - {syscalls: [{syscall}], action: allow}",
		"family": `before line 31: - {syscalls: [{syscall}], when: ["arg0 == {family:0}"], action: allow}`,
		"plain":  "remove it",
	} {
		b.Run(name, func(b *testing.B) {
			rule := RuleInfo{AllowHint: hint}
			b.ReportAllocs()
			for b.Loop() {
				rule.HintForCall("socket", []uint64{16, 2, 3})
			}
		})
	}
}
