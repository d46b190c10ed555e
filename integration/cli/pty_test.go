// Job control: jail in the foreground of a terminal, under a shell that watches it stop and go on.

package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openPTY opens a new terminal (pty(7)).
func openPTY(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	var n uint32
	conn, err := master.SyscallConn() // Fd would make it blocking, without deadlines
	if err != nil {
		t.Fatal(err)
	}
	var ioctl error
	if err := conn.Control(func(fd uintptr) {
		if n, ioctl = unix.IoctlGetUint32(int(fd), unix.TIOCGPTN); ioctl == nil {
			ioctl = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
		}
	}); err != nil || ioctl != nil {
		t.Fatal(err, ioctl)
	}
	slave, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(n)), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

// jobShell is a helper program: the leader of a session, with a terminal on descriptor 0. It runs its arguments as a job in
// the terminal's foreground, tells on descriptor 3 how the job changes, and continues it for each line that it
// reads from descriptor 4.
func jobShell() {
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGHUP) // the job gets the defaults, whatever we inherited
	tell, orders := os.NewFile(3, "tell"), bufio.NewReader(os.NewFile(4, "orders"))
	job, err := os.StartProcess(os.Args[1], os.Args[1:], &os.ProcAttr{
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys:   &syscall.SysProcAttr{Setpgid: true, Foreground: true, Ctty: 0},
	})
	if err != nil {
		fmt.Fprintln(tell, err)
		os.Exit(1)
	}
	signal.Ignore(unix.SIGTTOU) // we are in the background while the job has the terminal
	for {
		var ws unix.WaitStatus
		if _, err := unix.Wait4(job.Pid, &ws, unix.WUNTRACED|unix.WCONTINUED, nil); err != nil {
			continue // EINTR
		}
		switch {
		case ws.Exited():
			fmt.Fprintln(tell, "exit", ws.ExitStatus())
			os.Exit(0)
		case ws.Signaled():
			fmt.Fprintln(tell, "died", unix.SignalName(ws.Signal()))
			os.Exit(0)
		case ws.Continued():
			continue
		}
		_ = unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, unix.Getpgrp())
		fmt.Fprintln(tell, "stopped", unix.SignalName(ws.StopSignal()))
		if _, err := orders.ReadString('\n'); err != nil {
			os.Exit(1)
		}
		_ = unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, job.Pid)
		_ = unix.Kill(-job.Pid, unix.SIGCONT)
	}
}

// patience is how long a console waits for a job that hangs.
const patience = 30 * time.Second

// A console is a job shell with its terminal.
type console struct {
	t       *testing.T
	keys    *os.File // what is written here is typed
	screen  *bufio.Reader
	changes *bufio.Reader
	orders  *os.File
}

// newConsole runs a program as a job.
func newConsole(t *testing.T, args ...string) *console {
	t.Helper()
	master, slave := openPTY(t)
	tellR, tellW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ordersR, ordersW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tellR.Close(); ordersW.Close() })
	shell, err := exec.LookPath("jobshell")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(shell, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.ExtraFiles = []*os.File{tellW, ordersR}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tellW.Close()
	ordersR.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // the leader of the session: its jobs get SIGHUP and SIGCONT
		_ = cmd.Wait()
	})
	// Only a test that fails waits as long as this; it tells what it saw then.
	if err := errors.Join(master.SetDeadline(time.Now().Add(patience)), tellR.SetDeadline(time.Now().Add(patience))); err != nil {
		t.Fatal(err)
	}
	return &console{t: t, keys: master, screen: bufio.NewReader(master), changes: bufio.NewReader(tellR), orders: ordersW}
}

// sees reads the screen up to text.
func (c *console) sees(text string) {
	c.t.Helper()
	var all []byte
	for !bytes.HasSuffix(all, []byte(text)) {
		b, err := c.screen.ReadByte()
		if err != nil {
			c.t.Fatalf("the screen ended (%v) before it showed %q; it showed %q", err, text, all)
		}
		all = append(all, b)
	}
}

// hears waits for a change of the job.
func (c *console) hears(want string) {
	c.t.Helper()
	got, err := c.changes.ReadString('\n')
	if err != nil || strings.TrimSpace(got) != want {
		c.t.Fatalf("the job: %q (%v), want %q", got, err, want)
	}
}

func (c *console) types(keys string) {
	c.t.Helper()
	if _, err := c.keys.WriteString(keys); err != nil {
		c.t.Fatal(err)
	}
}

// resizes changes the size of the window.
func (c *console) resizes(size *unix.Winsize) {
	c.t.Helper()
	conn, err := c.keys.SyscallConn()
	if err != nil {
		c.t.Fatal(err)
	}
	var ioctl error
	if err := conn.Control(func(fd uintptr) {
		ioctl = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, size)
	}); err != nil || ioctl != nil {
		c.t.Fatal(err, ioctl)
	}
}

func (c *console) continues() {
	c.t.Helper()
	if _, err := c.orders.WriteString("fg\n"); err != nil {
		c.t.Fatal(err)
	}
}

func underJail(args ...string) []string {
	return append([]string{filepath.Join(os.Getenv(jailDir), "jail"), "run", "--policy", "observe", "--"}, args...)
}

// bothWays runs a test natively too: the test is right only if what it wants is what happens without jail.
func bothWays(t *testing.T, args []string, f func(t *testing.T, args []string)) {
	victim, err := exec.LookPath(args[0])
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{victim}, args[1:]...)
	t.Run("native", func(t *testing.T) { f(t, args) })
	t.Run("jail", func(t *testing.T) { f(t, underJail(args...)) })
}

func TestCtrlCIsDeliveredOnce(t *testing.T) {
	bothWays(t, []string{"victim", "count", "SIGINT"}, func(t *testing.T, args []string) {
		c := newConsole(t, args...)
		c.sees("ready")
		for i := range 5 {
			c.types("\x03")
			c.sees(fmt.Sprintf("SIGINT %d", i+1))
		}
		c.types("q\n")
		c.hears("exit 5")
	})
}

func TestCtrlCKills(t *testing.T) {
	bothWays(t, []string{"victim", "cat"}, func(t *testing.T, args []string) {
		c := newConsole(t, args...)
		c.sees("ready")
		c.types("\x03")
		c.hears("died SIGINT")
	})
}

func TestCtrlZStopsAndContinues(t *testing.T) {
	bothWays(t, []string{"victim", "cat"}, func(t *testing.T, args []string) {
		c := newConsole(t, args...)
		c.sees("ready")
		for range 3 {
			c.types("\x1a")
			c.hears("stopped SIGTSTP")
			c.continues()
			c.types("hello\n")
			c.sees("cat: hello")
		}
		c.types("\x04")
		c.hears("exit 0")
	})
}

func TestProgramThatStopsItself(t *testing.T) {
	bothWays(t, []string{"victim", "stop"}, func(t *testing.T, args []string) {
		c := newConsole(t, args...)
		c.hears("stopped SIGSTOP")
		c.continues()
		c.sees("went on")
		c.hears("exit 0")
	})
}

func TestWindowChangeIsDeliveredOnce(t *testing.T) {
	bothWays(t, []string{"victim", "count", "SIGWINCH"}, func(t *testing.T, args []string) {
		c := newConsole(t, args...)
		c.sees("ready")
		for i := range 3 {
			size := &unix.Winsize{Row: uint16(20 + i), Col: 80}
			c.resizes(size)
			c.sees(fmt.Sprintf("SIGWINCH %d", i+1))
		}
		c.types("q\n")
		c.hears("exit 3")
	})
}
