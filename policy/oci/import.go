// From a profile to a policy of jail.

package oci

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/seccomp"
)

// Options say for which container a profile is read: Docker's profiles have
// rules for some machines, kernels and capabilities only.
type Options struct {
	Machine      seccomp.ABI // seccomp.X86_64 or seccomp.ARM64
	Kernel       Version     // for includes and excludes by minKernel
	Capabilities []string    // "CAP_SYS_ADMIN", …; none: as an ordinary user has
}

// Imported is a profile in jail's language.
type Imported struct {
	Policy []byte // YAML that policy.Parse takes, with comments
	Notes  []Note // what was left out, in the order of the profile
}

// Note says what is special about a place of a profile.
type Note struct {
	File         string
	Line, Column int // counted from 1
	Text         string
}

// String is one line: "file:line:column: text".
func (n Note) String() string { return fmt.Sprintf("%s:%d:%d: %s", n.File, n.Line, n.Column, n.Text) }

// Import translates a profile of Docker, Podman or the OCI runtime
// specification. file is its name for messages only. The error is an [Errors]
// with the mistakes of the profile. The policy refuses all that the original
// refuses, and what jail refuses under every policy; the package's
// introduction says more. Import reads nothing but data, and its time and
// memory are bounded whatever data is. It may be called from any goroutine.
func Import(file string, data []byte, o Options) (*Imported, error) {
	if o.Machine != seccomp.X86_64 && o.Machine != seccomp.ARM64 {
		return nil, fmt.Errorf("%w: %v; jail runs on x86_64 and arm64", ErrMachine, o.Machine)
	}
	root, err := readJSON(file, data)
	if err != nil {
		return nil, err
	}
	p, err := decode(file, root)
	if err != nil {
		return nil, err
	}
	d := &decoder{file: file, notes: p.notes}
	c, err := d.choose(p, o)
	if err != nil {
		return nil, err
	}
	m := &importer{decoder: d, profile: p, chosen: c, options: o,
		words: &translator{foreign: len(c.foreign) > 0, asked: make(map[[2]string]bool)}}
	text, err := m.policy()
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(d.notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Imported{Policy: text, Notes: d.notes}, nil
}

// importer makes one policy.
type importer struct {
	*decoder
	profile *profile
	chosen  *chosen
	options Options
	words   *translator
	closed  []string // what the original lets run and jail does not, for the comment
	first   []*line  // rules with conditions, to be tried first
	last    []*line
}

// line is a rule of the policy.
type line struct {
	rule   int // index into chosen.rules
	part   int
	when   clause
	calls  []string
	action string
	kind   seccomp.Kind
}

// policy writes the policy, and sees to it that jail takes it.
func (m *importer) policy() ([]byte, error) {
	for _, v := range m.chosen.calls {
		m.call(v)
		if m.words.tired {
			return nil, m.tooBig(fmt.Sprintf("has more than %d different conditions on calls", maxAsked))
		}
		if n := len(m.first) + len(m.last); n > maxLines {
			return nil, m.tooBig(fmt.Sprintf("makes more than %d rules, the most that a policy may have", maxLines))
		}
	}
	m.guards()
	m.restart()
	// The first rule that matches decides in jail's language, so the strictest comes first.
	slices.SortStableFunc(m.first, func(a, b *line) int { return cmp.Compare(a.kind, b.kind) })
	slices.SortStableFunc(m.last, func(a, b *line) int { return cmp.Compare(a.rule, b.rule) })
	text := m.write()
	if _, err := policy.Parse(m.file, text); err != nil {
		return nil, m.tooBig("makes a policy that jail does not take: " + strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return text, nil
}

// maxLines is how many rules a policy of jail may have.
const maxLines = 512

func (m *importer) tooBig(msg string) error {
	return Errors{{File: m.file, Msg: msg, kind: ErrTooBig}}
}

// call makes the rules for one call.
func (m *importer) call(v *verdicts) {
	if v.always != nil {
		switch r := m.rule(*v.always); {
		case !runs(r.do) || m.opens(v.name, v.always.rule):
			m.put(&m.last, *v.always, nil, v.name)
		case v.name == "seccomp":
			m.queries(*v.always, nil)
		}
		return
	}
	for _, u := range v.when {
		r := m.rule(u)
		if runs(r.do) && opensPrctl(v.name, u.args) || runs(r.do) && !m.opens(v.name, u.rule) && v.name != "seccomp" {
			continue
		}
		all, missed := m.words.clauses(v.name, u.args, !runs(r.do))
		for _, l := range missed {
			what := "so it refuses without the condition"
			if runs(r.do) {
				what = "so the rule is left out for it"
			}
			m.notef(l.arg.place, "%s of %s is a condition that jail cannot hold, %s", l.arg.source, l.call, what)
		}
		for _, when := range all {
			if runs(r.do) && v.name == "seccomp" {
				m.queries(u, when)
			} else {
				m.put(&m.first, u, when, v.name)
			}
		}
	}
}

func (m *importer) rule(u use) *rule { return &m.chosen.rules[u.rule] }

// put adds a call to a rule of the policy.
func (m *importer) put(lines *[]*line, u use, when clause, call string) {
	for _, l := range slices.Backward(*lines) {
		if l.rule == u.rule && l.part == u.part && slices.Equal(l.when, when) && len(l.calls) < maxLines {
			if !slices.Contains(l.calls, call) { // a rule of a profile may name one twice
				l.calls = append(l.calls, call)
			}
			return
		}
	}
	do := m.rule(u).do
	*lines = append(*lines, &line{u.rule, u.part, when, []string{call}, do.jail(false), do.kind})
}

// runs tells whether a call with this action is done.
func runs(a action) bool { return a.kind == seccomp.KindAllow || a.kind == seccomp.KindLog }

// jail is the action in jail's words, as a default or in a rule.
func (a action) jail(byDefault bool) string {
	switch a.kind {
	case seccomp.KindAllow:
		return "allow"
	case seccomp.KindLog:
		if byDefault {
			return "allow"
		}
		return "trace"
	case seccomp.KindTrace, seccomp.KindNotify:
		return "errno ENOSYS"
	case seccomp.KindErrno:
		if name := unix.ErrnoName(a.errno); name != "" && a.errno < 512 {
			return "errno " + name
		}
		return "errno EPERM"
	default:
		return "kill-process"
	}
}

// guarded tells whether jail's own guard on a call is opened by any rule that
// names it; an import opens none.
func guarded(call string) bool {
	switch call {
	case "clone3", "ptrace", "seccomp", "io_uring_setup", "io_uring_enter", "io_uring_register":
		return true
	default:
		return false
	}
}

// opensPrctl tells whether a rule would open the guard of prctl(PR_SET_SECCOMP).
func opensPrctl(call string, args []arg) bool {
	return call == "prctl" && slices.ContainsFunc(args, func(a arg) bool {
		return a.index == 0 && a.op == seccomp.Eq && uint32(a.value) == unix.PR_SET_SECCOMP
	})
}

// opens tells whether a call that the original lets run may be named. If not
// it goes onto the list of the header.
func (m *importer) opens(call string, rule int) bool {
	if !guarded(call) {
		return true
	}
	entry := fmt.Sprintf("%s (%v)", call, m.chosen.rules[rule].place)
	if !slices.Contains(m.closed, entry) {
		m.closed = append(m.closed, entry)
	}
	return false
}

// queries lets the two queries of seccomp(2) run: they are no danger, and
// jail's guard lets them pass.
func (m *importer) queries(u use, when clause) {
	for _, query := range []string{"arg0 == SECCOMP_GET_ACTION_AVAIL", "arg0 == SECCOMP_GET_NOTIF_SIZES"} {
		m.put(&m.first, u, append(slices.Clone(when), query), "seccomp")
	}
}

// guards lists what jail refuses although the profile lets every call run that
// it does not name.
func (m *importer) guards() {
	if !runs(m.profile.byItself) {
		return
	}
	for _, call := range []string{"clone3", "ptrace", "seccomp", "io_uring_setup", "io_uring_enter", "io_uring_register"} {
		if m.chosen.byName[call] == nil {
			m.closed = append(m.closed, call+" (by default)")
		}
	}
}

// restart keeps restart_syscall refused: jail lets it run if no rule speaks of
// it.
func (m *importer) restart() {
	const call = "restart_syscall"
	v := m.chosen.byName[call]
	if runs(m.profile.byItself) || v != nil && v.always != nil {
		return
	}
	m.last = append(m.last, &line{rule: len(m.chosen.rules), calls: []string{call}, action: m.profile.byItself.jail(true), kind: m.profile.byItself.kind})
}
