// Fuzzing: no text makes Parse or Compile panic, or costs more than it may.

package policy

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"jail/policies"
	"jail/seccomp"
)

func FuzzParse(f *testing.F) {
	for _, name := range policies.Names() {
		data, _, _ := policies.Lookup(name)
		f.Add(data)
	}
	for _, pair := range looserPairs() {
		f.Add([]byte("version: 1\nextends: ci-build\n" + pair[2]))
		f.Add([]byte(head + pair[1]))
	}
	for _, c := range badSigns() {
		f.Add([]byte("version: 1\nextends: ci-build\n" + c[2]))
	}
	for _, group := range [][]bad{badFiles(), badTop(), badSyscalls(), badRest(), badSections()} {
		for _, b := range group {
			if len(b.text) < 10_000 {
				f.Add([]byte(b.text))
			}
		}
	}
	for _, text := range hostile() {
		f.Add([]byte(text[:min(len(text), 2000)]))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// What is built on others reads built-in policies, but no files: there are none in this folder that are policies.
		p, err := Loader{BuiltIn: policies.Lookup}.Parse("/nowhere/p.yaml", data)
		if err != nil {
			wellFormed(t, err, data)
			return
		}
		for _, w := range p.WarningsOn(seccomp.X86_64) {
			if text := w.Error(); len(text) > 2000 || strings.Contains(text, "\n") {
				t.Errorf("not one line: %q", text)
			}
		}
		for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
			plan, err := p.Compile(abi)
			if err != nil {
				if !errors.Is(err, ErrUnknownABI) {
					t.Errorf("Parse let through what Compile refuses: %v", err)
				}
				continue
			}
			if at, err := plan.Locate(Surroundings{Cwd: "/nowhere"}); err != nil || len(at.Files.Deny)+len(at.Files.Protect)+len(at.Files.Redirect)+len(at.Errors) != len(plan.Files.Deny)+len(plan.Files.Protect)+len(plan.Files.Redirect) {
				t.Errorf("located: %+v, %v", at, err)
			}
			// Nothing but the length of the program may be wrong now.
			if _, err := seccomp.Compile(&plan.Filter); err != nil && !errors.Is(err, seccomp.ErrTooLong) {
				t.Errorf("the filter: %v", err)
			}
		}
	})
}

// wellFormed looks at what Parse promises about its error.
func wellFormed(t *testing.T, err error, data []byte) {
	var all Errors
	if !errors.As(err, &all) || len(all) == 0 || len(all) > maxErrors {
		t.Fatalf("not an Errors with 1 to %d mistakes: %T %v", maxErrors, err, err)
	}
	lines := strings.Count(string(data), "\n") + 2 // a mistake may be at the end, after the last line
	for _, e := range all {
		if e.Line < 0 || e.Column < 0 || e.Line > lines || (e.Line == 0) != (e.Column == 0) {
			t.Errorf("%d:%d is no place in %d lines", e.Line, e.Column, lines)
		}
		if text := e.Error(); len(text) > 2000 || strings.Contains(text, "\n") {
			t.Errorf("not one line: %q", text)
		}
	}
}

