// Why a program could not be started, in one sentence, with an exit code.

package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"jail/supervisor"
)

// startError makes of an error of find or Start what jail ends with, as env(1) does: 127 when the kernel finds no file (also
// no interpreter), 126 when it finds one and does not execute it; and 125 when the reason is not the program's. path is
// what find answered.
func startError(program, path string, err error) *exitError {
	if program == "" {
		program = `""` // an unset variable in quotes, most likely
	}
	switch {
	case errors.Is(err, supervisor.ErrPtraceRefused), !aboutProgram(err):
		text := strings.TrimPrefix(err.Error(), supervisor.ErrStart.Error()+": ")
		return &exitError{code: exitJail, err: &reworded{program + " was not started: " + text, err}}
	case errors.Is(err, fs.ErrNotExist):
		return &exitError{code: exitNotFound, err: &reworded{program + ": " + notFound(path), err}}
	}
	return &exitError{code: exitNotExec, err: &reworded{program + ": cannot be executed: " + notExecutable(path, err), err}}
}

// reworded is an error with other words.
type reworded struct {
	text string
	err  error
}

func (e *reworded) Error() string { return e.text }
func (e *reworded) Unwrap() error { return e.err }

// aboutProgram tells errors of execve(2) from those of the supervisor.
func aboutProgram(err error) bool {
	var pe *fs.PathError
	return errors.Is(err, supervisor.ErrForeignABI) || errors.As(err, &pe) && pe.Op == "exec"
}

// notFound says which file the kernel did not find: the program, or the interpreter that it names.
func notFound(path string) string {
	if path == "" {
		return "not found in $PATH"
	}
	if _, err := os.Stat(path); err != nil {
		return "no such file"
	}
	if interp := interpreter(path); interp != "" {
		return fmt.Sprintf("its interpreter %q does not exist", interp)
	}
	return "its interpreter does not exist"
}

// notExecutable says why the kernel did not execute a file that is there.
func notExecutable(path string, err error) string {
	st, statErr := os.Stat(path)
	switch {
	case statErr == nil && st.IsDir():
		return "it is a directory"
	case errors.Is(err, supervisor.ErrForeignABI), errors.Is(err, unix.ENOEXEC):
		return machine(path)
	case errors.Is(err, fs.ErrPermission) && (path == "" || statErr == nil && st.Mode()&0o111 == 0):
		return "it has no execute permission"
	}
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// machine says what kind of file it is, if it is one that this machine does not run.
func machine(path string) string {
	f, err := elf.Open(path)
	if err != nil {
		return "it is neither a program for " + runtime.GOARCH + " nor a script"
	}
	defer f.Close()
	return fmt.Sprintf("it is built for %s, %s bits, and this machine runs %s", strings.TrimPrefix(f.Machine.String(), "EM_"),
		strings.TrimPrefix(f.Class.String(), "ELFCLASS"), runtime.GOARCH)
}

// interpreter is what a script's first line or an ELF program names, or "".
func interpreter(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, 256) // of a script the kernel reads no more (BINPRM_BUF_SIZE, Linux 5.1)
	n, _ := f.ReadAt(head, 0)
	if rest, ok := strings.CutPrefix(string(head[:n]), "#!"); ok {
		line, _, _ := strings.Cut(rest, "\n")
		if words := strings.Fields(line); len(words) > 0 {
			return words[0]
		}
		return ""
	}
	e, err := elf.NewFile(f)
	if err != nil {
		return ""
	}
	for _, p := range e.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz <= unix.PathMax {
			name := make([]byte, p.Filesz)
			if _, err := p.ReadAt(name, 0); err != nil {
				return ""
			}
			return strings.TrimRight(string(name), "\x00")
		}
	}
	return ""
}
