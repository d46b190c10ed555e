// Scripts: which interpreter the kernel will take for a file that begins with #!.

package exec

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"
)

const (
	lineSize     = 256 // bytes of a file that the kernel looks at (BINPRM_BUF_SIZE, execve(2) "Interpreter scripts")
	mostScripts  = 5   // scripts that are interpreters of scripts; one more is ELOOP (kernel: exec_binprm)
	scriptPrefix = "#!"
)

// shebang is the first line of a script.
type shebang struct{ name, arg string }

// parseShebang reads the beginning of a file as the kernel does (fs/binfmt_script.c, load_script): false if the kernel
// would not take it for a script.
func parseShebang(head []byte) (shebang, bool) {
	var buf [lineSize]byte
	copy(buf[:], head)
	if !bytes.HasPrefix(buf[:], []byte(scriptPrefix)) {
		return shebang{}, false
	}
	line := buf[2:]
	end := bytes.IndexByte(line, '\n')
	if zero := bytes.IndexByte(line, 0); zero >= 0 && (end < 0 || zero < end) {
		end = -1 // the kernel stops looking for the end of the line at a NUL
	}
	if end < 0 { // the line goes on, or the file ends: the name at least must be whole
		name := bytes.TrimLeft(line, " \t")
		if !bytes.ContainsAny(name, " \t\x00") {
			return shebang{}, false
		}
		end = len(line) - 1
	}
	line = bytes.Trim(line[:end], " \t")
	name, arg := line, []byte(nil)
	if sep := bytes.IndexAny(line, " \t\x00"); sep >= 0 {
		name = line[:sep]
		if line[sep] != 0 {
			arg = bytes.TrimLeft(line[sep:], " \t")
		}
	}
	if len(line) == 0 {
		return shebang{}, false
	}
	arg, _, _ = bytes.Cut(arg, []byte{0})
	return shebang{name: string(name), arg: string(arg)}, true
}

// readShebang looks at an open file (O_PATH). It is no script if it can't be read.
func readShebang(fd int) (shebang, bool) {
	in, err := unix.Open(fmt.Sprintf("/proc/self/fd/%d", fd), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return shebang{}, false
	}
	defer unix.Close(in)
	var head [lineSize]byte
	n := 0
	for n < len(head) {
		m, err := unix.Pread(in, head[n:], int64(n))
		if err == unix.EINTR {
			continue
		}
		if err != nil || m <= 0 {
			break
		}
		n += m
	}
	return parseShebang(head[:n])
}

// program is what the kernel would map for a file: the file itself, or the interpreter of the script that it is.
type program struct {
	file  file     // what was asked for
	runs  file     // what would be mapped
	argv  []string // for a script: what the arguments of the interpreter begin with, else nil
	lines int      // scripts on the way
}

// program finds out what would run. name is how the kernel calls the file (bprm->filename): what the interpreter of a
// script is told to read. An error is one that the kernel would answer too.
func (w *walker) program(fd int, name string) (program, error) {
	f, err := inspect(fd)
	if err != nil {
		return program{}, err
	}
	p := program{file: f, runs: f}
	cur := fd
	defer func() {
		if cur != fd {
			_ = unix.Close(cur)
		}
	}()
	argv := []string{name}
	for p.runs.executable() {
		line, ok := readShebang(cur)
		if !ok {
			break
		}
		if p.lines++; p.lines > mostScripts {
			return program{}, unix.ELOOP
		}
		if line.arg != "" {
			argv = append([]string{line.arg}, argv...)
		}
		argv = append([]string{line.name}, argv...)
		p.argv = argv
		next, err := w.open(unix.AT_FDCWD, line.name, true)
		if err != nil {
			return program{}, err
		}
		if cur != fd {
			_ = unix.Close(cur)
		}
		cur = next
		if p.runs, err = inspect(cur); err != nil {
			return program{}, err
		}
	}
	return p, nil
}
