// Zombies that nobody else waits for.

package ptrace

import "golang.org/x/sys/unix"

// Collect is kernel.Kernel's. A subreaper's new children belong to its first thread (find_new_reaper() in kernel/exit.c), so
// the loop's own waits, which are for its thread alone, don't see them; this one is for the process, and for one pid. Where
// nobody takes such a zombie away, the init of its pid namespace can't end (zap_pid_ns_processes()).
func (k *Kernel) Collect(tgid int) {
	_, _ = unix.Wait4(tgid, nil, unix.WNOHANG|unix.WALL, nil) // ECHILD: somebody else's, or gone
}
