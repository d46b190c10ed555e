// Which calls stop: those that engines ask for, and of the ones with a condition no others.

package supervisor

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// asks is an engine that wants calls.
type asks struct {
	utrace.Engine
	set *utrace.SyscallSet
}

func (a asks) Syscalls() *utrace.SyscallSet { return a.set }

func TestOnlyCallsWithTheBitsStop(t *testing.T) {
	abi := seccomp.Native()
	arch := abi.AuditArch()
	number := func(name string) int64 {
		nr, ok := abi.Number(name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		return int64(nr)
	}
	openat, mkdirat := number("openat"), number("mkdirat")
	writes := new(utrace.SyscallSet).AddIf(arch, openat, 2, unix.O_WRONLY|unix.O_RDWR, unix.O_EXCL).Add(arch, mkdirat)
	creates := new(utrace.SyscallSet).AddIf(arch, openat, 2, unix.O_CREAT, 0)
	all := new(utrace.SyscallSet).Add(arch, openat)
	allow := &seccomp.Spec{ABIs: []seccomp.ABI{abi}, Default: seccomp.Allow, Unknown: seccomp.Errno(unix.ENOSYS), Foreign: seccomp.KillProcess}
	listed := &seccomp.Spec{ABIs: []seccomp.ABI{abi}, Default: seccomp.Errno(unix.EPERM), Unknown: seccomp.Errno(unix.ENOSYS), Foreign: seccomp.KillProcess,
		Rules: []seccomp.Rule{
			{Names: []string{"openat"}, When: []seccomp.Cond{{Arg: 0, Op: seccomp.Eq, Value: 77, Width: 32}}, Do: seccomp.Errno(unix.EACCES)},
			{Names: []string{"openat", "mkdirat", "close"}, Do: seccomp.Allow},
		}}
	for _, c := range []struct {
		name        string
		filter      *seccomp.Spec
		sets        []*utrace.SyscallSet
		nr          int64
		folder, how uint64
		want        seccomp.Kind
	}{
		{"reading", allow, []*utrace.SyscallSet{writes}, openat, 3, unix.O_RDONLY, seccomp.KindAllow},
		{"writing", allow, []*utrace.SyscallSet{writes}, openat, 3, unix.O_WRONLY, seccomp.KindTrace},
		{"bits above an int", allow, []*utrace.SyscallSet{writes}, openat, 3, unix.O_WRONLY << 32, seccomp.KindAllow},
		{"what is left out", allow, []*utrace.SyscallSet{writes}, openat, 3, unix.O_WRONLY | unix.O_EXCL, seccomp.KindAllow},
		{"what another wants", allow, []*utrace.SyscallSet{writes, creates}, openat, 3, unix.O_CREAT | unix.O_EXCL, seccomp.KindTrace},
		{"another's condition", allow, []*utrace.SyscallSet{writes, creates}, openat, 3, unix.O_CREAT, seccomp.KindTrace},
		{"nobody's condition", allow, []*utrace.SyscallSet{writes, creates}, openat, 3, unix.O_APPEND, seccomp.KindAllow},
		{"wanted without one", allow, []*utrace.SyscallSet{writes, all}, openat, 3, unix.O_RDONLY, seccomp.KindTrace},
		{"no condition", allow, []*utrace.SyscallSet{writes}, mkdirat, 3, 0, seccomp.KindTrace},
		{"not asked for", allow, []*utrace.SyscallSet{writes}, number("close"), 3, 1, seccomp.KindAllow},
		{"reading, of a list", listed, []*utrace.SyscallSet{writes}, openat, 3, unix.O_RDONLY, seccomp.KindAllow},
		{"writing, of a list", listed, []*utrace.SyscallSet{writes}, openat, 3, unix.O_RDWR, seccomp.KindTrace},
		{"refused before", listed, []*utrace.SyscallSet{writes}, openat, 77, unix.O_RDWR, seccomp.KindErrno},
		{"all of a list", listed, []*utrace.SyscallSet{all}, openat, 3, unix.O_RDONLY, seccomp.KindTrace},
		{"besides, of a list", listed, []*utrace.SyscallSet{writes}, number("close"), 3, 0, seccomp.KindAllow},
	} {
		cmd := Command{Filter: c.filter}
		for _, s := range c.sets {
			cmd.Engines = append(cmd.Engines, Engine{Engine: asks{set: s}})
		}
		spec, err := cmd.spec()
		if err != nil {
			t.Fatal(err)
		}
		call := utrace.Call{Arch: arch, Nr: c.nr, Args: [6]uint64{c.folder, 0, c.how}}
		if act, _ := spec.installed.Decide(data(call)); act.Kind() != c.want {
			t.Errorf("%s: %v, want kind %v", c.name, act, c.want)
		}
		if claimed := spec.unclaimed(call); claimed != (c.want == seccomp.KindTrace) {
			t.Errorf("%s: a stop that nobody wants any more runs: %v", c.name, claimed)
		}
	}
}

func TestSyscallSetConditions(t *testing.T) {
	set := new(utrace.SyscallSet).AddIf(1, 2, 3, 4, 8).AddIf(1, 3, 9, 4, 0).AddIf(1, 4, 0, 0, 1).AddIf(1, 5, 1, 1, 0).Add(1, 5)
	for nr, want := range map[int64][3]uint32{2: {3, 4, 8}, 3: {}, 4: {}, 5: {}, 6: {}} {
		if arg, some, without := set.When(1, nr); [3]uint32{uint32(arg), some, without} != want {
			t.Errorf("call %d: argument %d, bits %d without %d, want %v", nr, arg, some, without, want)
		}
		if set.Has(1, nr) != (nr != 6) {
			t.Errorf("call %d: Has says %v", nr, set.Has(1, nr))
		}
	}
}
