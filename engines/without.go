// What is refused where a namespace that would keep it in is not to be had: objects of System V, sockets.

package engines

import (
	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
)

// ipcCalls are the calls that find objects by number or name in the IPC namespace (sysvipc(7), mq_overview(7)).
func ipcCalls() []string {
	return []string{"shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semtimedop", "semtimedop_time64", "semctl", "msgget", "msgsnd",
		"msgrcv", "msgctl", "mq_open", "mq_unlink", "ipc"}
}

// Without is the plan for a run under spec, which has no namespace for some of what the plan wants: what only a namespace would
// keep in is refused instead.
//
// A sealed jail that has no IPC namespace of its own is kept from the objects of other programs, which belong to users and not to
// processes. Without CAP_SYS_ADMIN such a namespace takes a user namespace, which changes how files look; so it is made only
// where there has to be one anyway. A jail that was to have a loopback interface of its own, and can't, has local sockets only.
func Without(plan *policy.Plan, spec *confine.Spec) *policy.Plan {
	if plan.Outside == policy.OutsideSealed && !spec.Namespaces.IPC {
		outside := plan.Rules[plan.OutsideRule]
		plan = plan.Refusing(ipcCalls(), nil, unix.ENOSYS, policy.RuleInfo{
			Origin: outside.Origin, Text: outside.Text + ": System V IPC and message queues",
			Why:       "they are those of all the user's programs, where there is no IPC namespace of the jail's own",
			AllowHint: "filesystem: {tmp: private}, with which the jail has a namespace of its own; or outside: open",
		})
	}
	if plan.Network.Reach == policy.NetworkLoopback && !spec.Namespaces.Network {
		network := plan.Rules[plan.Network.Rule]
		notLocal := seccomp.Cond{Arg: 0, Op: seccomp.Ne, Value: unix.AF_UNIX, Width: 32}
		plan = plan.Refusing([]string{"socket"}, []seccomp.Cond{notLocal}, unix.EACCES, policy.RuleInfo{
			Origin: network.Origin, Text: network.Text + ": sockets without a network namespace of the jail's own",
			Why: "there is no such namespace here, and without it they are the machine's",
		})
	}
	return plan
}
