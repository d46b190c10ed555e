// Redirections from the text of a policy to located paths.

package policy

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"jail/seccomp"
)

// redirecting locates a policy's redirections in a folder with some files.
func redirecting(t *testing.T, text string) (*Located, string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "in/x", "other/x"} {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Parse("p.yaml", []byte("version: 1\ndefault: allow\nfilesystem:\n  "+text+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.Native())
	if err != nil {
		t.Fatal(err)
	}
	at, err := plan.Locate(Surroundings{Cwd: dir, Getenv: func(name string) string { return map[string]string{"B": "b"}[name] }})
	if err != nil {
		t.Fatal(err)
	}
	return at, dir
}

func TestLocateRedirect(t *testing.T) {
	at, dir := redirecting(t, `redirect: {"{cwd}/a": "{cwd}/$B", "{cwd}/in": "{cwd}/other"}`)
	var got [][2]string
	for _, r := range at.Files.Redirect {
		got = append(got, [2]string{r.Path, r.To})
	}
	if want := [][2]string{{dir + "/a", dir + "/b"}, {dir + "/in", dir + "/other"}}; !reflect.DeepEqual(got, want) || len(at.Errors) > 0 {
		t.Errorf("located %v, %v; want %v", got, at.Errors, want)
	}
	if at.Files.Restrict {
		t.Error("redirect alone restricts files")
	}
}

func TestLocateRedirectMistakes(t *testing.T) {
	for text, want := range map[string]string{
		`redirect: {"{cwd}/none": "{cwd}/b"}`:    "/none cannot be looked at (no such file or directory); make it before the start",
		`redirect: {"{cwd}/a": "{cwd}/none"}`:    "/none cannot be looked at (no such file or directory); make it before the start",
		`redirect: {"{cwd}/a": "{cwd}/in"}`:      "/in is a folder, and the other is not; name two folders, or two files",
		`redirect: {"{cwd}/in": "{cwd}/b"}`:      "/b is a folder, and the other is not; name two folders, or two files",
		`redirect: {"{cwd}/a": "$NOT_SET/b"}`:    "the variable NOT_SET is not set; set it, or write the path itself",
		`redirect: {"~/a": "{cwd}/b"}`:           "the home folder ~ is not known; set it, or write the path itself",
		`redirect: {"{cwd}/a": "$B"}`:            `it is "b", which is relative; set it, or write the path itself`,
		`redirect: {"{cwd}/a/x/..y": "{cwd}/b"}`: "/a/x/..y cannot be looked at (not a directory); make it before the start",
	} {
		at, _ := redirecting(t, text)
		if len(at.Files.Redirect) > 0 || len(at.Errors) != 1 {
			t.Errorf("%s: located %v, %v", text, at.Files.Redirect, at.Errors)
			continue
		}
		if got := at.Errors[0].Error(); !strings.HasPrefix(got, "p.yaml:4:14: filesystem: redirect: ") || !strings.HasSuffix(got, want) || !strings.Contains(got, RedirectsNothing) {
			t.Errorf("%s: %s; want it to end with %q", text, got, want)
		}
	}
}

func TestExtendRedirect(t *testing.T) {
	base := "version: 1\ndefault: allow\nfilesystem: {redirect: {/a: /b}}\n"
	for _, c := range []struct{ child, want string }{
		{"filesystem: {deny: [/c]}", "/a /b"},
		{"override: true\nfilesystem: {redirect: {/c: /d}}", "/c /d"},
		{"override: true\nfilesystem: {+redirect: {/c: /d}}", "/a /b /c /d"},
		{"filesystem: {deny: [/a]}", `base.yaml:3:25: "/a" is redirected, but "/a" is denied in line 3 of p.yaml; remove one of them`},
		{"override: true\nfilesystem: {+redirect: {/a: /d}}", `p.yaml:4:26: "/a" and, in line 3 of base.yaml, "/a" are redirected, and one lies in the other; remove one of them`},
	} {
		l := Loader{BuiltIn: func(name string) ([]byte, string, bool) { return []byte(base), "base.yaml", name == "base" }}
		p, err := l.Parse("p.yaml", []byte("version: 1\nextends: base\n"+c.child+"\n"))
		got := ""
		if err != nil {
			got = err.Error()
		} else if plan, err := p.Compile(seccomp.X86_64); err != nil {
			got = err.Error()
		} else {
			for _, r := range plan.Files.Redirect {
				got += " " + r.Path + " " + r.To
			}
			got = got[1:]
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.child, got, c.want)
		}
	}
}
