// What is known of a program that is about to run, as far as a rule asks for it.

package exec

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/utrace"
)

// facts are what the rules may ask of one start. What they have asked for is kept, for the message of a refusal.
type facts struct {
	path, name string // where it is, as the rules have it; a name that leads to it now
	script     bool
	argv       func() ([]string, error)

	sum     string
	failed  error // why there is no sum
	summed  bool
	given   []string
	unknown error // why there are no arguments
	asked   bool
}

// allows tells whether the rules let it run. denied is as for sums.sum.
func (e *engine) allows(f *facts, denied bool) bool {
	_, refused := e.rules.RefusedBy(policy.ExecStart{
		Path: f.path, Script: f.script,
		SHA256: func() (string, error) {
			if !f.summed {
				f.sum, f.failed = e.sums.sum(f.name, denied)
				f.summed = true
			}
			return f.sum, f.failed
		},
		Argv: func() ([]string, error) {
			if !f.asked {
				f.given, f.unknown = f.argv()
				f.asked = true
			}
			return f.given, f.unknown
		},
	})
	return !refused
}

// conditions says what was asked for beside the path, as the end of a sentence; "" if nothing was.
func (f *facts) conditions() string {
	var all []string
	switch {
	case f.failed != nil:
		all = append(all, fmt.Sprintf("whose SHA-256 is not known (%v)", f.failed))
	case f.summed:
		all = append(all, "whose SHA-256 is "+f.sum)
	}
	switch {
	case f.unknown != nil:
		all = append(all, fmt.Sprintf("with arguments that can't be read (%v)", f.unknown))
	case f.asked:
		all = append(all, "with the arguments "+quoted(f.given))
	}
	if len(all) == 0 {
		return ""
	}
	return ", " + strings.Join(all, ", ")
}

// quoted are arguments for a message, cut.
func quoted(argv []string) string {
	const most = 200
	text := fmt.Sprintf("%q", argv)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…" // not the half of a letter
	}
	return text
}

// argvOf reads the arguments that a call names. Other tasks may change them afterwards: it is good for an errno only.
func argvOf(s *utrace.Stopped, r *request) func() ([]string, error) {
	return func() ([]string, error) {
		m := newMemory(s)
		list, err := m.pointers(r.address(r.at+1), r.pointer)
		if err != nil {
			return nil, err
		}
		return m.texts(list)
	}
}

// stackOf reads the arguments that a new program has on its stack. There the kernel has put a copy of its own: argc, then the
// pointers and a null one (the ABIs' process initialization).
func stackOf(s *utrace.Stopped) func() ([]string, error) {
	return func() ([]string, error) {
		regs, err := s.Registers()
		if err != nil {
			return nil, err
		}
		var first [8]byte
		if n, err := s.ReadMem(regs.SP, first[:]); err != nil || n < len(first) {
			return nil, orFault(err)
		}
		size := 8
		if word(first[4:]) != 0 { // not the high half of a number of arguments, but the first of 32-bit pointers
			size = 4
		}
		m := newMemory(s)
		list, err := m.pointers(regs.SP+uint64(size), size)
		if err != nil {
			return nil, err
		}
		if uint64(len(list)) != word(first[:size]) {
			return nil, unix.EFAULT
		}
		return m.texts(list)
	}
}

func orFault(err error) error {
	if err == nil {
		return unix.EFAULT
	}
	return err
}
