// A sealed jail without an IPC namespace is kept from the objects of others.

package engines

import (
	"testing"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
)

func TestSealedIPC(t *testing.T) {
	p, err := policy.Parse("p.yaml", []byte("version: 1\ndefault: allow\nsyscalls: [{syscalls: [shmget], action: allow}]"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	own := confine.Spec{Namespaces: confine.Namespaces{IPC: true}}
	if Sealed(plan, &own) != plan {
		t.Error("a jail with objects of its own is refused them")
	}
	rules := len(plan.Rules)
	sealed := Sealed(plan, &confine.Spec{})
	if len(plan.Rules) != rules || len(sealed.Filter.Rules) != len(plan.Filter.Rules)+1 {
		t.Fatal("the plan itself was changed, or nothing was added")
	}
	decider, err := sealed.Filter.Decider()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"shmget", "semop", "msgsnd", "mq_open"} {
		nr, _ := seccomp.Native().Number(name)
		_, rule := decider.Decide(seccomp.Data{Arch: seccomp.Native().AuditArch(), Nr: int32(nr)})
		if r := sealed.RuleOf(rule); r.Action.Verb != policy.Errno || r.Text != "outside: sealed: System V IPC and message queues" {
			t.Errorf("%s is decided by %q", name, r.Text)
		}
	}
}
