// Tests that an exported policy, read again, decides as the policy.

package oci_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"jail/policies"
	"jail/policy"
	"jail/policy/oci"
	"jail/seccomp"
)

// exports are policies whose filters say something of every kind.
func exports(t *testing.T) map[string][]byte {
	all := map[string][]byte{
		"ranges": []byte(`version: 1
default: errno EACCES
syscalls:
  - {syscalls: [lseek], when: ["arg1 > 7", "arg1 <= 1000", "arg2 == 1"], action: kill-process}
  - {syscalls: [lseek], when: ["arg1 < 0x100000000"], action: allow}
  - {syscalls: [fcntl], when: ["arg1 <= F_SETFL"], action: allow}
  - {syscalls: [fchmod], when: ["arg1 & 06000 != 0"], action: errno EPERM}
  - {syscalls: [fchmod, read, write], action: allow}
  - {syscalls: [ptrace, seccomp], action: allow}
`),
		"loose": []byte(`version: 1
default: allow
abis: [i386]
clone: {refuse-flags: [CLONE_NEWUSER, CLONE_NEWNET]}
syscalls:
  - {syscalls: [ioctl], when: [arg1 == TIOCSTI], action: errno EPERM}
  - {syscalls: [chroot], action: kill-tree}
  - {syscalls: [mount], action: trace}
signals: [{signal: SIGHUP, action: ignore}]
`)}
	for _, name := range policies.Names() {
		data, _, ok := policies.Lookup(name)
		if !ok {
			t.Fatal(name)
		}
		all[name] = data
	}
	return all
}

