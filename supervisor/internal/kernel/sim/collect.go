// Zombies: a process that the supervisor has reaped as a tracee stays one until its real parent waits for it, which no
// parent of the model does. When the parent has ended it is the supervisor's own child (find_new_reaper() in kernel/exit.c).

package sim

// handOver is said when the supervisor has reaped the last task of a process.
func (k *Kernel) handOver(p *process) {
	if parent := k.tasks[p.parent]; parent != nil && k.lives(parent.proc) {
		k.handed[p.tgid] = p.parent
	}
}

// lives tells whether a task of p is no zombie.
func (k *Kernel) lives(p *process) bool {
	for _, t := range k.group(p) {
		if t.state != zombie {
			return true
		}
	}
	return false
}

// reparent is said when a task has become a zombie: the last of a process leaves its zombies to the supervisor.
func (k *Kernel) reparent(p *process) {
	if k.lives(p) {
		return
	}
	for child, parent := range k.handed {
		if parent == p.tgid {
			k.handed[child] = 0
		}
	}
}

// Collect is kernel.Kernel's.
func (k *Kernel) Collect(tgid int) {
	if parent, ok := k.handed[tgid]; ok && parent == 0 {
		delete(k.handed, tgid)
		k.freed = append(k.freed, tgid)
	}
}

// Zombies is how many the supervisor has not collected.
func (k *Kernel) Zombies() int { return len(k.handed) }
