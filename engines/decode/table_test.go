// Tests of the tables: every call is described, as wide as the kernel takes its arguments.

package decode

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"jail/seccomp"
)

// undescribed are calls that no kernel carries out any more, or that no program makes: raw numbers are enough for them.
var undescribed = strings.Fields(`_sysctl create_module get_kernel_syms query_module nfsservctl getpmsg putpmsg afs_syscall tuxcall
	security vserver epoll_ctl_old epoll_wait_old lookup_dcookie uretprobe uprobe set_thread_area get_thread_area
	arch_specific_syscall rseq_slice_yield`)

func TestEveryCallIsDescribed(t *testing.T) {
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
		for _, name := range abi.Names() {
			if signatureOf(abi, name) == nil && !slices.Contains(undescribed, name) {
				t.Errorf("%v: %s has no signature", abi, name)
			}
		}
	}
	for name := range signatures() {
		if name, _, _ := strings.Cut(name, "!"); !seccomp.KnownName(name) {
			t.Errorf("there is no call %s", name)
		}
	}
}

// widths are the kinds of arguments that the kernel itself tells (policy's generated table): i for 32 bits, m for 16, l for
// a register, p for a pointer.
func widths(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../policy/args_table.go")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, m := range regexp.MustCompile(`(?s)\tcase ([^:]*):\n\t\treturn "(\w*)", true`).FindAllStringSubmatch(string(text), -1) {
		for _, name := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(m[1], -1) {
			all[name[1]] = m[2]
		}
	}
	return all
}

func TestWidthsAreTheKernels(t *testing.T) {
	known := widths(t)
	if len(known) < 300 {
		t.Fatalf("the table of widths has %d calls", len(known))
	}
	for name, sig := range signatures() {
		name, _, _ = strings.Cut(name, "!")
		want, ok := known[name]
		if !ok {
			continue
		}
		if len(sig.args) != len(want) {
			t.Errorf("%s has %d arguments, the kernel says %d (%s)", name, len(sig.args), len(want), want)
			continue
		}
		for i, s := range sig.args {
			if reason := conflict(s, want[i]); reason != "" {
				t.Errorf("%s, %s: %s", name, s.name, reason)
			}
		}
	}
}

// conflict says how an argument's form and the kernel's width disagree.
func conflict(s spec, kernel byte) string {
	f := s.form
	inMemory := f.kind == Pointer || f.kind == Path || f.kind == Bytes || f.kind == Struct || f.kind == Address
	switch {
	case f.kind == Unknown: // decided by another argument
		return ""
	case kernel == 'p' && !inMemory:
		return "the kernel takes it for a pointer"
	case kernel == 'i' && inMemory:
		return "the kernel takes it for an int"
	case kernel == 'i' && (f.width == u64 || f.width == i64):
		return "the kernel takes 32 bits of it"
	case kernel == 'l' && (f.kind == Descriptor || f.kind == PID): // what it does with them takes an int
	case kernel == 'l' && !inMemory && f.width != u64 && f.width != i64:
		return "the kernel takes the whole register"
	case kernel == 'm' && f.width != u16:
		return "the kernel takes 16 bits of it"
	}
	return ""
}

func TestEveryFormIsUsed(t *testing.T) {
	used := make(map[string]bool)
	for _, list := range allSignatures() {
		for word := range strings.FieldsSeq(list) {
			if _, form, ok := strings.Cut(word, ":"); ok {
				form, _, _ = strings.Cut(form, "@")
				used[form] = true
			}
		}
	}
	for name, f := range allForms() {
		if !used[name] {
			t.Errorf("no signature has the form %s", name)
		}
		if f.text == nil {
			t.Errorf("the form %s has no text", name)
		}
	}
}

func TestBadSignatures(t *testing.T) {
	forms := allForms()
	for _, line := range []string{"a b", "a b:none", "a b:data@x", "a b:data@1", "a b:int = none", "a b:int | 1", "a b:int c:int | 0 0", "a b:int c:int | 0",
		"a b:int c:int d:int e:int f:int g:int h:int"} {
		if name, sig, err := parseSignature(line, forms); err == nil {
			t.Errorf("%q is taken for %s %v", line, name, sig)
		}
	}
}
