// Opens that meet a link which was not there when the path was resolved: they are made again.

package paths

import (
	"runtime"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// mostRemakes is how often in a row: a program that exchanges links all the time gets ELOOP at last.
const mostRemakes = 20

// remakes is what is kept about an open.
type remakes struct {
	left  int    // 0: an ELOOP is the program's
	again bool   // the next call is the same one
	guess string // the name that was taken unresolved
}

// meets notes that the open under way fails with ELOOP only if somebody has put a link into its way, or not even then.
func (e *Engine) meets(serial uint64, never bool) {
	if r := e.opens[serial]; never {
		delete(e.opens, serial)
	} else if r.again {
		e.opens[serial] = remakes{left: r.left - 1}
	} else {
		e.opens[serial] = remakes{left: mostRemakes}
	}
}

// remake puts a task back onto its call instruction, if its open met a link: it comes with its own call again. syscall of x86-64 has
// two bytes. Elsewhere ELOOP stands.
func (e *Engine) remake(s *utrace.Stopped, result int64) {
	id := s.ID().Serial
	r, ok := e.opens[id]
	delete(e.opens, id)
	if !ok || r.left <= 0 || result != -int64(unix.ELOOP) || runtime.GOARCH != "amd64" {
		return
	}
	e.wrong(r.guess)
	regs, err := s.Registers()
	if err != nil || regs.Nr < 0 {
		return
	}
	const instruction = 2
	regs.PC -= instruction
	regs.Result = regs.Nr
	if s.SetRegisters(regs) == nil {
		e.opens[id] = remakes{left: r.left, again: true}
	}
}
