// Resource limits of a newborn program.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"fmt"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
)

// limit lowers one limit, soft and hard (prlimit(2)). The program does it to itself: we may not, to another user's.
func (n *newborn) limit(l confine.Rlimit) error {
	rlimit := make([]unix.Rlimit, 1)
	err := n.lend(asBytes(rlimit), func(at uint64) error {
		if _, err := n.do("prlimit", unix.SYS_PRLIMIT64, 0, uint64(l.Resource), 0, at); err != nil {
			return err
		}
		if got, err := readVM(n.tid, at, asBytes(rlimit)); err != nil || got < len(asBytes(rlimit)) {
			return orFault(err)
		}
		rlimit[0].Cur, rlimit[0].Max = min(rlimit[0].Cur, l.Most), min(rlimit[0].Max, l.Most)
		if err := writeAll(n.tid, at, asBytes(rlimit)); err != nil {
			return err
		}
		_, err := n.do("prlimit", unix.SYS_PRLIMIT64, 0, uint64(l.Resource), at, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("limiting resource %d to %d: %w", l.Resource, l.Most, err)
	}
	return nil
}
