// Tests that the reference is true: its examples are policies, and it leaves no key out.

package policy

import (
	goparser "go/parser"
	"go/token"
	"strings"
	"testing"

	"jail/seccomp"
)

// examples are the policies in the package's comment and in the reference.
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
	if len(all) == 0 {
		t.Fatal("no example in doc.go")
	}
	for _, block := range strings.Split(reference(t), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		all = append(all, text)
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
	if len(all) < 20 {
		t.Fatalf("found only %d examples", len(all))
	}
	for _, text := range all {
		p, err := load(text)
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
			t.Errorf("no example has the key %q of %q", k.Name, k.Section)
		}
	}
}

// Every key's own example must parse too: editors and messages show it.
func TestExamplesOfKeys(t *testing.T) {
	for _, text := range keyExamples(t) {
		if _, err := load(text); err != nil {
			t.Errorf("%v\nin\n%s", err, text)
		}
	}
}

// keyExamples are the examples of all keys, with what a policy needs around them.
func keyExamples(t *testing.T) []string {
	t.Helper()
	// What stands around the keys of a section: %s is the example.
	around := map[string]string{
		"":                   "%s",
		"syscalls[]":         "syscalls:\n  - {%s}",
		"signals[]":          "signals:\n  - {%s}",
		"exec.allow[]":       "exec: {allow: [{%s}]}",
		"exec.rewrite[]":     "exec: {rewrite: [{%s}]}",
		"exec.rewrite[].env": "exec: {rewrite: [{path: /bin/true, env: {%s}}]}",
	}
	for _, section := range []string{"clone", "exec", "filesystem", "network", "outgoing", "limits", "environment"} {
		around[section] = section + ": {%s}"
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
		"exec.allow[].sha256": "path: /bin/x",
		"exec.allow[].argv":   "path: /bin/x",
		"exec.rewrite[].path": "path: /bin/x, to: /bin/y",
		"exec.rewrite[].to":   "path: /bin/x",
		"exec.rewrite[].argv": "path: /bin/x",
		"exec.rewrite[].env":  "path: /bin/x",
	}
	var all []string
	for _, k := range Keys() {
		if k.Doc == "" || k.Type == "" || !strings.HasPrefix(k.Example, k.Name+":") || k.Default == "" && !k.Required && k.Name != "default" {
			t.Errorf("the key %q of %q lacks a doc, a type, a default or an example of itself", k.Name, k.Section)
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
		if k.Section == "" && k.Name == "override" {
			inner += "\nextends: ci-build"
		}
		text := strings.Replace(form, "%s", inner, 1)
		for _, required := range []string{"version: 1", "default: errno EPERM"} {
			if !strings.HasPrefix(required, k.Name+":") || k.Section != "" {
				text = required + "\n" + text
			}
		}
		all = append(all, text)
	}
	return all
}
