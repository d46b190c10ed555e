// session.go moves this program into a session of its own without a controlling
// terminal, so that what it runs finds the same surroundings everywhere.
package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// inSession marks the second incarnation in its environment.
const inSession = "JAIL_TRANSPARENCY_SESSION=1"

// enterSession starts this program again as the leader of a new session and
// waits for it, passing on SIGINT and SIGTERM. In that second incarnation it
// returns at once, with started false. The programs under test are then no
// session leaders: opening a terminal does not make it their controlling one,
// whose end would kill them (setsid(2), tty_ioctl(4)).
func enterSession() (code int, started bool, err error) {
	for _, kv := range os.Environ() {
		if kv == inSession {
			return 0, false, nil
		}
	}
	// Descriptors above 2 that we were given must not differ from those that the
	// wrapper would pass on, which are none (close_range(2), Linux 5.11).
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return 0, false, fmt.Errorf("starting a session: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return 0, false, fmt.Errorf("starting a session: %w", err)
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), inSession)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if err := cmd.Start(); err != nil {
		return 0, false, fmt.Errorf("starting a session: %w", err)
	}
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	err = cmd.Wait()
	signal.Stop(signals)
	close(signals)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, true, err
	}
	return cmd.ProcessState.ExitCode(), true, nil
}
