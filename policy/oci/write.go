// The text of an imported policy. Whatever comes from the profile is quoted: it must not become YAML.

package oci

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/seccomp"
)

// write is the whole policy.
func (m *importer) write() []byte {
	var b bytes.Buffer
	m.header(&b)
	base := plain(filepath.Base(m.file))
	fmt.Fprintf(&b, "version: 1\nname: %q\ndescription: %q\n", strings.TrimSuffix(base, filepath.Ext(base)), "Imported from "+base)
	if len(m.chosen.foreign) > 0 {
		fmt.Fprintf(&b, "abis: [%s]\n", joined(m.chosen.foreign))
	}
	fmt.Fprintf(&b, "\n# %v: %s\ndefault: %s\n", m.profile.byItself.place, m.profile.byItself.says(), m.profile.byItself.jail(true))
	if len(m.first)+len(m.last) == 0 {
		return b.Bytes()
	}
	b.WriteString("\nsyscalls:\n")
	said := ""
	for _, l := range slices.Concat(m.first, m.last) {
		if comment := m.comment(l); comment != said {
			b.WriteString(comment)
			said = comment
		}
		l.write(&b)
	}
	return b.Bytes()
}

// plain is the name of a file as a policy may call itself.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, s)
	return s[:min(len(s), 100)]
}

func joined(abis []seccomp.ABI) string {
	words := make([]string, len(abis))
	for i, a := range abis {
		words[i] = a.String()
	}
	return strings.Join(words, ", ")
}

// header says what the policy is and where it is not the original.
func (m *importer) header(b *bytes.Buffer) {
	caps := "no capabilities"
	if len(m.options.Capabilities) > 0 {
		words := make([]string, len(m.options.Capabilities))
		for i, c := range m.options.Capabilities {
			words[i] = strings.Trim(quote(c), `"`)
		}
		caps = strings.Join(words, ", ")
	}
	fmt.Fprintf(b, "# Imported by jail from the seccomp profile %s, for %v, Linux %d.%d and %s.\n", quote(filepath.Base(m.file)),
		m.options.Machine, m.options.Kernel.Major, m.options.Kernel.Minor, caps)
	b.WriteString("# A comment line:column says where in the profile a rule comes from.\n#\n")
	if m.mixed() {
		b.WriteString("# Where rules of the profile with different actions match one call, the strictest decides.\n#\n")
	}
	b.WriteString("# Whatever the original says, jail refuses clone with CLONE_UNTRACED or CLONE_PARENT, prctl(PR_SET_SECCOMP), and\n" +
		"# calls of 32-bit ABIs that would get round a rule (socketcall, ipc, mmap, 16-bit user numbers).\n")
	if len(m.closed) > 0 {
		b.WriteString("# The original lets these run, and jail refuses them (a rule that names the call allows it):\n")
		for _, c := range m.closed {
			fmt.Fprintf(b, "#   %s\n", c)
		}
	}
	if len(m.notes) > 0 {
		b.WriteString("#\n# Left out or changed:\n")
	}
	for i, n := range m.notes {
		if i == maxNotes {
			fmt.Fprintf(b, "#   … and %d more\n", len(m.notes)-i)
			break
		}
		fmt.Fprintf(b, "#   %d:%d: %s\n", n.Line, n.Column, n.Text)
	}
	b.WriteString("\n")
}

// maxNotes is how many notes the header has.
const maxNotes = 200

// mixed tells whether rules with conditions have different actions.
func (m *importer) mixed() bool {
	return slices.ContainsFunc(m.first, func(l *line) bool { return l.action != m.first[0].action })
}

// comment says where a rule comes from.
func (m *importer) comment(l *line) string {
	if l.rule == len(m.chosen.rules) {
		return "  # As the default has it; without a rule jail lets this call run.\n"
	}
	r := &m.chosen.rules[l.rule]
	text := fmt.Sprintf("  # %v: %s", r.place, r.do.says())
	if r.comment != "" {
		text += ": " + quote(r.comment)
	}
	return text + "\n"
}

// says is the action in the profile's words, and what became of it.
func (a action) says() string {
	switch a.kind {
	case seccomp.KindKillThread, seccomp.KindTrap:
		return a.name + ", here for the whole process"
	case seccomp.KindTrace, seccomp.KindNotify:
		return a.name + ", which fails with ENOSYS if nobody listens"
	case seccomp.KindLog:
		return a.name + ", which lets the call run"
	case seccomp.KindErrno:
		if unix.ErrnoName(a.errno) == "" {
			return fmt.Sprintf("%s %d, which jail does not answer", a.name, int(a.errno))
		}
	}
	return a.name
}

// write is the rule as YAML.
func (l *line) write(b *bytes.Buffer) {
	const indent, width = "    ", 110
	b.WriteString("  - syscalls:")
	column := width // the list begins on a line of its own
	if len(l.calls) == 1 {
		fmt.Fprintf(b, " [%s]\n", l.calls[0])
	} else {
		for i, call := range l.calls {
			open, end := "", ","
			if i == 0 {
				open = "["
			}
			if i == len(l.calls)-1 {
				end = "]\n"
			}
			if word := open + call + end; column+len(word) >= width {
				b.WriteString("\n" + indent + "  " + word)
				column = len(indent) + len(word)
			} else {
				b.WriteString(" " + word)
				column += 1 + len(word)
			}
		}
	}
	if len(l.when) > 0 {
		fmt.Fprintf(b, "%swhen: [\"%s\"]\n", indent, strings.Join(l.when, `", "`))
	}
	fmt.Fprintf(b, "%saction: %s\n", indent, l.action)
	if l.action == "errno ENOSYS" {
		b.WriteString(indent + "quiet: true # programs ask once and do without\n")
	}
}