// compiled is a policy's plan.
func compiled(t *testing.T, file string, text []byte) *policy.Plan {
	t.Helper()
	p, err := policy.Loader{BuiltIn: policies.Lookup}.Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// exported is its profile.
func exported(t *testing.T, file string, text []byte) *oci.Exported {
	t.Helper()
	out, err := oci.Export(compiled(t, file, text))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestExport(t *testing.T) {
	for name, text := range exports(t) {
		t.Run(name, func(t *testing.T) {
			plan := compiled(t, name+".yaml", text)
			out, err := oci.Export(plan)
			if name == "ci-build-network" && errors.Is(err, oci.ErrExport) {
				return // which socket options it refuses takes hundreds of rules without an order
			}
			if err != nil {
				t.Fatal(err)
			}
			data, err := json.MarshalIndent(out.Profile, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d rules; lost: %s", len(out.Profile.Syscalls), strings.Join(out.Lost, "\n"))
			again := importPair(t, name+".json", data, oci.Options{Machine: seccomp.X86_64})
			decider, err := plan.Filter.Decider()
			if err != nil {
				t.Fatal(err)
			}
			rnd := rand.New(rand.NewPCG(3, 4))
			for _, call := range seccomp.X86_64.Names() {
				if slices.ContainsFunc(out.Lost, func(l string) bool {
					return strings.HasPrefix(l, call+": ") && strings.HasSuffix(l, "the call is refused")
				}) {
					if got := want(again.decide(seccomp.X86_64, call, [6]uint64{})); !got.Refuses() {
						t.Errorf("%s is said to be refused, and the profile says %v", call, got)
					}
					continue
				}
				var values [6][]uint64
				for i := range values {
					values[i] = append(again.interesting(seccomp.X86_64, call, i), valuesOf(plan, i)...)
				}
				for range 300 {
					var args [6]uint64
					for i := range args {
						args[i] = values[i][rnd.IntN(len(values[i]))]
					}
					compareExport(t, plan, decider, again, call, args)
				}
			}
		})
	}
}

// valuesOf are the numbers that a filter compares an argument with.
func valuesOf(plan *policy.Plan, index int) []uint64 {
	var all []uint64
	for _, r := range plan.Filter.Rules {
		for _, w := range r.When {
			if w.Arg == index {
				all = append(all, w.Value, w.Value+1, w.Value-1, w.Value|1<<40)
			}
		}
	}
	return all
}

// compareExport holds the policy, the profile and the profile's import against
// each other.
func compareExport(t *testing.T, plan *policy.Plan, decider *seccomp.Decider, again *pair, call string, args [6]uint64) {
	t.Helper()
	nr, _ := seccomp.X86_64.Number(call)
	_, by := decider.Decide(seccomp.Data{Nr: int32(nr), Arch: seccomp.X86_64.AuditArch(), Args: args})
	expect := plan.RuleOf(by).Action
	if expect.Verb == policy.KillTree {
		expect.Verb = policy.KillProcess
	}
	if profile := want(again.decide(seccomp.X86_64, call, args)); profile != expect {
		t.Fatalf("%s%#x: the policy says %v, the profile %v", call, args, expect, profile)
	}
	if got := again.jail(seccomp.X86_64, call, args); got != expect && !(got.Refuses() && again.guarded(seccomp.X86_64, call, args)) {
		t.Fatalf("%s%#x: the policy says %v, its export imported %v\n%s", call, args, expect, got, again.in.Policy)
	}
}

// A condition that would become hundreds of rules is not one that opens.
func TestExportTooMany(t *testing.T) {
	for _, fallback := range []string{"allow", "errno EACCES"} {
		text := "version: 1\ndefault: " + fallback + "\nsyscalls:\n  - {syscalls: [lseek], when: [\"arg1 != 7\", \"arg2 != 1\", \"arg0 != 3\"], action: errno EPERM}\n" +
			"  - {syscalls: [lseek, read], action: allow}\n"
		out := exported(t, "many.yaml", []byte(text))
		data, err := json.Marshal(out.Profile)
		if err != nil {
			t.Fatal(err)
		}
		o := readOracle(t, data, oci.Options{Machine: seccomp.X86_64})
		if a := o.decide(seccomp.X86_64, "lseek", [6]uint64{5, 5, 5}); a.runs() {
			t.Errorf("default %s: lseek: %v", fallback, a)
		}
		if a := o.decide(seccomp.X86_64, "read", [6]uint64{}); !a.runs() {
			t.Errorf("default %s: read: %v", fallback, a)
		}
		if !strings.Contains(fmt.Sprint(out.Lost), "lseek: its conditions would make too many rules") {
			t.Errorf("nothing said of it: %v", out.Lost)
		}
	}
}

// What a profile cannot say is told, by line.
func TestExportLost(t *testing.T) {
	out := exported(t, "loose.yaml", exports(t)["loose"])
	lost := fmt.Sprint(out.Lost)
	for _, text := range []string{"loose.yaml:7:5: syscalls: [chroot]: kill-tree: only the caller's process is killed", "loose.yaml:8:5: syscalls: [mount]: trace: the kernel logs",
		"abis: [i386]", "signals: [SIGHUP]: ignore: is no part of a seccomp filter", "outside: sealed"} {
		if !strings.Contains(lost, text) {
			t.Errorf("nothing said of %q in\n%s", text, strings.Join(out.Lost, "\n"))
		}
	}
}

// Hundreds of rules of one key are one note.
func TestExportSumsUpWhatIsLost(t *testing.T) {
	out := exported(t, "many.yaml", []byte("version: 1\ndefault: allow\nfilesystem:\n  read: [/usr, /etc, /lib]\n  deny: [/etc/shadow]\nlimits: {open-files: 10}\n"))
	about := func(key string) (notes []string) {
		for _, l := range out.Lost {
			if strings.Contains(l, key+":") {
				notes = append(notes, l)
			}
		}
		return notes
	}
	if got := about("filesystem"); len(got) != 1 || !strings.HasSuffix(got[0], ": filesystem: its 5 rules are no part of a seccomp filter") {
		t.Errorf("of the lists of files it says %q", got)
	}
	if got := about("limits"); len(got) != 1 || got[0] != "many.yaml:6:22: limits: open-files: 10: is no part of a seccomp filter" {
		t.Errorf("of the limits it says %q", got)
	}
}
