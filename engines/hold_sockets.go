// What is denied and no mount hides can be connected to, if it is a socket: Landlock does not see that, so an engine decides.

package engines

import (
	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
)

// holdSockets is plan for a run in which an engine decides about connects to local sockets by what deny names. Where the policy lists those that may
// be connected to it does so anyway. A socket for datagrams names another receiver with each message, in memory, so there are none.
func holdSockets(plan *policy.Plan, at *policy.Located) *policy.Plan {
	n := plan.Network
	if reach := n.Reach; reach != "" && reach != policy.NetworkAny && !n.UnixAny {
		return plan
	}
	out := *plan
	out.Network.UnixHeld = true
	of := plan.Rules[at.Files.Deny[0].Rule]
	info := policy.RuleInfo{Origin: of.Origin, Text: of.Text + ": local datagrams", AllowHint: of.AllowHint,
		Why: "no mount hides what is denied here, and a datagram can be sent to any socket; connects to others an engine decides about"}
	var whens [][]seccomp.Cond
	for _, kind := range []uint64{unix.SOCK_DGRAM, unix.SOCK_RAW} { // for AF_UNIX they are the same (net/unix/af_unix.c)
		const typeMask = 0xf // SOCK_TYPE_MASK in linux/net.h: the rest are flags
		whens = append(whens, []seccomp.Cond{{Arg: 0, Op: seccomp.Eq, Value: unix.AF_UNIX, Width: 32},
			{Arg: 1, Op: seccomp.MaskedEq, Mask: typeMask, Value: kind, Width: 32}})
	}
	return out.RefusingAny([]string{"socket", "socketpair"}, whens, unix.EACCES, info)
}
