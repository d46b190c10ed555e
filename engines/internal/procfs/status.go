// Package procfs reads what the kernel says of a task in /proc/PID/status (proc_pid_status(5)).
package procfs

import (
	"fmt"
	"os"
	"strings"
)

// Status hands the lines of a task's status to set, the value without the blanks around it. task is a number, or "thread-self" for the
// calling thread. The errors are those of reading the file (ENOENT and ESRCH: there is no such task) and of set, with its line's key;
// then lines may be missing. It does not block. Any goroutine.
func Status(task string, set func(key, value string) error) error {
	text, err := os.ReadFile("/proc/" + task + "/status")
	if err != nil {
		return err
	}
	if err := Lines(string(text), set); err != nil {
		return fmt.Errorf("/proc/%s/status: %w", task, err)
	}
	return nil
}

// Lines is Status of a text. The name of the task, on the first line, has its newlines escaped: programs add no lines. All lines are
// handed over; the error is that of the last one that set does not take.
func Lines(text string, set func(key, value string) error) (bad error) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		if err := set(key, strings.TrimSpace(value)); err != nil {
			bad = fmt.Errorf("%s: %w", key, err)
		}
	}
	return bad
}
