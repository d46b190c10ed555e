// Fairness: the kernel serves the head of its list, we must not.

package ptrace

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

func init() {
	victims["spinners"] = func(args []string) { // processes that make a traced call for ever
		n, _ := strconv.Atoi(args[0])
		for range n {
			_, err := os.StartProcess("/proc/self/exe", []string{"spin"}, &os.ProcAttr{Env: []string{victimKey + "=spin"}})
			must(err)
		}
		victims["spin"](nil)
	}
}

// TestFairness is a loop so slow that all tasks are ready whenever it waits. Each must be served about as often as the
// others, and a death among them must come through.
func TestFairness(t *testing.T) { fairAmong(t, 5, 600) }

// TestFairnessOfMany is the same with more tasks than are taken in one go from the head of the list.
func TestFairnessOfMany(t *testing.T) { fairAmong(t, 3*queueSize/2, 1000) }

func fairAmong(t *testing.T, others, rounds int) {
	cfg := victim(t, "spinners", fmt.Sprint(others))
	cfg.Filter = tracing(unix.SYS_GETPPID)
	jail(t, cfg, func(j *jailed) {
		served := map[int]int{}
		j.ok(j.Resume(j.first, kernel.Cont, 0))
		for len(served) < others+1 { // until all of them spin
			s, err := j.Wait()
			j.ok(err)
			if s.Kind == kernel.Seccomp {
				served[s.TID] = 0
			}
			j.goOn(s)
		}
		victim := 0
		for tid := range served {
			if tid != j.first {
				victim = tid
			}
		}
		for i := 0; i <= rounds || victim != 0 && i < 100*rounds; i++ {
			if i == rounds {
				for tid, n := range served {
					if n < rounds/(others+1)/4 {
						t.Fatalf("task %d was served %d times: %v", tid, n, served)
					}
				}
				j.ok(unix.Kill(victim, unix.SIGKILL))
			}
			for tid := range served { // so everybody is ready whenever we wait, however busy the machine is
				untilStopped(tid)
			}
			s, err := j.Wait()
			j.ok(err)
			if _, spins := served[s.TID]; spins {
				served[s.TID]++
			}
			if s.TID == victim && s.Kind == kernel.Death {
				victim = 0
			}
			j.goOn(s)
		}
		if victim != 0 {
			t.Error("the death was not told")
		}
	})
}

// untilStopped comes back when a task that is about to stop has done so, or is dead.
func untilStopped(tid int) { untilState(tid, "tZX") }

// untilState comes back when a task is in one of the states (proc_pid_stat(5)), or gone. It burns its time, but needs no clock.
func untilState(tid int, states string) {
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", tid))
		if err != nil {
			return
		}
		if i := bytes.LastIndex(stat, []byte(") ")); strings.IndexByte(states, stat[i+2]) >= 0 {
			return
		}
	}
}
