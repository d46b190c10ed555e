// Compiling capabilities and outgoing.

package policy

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// identity compiles capabilities.
func (c *compiler) identity() {
	kept := c.policy.keptCapabilities()
	out := &c.plan.Identity
	out.KeepCapabilities, out.Capabilities = kept.keepAll, kept.keep
	origin, text := BuiltIn, "capabilities: none"
	if kept.said() {
		origin = c.origin(kept.place)
	}
	switch {
	case kept.keepAll:
		text = "capabilities: keep"
	case len(kept.keep) > 0:
		text = "capabilities: " + shortList(kept.keep)
	}
	info := RuleInfo{Origin: origin, Text: text, Layer: LayerKernel, Sound: true, Cost: costNone}
	if !kept.keepAll {
		info.Why = "dropped before the program's first instruction; no_new_privs keeps every later program from getting them back"
		info.AllowHint = c.more(kept.place, "", "capabilities: [CAPABILITY]")
	}
	out.Rule = c.info(info)
}

// Mask is Capabilities as the kernel counts them: a bit for each, by number (capabilities(7)).
func (i Identity) Mask() uint64 {
	var mask uint64
	for _, name := range i.Capabilities {
		if nr, ok := capabilityNumbers()[name]; ok {
			mask |= 1 << nr
		}
	}
	return mask
}

// outgoing compiles the signals that may be sent: the number is a scalar of every call that sends one.
func (c *compiler) outgoing() {
	o := c.policy.outgoing
	if !o.said() {
		return
	}
	words := make([]string, len(o.signals))
	others := make([]number, len(o.signals))
	may := make(map[Signal]bool)
	for i, s := range o.signals {
		words[i], others[i], may[s] = s.String(), number{bits: uint64(s)}, true
	}
	action := errnoAction(unix.EPERM)
	add := func(call, what, signal string, when []condition) int {
		info := filterInfo(c.origin(o.signalsAt), cut(fmt.Sprintf("outgoing: signals: %s, others by %s: %v", shortList(words), what, action)), action, false)
		info.AllowHint = c.more(o.signalsAt, "outgoing", "signals: ["+signal+"]")
		at := len(c.plan.Rules)
		c.guard(guard{call: call, when: when, stands: true}, info)
		return at
	}
	unlisted := func(arg int) []condition {
		all := []condition{differs(arg, 0)} // asks only whether the process is there (kill(2))
		for _, n := range others {
			all = append(all, differs(arg, n.bits))
		}
		return all
	}
	rule := add("kill", "kill", "{signal:1}", unlisted(1))
	for _, s := range []struct {
		call string
		arg  int
	}{{"tkill", 1}, {"tgkill", 2}, {"rt_sigqueueinfo", 1}, {"rt_tgsigqueueinfo", 2}, {"pidfd_send_signal", 1}} {
		add(s.call, s.call, fmt.Sprintf("{signal:%d}", s.arg), unlisted(s.arg))
	}
	c.ownedDescriptors(may, unlisted(2), add)
	c.plan.Outgoing = Outgoing{Restrict: true, Signals: o.signals, Rule: rule}
}

// ownedDescriptors refuses what makes the kernel send signals in the program's name: the owner of a descriptor gets SIGIO
// and SIGURG, or the signal of F_SETSIG (fcntl(2), "Managing signals").
func (c *compiler) ownedDescriptors(may map[Signal]bool, unlisted []condition, add func(call, what, signal string, when []condition) int) {
	const owners = "SIGIO, SIGURG"
	for _, call := range []string{"fcntl", "fcntl64"} {
		if !c.has(call) {
			continue
		}
		add(call, "F_SETSIG of "+call, "{signal:2}", append([]condition{equal(1, unix.F_SETSIG)}, wide32(unlisted)...))
		if may[Signal(unix.SIGIO)] && may[Signal(unix.SIGURG)] {
			continue
		}
		for _, cmd := range []uint64{unix.F_SETOWN, unix.F_SETOWN_EX} {
			add(call, "F_SETOWN of "+call, owners, []condition{equal(1, cmd)})
		}
	}
	if !may[Signal(unix.SIGIO)] || !may[Signal(unix.SIGURG)] {
		for _, request := range []uint64{fioSetOwn, siocSetPgrp} {
			add("ioctl", "FIOSETOWN of ioctl", owners, []condition{equal(1, request)})
		}
	}
}

// Requests of ioctl that golang.org/x/sys/unix lacks (asm-generic/sockios.h).
const (
	fioSetOwn   = 0x8901
	siocSetPgrp = 0x8902
)

// wide32 is conditions on an argument of which the kernel looks at 32 bits, for a call whose table says more.
func wide32(all []condition) []condition {
	out := make([]condition, len(all))
	for i, c := range all {
		c.width = 32
		out[i] = c
	}
	return out
}
