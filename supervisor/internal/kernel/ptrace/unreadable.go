// A program whose file its user may execute but not read: it is undumpable, so its tracer can't have it make calls.

//go:build linux && (amd64 || arm64)

package ptrace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// errUnreadable is what looking at the text of such a program ends with (would_dump() in fs/exec.c, ptrace_access_vm() in
// kernel/ptrace.c: EIO).
var errUnreadable = errors.New("its file can't be read, so it can't be traced")

// stage starts this process's own program in the place of path: with the same arguments and environment, inside the same
// bounds, and as its last call it executes path. So Landlock judges path, as it does any exec in the jail, and the filter may
// refuse the call; a call that it only stops for is made, for no engine is there yet, and none is asked about the first
// program of a jail.
func stage(path string, spawnOwn func() (*newborn, error)) (*newborn, error) {
	spawned, err := spawnOwn()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: starting another to execute it: %w", path, errUnreadable, err)
	}
	spawned.becomes = path
	return spawned, nil
}

// become is settle of a stage: it executes what it stands for, and leaves that in a Trap stop, or a Group stop, before its
// first instruction. The arguments lie on the stage's stack, where execve put them (argc, argv, NULL, envp, NULL: System V ABI,
// "Process Initialization").
func (n *newborn) become() error {
	name := append([]byte(n.becomes), 0)
	at, stack := n.room(len(name)), stackPointer(&n.regs)
	if err := writeAll(n.tid, at, name); err != nil {
		return fmt.Errorf("writing its path onto the stack: %w", err)
	}
	var argc [8]byte
	if got, err := readVM(n.tid, stack, argc[:]); err != nil || got < len(argc) {
		return fmt.Errorf("reading its arguments: %w", orFault(err))
	}
	argv := stack + 8
	envp := argv + 8*(binary.NativeEndian.Uint64(argc[:])+1)
	if _, err := n.stepped(call{name: "execve", nr: unix.SYS_EXECVE, args: [6]uint64{at, argv, envp}}); err != nil {
		var errno unix.Errno
		if errors.As(err, &errno) && errno != unix.ESRCH {
			return &fs.PathError{Op: "exec", Path: n.becomes, Err: errno}
		}
		return err
	}
	if err := getRegs(n.tid, &n.regs); err != nil {
		return fmt.Errorf("reading its registers: %w", err)
	}
	if foreign(&n.regs) {
		return ErrForeignABI
	}
	return n.rest()
}
