// Which engines would be deaf if they were attached while the program runs.

package supervisor

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

func TestStopsForWhatWasAskedForAtTheStart(t *testing.T) {
	abi := seccomp.Native()
	set := func(names ...string) *utrace.SyscallSet {
		s := new(utrace.SyscallSet)
		for _, name := range names {
			nr, ok := abi.Number(name)
			if !ok {
				t.Fatalf("no %s", name)
			}
			s.Add(abi.AuditArch(), int64(nr))
		}
		return s
	}
	openat, _ := abi.Number("openat")
	writes := func(some uint32) *utrace.SyscallSet {
		return new(utrace.SyscallSet).AddIf(abi.AuditArch(), int64(openat), 2, some, 0)
	}
	allow := &seccomp.Spec{ABIs: []seccomp.ABI{abi}, Default: seccomp.Allow, Unknown: seccomp.Errno(unix.ENOSYS), Foreign: seccomp.KillProcess}
	listed := &seccomp.Spec{ABIs: []seccomp.ABI{abi}, Default: seccomp.Errno(unix.EPERM), Unknown: seccomp.Errno(unix.ENOSYS), Foreign: seccomp.KillProcess,
		Rules: []seccomp.Rule{{Names: []string{"openat", "close"}, Do: seccomp.Allow}}}
	for _, c := range []struct {
		name   string
		filter *seccomp.Spec
		later  *utrace.SyscallSet
		asks   *utrace.SyscallSet
		clones bool
		deaf   string // what it would not hear; "": attached
	}{
		{"nothing", allow, nil, set(), false, ""},
		{"no set", allow, nil, nil, false, ""},
		{"of an engine from the start", allow, nil, set("fsync"), false, ""},
		{"of nobody", allow, nil, set("fsync", "rename", "close"), false, "close, rename;"},
		{"said to come", allow, set("rename"), set("fsync", "rename"), false, ""},
		{"always refused", listed, nil, set("rename"), false, ""},
		{"let through", listed, nil, set("rename", "close"), false, "close;"},
		{"births", allow, nil, nil, true, "clone, clone3, fork, vfork;"},
		{"births said to come", allow, set("clone", "clone3", "fork", "vfork"), nil, true, ""},
		{"under its condition", allow, writes(1), writes(1), false, ""},
		{"under another condition", allow, writes(1), writes(2), false, "openat;"},
		{"without a condition", allow, writes(1), set("openat"), false, "openat;"},
		{"under one of all", allow, set("openat"), writes(2), false, ""},
	} {
		cmd := Command{Filter: c.filter, Traceable: c.later, Engines: []Engine{{Engine: asks{set: set("fsync")}}}}
		spec, err := cmd.spec()
		if err != nil {
			t.Fatal(err)
		}
		err = spec.stopsFor(c.asks, c.clones)
		if (err == nil) != (c.deaf == "") || err != nil && (!errors.Is(err, utrace.ErrDeaf) || !strings.Contains(err.Error(), ": "+c.deaf)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.deaf)
		}
	}
}
