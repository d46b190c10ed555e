// Results as text.

package decode

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Errnos that no program sees: the kernel makes the call again (include/linux/errno.h).
const (
	eRestartSys    = unix.Errno(512)
	eRestartNoIntr = unix.Errno(513)
	eRestartNoHand = unix.Errno(514)
	eRestartBlock  = unix.Errno(516)
)

func isRestart(e unix.Errno) bool {
	return e == eRestartSys || e == eRestartNoIntr || e == eRestartNoHand || e == eRestartBlock
}

// A resultForm says how a result that is no failure is printed.
type resultForm uint8

const (
	decimal      resultForm = iota
	pointer                 // an address
	octal                   // permissions
	never                   // the call does not come back
	signalNumber            // a signal
	schedPolicy             // how a process is scheduled
	persona                 // a personality
	newFD                   // a descriptor that the call made
	byArgument              // some other way, which depends on arguments
)

func resultForms() map[string]resultForm {
	return map[string]resultForm{"pointer": pointer, "octal": octal, "never": never, "signal": signalNumber,
		"policy": schedPolicy, "persona": persona, "fd": newFD}
}

// makesFD tells whether the result is a new descriptor.
func (c *Call) makesFD() bool {
	if c.sig == nil {
		return false
	}
	if c.Name == "fcntl" {
		command := uint32(c.Args[1].Raw)
		return command == unix.F_DUPFD || command == unix.F_DUPFD_CLOEXEC
	}
	return c.sig.result == newFD
}

// resultText is what stands after "= ".
func (d *dec) resultText(r Result) string {
	if r.Errno != 0 {
		return errnoText(r.Errno)
	}
	form := decimal
	if d.c.sig != nil {
		form = d.c.sig.result
	}
	if d.hexResult {
		form = pointer
	}
	text := ""
	switch {
	case form == pointer || d.c.sig == nil && r.Value < 0:
		text = hex(uint64(r.Value))
	case form == octal:
		text = string(appendOctal(nil, uint64(r.Value)))
	case form == signalNumber && signalName(r.Value) != "":
		text = strconv.FormatInt(r.Value, 10) + " (" + signalName(r.Value) + ")"
	case form == schedPolicy:
		text = strconv.FormatInt(r.Value, 10) + " (" + string(schedPolicies().append(nil, uint64(r.Value))) + ")"
	case form == persona && r.Value == 0:
		text = "0 (PER_LINUX)"
	case form == persona:
		text = hex(uint64(r.Value))
	case form == never:
		text = "?"
	default:
		text = strconv.FormatInt(r.Value, 10)
	}
	if d.note != "" && d.c.have&Text != 0 {
		text += " (" + d.note + ")"
	}
	return text
}

// errnoText is "-1 ENOENT (No such file or directory)", or what the kernel says to itself about restarts.
func errnoText(e unix.Errno) string {
	switch e {
	case eRestartSys:
		return "? ERESTARTSYS (To be restarted if SA_RESTART is set)"
	case eRestartNoIntr:
		return "? ERESTARTNOINTR (To be restarted)"
	case eRestartNoHand:
		return "? ERESTARTNOHAND (To be restarted if no handler)"
	case eRestartBlock:
		return "? ERESTART_RESTARTBLOCK (Interrupted by signal)"
	}
	name := unix.ErrnoName(e)
	if e == unix.EOPNOTSUPP { // two names for one number
		name = "EOPNOTSUPP"
	}
	if name == "" {
		return "-1 (errno " + strconv.Itoa(int(e)) + ")"
	}
	text := e.Error()
	return "-1 " + name + " (" + strings.ToUpper(text[:1]) + text[1:] + ")"
}
