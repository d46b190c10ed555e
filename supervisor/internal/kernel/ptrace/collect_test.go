// Which zombies are collected: those of ours that nobody traces.

//go:build linux && (amd64 || arm64)

package ptrace

import "testing"

func TestOwnZombie(t *testing.T) {
	const own = "Name:\tx\nState:\tZ (zombie)\nTgid:\t70\nPid:\t70\nPPid:\t12\nTracerPid:\t0\n"
	for _, c := range []struct {
		what, status string
		want         bool
	}{
		{"a zombie of ours", own, true},
		{"somebody else's", "State:\tZ (zombie)\nPPid:\t13\nTracerPid:\t0\n", false},
		{"a tracee that is dead and not reaped", "State:\tZ (zombie)\nPPid:\t12\nTracerPid:\t14\n", false},
		{"a tracee that stands", "State:\tt (tracing stop)\nPPid:\t12\nTracerPid:\t14\n", false},
		{"a living child", "State:\tS (sleeping)\nPPid:\t12\nTracerPid:\t0\n", false},
		{"nothing", "", false},
	} {
		if got := ownZombie([]byte(c.status), 12); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
