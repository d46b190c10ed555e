// A profile as data: what a file of Docker, Podman or the OCI runtime specification says.

package oci

import (
	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// profile is a whole file. Its rules have not been chosen among yet.
type profile struct {
	file     string
	byItself action
	arches   []word   // architectures
	families []family // archMap
	mapped   bool     // archMap is there
	rules    []rule
	notes    []Note
}

// word is a text and where it stands.
type word struct {
	place
	text string
}

// family is an element of archMap.
type family struct {
	arch word
	subs []word
}

// rule is an element of syscalls.
type rule struct {
	place
	names    []word
	do       action
	args     []arg
	comment  string
	includes filter
	excludes filter
}

// filter says for which containers a rule is.
type filter struct {
	caps, arches []word
	kernel       Version
	hasKernel    bool
}

// arg is a condition on an argument.
type arg struct {
	place
	index  int
	op     seccomp.Op // Eq to Ge, or MaskedEq
	mask   uint64     // of MaskedEq
	value  uint64     // without the bits that the mask takes away
	source string     // as the profile says it, for comments
}

// action is what the profile does with a call.
type action struct {
	place
	name  string
	kind  seccomp.Kind
	errno unix.Errno // of KindErrno
}

// same tells whether runtimes take two actions for one.
func (a action) same(b action) bool { return a.kind == b.kind && a.errno == b.errno }

// Version is a kernel's version, as far as profiles ask for it.
type Version struct{ Major, Minor int }

// atLeast tells whether the version is another or newer.
func (v Version) atLeast(w Version) bool {
	return v.Major > w.Major || v.Major == w.Major && v.Minor >= w.Minor
}

// kindNamed is the kind of an action by its name (config-linux.md, "Seccomp").
func kindNamed(name string) (seccomp.Kind, bool) {
	switch name {
	case "SCMP_ACT_KILL_PROCESS":
		return seccomp.KindKillProcess, true
	case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD":
		return seccomp.KindKillThread, true
	case "SCMP_ACT_TRAP":
		return seccomp.KindTrap, true
	case "SCMP_ACT_ERRNO":
		return seccomp.KindErrno, true
	case "SCMP_ACT_NOTIFY":
		return seccomp.KindNotify, true
	case "SCMP_ACT_TRACE":
		return seccomp.KindTrace, true
	case "SCMP_ACT_LOG":
		return seccomp.KindLog, true
	case "SCMP_ACT_ALLOW":
		return seccomp.KindAllow, true
	default:
		return 0, false
	}
}

// opNamed is a comparison by its name (config-linux.md, "Seccomp").
func opNamed(name string) (seccomp.Op, bool) {
	switch name {
	case "SCMP_CMP_EQ":
		return seccomp.Eq, true
	case "SCMP_CMP_NE":
		return seccomp.Ne, true
	case "SCMP_CMP_LT":
		return seccomp.Lt, true
	case "SCMP_CMP_LE":
		return seccomp.Le, true
	case "SCMP_CMP_GT":
		return seccomp.Gt, true
	case "SCMP_CMP_GE":
		return seccomp.Ge, true
	case "SCMP_CMP_MASKED_EQ":
		return seccomp.MaskedEq, true
	default:
		return 0, false
	}
}
