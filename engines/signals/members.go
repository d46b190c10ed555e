// Who is inside the jail, and whom a siginfo names.

package signals

import (
	"jail/policy"
	"jail/supervisor/utrace"
)

// siTkill is si_code of tkill(2) and tgkill(2). The kernel lets nobody choose it for another process
// (rt_sigqueueinfo(2), EPERM).
const siTkill = -6

// members are the tasks of a jail, and the numbers of all processes it has had.
type members struct {
	live map[uint64]struct{} // by TaskID.Serial
	ever map[int]uint64      // 64 process numbers in each word
}

func newMembers() members {
	return members{live: make(map[uint64]struct{}), ever: make(map[int]uint64)}
}

func (m *members) add(id utrace.TaskID) {
	if _, known := m.live[id.Serial]; known {
		return
	}
	m.live[id.Serial] = struct{}{}
	m.ever[id.TGID/64] |= 1 << (id.TGID % 64)
}

func (m *members) remove(id utrace.TaskID) { delete(m.live, id.Serial) }

func (m *members) has(pid int) bool { return pid > 0 && m.ever[pid/64]&(1<<(pid%64)) != 0 }

// sources are those that the signal may come from: the one that it says, and if that may be forged any task of the jail.
func (e *Engine) sources(si *utrace.Siginfo) (claimed policy.Source, forgeable bool) {
	pid, named := si.Sender()
	switch {
	case !named || si.Code > 0: // a dead child's SIGCHLD has a pid too, but the kernel sends it
		claimed = policy.FromKernel
	case e.inside.has(pid):
		claimed = policy.FromInside
	default:
		claimed = policy.FromOutside
	}
	genuine := si.Code >= 0 || si.Code == siTkill
	return claimed, !genuine && claimed != policy.FromInside
}
