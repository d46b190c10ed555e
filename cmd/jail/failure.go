// Why a program could not be started, in a sentence, with an exit code.

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"

	"golang.org/x/sys/unix"

	"jail/supervisor"
)

// startError makes of an error of Start what jail ends with.
func startError(program string, err error) *exitError {
	code := exitJail
	switch {
	case errors.Is(err, supervisor.ErrPtraceRefused):
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, exec.ErrNotFound):
		code = exitNotFound
	case errors.Is(err, fs.ErrPermission), errors.Is(err, supervisor.ErrForeignABI), errors.Is(err, unix.ENOEXEC):
		code = exitNotExec
	}
	return &exitError{code: code, err: fmt.Errorf("%s: %w", program, err)}
}
