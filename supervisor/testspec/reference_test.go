// Tests that the page, its example and the JSON Schema are what they are made from; -update writes them anew.

package testspec

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the page and the schema anew")

// same compares a file with what it should hold.
func same(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(got), "\n"), strings.Split(want, "\n")); diff != "" {
		t.Errorf("%s is not what it is made from (- file, + made; -update writes it anew):\n%s", file, diff)
	}
}

func TestSchemaIsInSync(t *testing.T) { same(t, "schema.json", string(JSONSchema())) }

// TestPageIsInSync runs the page's example, too: what it says is what came out.
func TestPageIsInSync(t *testing.T) {
	page, err := template.New("testing.md.tmpl").Funcs(template.FuncMap{"file": quoted, "output": output, "tables": reference}).ParseFiles("testing.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := page.Execute(&b, nil); err != nil {
		t.Fatal(err)
	}
	same(t, "../../docs/testing.md", b.String())
}

// quoted is a file in the page.
func quoted(name string) (string, error) {
	text, err := os.ReadFile(name)
	return "```yaml\n" + string(text) + "```\n", err
}

// output is what jail test says of a file, but for times and numbers of processes.
func output(name string) (string, error) {
	file, err := Load(name)
	if err != nil {
		return "", err
	}
	file.Name = name
	var b bytes.Buffer
	rep, err := NewReporter("text", &b)
	if err != nil {
		return "", err
	}
	if err := rep.Begin(len(file.Cases)); err != nil {
		return "", err
	}
	for i := range file.Cases {
		out := Runner{CrashPoints: true}.Run(&file.Cases[i])
		if err := rep.Case(name, &out); err != nil {
			return "", err
		}
	}
	if err := rep.End(); err != nil {
		return "", err
	}
	text := regexp.MustCompile(`[0-9.]+ s([,)])`).ReplaceAllString(b.String(), "0.1 s$1")
	text = strings.ReplaceAll(text, name, "worked.yaml")
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n", nil
}

// reference is the tables of keys.
func reference() string {
	what := map[kind]string{text: "string", texts: "string or list of strings", number: "number", boolean: "true or false", mapping: "NAME: value",
		contents: "FILE: what is in it", match: "string, {match: …} or {contains: …}", faults: "list of strings", noneOr: "none, or list of strings"}
	cell := strings.NewReplacer("|", `\|`).Replace
	var b strings.Builder
	for _, t := range tables() {
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n| key | type | what it says |\n| --- | --- | --- |\n", t.name, t.doc)
		for _, k := range t.keys {
			is := what[k.kind]
			switch k.kind {
			case object:
				is = k.of
			case objects:
				is = "list of " + k.of
			}
			doc := k.doc
			if k.must {
				doc = "Must be there. " + doc
			}
			fmt.Fprintf(&b, "| **%s** | %s | %s |\n", k.name, cell(is), cell(doc))
		}
	}
	return b.String()
}

// TestReadme runs the cases that the README shows.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(readme), "`jail test full-disk.yaml`")
	_, text, _ = strings.Cut(text, "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	f, err := Parse("full-disk.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Cases {
		if out := (Runner{}).Run(&f.Cases[i]); out.Verdict != Passed {
			t.Errorf("%+v", out)
		}
	}
}
