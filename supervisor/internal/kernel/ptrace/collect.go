// Zombies that nobody else waits for.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"os"

	"golang.org/x/sys/unix"
)

// Collect is kernel.Kernel's. A subreaper's new children belong to its first thread (find_new_reaper() in kernel/exit.c), so
// the loop's own waits, which are for its thread alone, don't see them; this one is for the process, and for one pid. Where
// nobody takes such a zombie away, the init of its pid namespace can't end (zap_pid_ns_processes()).
//
// The number may have been given to another task meanwhile, and the status of a tracee must not be consumed here. So it has
// to be a zombie, a child of ours and nobody's tracee: that keeps its number until this wait.
func (k *Kernel) Collect(tgid int) {
	status, err := readStatus(tgid, k.proc[:])
	if err != nil || !ownZombie(status, os.Getpid()) {
		return
	}
	_, _ = unix.Wait4(tgid, nil, unix.WNOHANG|unix.WALL, nil) // ECHILD: the program that we are part of took it
}

// ownZombie tells whether a status file is that of a zombie which is a child of parent and nobody's tracee.
func ownZombie(status []byte, parent int) bool {
	state := line(status, "State:")
	return len(state) > 0 && state[0] == 'Z' && field(status, "PPid:") == parent && field(status, "TracerPid:") == 0
}
