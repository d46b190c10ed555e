// Filters: what the default one refuses, and what rules of a policy do in the kernel.

package integration

import (
	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// traced is the action of a call that an engine is to decide.
var traced = seccomp.Trace(0)

// baseSpec is a filter that allows what the native ABI knows, to add rules to.
func baseSpec() *seccomp.Spec {
	return &seccomp.Spec{ABIs: []seccomp.ABI{seccomp.Native()}, Default: seccomp.Allow,
		Unknown: seccomp.Errno(unix.ENOSYS), Foreign: seccomp.KillProcess}
}

func rule(do seccomp.Action, names ...string) seccomp.Rule { return seccomp.Rule{Names: names, Do: do} }
