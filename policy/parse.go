// From a policy's text to a checked Policy.

package policy

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"jail/seccomp"
)

// Policy is a policy that holds no mistake. It does not change and may be
// used from any goroutine.
type Policy struct {
	Name        string // what the policy calls itself, else its file's name without the ending
	Description string // may be empty
	File        string // as it was given to Parse or Load

	foreign  []foreignABI
	byItself defaultRule
	syscalls []syscallRule
	signals  []signalRule
	limits   cloneSection
	programs execSection
	left     leftRule
	outside  outsideRule

	base         extendsRule
	override     overrideRule
	enforce      enforceRule
	files        filesSection
	network      networkSection
	outgoing     outgoingSection
	bounds       boundsSection
	environment  environmentSection
	descriptors  descriptorsSection
	capabilities capabilitiesSection

	builtIn string // the name under which it is built in, if it was asked for by that

	more *Policy // what keys of the top say with a +

	warnings []*Error
}

// place is where something stands in a file; with line 0 it stands nowhere.
type place struct {
	file         string
	line, column int
}

// said tells whether it stands in the policy at all.
func (at place) said() bool { return at.line > 0 }

// at is where a node stands.
func (p *parser) at(n *yaml.Node) place { return place{p.file, n.Line, n.Column} }

// foreignABI is an element of abis.
type foreignABI struct {
	place
	abi seccomp.ABI
}

// defaultRule is the value of default.
type defaultRule struct {
	place
	action Action
}

// leftRule is the value of survivors.
type leftRule struct {
	place
	how Survivors
}

// outsideRule is the value of outside, and where it stands; 0:0 if the policy does not say.
type outsideRule struct {
	place
	reach Outside
}

// version is the only one there is.
func (p *parser) version(n *yaml.Node, _ *Policy) {
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag != "!!int":
		p.errorf(n, ErrType, "write version: 1", "the version is the number 1, not %s", kindName(n))
	case n.Value != "1":
		p.errorf(n, ErrVersion, "this jail knows version 1", "there is no version %s of the language", quote(n.Value))
	}
}

// abis reads the foreign ABIs that are let in.
func (p *parser) abis(n *yaml.Node, out *Policy) {
	for _, e := range p.list(n, "abis", true) {
		name, ok := p.text(e, "an ABI")
		if !ok {
			continue
		}
		abi, _ := seccomp.ParseABI(name)
		switch {
		case abi == seccomp.X86_64 || abi == seccomp.ARM64:
			p.errorf(e, ErrUnknownABI, "remove it", "the machine's own ABI is always let in and is not named here")
		case abi == 0 || abi.String() != name:
			words := []string{"i386", "x32", "arm"}
			p.errorf(e, ErrUnknownABI, didYouMean(name, words, "it is one of: i386, x32, arm"), "there is no ABI %s", quote(name))
		case slices.ContainsFunc(out.foreign, func(f foreignABI) bool { return f.abi == abi }):
			p.errorf(e, ErrValue, "remove one of them", "the ABI %s is named twice", name)
		default:
			out.foreign = append(out.foreign, foreignABI{p.at(e), abi})
		}
	}
}

// defaultAction reads what happens to calls that no rule matches.
func (p *parser) defaultAction(n *yaml.Node, out *Policy) {
	out.byItself = defaultRule{p.at(n), p.action(n, Allow, Errno, KillProcess, KillTree)}
}

// survivors reads kill or wait.
func (p *parser) survivors(n *yaml.Node, out *Policy) {
	if s, ok := p.oneOf(n, "survivors", string(SurvivorsKill), string(SurvivorsWait)); ok {
		out.left = leftRule{p.at(n), Survivors(s)}
	}
}

// outside reads sealed or open.
func (p *parser) outside(n *yaml.Node, out *Policy) {
	if s, ok := p.oneOf(n, "outside", string(OutsideSealed), string(OutsideOpen)); ok {
		out.outside = outsideRule{p.at(n), Outside(s)}
	}
}

// action reads an action of one of some verbs. The answer is the zero Action
// if there was a mistake.
func (p *parser) action(n *yaml.Node, verbs ...Verb) Action {
	s, ok := p.text(n, "an action")
	if !ok {
		return Action{}
	}
	verb, arg, hasArg := strings.Cut(s, " ")
	switch {
	case !slices.Contains(verbs, Verb(verb)):
		p.errorf(n, ErrUnknownName, actionHint(verb, verbs), "the action cannot be %s here", quote(s))
	case verb != string(Errno) && hasArg:
		p.errorf(n, ErrValue, "write "+verb, "nothing can follow %s", verb)
	case verb != string(Errno):
		return Action{Verb: Verb(verb)}
	case strings.TrimSpace(arg) == "":
		p.errorf(n, ErrUnknownErrno, "write for example errno EPERM", "errno needs the name of an error")
	default:
		e, ok := parseErrno(strings.TrimSpace(arg))
		if ok {
			return Action{Verb: Errno, Errno: e}
		}
		p.errorf(n, ErrUnknownErrno, didYouMean(arg, errnoNames(), "errno(3) lists the names, for example EPERM, EACCES, ENOSYS"), "there is no error %s", quote(arg))
	}
	return Action{}
}

// actionHint says what was meant by a word that is no verb.
func actionHint(word string, verbs []Verb) string {
	words := make([]string, len(verbs))
	for i, v := range verbs {
		words[i] = string(v)
		if v == Errno {
			words[i] = "errno NAME"
		}
	}
	all := "it is one of: " + strings.Join(words, ", ")
	if _, ok := parseErrno(strings.ToUpper(word)); ok {
		return fmt.Sprintf("write errno %s", strings.ToUpper(word))
	}
	switch word {
	case "kill":
		return "write kill-process, or kill-tree for everything in the jail"
	case "deny", "refuse", "block":
		return "write for example errno EPERM"
	}
	bare := make([]string, len(verbs))
	for i, v := range verbs {
		bare[i] = string(v)
	}
	return didYouMean(word, bare, all)
}
