// What tasks are doing, for somebody who has waited too long.

package harness

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"jail/engines/decode"
	"jail/engines/trace"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// mostTasks is how many are told of.
const mostTasks = 20

// portrait says of each task what it is doing: which program, in which call, on which file.
func (r *Run) portrait() []string {
	var lines []string
	for _, t := range r.jail.Tasks() {
		if len(lines) == mostTasks {
			return append(lines, "…")
		}
		lines = append(lines, doing(t.ID()))
	}
	return lines
}

// doing is one task's line.
func doing(id utrace.TaskID) string {
	proc := fmt.Sprintf("/proc/%d/", id.TID)
	comm, _ := os.ReadFile(proc + "comm") // of one that has died meanwhile nothing is known
	who := fmt.Sprintf("%s[%d]", trace.Word(strings.TrimSpace(string(comm))), id.TGID)
	if id.TID != id.TGID {
		who += fmt.Sprintf(" thread %d", id.TID)
	}
	text, err := os.ReadFile(proc + "syscall")
	if err != nil {
		return who + ": ended"
	}
	return who + ": " + activity(proc, string(text))
}

// activity reads /proc/PID/syscall (proc_pid_syscall(5)): the number of the call that the task is blocked in, and its arguments.
func activity(proc, text string) string {
	words := strings.Fields(text)
	if len(words) < 7 {
		return "running" // or blocked, but not in a call
	}
	c := utrace.Call{Arch: seccomp.Native().AuditArch()}
	nr, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil || nr < 0 {
		return "running"
	}
	c.Nr = nr
	for i := range c.Args {
		c.Args[i], _ = strconv.ParseUint(words[i+1], 0, 64)
	}
	call := decode.Head(c)
	for _, a := range call.Args {
		if a.Kind == decode.Descriptor && a.FD >= 0 {
			if name, err := os.Readlink(fmt.Sprintf("%sfd/%d", proc, a.FD)); err == nil {
				return fmt.Sprintf("in %s of %s", call.Name, trace.Word(name))
			}
		}
	}
	return "in " + call.Name
}
