// Tests that the reference page and the JSON Schema are what the table of keys makes of them; -update writes them anew.

package policy

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/google/go-cmp/cmp"

	"jail/policies"
)

// load parses a policy that may extend built-in ones.
func load(text string) (*Policy, error) {
	return Loader{BuiltIn: policies.Lookup}.Parse("policy.yaml", []byte(text))
}

// reference is the text of docs/policy.md.
func reference(t *testing.T) string {
	t.Helper()
	page, err := template.New("policy.md.tmpl").Funcs(template.FuncMap{
		"keys":     keyTable,
		"signs":    signTable,
		"builtins": builtInTable,
		"mistakes": func(texts ...string) (string, error) { return mistakes(texts) },
	}).ParseFiles("reference/policy.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := page.Execute(&b, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// builtInTable is a list of the built-in policies.
func builtInTable() (string, error) {
	var b strings.Builder
	b.WriteString("| name | what it is for | extends |\n| --- | --- | --- |\n")
	for _, name := range policies.Names() {
		data, file, _ := policies.Lookup(name)
		p, err := Loader{BuiltIn: policies.Lookup}.Parse(file, data)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", name, p.Description, p.base.name)
	}
	return b.String(), nil
}

// signTable is a list of the keys that may have a sign.
func signTable(sign string) string {
	var all []string
	for _, k := range Keys() {
		if strings.Contains(k.Signs, sign) {
			all = append(all, strings.TrimSpace(strings.Join([]string{k.Section, k.Name}, " ")))
		}
	}
	return strings.Join(all, ", ")
}

// keyTable is a list of the keys of a section.
func keyTable(section string) (string, error) {
	cell := strings.NewReplacer("|", `\|`).Replace
	var b strings.Builder
	title := section
	if title == "" {
		title = "a policy"
	}
	fmt.Fprintf(&b, "| key of %s | type | default | what it says |\n| --- | --- | --- | --- |\n", title)
	n := 0
	for _, k := range Keys() {
		if k.Section != section {
			continue
		}
		n++
		missing := k.Default
		if missing == "" {
			missing = "must be there"
		}
		fmt.Fprintf(&b, "| **%s** | %s | %s | %s For example `%s` |\n", k.Name, cell(k.Type), cell(missing), cell(k.Doc), cell(k.Example))
	}
	if n == 0 {
		return "", fmt.Errorf("no section %q", section)
	}
	return b.String(), nil
}

// mistakes shows what is said about policies that are wrong.
func mistakes(texts []string) (string, error) {
	var b strings.Builder
	b.WriteString("\nMistakes and what is said of them:\n\n")
	for _, text := range texts {
		_, err := load(text)
		if err == nil {
			return "", fmt.Errorf("this policy has no mistake:\n%s", text)
		}
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		for i, l := range lines {
			if l == "version: 1" || l == "default: allow" {
				continue
			}
			fmt.Fprintf(&b, "    %d  %s\n", i+1, l)
		}
		for _, l := range strings.Split(err.Error(), "\n") {
			fmt.Fprintf(&b, "    %s\n", l)
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// same compares a file with what it should hold.
func same(t *testing.T, file, want string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
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

func TestReferenceIsInSync(t *testing.T) { same(t, "../docs/policy.md", reference(t)) }

func TestSchemaIsInSync(t *testing.T) { same(t, "schema.json", string(JSONSchema())) }

func TestReferenceExplainsEverySection(t *testing.T) {
	page := reference(t)
	for _, k := range Keys() {
		if !strings.Contains(page, "| **"+k.Name+"** |") {
			t.Errorf("the page has no row for %q of %q", k.Name, k.Section)
		}
	}
}
