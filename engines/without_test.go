// What a namespace would have kept in is refused without it.

package engines

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
)

func TestWithoutIPC(t *testing.T) {
	p, err := policy.Parse("p.yaml", []byte("version: 1\ndefault: allow\nsyscalls: [{syscalls: [shmget], action: allow}]"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	own := confine.Spec{Namespaces: confine.Namespaces{IPC: true}}
	if Without(plan, &own) != plan {
		t.Error("a jail with objects of its own is refused them")
	}
	rules := len(plan.Rules)
	sealed := Without(plan, &confine.Spec{})
	if len(plan.Rules) != rules || len(sealed.Filter.Rules) <= len(plan.Filter.Rules) {
		t.Fatal("the plan itself was changed, or nothing was added")
	}
	killing, err := policy.Parse("p.yaml", []byte("version: 1\ndefault: allow\nsyscalls: [{syscalls: [shmget], action: kill-process}]"))
	if err != nil {
		t.Fatal(err)
	}
	strict, err := killing.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	if d, err := Without(strict, &confine.Spec{}).Filter.Decider(); err != nil {
		t.Fatal(err)
	} else if nr, _ := seccomp.Native().Number("shmget"); true {
		if act, _ := d.Decide(seccomp.Data{Arch: seccomp.Native().AuditArch(), Nr: int32(nr)}); act != seccomp.KillProcess {
			t.Errorf("what the policy kills for is now %v", act)
		}
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

func TestWithoutLoopback(t *testing.T) {
	p, err := policy.Parse("p.yaml", []byte("version: 1\ndefault: allow\nenforce: best-effort\nnetwork: loopback\noutside: open"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	nr, _ := seccomp.Native().Number("socket")
	for _, has := range []bool{true, false} {
		decider, err := Without(plan, &confine.Spec{Namespaces: confine.Namespaces{Network: has}}).Filter.Decider()
		if err != nil {
			t.Fatal(err)
		}
		for family, lets := range map[uint64]bool{unix.AF_UNIX: true, unix.AF_INET: has, unix.AF_INET6: has, 1<<32 | unix.AF_INET: has} {
			act, _ := decider.Decide(seccomp.Data{Arch: seccomp.Native().AuditArch(), Nr: int32(nr), Args: [6]uint64{family, unix.SOCK_STREAM}})
			if (act == seccomp.Allow) != lets {
				t.Errorf("namespace %v: a socket of family %#x: %v", has, family, act)
			}
		}
	}
}
