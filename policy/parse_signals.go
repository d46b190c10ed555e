// Reading the rules for signals.

package policy

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"gopkg.in/yaml.v3"
)

// signalRule is an element of signals.
type signalRule struct {
	rulePlace
	signals []Signal
	every   bool // written as any
	from    []Source
	do      SignalAction
	replace Signal
	quiet   bool

	signalNode *yaml.Node
}

// signalRules reads the list signals.
func (p *parser) signalRules(n *yaml.Node, out *Policy) {
	for _, e := range p.rules(n, "signals") {
		r := signalRule{rulePlace: p.ruleAt(n, e)}
		before := len(p.errs)
		mapping(p, e, "a rule of signals", signalFields(), &r)
		if len(p.errs) > before {
			continue
		}
		if len(r.from) == 0 {
			r.from = allSources()
		}
		if p.checkSignals(&r) {
			out.signals = append(out.signals, r)
		}
	}
}

// signalNames reads the signals that a rule is about.
func (p *parser) signalNames(n *yaml.Node, out *signalRule) {
	out.signalNode = n
	all := p.fullList(n, "signal", true)
	for _, e := range all {
		if p.full() {
			return
		}
		if e.Kind == yaml.ScalarNode && e.Value == "any" {
			if len(all) > 1 {
				p.errorf(e, ErrValue, "write signal: any", "any stands alone, without other signals")
				return
			}
			out.every = true
			out.signals = allSignals()
			continue
		}
		s, ok := p.signal(e)
		switch {
		case !ok:
		case s == Signal(unix.SIGKILL):
			p.errorf(e, ErrUnstoppable, "remove it", "SIGKILL kills at once: neither the program nor a policy can hold it back (signal(7))")
		case slices.Contains(out.signals, s):
			p.errorf(e, ErrValue, "remove one of them", "%s is named twice", s)
		default:
			out.signals = append(out.signals, s)
		}
	}
}

// signal reads the name or number of a signal.
func (p *parser) signal(n *yaml.Node) (Signal, bool) {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" && n.Tag != "!!int" {
		return 0, p.errorf(n, ErrType, "write for example SIGTERM", "a signal is a name, not %s", kindName(n))
	}
	if s, ok := parseSignal(n.Value); ok {
		return s, true
	}
	hint := "signal(7) lists the names; real-time signals are written SIGRTMIN+1"
	if _, ok := parseSignal("SIG" + strings.ToUpper(n.Value)); ok {
		hint = "write SIG" + strings.ToUpper(n.Value)
	}
	return 0, p.errorf(n, ErrUnknownSignal, didYouMean(n.Value, signalNames(), hint), "there is no signal %s", quote(n.Value))
}

// allSources is every sender.
func allSources() []Source { return []Source{FromInside, FromOutside, FromKernel} }

// sources reads who sent the signals that a rule is about.
func (p *parser) sources(n *yaml.Node, out *signalRule) {
	for _, e := range p.fullList(n, "from", true) {
		s, ok := p.oneOf(e, "from", string(FromInside), string(FromOutside), string(FromKernel), "any")
		switch {
		case !ok:
		case s == "any":
			out.from = allSources()
		case !slices.Contains(out.from, Source(s)):
			out.from = append(out.from, Source(s))
		}
	}
}

// signalAction reads what happens to a signal.
func (p *parser) signalAction(n *yaml.Node, out *signalRule) {
	s, ok := p.text(n, "an action")
	if !ok {
		return
	}
	verb, arg, hasArg := strings.Cut(s, " ")
	words := []string{string(Deliver), string(Ignore), string(ReplaceSignal), string(SignalKill), string(SignalKillTree)}
	switch {
	case !slices.Contains(words, verb):
		p.errorf(n, ErrUnknownName, didYouMean(verb, words, "it is one of: deliver, ignore, replace SIGNAL, kill, kill-tree"), "the action cannot be %s here", quote(s))
	case verb == string(ReplaceSignal):
		p.replacement(n, strings.TrimSpace(arg), out)
	case hasArg:
		p.errorf(n, ErrValue, "write "+verb, "nothing can follow %s", verb)
	default:
		out.do = SignalAction(verb)
	}
}

// replacement reads the signal of "replace SIGUSR1".
func (p *parser) replacement(n *yaml.Node, name string, out *signalRule) {
	s, ok := parseSignal(name)
	switch {
	case name == "":
		p.errorf(n, ErrUnknownSignal, "write for example replace SIGUSR1", "replace needs the name of a signal")
	case !ok:
		p.errorf(n, ErrUnknownSignal, didYouMean(name, signalNames(), "signal(7) lists the names"), "there is no signal %s", quote(name))
	case s == Signal(unix.SIGKILL):
		p.errorf(n, ErrUnstoppable, "write kill", "a signal is not replaced by SIGKILL: the process is killed")
	default:
		out.do, out.replace = ReplaceSignal, s
	}
}

// checkSignals refuses rules that would not do what they say.
func (p *parser) checkSignals(r *signalRule) bool {
	loses := r.do == Ignore || r.do == ReplaceSignal
	if !loses {
		return true
	}
	stop := Signal(unix.SIGSTOP)
	if r.every { // whoever writes any means what can be held back
		r.signals = slices.DeleteFunc(r.signals, func(s Signal) bool { return s == stop })
	}
	if slices.Contains(r.signals, stop) {
		return p.errorf(r.signalNode, ErrUnstoppable, "remove it, or let it kill", "SIGSTOP always stops, whoever sends it relies on that (signal(7)): it cannot be ignored or replaced")
	}
	if r.do != Ignore || !slices.Contains(r.from, FromKernel) {
		return true
	}
	// A fault whose signal is dropped happens again at once, for ever.
	faults := []Signal{Signal(unix.SIGSEGV), Signal(unix.SIGBUS), Signal(unix.SIGFPE), Signal(unix.SIGILL), Signal(unix.SIGTRAP), Signal(unix.SIGSYS)}
	if r.every {
		r.signals = slices.DeleteFunc(r.signals, func(s Signal) bool { return slices.Contains(faults, s) })
		return true
	}
	for _, s := range r.signals {
		if slices.Contains(faults, s) {
			return p.errorf(r.signalNode, ErrUnstoppable, "write from: [inside, outside]",
				"%s from the kernel cannot be ignored: the instruction that caused it would run again, for ever", s)
		}
	}
	return true
}
