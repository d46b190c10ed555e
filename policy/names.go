// Numbers that a policy writes as names: errnos and signals.

package policy

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrnoNumber is an error number that is written as its name: "EPERM".
type ErrnoNumber uint16

// maxErrno is above every errno that a program is meant to see
// (errno(3)); the numbers from 512 on are the kernel's own.
const maxErrno = 511

// String is the errno's name, or its number if it has none.
func (e ErrnoNumber) String() string {
	if name := unix.ErrnoName(unix.Errno(e)); name != "" {
		return name
	}
	return strconv.Itoa(int(e))
}

// MarshalText writes the errno as its name.
func (e ErrnoNumber) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (e *ErrnoNumber) UnmarshalText(text []byte) error {
	n, ok := parseErrno(string(text))
	if !ok {
		return fmt.Errorf("%w %q", ErrUnknownErrno, text)
	}
	*e = n
	return nil
}

// parseErrno finds an errno by name.
func parseErrno(name string) (ErrnoNumber, bool) {
	switch name {
	case "":
		return 0, false
	case "EWOULDBLOCK":
		return ErrnoNumber(unix.EWOULDBLOCK), true
	case "ENOTSUP":
		return ErrnoNumber(unix.ENOTSUP), true
	case "EDEADLOCK":
		return ErrnoNumber(unix.EDEADLOCK), true
	}
	for e := ErrnoNumber(1); e <= maxErrno; e++ {
		if unix.ErrnoName(unix.Errno(e)) == name {
			return e, true
		}
	}
	return 0, false
}

// errnoNames lists all names of errnos.
func errnoNames() []string {
	var names []string
	for e := ErrnoNumber(1); e <= maxErrno; e++ {
		if name := unix.ErrnoName(unix.Errno(e)); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// Signal is a signal's number, 1 to 64, that is written as its name:
// "SIGTERM", "SIGRTMIN+1". SIGRTMIN is the one that programs know, 34: the C
// library keeps 32 and 33 for itself (signal(7), "Real-time signals").
type Signal uint8

const (
	sigRTMin Signal = 34
	sigRTMax Signal = 64
)

// String is the signal's name.
func (s Signal) String() string {
	switch {
	case s == sigRTMin:
		return "SIGRTMIN"
	case s > sigRTMin && s <= sigRTMax:
		return fmt.Sprintf("SIGRTMIN+%d", s-sigRTMin)
	}
	if name := unix.SignalName(unix.Signal(s)); name != "" {
		return name
	}
	return strconv.Itoa(int(s))
}

// MarshalText writes the signal as its name.
func (s Signal) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes, and all other names that a
// policy may use.
func (s *Signal) UnmarshalText(text []byte) error {
	n, ok := parseSignal(string(text))
	if !ok {
		return fmt.Errorf("%w %q", ErrUnknownSignal, text)
	}
	*s = n
	return nil
}

// parseSignal finds a signal by name or number.
func parseSignal(name string) (Signal, bool) {
	if n, err := strconv.ParseUint(name, 10, 8); err == nil {
		return Signal(n), n >= 1 && n <= uint64(sigRTMax) && name[0] != '0'
	}
	if rest, ok := strings.CutPrefix(name, "SIGRTMIN"); ok {
		n, ok := rtOffset(rest, "+")
		return sigRTMin + n, ok
	}
	if rest, ok := strings.CutPrefix(name, "SIGRTMAX"); ok {
		n, ok := rtOffset(rest, "-")
		return sigRTMax - n, ok
	}
	switch name { // second names, which unix.SignalNum lacks (signal(7))
	case "SIGIOT":
		return Signal(unix.SIGABRT), true
	case "SIGPOLL":
		return Signal(unix.SIGIO), true
	case "SIGCLD":
		return Signal(unix.SIGCHLD), true
	}
	s := unix.SignalNum(name)
	return Signal(s), s != 0
}

// rtOffset reads the "+1" of SIGRTMIN+1.
func rtOffset(s, sign string) (Signal, bool) {
	if s == "" {
		return 0, true
	}
	digits, ok := strings.CutPrefix(s, sign)
	if !ok || len(digits) > 2 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 8)
	return Signal(n), err == nil && n <= uint64(sigRTMax-sigRTMin)
}

// allSignals lists every signal that a rule can hold back: SIGKILL is not one
// of them.
func allSignals() []Signal {
	var all []Signal
	for s := Signal(1); s <= sigRTMax; s++ {
		if s != Signal(unix.SIGKILL) {
			all = append(all, s)
		}
	}
	return all
}

// signalNames lists the names of all signals, for suggestions.
func signalNames() []string {
	var names []string
	for s := Signal(1); s < 32; s++ {
		names = append(names, s.String())
	}
	return append(names, "SIGRTMIN", "SIGRTMAX")
}
