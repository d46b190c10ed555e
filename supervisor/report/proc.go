// What /proc tells of a task that stands still.

package report

import (
	"os"
	"strconv"
	"strings"
)

// A Prober looks at a task that stands stopped. It answers zero values for what can't be known.
type Prober interface {
	// Exe is the file that is mapped, with " (deleted)" after it if it has no name any more (proc_pid_exe(5)).
	Exe(tid int) string
	// Comm is the task's name; after an exec that is the file name of the program, or of the script (proc_pid_comm(5)).
	Comm(tid int) string
	// Argv is the command line.
	Argv(tid int) []string
}

// Proc is the Prober that reads /proc. Its methods block for a read of memory.
type Proc struct{}

// Exe reads /proc/<tid>/exe.
func (Proc) Exe(tid int) string {
	exe, err := os.Readlink("/proc/" + strconv.Itoa(tid) + "/exe")
	if err != nil {
		return ""
	}
	return exe
}

// Comm reads /proc/<tid>/comm.
func (Proc) Comm(tid int) string {
	name, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(name), "\n")
}

// Argv reads /proc/<tid>/cmdline.
func (Proc) Argv(tid int) []string {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/cmdline")
	if err != nil || len(line) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
}
