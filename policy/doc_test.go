// Tests that the reference is true: its examples are policies, and it leaves no key out.

package policy

import (
	goparser "go/parser"
	"go/token"
	"strings"
	"testing"

	"jail/seccomp"
)

// examples are the policies in the package's comment.
func examples(t *testing.T) []string {
	t.Helper()
	f, err := docOf("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, block := range strings.Split(f, "\n\n") {
		if strings.HasPrefix(block, "\tversion: 1\n") {
			all = append(all, strings.ReplaceAll(block, "\n\t", "\n")[1:])
		}
	}
	return all
}

func docOf(file string) (string, error) {
	f, err := goparser.ParseFile(token.NewFileSet(), file, nil, goparser.ParseComments)
	if err != nil {
		return "", err
	}
	return f.Doc.Text(), nil
}

func TestExamplesOfTheReference(t *testing.T) {
	all := examples(t)
	if len(all) < 9 {
		t.Fatalf("found only %d examples in doc.go", len(all))
	}
	for _, text := range all {
		p, err := Parse("doc.yaml", []byte(text))
		if err != nil {
			t.Errorf("%v\nin the example\n%s", err, text)
			continue
		}
		plan, err := p.Compile(seccomp.X86_64)
		if err != nil {
			t.Errorf("%v\nin the example\n%s", err, text)
			continue
		}
		if _, err := seccomp.Compile(&plan.Filter); err != nil {
			t.Errorf("%v\nin the example\n%s", err, text)
		}
	}
}

func TestReferenceNamesEveryKey(t *testing.T) {
	text := strings.Join(examples(t), "\n")
	for _, k := range Keys() {
		if !strings.Contains(text, k.Name+":") {
			t.Errorf("no example in doc.go has the key %q of %q", k.Name, k.Section)
		}
	}
}

// Every key's own example must parse too: editors and messages show it.
func TestExamplesOfKeys(t *testing.T) {
	// What stands around the keys of a section: %s is the example.
	around := map[string]string{
		"":                   "%s",
		"syscalls[]":         "syscalls:\n  - {%s}",
		"signals[]":          "signals:\n  - {%s}",
		"clone":              "clone: {%s}",
		"exec":               "exec: {%s}",
		"exec.rewrite[]":     "exec: {rewrite: [{%s}]}",
		"exec.rewrite[].env": "exec: {rewrite: [{path: /bin/true, env: {%s}}]}",
	}
	// Keys that make no sense alone, with others beside them.
	beside := map[string]string{
		"syscalls[].syscalls": "syscalls: [ioctl], action: errno EPERM",
		"syscalls[].when":     "syscalls: [ioctl], action: errno EPERM",
		"syscalls[].action":   "syscalls: [ioctl], action: errno EPERM",
		"syscalls[].quiet":    "syscalls: [ioctl], action: errno EPERM",
		"signals[].signal":    "signal: SIGHUP, action: ignore",
		"signals[].from":      "signal: SIGHUP, action: ignore",
		"signals[].action":    "signal: SIGHUP, action: ignore",
		"signals[].quiet":     "signal: SIGHUP, action: ignore",
		"clone.refuse":        "refuse-flags: [CLONE_NEWUSER]",
		"exec.refuse":         "allow: []",
		"exec.rewrite[].path": "path: /bin/x, to: /bin/y",
		"exec.rewrite[].to":   "path: /bin/x",
		"exec.rewrite[].argv": "path: /bin/x",
		"exec.rewrite[].env":  "path: /bin/x",
	}
	for _, k := range Keys() {
		if k.Doc == "" || k.Type == "" || !strings.HasPrefix(k.Example, k.Name+":") {
			t.Errorf("the key %q of %q lacks a doc, a type or an example of itself", k.Name, k.Section)
			continue
		}
		form, ok := around[k.Section]
		if !ok {
			t.Errorf("the section %q is new: tell this test what stands around it", k.Section)
			continue
		}
		inner := k.Example
		for _, other := range strings.Split(beside[k.Section+"."+k.Name], ", ") {
			if other != "" && !strings.HasPrefix(other, k.Name+":") {
				inner += ", " + other
			}
		}
		if k.Section == "exec" && k.Name == "rewrite" { // a block, which does not stand in braces
			form, inner = "exec:\n  %s", strings.ReplaceAll(k.Example, "\n", "\n  ")
		}
		text := strings.Replace(form, "%s", inner, 1)
		for _, required := range []string{"version: 1", "default: allow"} {
			if k.Section != "" || !strings.HasPrefix(required, k.Name+":") {
				text = required + "\n" + text
			}
		}
		if _, err := Parse("key.yaml", []byte(text)); err != nil {
			t.Errorf("the example of %q of %q: %v\nin\n%s", k.Name, k.Section, err, text)
		}
	}
}
