// Golden test of what people are told about a decision.

package seccomp

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// terminalSpec is a policy about a terminal: small enough to be read.
func terminalSpec() *Spec {
	return &Spec{
		ABIs: []ABI{X86_64, I386},
		Rules: []Rule{
			{Names: []string{"ioctl"}, When: []Cond{{Arg: 1, Op: Eq, Value: 0x5412, Width: 32}}, Do: KillProcess, Tag: 10},
			{Names: []string{"ioctl"}, When: []Cond{
				{Arg: 0, Op: Le, Value: 2}, {Arg: 1, Op: MaskedEq, Mask: 0xff00, Value: 0x5400},
			}, Do: Allow, Tag: 20},
			{Names: []string{"%network"}, Do: Errno(13), Tag: 30},
			{Names: []string{"openat"}, Do: Trace(1), Tag: 40, ABIs: []ABI{X86_64}},
		},
		Default: Allow, Unknown: Errno(38), Foreign: KillProcess,
	}
}

func TestExplain(t *testing.T) {
	p := mustCompile(t, terminalSpec())
	var b strings.Builder
	for _, d := range []Data{
		call(t, X86_64, "ioctl", 0, 1<<32|0x5412),
		call(t, X86_64, "ioctl", 1, 0x5413),
		call(t, X86_64, "ioctl", 7, 0x5413),
		call(t, I386, "connect", 3),
		call(t, X86_64, "openat", 0xffffff9c),
		call(t, I386, "openat", 0xffffff9c),
		call(t, X32, "ioctl", 0, 0x5412),
		{Nr: 1, Arch: ARM64.AuditArch()},
		{Nr: 1, Arch: 0x12345678},
		{Nr: 4242, Arch: X86_64.AuditArch()},
		{Nr: -1, Arch: X86_64.AuditArch()},
	} {
		b.WriteString(p.Explain(d).String())
		b.WriteByte('\n')
	}
	golden(t, "explain.golden", b.String())
}

func TestDisassemble(t *testing.T) {
	golden(t, "disassemble.golden", mustCompile(t, terminalSpec()).Disassemble())
}

func TestExplainFields(t *testing.T) {
	p := mustCompile(t, terminalSpec())
	e := p.Explain(call(t, X86_64, "ioctl", 1, 0x5413))
	if e.ABI != X86_64 || e.Name != "ioctl" || e.Action != Allow || e.Rule != 1 || e.Tag != 20 || e.Foreign ||
		len(e.Tried) != 2 || e.Tried[0].Failed != 0 || e.Tried[1].Failed != -1 {
		t.Errorf("%+v", e)
	}
	foreign, err := NewProgram(p.Raw())
	if err != nil {
		t.Fatal(err)
	}
	f := foreign.Explain(call(t, X86_64, "ioctl", 1, 0x5413))
	if !f.Foreign || f.Action != Allow || f.Rule != ByInvalid || len(f.Steps) != len(e.Steps) ||
		!strings.Contains(f.String(), "not known here") {
		t.Errorf("%+v", f)
	}
}
