// The controlling terminal: shells open /dev/tty whether there is one or not.

package refusals

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// noTerminal tells of /dev/tty (tty(4)) for a task that has no terminal: opening it fails anyway, with ENXIO, and no grant would help.
func noTerminal(st *unix.Stat_t, tid int) bool {
	const ttyMajor, ttyMinor = 5, 0
	if st.Mode&unix.S_IFMT != unix.S_IFCHR || unix.Major(uint64(st.Rdev)) != ttyMajor || unix.Minor(uint64(st.Rdev)) != ttyMinor {
		return false
	}
	text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/stat")
	return err == nil && terminalOf(string(text)) == 0
}

// terminalOf is tty_nr of proc_pid_stat(5), the fifth word behind the name, which ends with the last parenthesis; 0: none.
func terminalOf(stat string) int {
	words := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const ttyNr = 4
	if len(words) <= ttyNr {
		return 0
	}
	n, _ := strconv.Atoi(words[ttyNr])
	return n
}
