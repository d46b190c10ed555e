// Mutation test of the model: a model that finds nothing proves nothing.

package sim_test

import (
	"strings"
	"testing"
)

// atOnce is how many builds run at the same time.
const atOnce = 2

func TestMutations(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: a build of the loop for each mutation")
	}
	t.Parallel()
	turn := make(chan struct{}, atOnce)
	for _, m := range mutations {
		t.Run(strings.ReplaceAll(m.name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			turn <- struct{}{}
			defer func() { <-turn }()
			if named(m.scenario) == nil {
				t.Fatalf("there is no scenario %q", m.scenario)
			}
			out, err := explore(t, build(t, m.locks, m), "^"+m.scenario+"$")
			switch {
			case err == nil:
				t.Fatalf("the model does not find this:\n%s\n→\n%s\nit was expected to break the rule %q in the scenario %q", m.old, m.new, m.rule, m.scenario)
			case !strings.Contains(out, " "+m.rule+": "):
				t.Fatalf("the model was expected to say %q, and says:\n%s", m.rule, out)
			}
		})
	}
}

// TestUnmutated: what fails in TestMutations fails because of the mutation. TestExplore and TestBetweenLocks show the same
// of every scenario; this one shows it of the way the mutants are built.
func TestUnmutated(t *testing.T) {
	t.Parallel()
	if out, err := explore(t, build(t, false), "^plain$"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestMutationThatDoesNotApplySaysSo(t *testing.T) {
	m := mutation{name: "x", file: "f.go", old: "a", new: "b"}
	for text, want := range map[string]string{"": "occurs 0 times", "a a": "occurs 2 times"} {
		if _, err := m.apply(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestEveryRuleHasAMutation: a rule without one could be dead.
func TestEveryRuleHasAMutation(t *testing.T) {
	broken := map[string]bool{}
	for _, m := range mutations {
		broken[m.rule] = true
	}
	for _, rule := range []string{"told-twice", "attach-early", "end-once", "left-alive", "after-detach", "detach-running",
		"after-setevents", "setevents-running", "barrier-early", "barrier-stuck", "resume-while-held", "deadlock", "livelock",
		"failure-allows", "looser", "unpoliced", "entry-untold", "command-to-running", "stale", "job-control", "transparent",
		"registers", "error", "jctl", "early", "late", "timer-left", "zombie-left", "unsealed", "place-left"} {
		if !broken[rule] {
			t.Errorf("no mutation breaks the rule %s", rule)
		}
	}
}
