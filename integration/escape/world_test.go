// The world outside of the jail, made anew for every attempt, and whether it is as it was.

package escape

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// untouched is what the file says that no attempt may write to.
const untouched = "untouched\n"

// world is a folder that may be read and not written, a working folder, and a process of the same user.
type world struct {
	dir, out, work string
	secret         string
	words          []string // what the victim says of itself
	victim         *exec.Cmd
	stdin          io.WriteCloser
	said           *bufio.Reader
	extra          []*os.File // descriptors that jail inherits: the file and the folder
}

// newWorld makes one, and a victim who runs in the place of a cell.
func newWorld(t *testing.T, c cell) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "jail-escape-world-")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{dir: dir, out: filepath.Join(dir, "out"), work: filepath.Join(dir, "work"), secret: "secret-of-outside-" + rand.Text()[:12]}
	denied := filepath.Join(w.out, "denied")
	good := filepath.Join(w.work, "G") // see race.h
	files := map[string]string{good + "/file": "", w.out + "/file": untouched, w.out + "/quiet": untouched, denied + "/secret": w.secret + "\n", w.dir + "/policy.yaml": c.policyText(w.out, c.bestEffort())}
	for _, d := range []string{w.out, w.work, w.dir + "/home", denied, good} {
		if err := os.Mkdir(d, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{dir, w.out, w.work, denied, w.dir + "/home", w.out + "/file", w.out + "/quiet", denied + "/secret", good, good + "/file"} { // whatever the umask is
		if err := os.Chmod(name, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := c.own(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(w.out, w.work+"/E"); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(built.attempts, w.work+"/attempts"); err != nil {
		t.Fatal(err)
	}
	w.start(t, c)
	return w
}

// start starts the victim and opens what is inherited.
func (w *world) start(t *testing.T, c cell) {
	t.Helper()
	file, err := os.OpenFile(w.out+"/file", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.Open(w.out)
	if err != nil {
		t.Fatal(err)
	}
	w.extra = []*os.File{file, folder}
	w.victim = exec.Command(built.attempts, c.identity(built.attempts, "--victim", w.out, w.secret)...)
	w.victim.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // with it comes a group of the scheduler's own (sched(7)), which one attempt is about
	w.victim.Stderr = os.Stderr
	w.victim.Env = []string{"SECRET=" + w.secret}
	out, err := w.victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if w.stdin, err = w.victim.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := w.victim.Start(); err != nil {
		t.Fatal(err)
	}
	w.said = bufio.NewReader(out)
	line, err := w.said.ReadString('\n')
	if err != nil {
		t.Fatalf("the victim does not start: %v", err)
	}
	w.words = strings.Fields(line)
}

// end ends the victim, removes all, and gives what has changed in the world: "" is nothing.
func (w *world) end(t *testing.T) string {
	t.Helper()
	var changes []string
	changed := func(format string, args ...any) { changes = append(changes, fmt.Sprintf(format, args...)) }
	if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.victim.Process.Pid)); strings.Contains(string(status), "State:\tT") || err != nil {
		changed("the victim was stopped: %v", err)
	}
	_ = w.victim.Process.Signal(unix.SIGCONT) // one that was stopped, too, says what it knows
	_ = w.stdin.Close()
	line, _ := w.said.ReadString('\n')
	if want := "signal=0 visitors=0 memory=same shared=same messages=1 queued=1 semaphore=7\n"; line != want {
		changed("the victim says %q", line)
	}
	if err := w.victim.Wait(); err != nil {
		changed("the victim ended: %v", err)
	}
	for _, f := range w.extra {
		_ = f.Close()
	}
	if text, err := os.ReadFile(w.out + "/file"); string(text) != untouched {
		changed("the file says %q %v", text, err)
	}
	entries, err := os.ReadDir(w.out)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got := strings.Join(names, " "); got != "denied dgram file quiet sock" {
		changed("outside there are %s %v", got, err)
	}
	if err := os.RemoveAll(w.dir); err != nil {
		t.Errorf("removing the world: %v", err)
	}
	return strings.Join(changes, "; ")
}
