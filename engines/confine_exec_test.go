// What rules for programs take of the kernel and of the rest of the policy.

package engines

import (
	"strings"
	"testing"

	"jail/supervisor/confine"
)

func TestConfineExec(t *testing.T) {
	newest := modern()
	newest.Release = "6.18.0"
	unsealed := newest
	unsealed.Mseal = confine.Feature{Missing: "not here"}
	writable := newest
	writable.TextBusy = confine.Feature{Missing: "not here"}
	const (
		sum     = "exec: {allow: [{path: /bin/x, sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}]}\n"
		argv    = "exec: {allow: [{path: /bin/x, argv: [x]}]}\n"
		rewrite = "exec: {rewrite: [{path: /bin/cc, to: /bin/gcc}]}\n"
		refuse  = "syscalls: [{syscalls: [process_vm_writev], action: errno EPERM}]\n"
		files   = "filesystem: {read: [/], write: [/var]}\n"
	)
	for _, c := range []struct {
		name, text string
		has        confine.Kernel
		want       string // in Missing; "" is none
	}{
		{"a rewrite", rewrite, newest, ""},
		{"a rewrite without sealing", rewrite, unsealed, "sealed arguments: not here"},
		{"paths alone without sealing", "exec: {allow: [/bin/x]}\n", unsealed, ""},
		{"a checksum", sum, newest, ""},
		{"a checksum where programs can be written to", sum, writable, "ETXTBSY"},
		{"arguments", argv + refuse + files, newest, ""},
		{"arguments, and all calls", argv + files, newest, "process_vm_writev"},
		{"arguments, and ptrace", argv + files + strings.Replace(refuse, "}]", "}, {syscalls: [ptrace], action: allow}]", 1), newest, "ptrace"},
		{"arguments, and all files", argv + refuse, newest, "/proc/PID/mem"},
		{"arguments, and the root", argv + refuse + "filesystem: {write: [/]}\n", newest, "/proc/PID/mem"},
		{"arguments, and /proc", argv + refuse + "filesystem: {write: [/proc/self]}\n", newest, "/proc/PID/mem"},
	} {
		_, unmet, plan, _ := confined(t, c.has, c.text)
		var missing []string
		for _, u := range unmet {
			if _, rule := u.Of(plan); !strings.HasPrefix(rule, "exec:") || u.Holds == "" || u.Instead == "" {
				t.Errorf("%s: %s: %+v", c.name, rule, u)
			}
			missing = append(missing, u.Missing)
		}
		if got := strings.Join(missing, "; "); (got == "") != (c.want == "") || !strings.Contains(got, c.want) || len(missing) > 1 {
			t.Errorf("%s: missing %q, want %q", c.name, got, c.want)
		}
	}
}
