// A sealed program can't reach a process outside; an open one can.

package ptrace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/confine"
	"jail/supervisor/internal/kernel/landlock"
)

func init() {
	victims["reach"] = func(args []string) { // tells what it can do to the process args[0]
		pid, err := strconv.Atoi(args[0])
		must(err)
		_, readable := os.ReadFile("/proc/" + args[0] + "/environ")
		_, writable := os.OpenFile("/proc/"+args[0]+"/mem", os.O_RDWR, 0)
		fmt.Println(unix.Kill(pid, 0) == nil, readable == nil, writable == nil, unix.Kill(os.Getpid(), 0) == nil)
	}
}

func TestSeal(t *testing.T) {
	ruleset, err := landlock.New(confine.Domain{Seal: true}, false)
	if errors.Is(err, confine.ErrNoLandlock) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer ruleset.Close()
	cat := exec.Command("cat")
	in, err := cat.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cat.Start(); err != nil {
		t.Fatal(err)
	}
	defer cat.Wait()
	defer in.Close()
	for seal, want := range map[bool]string{false: "true true true true\n", true: "false false false true\n"} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cfg := victim(t, "reach", strconv.Itoa(cat.Process.Pid))
		cfg.Files = []uintptr{0, w.Fd(), 2}
		if seal {
			cfg.Confine.Domain.Seal, cfg.Ruleset = true, ruleset
		}
		jail(t, cfg, func(j *jailed) { j.run(nil) })
		w.Close()
		got := make([]byte, 100)
		n, _ := r.Read(got)
		r.Close()
		if string(got[:n]) != want {
			t.Errorf("seal %v: signal, environ, memory, itself: %s want %s", seal, got[:n], want)
		}
	}
}
