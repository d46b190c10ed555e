// Objects of System V and message queues, which Landlock does not know.

package engines

import (
	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/confine"
)

// ipcCalls are the calls that find objects by number or name in the IPC namespace (sysvipc(7), mq_overview(7)).
func ipcCalls() []string {
	return []string{"shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semtimedop", "semtimedop_time64", "semctl", "msgget", "msgsnd",
		"msgrcv", "msgctl", "mq_open", "mq_unlink", "ipc"}
}

// Sealed is the plan for a run under spec: a sealed jail that has no IPC namespace of its own is kept from the objects of other
// programs, which belong to users and not to processes. Without CAP_SYS_ADMIN such a namespace takes a user namespace, which
// changes how files look; so it is made only where there has to be one anyway.
func Sealed(plan *policy.Plan, spec *confine.Spec) *policy.Plan {
	if plan.Outside != policy.OutsideSealed || spec.Namespaces.IPC {
		return plan
	}
	outside := plan.Rules[plan.OutsideRule]
	return plan.Refusing(ipcCalls(), unix.ENOSYS, policy.RuleInfo{
		Origin: outside.Origin, Text: outside.Text + ": System V IPC and message queues",
		Why:       "they are those of all the user's programs, where there is no IPC namespace of the jail's own",
		AllowHint: "filesystem: {tmp: private}, with which the jail has a namespace of its own; or outside: open",
	})
}
