// Tests that the plans are what the policies compile to; -update writes them anew.

package plans_test

import (
	"bytes"
	"flag"
	"net/netip"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jail/policies"
	"jail/policies/plans"
	"jail/policy"
	"jail/seccomp"
)

var update = flag.Bool("update", false, "write the generated files anew")

// compile makes the plan of a built-in policy from its text.
func compile(t *testing.T, name string, abi seccomp.ABI) *policy.Plan {
	t.Helper()
	p, ok, err := policy.Loader{BuiltIn: policies.Lookup}.Named(name) // as package launch does: hints name the policy, not its file
	if !ok || err != nil {
		t.Fatal(name, err)
	}
	plan, err := p.Compile(abi)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestPlansAreGenerated(t *testing.T) {
	for abi, file := range native() {
		var all []*policy.Plan
		for _, name := range policies.Names() {
			all = append(all, compile(t, name, abi))
		}
		want, err := source(all)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%s is not what the policies compile to; -update writes it anew", file)
		}
	}
}

func TestPlansAreThoseOfThePolicies(t *testing.T) {
	if *update {
		t.Skip("this program has the plans before the update")
	}
	for _, name := range policies.Names() {
		plan, ok := plans.Of(name, seccomp.Native())
		if !ok {
			t.Errorf("%s has no plan", name)
			continue
		}
		want := compile(t, name, seccomp.Native())
		if diff := cmp.Diff(want, plan, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
			t.Errorf("%s (- compiled, + here):\n%s", name, diff)
		}
	}
}

func TestOtherNames(t *testing.T) {
	for _, name := range []string{"", "ci", "ci-build.yaml", "./ci-build"} {
		if _, ok := plans.Of(name, seccomp.Native()); ok {
			t.Errorf("%q has a plan", name)
		}
	}
	if _, ok := plans.Of("strict", seccomp.ARM); ok {
		t.Error("a plan for another machine's ABI")
	}
}
