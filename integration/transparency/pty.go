// pty.go gives programs a terminal.
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"

	"golang.org/x/sys/unix"
)

// attachTTY gives cmd a pseudo-terminal as standard input and controlling
// terminal, in a session of its own (pty(7)); what is written to it is thrown
// away.
func attachTTY(cmd *exec.Cmd, uid int) (closeTTY func(), err error) {
	master, slave, err := openPTY()
	if err != nil {
		return nil, err
	}
	if err := slave.Chown(uid, -1); err != nil {
		slave.Close()
		master.Close()
		return nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	cmd.Stdin = slave
	cmd.SysProcAttr.Setpgid = false
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
	cmd.SysProcAttr.Ctty = 0
	go io.Copy(io.Discard, master)
	return func() { slave.Close(); master.Close() }, nil
}

// openPTY opens a new pseudo-terminal pair (pty(7), ioctl_tty(2)).
func openPTY() (master, slave *os.File, err error) {
	master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	conn := int(master.Fd())
	if err := unix.IoctlSetPointerInt(conn, unix.TIOCSPTLCK, 0); err != nil {
		master.Close()
		return nil, nil, fmt.Errorf("pseudo-terminal: unlocking: %w", err)
	}
	n, err := unix.IoctlGetInt(conn, unix.TIOCGPTN)
	if err != nil {
		master.Close()
		return nil, nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		master.Close()
		return nil, nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	return master, slave, nil
}
