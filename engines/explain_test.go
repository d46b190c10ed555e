// What is said of a death by the filter: the call in words, of the ABI that it was made in, and nothing of it twice.

package engines_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/enginetest"
)

func TestExplain(t *testing.T) {
	p, err := policy.Parse("test.yaml", []byte("version: 1\ndefault: allow\nsyscalls:\n  - {syscalls: [umount2], action: kill-process}\n"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	explain := engines.Explain(plan)
	if why := explain(enginetest.Call("umount2", 0x55e0c1a33300, unix.MNT_DETACH), 0); why.What != "umount2(…, MNT_DETACH)" || why.Raw != "umount2(0x55e0c1a33300, 2)" {
		t.Errorf("a call of this machine: %+v", why)
	}
	foreign := map[seccomp.ABI]seccomp.ABI{seccomp.X86_64: seccomp.X32, seccomp.ARM64: seccomp.ARM}[seccomp.Native()]
	why := explain(enginetest.CallOf(foreign, "close", 3), seccomp.ByForeign)
	if want := "close(3) of " + foreign.String(); why.What != want || why.Raw != "" || why.Rule != "built in  calls of foreign ABIs: kill-process" {
		t.Errorf("a foreign call: %+v, want %s", why, want)
	}
}
