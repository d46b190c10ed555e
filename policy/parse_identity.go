// Reading what the jail may do as whom it runs: capabilities, outgoing, enforce.

package policy

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"gopkg.in/yaml.v3"
)

// capabilitiesSection is the value of capabilities.
type capabilitiesSection struct {
	place
	keepAll bool
	keep    []string
}

// lifts lists the capabilities that reach out of a sealed jail: into the memory of other processes, or into the whole
// machine (capabilities(7)).
func lifts() []string {
	return []string{"CAP_BPF", "CAP_CHECKPOINT_RESTORE", "CAP_PERFMON", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_MODULE", "CAP_SYS_PTRACE", "CAP_SYS_RAWIO"}
}

// capabilities reads keep, none, or a list.
func (p *parser) capabilities(n *yaml.Node, out *Policy) {
	c := capabilitiesSection{place: p.at(n)}
	if n.Kind == yaml.ScalarNode && n.Tag == "!!str" && !strings.HasPrefix(strings.ToUpper(n.Value), "CAP_") {
		if s, ok := p.oneOf(n, "capabilities", "keep", "none"); ok {
			c.keepAll = s == "keep"
		}
		out.capabilities = c
		return
	}
	for _, e := range p.list(n, "capabilities", true) {
		name, ok := p.text(e, "a capability")
		switch _, known := capabilityNumbers()[name]; {
		case !ok:
		case !known:
			hint := didYouMean(name, capabilityNames(), "capabilities(7) lists them")
			if full := "CAP_" + strings.ToUpper(strings.TrimPrefix(strings.ToLower(name), "cap_")); slices.Contains(capabilityNames(), full) {
				hint = "write " + full
			}
			p.errorf(e, ErrUnknownName, hint, "there is no capability %s", quote(name))
		case slices.Contains(c.keep, name):
			p.errorf(e, ErrValue, "remove one of them", "%s is named twice", name)
		default:
			c.keep = append(c.keep, name)
		}
	}
	slices.Sort(c.keep)
	out.capabilities = c
}

// capabilityNames lists the names of all capabilities, sorted.
func capabilityNames() []string {
	var names []string
	for name := range capabilityNumbers() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// outgoingSection is the map outgoing.
type outgoingSection struct {
	place
	signals   []Signal
	signalsAt place            // said if the list is
	more      *outgoingSection // keys with a +
}

// outgoing reads the map.
func (p *parser) outgoing(n *yaml.Node, out *Policy) {
	out.outgoing.place = p.at(n)
	more, _ := mapping(p, n, "outgoing", outgoingFields(), &out.outgoing)
	out.outgoing.more = &more
}

// outgoingFields are the keys of the map outgoing.
func outgoingFields() []field[outgoingSection] {
	const in = "outgoing"
	return []field[outgoingSection]{
		{Key{Section: in, Name: "signals", Signs: signAdds, Type: "list of signals", Required: true, Example: "signals: [SIGTERM, SIGKILL, SIGABRT]",
			schema: listOf(schema{"type": []string{"string", "integer"}}, 0),
			Doc:    "The signals that tasks of the jail may send, to whomever; 0, which asks whether a process is there, is always allowed. abort(3) sends SIGABRT, and runtimes send signals to their own threads: Go SIGURG, for example."},
			(*parser).outgoingSignals},
	}
}

// outgoingSignals reads the signals that may be sent. An empty list: none.
func (p *parser) outgoingSignals(n *yaml.Node, out *outgoingSection) {
	out.signalsAt = p.at(n)
	for _, e := range p.list(n, "signals", true) {
		if p.full() {
			return
		}
		s, ok := p.signal(e)
		switch {
		case !ok:
		case slices.Contains(out.signals, s):
			p.errorf(e, ErrValue, "remove one of them", "%s is named twice", s)
		default:
			out.signals = append(out.signals, s)
		}
	}
	slices.Sort(out.signals)
}

// enforceRule is the value of enforce.
type enforceRule struct {
	place
	how Enforce
}

// enforce reads strict or best-effort.
func (p *parser) enforce(n *yaml.Node, out *Policy) {
	if s, ok := p.oneOf(n, "enforce", string(EnforceStrict), string(EnforceBestEffort)); ok {
		out.enforce = enforceRule{p.at(n), Enforce(s)}
	}
}

// CapabilityNumber is the number of a capability, CAP_CHOWN; false if there is none of that name.
func CapabilityNumber(name string) (int, bool) {
	n, ok := capabilityNumbers()[name]
	return n, ok
}

// capabilityNumbers are all capabilities by name (capabilities(7)).
func capabilityNumbers() map[string]int {
	return map[string]int{
		"CAP_AUDIT_CONTROL": unix.CAP_AUDIT_CONTROL, "CAP_AUDIT_READ": unix.CAP_AUDIT_READ, "CAP_AUDIT_WRITE": unix.CAP_AUDIT_WRITE,
		"CAP_BLOCK_SUSPEND": unix.CAP_BLOCK_SUSPEND, "CAP_BPF": unix.CAP_BPF, "CAP_CHECKPOINT_RESTORE": unix.CAP_CHECKPOINT_RESTORE,
		"CAP_CHOWN": unix.CAP_CHOWN, "CAP_DAC_OVERRIDE": unix.CAP_DAC_OVERRIDE, "CAP_DAC_READ_SEARCH": unix.CAP_DAC_READ_SEARCH,
		"CAP_FOWNER": unix.CAP_FOWNER, "CAP_FSETID": unix.CAP_FSETID, "CAP_IPC_LOCK": unix.CAP_IPC_LOCK, "CAP_IPC_OWNER": unix.CAP_IPC_OWNER,
		"CAP_KILL": unix.CAP_KILL, "CAP_LEASE": unix.CAP_LEASE, "CAP_LINUX_IMMUTABLE": unix.CAP_LINUX_IMMUTABLE,
		"CAP_MAC_ADMIN": unix.CAP_MAC_ADMIN, "CAP_MAC_OVERRIDE": unix.CAP_MAC_OVERRIDE, "CAP_MKNOD": unix.CAP_MKNOD,
		"CAP_NET_ADMIN": unix.CAP_NET_ADMIN, "CAP_NET_BIND_SERVICE": unix.CAP_NET_BIND_SERVICE, "CAP_NET_BROADCAST": unix.CAP_NET_BROADCAST,
		"CAP_NET_RAW": unix.CAP_NET_RAW, "CAP_PERFMON": unix.CAP_PERFMON, "CAP_SETFCAP": unix.CAP_SETFCAP, "CAP_SETGID": unix.CAP_SETGID,
		"CAP_SETPCAP": unix.CAP_SETPCAP, "CAP_SETUID": unix.CAP_SETUID, "CAP_SYSLOG": unix.CAP_SYSLOG, "CAP_SYS_ADMIN": unix.CAP_SYS_ADMIN,
		"CAP_SYS_BOOT": unix.CAP_SYS_BOOT, "CAP_SYS_CHROOT": unix.CAP_SYS_CHROOT, "CAP_SYS_MODULE": unix.CAP_SYS_MODULE,
		"CAP_SYS_NICE": unix.CAP_SYS_NICE, "CAP_SYS_PACCT": unix.CAP_SYS_PACCT, "CAP_SYS_PTRACE": unix.CAP_SYS_PTRACE,
		"CAP_SYS_RAWIO": unix.CAP_SYS_RAWIO, "CAP_SYS_RESOURCE": unix.CAP_SYS_RESOURCE, "CAP_SYS_TIME": unix.CAP_SYS_TIME,
		"CAP_SYS_TTY_CONFIG": unix.CAP_SYS_TTY_CONFIG, "CAP_WAKE_ALARM": unix.CAP_WAKE_ALARM,
	}
}