// hostile are policies that want to cost much.
func hostile() map[string]string {
	fill := func(s string) string { return strings.Repeat(s, maxFile/len(s)) }
	form := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	groups := `"` + strings.Join(seccomp.GroupNames(), `", "`) + `"`
	return map[string]string{
		"nested lists":       fill("["),
		"nested maps":        fill("{"),
		"nested blocks":      fill("- "),
		"nested keys":        fill("{?"),
		"elements":           fill("-\n"),
		"elements, comments": fill("-\n#\n"),
		"one list":           "[" + fill("a,"),
		"aliases":            "a: &a [x,x]\nb: &b [*a,*a]\nc: [" + strings.Repeat("*b,", 10_000) + "]",
		"documents":          fill("---\n"),
		"comments":           fill("#\n"),
		"one word":           fill("x"),
		"one quoted word":    `"` + fill(`\n`) + `"`,
		"keys":               form(30_000, "key%d: 1\n"),
		"misspelt keys":      strings.Repeat("sycalls: 1\n", 20_000),
		"misspelt calls":     head + "syscalls:\n" + strings.Repeat("  - {syscalls: ["+strings.Repeat("opennat, ", 500)+"], action: allow}\n", 150),
		"misspelt constants": head + "syscalls:\n" + strings.Repeat("  - {syscalls: [ioctl], when: ["+strings.Repeat("arg1 == TIOCSTY, ", 16)+"], action: allow}\n", 500),
		"misspelt signals":   head + "signals:\n" + strings.Repeat("  - {signal: ["+strings.Repeat("SIGTREM, ", 4000)+"], action: kill}\n", 20),
		"long condition":     head + "syscalls:\n  - {syscalls: [ioctl], when: [\"arg1 == " + strings.Repeat("1|", maxFile/2-100) + "1\"], action: allow}\n",
		"long names":         head + "syscalls:\n  - {syscalls: [" + strings.Repeat(strings.Repeat("x", 1000)+",", 500) + "], action: allow}\n",
		"all groups":         head + "abis: [i386, x32]\nsyscalls:\n" + strings.Repeat("  - {syscalls: ["+groups+"], action: errno EPERM}\n", maxRules),
		"all conditions": head + "abis: [i386, x32]\nsyscalls:\n" +
			form(maxRules, "  - {syscalls: [\"@basic-io\"], when: ["+strings.Repeat("arg0 != %[1]d, ", 10)+"], action: errno EPERM}\n"),
		"conditions on one call": head + "abis: [i386, x32]\nsyscalls:\n" +
			form(maxRules, "  - {syscalls: [ioctl], when: [arg1 == %d, arg2 >= 5, arg0 <= 100], action: errno EPERM}\n"),
		"guards": head + "abis: [i386, x32]\nsyscalls:\n" +
			form(maxRules, "  - {syscalls: [prctl, clone, seccomp], when: [arg0 == %d], action: kill-tree}\n"),
		"paths":       head + "filesystem:\n  read: [" + form(maxRules, strings.Repeat("/x", 400)+"%d,") + "]\n  write: [" + form(maxRules, "/%d,") + "]\n  deny: [" + form(maxRules, "/x/%d,") + "]\n",
		"deep paths":  head + "filesystem:\n  read: [" + form(200, strings.Repeat("/x", 2000)+"%d,") + "]\n  deny: [/y]\n",
		"long paths":  head + "filesystem: {read: [" + strings.Repeat("$A", maxFile/3) + "]}\n",
		"addresses":   head + "network:\n  connect: [" + form(maxRules, "\"*:%d-65535\",") + "]\n  bind: [" + form(maxRules, "\"10.0.0.1:%[1]d-6000\",") + "]\n",
		"environment": head + "environment: {keep: [" + form(4000, "a%d,") + "], remove: [" + form(4000, "b%d,") + "]}\n",
		"variables":   head + "environment: {set: {" + form(20_000, "a%d: x,") + "}}\n",
		"shadows":     head + "syscalls:\n" + form(maxRules, "  - {syscalls: [\"@basic-io\"], when: [arg0 == 1, arg0 == 2, arg0 == 3, arg0 == 4, arg0 != %d], action: errno EPERM}\n"),
		"rewrites":    head + "exec:\n  rewrite:\n" + strings.Repeat("    - {path: \"/**/a/**/b/**/c/**\", to: /x}\n", maxRules),
	}
}

// What hostile policies allocate is bounded: the library that reads YAML and
// we together stay below 100 MB for each.
func TestHostilePoliciesStaySmall(t *testing.T) {
	for name, text := range hostile() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if p, err := Parse("p.yaml", []byte(text)); err != nil {
				wellFormed(t, err, []byte(text))
			} else if _, err := p.Compile(seccomp.X86_64); err != nil {
				t.Error(err)
			}
			runtime.ReadMemStats(&after)
			if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 100 {
				t.Errorf("allocated %d MB", used)
			}
		})
	}
}

// A benchmark and not a test, because time depends on the machine: each of
// these should take well below a second.
func BenchmarkHostilePolicies(b *testing.B) {
	for name, text := range hostile() {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if p, err := Parse("p.yaml", []byte(text)); err == nil {
					if _, err := p.Compile(seccomp.X86_64); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
