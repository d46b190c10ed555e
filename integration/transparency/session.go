// session.go splits this program into two incarnations: the keeper, and one that
// does the work, in a session of its own without a controlling terminal, so that
// what it runs finds the same surroundings everywhere.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// inSession marks the second incarnation in its environment.
const inSession = "JAIL_TRANSPARENCY_SESSION=1"

// The second incarnation's descriptors, beside the standard ones.
const (
	requestsFD = 3
	answersFD  = 4
)

// An orphanage ends the orphans of the programs that have run. Use it from one
// goroutine.
type orphanage struct {
	requests io.Writer
	answers  *bufio.Reader
}

// end blocks until no orphan is left alive, and fails when one does not die
// within ten seconds.
func (o *orphanage) end() error {
	if _, err := fmt.Fprintln(o.requests); err != nil {
		return fmt.Errorf("asking for the end of orphans: %w", err)
	}
	answer, err := o.answers.ReadString('\n')
	if err != nil {
		return fmt.Errorf("asking for the end of orphans: %w", err)
	}
	if answer = strings.TrimSpace(answer); answer != "" {
		return errors.New(answer)
	}
	return nil
}

// enterSession starts this program again as the leader of a new session and
// becomes its keeper until it ends, passing on SIGINT, SIGQUIT and SIGTERM; then it
// returns its exit code and no orphanage. In that second incarnation it returns
// at once, with an orphanage.
//
// Programs under test are then no session leaders: opening a terminal does not
// make it their controlling one, whose end would kill them (setsid(2),
// tty_ioctl(4)). And their orphans go to a parent outside their session, as they
// do in a login: only so are process groups ever orphaned (setpgid(2)).
func enterSession() (code int, o *orphanage, err error) {
	if slices.Contains(os.Environ(), inSession) {
		unix.CloseOnExec(requestsFD)
		unix.CloseOnExec(answersFD)
		return 0, &orphanage{
			requests: os.NewFile(requestsFD, "requests"),
			answers:  bufio.NewReader(os.NewFile(answersFD, "answers")),
		}, nil
	}
	code, err = keep()
	if err != nil {
		err = fmt.Errorf("starting a session: %w", err)
	}
	return code, nil, err
}

// keep is the first incarnation from its beginning to its end.
func keep() (code int, err error) {
	// Descriptors above 2 that we were given must not differ from those that the
	// wrapper would pass on, which are none (close_range(2), Linux 5.11).
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return 0, err
	}
	if err := becomeReaper(); err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	requests, theirRequests, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	theirAnswers, answers, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT)
	second, err := os.StartProcess(self, os.Args, &os.ProcAttr{
		Env:   append(os.Environ(), inSession),
		Files: []*os.File{null, os.Stdout, os.Stderr, theirRequests, theirAnswers},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return 0, err
	}
	theirRequests.Close()
	theirAnswers.Close()
	go func() {
		for s := range signals {
			second.Signal(s)
		}
	}()
	k := &keeper{second: second.Pid, reaped: make(chan struct{}, 1)}
	go k.serve(requests, answers)
	ws, err := k.reap()
	if err != nil {
		return 0, err
	}
	if err := k.endAll(); err != nil {
		return 0, err
	}
	if ws.Signaled() {
		return 128 + int(ws.Signal()), nil
	}
	return ws.ExitStatus(), nil
}
