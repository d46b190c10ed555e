// Signals that are sent to jail alone, or to its whole group: the program has each once.

package cli_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A running is a jail that was started in the background, in a process group of its own.
type running struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// starts runs jail with flags and a program, its output read line by line.
func starts(t *testing.T, args ...string) *running {
	t.Helper()
	cmd := exec.Command(filepath.Join(os.Getenv(jailDir), "jail"), append([]string{"run"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, cmd: cmd, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return r
}

func (r *running) says(want string) {
	r.t.Helper()
	got, err := r.out.ReadString('\n')
	if strings.TrimSpace(got) != want {
		r.t.Fatalf("the program says %q (%v), want %q", got, err, want)
	}
}

func (r *running) gets(pid int, sig unix.Signal) {
	r.t.Helper()
	if err := unix.Kill(pid, sig); err != nil {
		r.t.Fatal(err)
	}
}

// ends waits for jail's end.
func (r *running) ends() syscall.WaitStatus {
	r.t.Helper()
	_ = r.cmd.Wait() // its error is the status
	return r.cmd.ProcessState.Sys().(syscall.WaitStatus)
}

func TestSignalsArriveOnce(t *testing.T) {
	const barrier = unix.Signal(63) // Go serves signals that came together in the order of their numbers
	for _, sig := range []unix.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGUSR1, unix.SIGUSR2,
		unix.SIGALRM, unix.SIGWINCH, unix.SIGCONT} {
		t.Run(unix.SignalName(sig), func(t *testing.T) {
			r := starts(t, "--", "victim", "count", unix.SignalName(sig))
			r.says("ready")
			pid := r.cmd.Process.Pid
			for i, to := range []int{pid, -pid, -pid, pid, pid, -pid} { // a negative number is the group (kill(2))
				r.gets(to, sig)
				r.says(fmt.Sprint(unix.SignalName(sig), " ", i+1))
				r.gets(pid, barrier) // jail has looked at its own copy before it passes this on
				r.says("barrier")
			}
			fmt.Fprintln(r.in)
			if ws := r.ends(); ws.ExitStatus() != 6 {
				t.Errorf("the program counted %d signals, want 6", ws.ExitStatus())
			}
		})
	}
}

func TestDeathBySignalToJail(t *testing.T) {
	caught := make(chan os.Signal, 1) // under nohup(1) we ignore SIGHUP, and what we start would: what is caught is not inherited
	signal.Notify(caught, unix.SIGHUP, unix.SIGINT)
	defer signal.Stop(caught)
	for _, sig := range []unix.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGUSR1} {
		r := starts(t, "--", "cat")
		fmt.Fprintln(r.in, "hello")
		r.says("hello")
		r.gets(r.cmd.Process.Pid, sig)
		if ws := r.ends(); !ws.Signaled() || ws.Signal() != sig {
			t.Errorf("after %v jail ended with %v", sig, ws)
		}
	}
}

// TestNobodyOutlivesJail: SIGKILL of jail ends the whole tree, and the report is complete up to then.
func TestNobodyOutlivesJail(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report")
	r := starts(t, "--report", report, "--", "sh", "-c", "(sleep 1000 & setsid sleep 1000 & wait) & echo ready; wait")
	r.says("ready")
	r.gets(r.cmd.Process.Pid, unix.SIGKILL)
	if _, err := io.ReadAll(r.out); err != nil { // ends when everybody who could write has ended
		t.Fatal(err)
	}
	data, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if !strings.HasSuffix(text, "}\n") || !strings.Contains(text, `"event":"exec"`) || strings.Contains(text, `"event":"end"`) {
		t.Errorf("the report is not what was told before the end:\n%s", text)
	}
}

// TestIgnoredSignalsStayIgnored: what is started with & by a shell without job control, or by nohup(1), ignores signals.
func TestIgnoredSignalsStayIgnored(t *testing.T) {
	for _, c := range []struct{ ignore, want string }{
		{"trap '' HUP", "HUP"},
		{"trap '' INT QUIT", "INT QUIT"},
		{"trap '' TSTP TTIN TTOU", "TSTP TTIN TTOU"},
	} {
		jail := filepath.Join(os.Getenv(jailDir), "jail")
		test := "grep SigIgn /proc/self/status"
		native, err := exec.Command("sh", "-c", c.ignore+"; "+test).Output()
		if err != nil {
			t.Fatal(err)
		}
		jailed, err := exec.Command("sh", "-c", c.ignore+"; exec "+jail+" run -- "+test).Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(native) != string(jailed) {
			t.Errorf("ignored %s: natively %s in jail %s", c.want, native, jailed)
		}
	}
}

// TestSignalsThatGoCannotHear end jail, and nothing is left of the program.
func TestSignalsThatGoCannotHear(t *testing.T) {
	for _, sig := range []unix.Signal{32, 34} {
		r := starts(t, "--", "sh", "-c", "sleep 1000 & echo ready; wait")
		r.says("ready")
		r.gets(r.cmd.Process.Pid, sig)
		if _, err := io.ReadAll(r.out); err != nil { // ends when everybody who could write has ended
			t.Fatal(err)
		}
		if ws := r.ends(); !ws.Signaled() || ws.Signal() != sig {
			t.Errorf("after signal %d jail ended with %v", sig, ws)
		}
	}
}
