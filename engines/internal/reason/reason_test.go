// Sentences about calls and signals, for all values that registers can hold.

package reason

import (
	"math"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

func TestNumber(t *testing.T) {
	for want, v := range map[string]uint64{
		"0": 0, "65535": 65535, "0x10000": 65536, "-1": math.MaxUint64, "-100": math.MaxUint64 - 99,
		"-2": 1<<32 - 2, "0xffff0000": 1<<32 - 1<<16, "0x100000000": 1 << 32, "0x8000000000000000": 1 << 63,
	} {
		if got := number(v); got != want {
			t.Errorf("%#x: %s, want %s", v, got, want)
		}
	}
}

func TestArguments(t *testing.T) {
	seen := make(map[string]bool)
	for n, names := range byCount {
		for name := range strings.FieldsSeq(names) {
			if seen[name] {
				t.Errorf("%s is listed twice", name)
			}
			seen[name] = true
			if !seccomp.KnownName(name) {
				t.Errorf("%s with %d arguments is no system call", name, n)
			}
		}
	}
}

func TestCall(t *testing.T) {
	nr, _ := seccomp.ARM64.Number("close")
	c := utrace.Call{Arch: seccomp.ARM64.AuditArch(), Nr: int64(nr), Args: [6]uint64{3, 4}}
	want := "close(3)"
	if seccomp.Native() != seccomp.ARM64 {
		want += " of arm64"
	}
	if got := Call(c); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := Call(utrace.Call{Arch: 7, Nr: math.MinInt64}); got != "call 0 of the architecture 0x7(0, 0, 0, …)" {
		t.Error(got)
	}
}

func TestSignalAndRule(t *testing.T) {
	for want, sig := range map[string]unix.Signal{"SIGTERM": unix.SIGTERM, "SIGRTMIN+1": 35, "signal 0": 0, "signal 65": 65, "signal -1": -1} {
		if got := Signal(sig); got != want {
			t.Errorf("%d: %s, want %s", int(sig), got, want)
		}
	}
	for _, index := range []int{-1, 1, math.MaxInt} {
		if r := Rule(make([]policy.RuleInfo, 1), index); r.Action.Verb != policy.KillTree || !r.Report {
			t.Errorf("rule %d: %+v, want one that kills", index, r)
		}
	}
	why := Of(&policy.RuleInfo{Origin: "p.yaml:1:2", Text: "rule", AllowHint: "allow {syscall}"}, "what", "close")
	if want := (utrace.Why{What: "what", Rule: "p.yaml:1:2  rule", Allow: "allow close", Quiet: true}); why != want {
		t.Errorf("%+v, want %+v", why, want)
	}
}

func TestPath(t *testing.T) {
	for path, want := range map[string]string{"/a/ä": "/a/ä", "/a, which is /b": `"/a, which is /b"`, "/\x1b[2J": `"/\x1b[2J"`, "": `""`, "/a\nb": `"/a\nb"`} {
		if got := Path(path); got != want {
			t.Errorf("%q: %s, want %s", path, got, want)
		}
	}
}
