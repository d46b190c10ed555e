// What programs can write into what is read of them: their names, their command lines.

package refusals

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// FuzzTerminal: a name with parentheses, blanks and numbers in it does not change which terminal a task has.
func FuzzTerminal(f *testing.F) {
	own, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("sh", 34816, string(own))
	f.Add(") R 1 1 1 0 -1 (", 0, "")
	f.Add("x) S 1 2 3 34816 5 6\n1 (y", 1025, ")")
	f.Add("", -1, "1 (sh) S 1 2 3")
	f.Fuzz(func(t *testing.T, comm string, tty int, text string) {
		_ = terminalOf(text)
		comm = strings.ReplaceAll(comm, "\x00", "")
		stat := "7 (" + comm[:min(len(comm), 15)] + ") S 1 7 7 " + strconv.Itoa(tty) + " 7 4194304 1 0 0\n" // proc_pid_stat(5)
		if got := terminalOf(stat); got != tty {
			t.Errorf("%q has the terminal %d, not %d", stat, got, tty)
		}
	})
}

// FuzzNames: of whatever a command line is, few names are looked up, which are parts of it.
func FuzzNames(f *testing.F) {
	f.Add("-c\x00cat /etc/passwd >'/tmp/x y'")
	f.Add("--file=/a\x00-I/usr/include\x00-\x00--\x00=\x00-=")
	f.Add(strings.Repeat("/a ", 100))
	f.Add("\x00\x00\n\t")
	f.Fuzz(func(t *testing.T, line string) {
		list := names(strings.Split(line, "\x00"))
		if len(list) > mostNames {
			t.Errorf("%d names", len(list))
		}
		for _, name := range list {
			if name == "" || strings.Contains(name, "\x00") || !strings.Contains(line, name) {
				t.Errorf("%q is no name in %q", name, line)
			}
		}
	})
}
