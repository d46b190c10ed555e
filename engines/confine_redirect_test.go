// Redirections become mounts that nobody in the jail can undo, with the rights of the first path; what stands in their way is told.

package engines

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jail/policy"
	"jail/supervisor/confine"
)

func TestConfineRedirect(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []confine.Mount // below the test's folder
		granted    confine.Rights  // of what is shown, by itself
	}{
		{"read-only", `{read: ["~"], redirect: {"~/doc/a": "~/doc/b"}}`,
			[]confine.Mount{{Kind: confine.ReadOnly, Source: "home/doc/b", Target: "home/doc/a"}}, 0},
		{"writable, in a folder that is held", `{write: ["~"], redirect: {"~/doc/a": "~/doc/b"}}`,
			[]confine.Mount{{Kind: confine.Bind, Source: "home/doc", Target: "home/doc"}, {Kind: confine.Bind, Source: "home/doc/b", Target: "home/doc/a"}}, 0},
		{"named itself", `{read: ["~/doc/a"], exec: ["~/doc/a"], redirect: {"~/doc/a": "{cwd}/src/.env"}}`,
			[]confine.Mount{{Kind: confine.ReadOnly, Source: "cwd/src/.env", Target: "home/doc/a"}}, confine.Read | confine.Execute},
		{"writing itself", `{write: ["~/doc/a"], redirect: {"~/doc/a": "{cwd}/src/.env"}}`,
			[]confine.Mount{{Kind: confine.Bind, Source: "cwd/src/.env", Target: "home/doc/a"}}, confine.Read | confine.Write},
		{"folders", `{read: ["~"], redirect: {"~/doc": "{cwd}/src"}}`,
			[]confine.Mount{{Kind: confine.ReadOnly, Source: "cwd/src", Target: "home/doc"}}, 0},
		{"what is protected is not changed", `{write: ["~/doc"], protect: ["{cwd}/src"], redirect: {"~/doc/a": "{cwd}/src/.env"}}`,
			[]confine.Mount{{Kind: confine.ReadOnly, Source: "cwd/src/.env", Target: "home/doc/a"}}, 0},
		{"before what is denied in what is shown", `{read: ["~"], deny: ["{cwd}/src/.env"], redirect: {"~/doc": "{cwd}/src"}}`,
			[]confine.Mount{{Kind: confine.ReadOnly, Source: "cwd/src", Target: "home/doc"}, {Kind: confine.Mask, Target: "cwd/src/.env"}}, 0},
		{"a pattern, in what is shown", `{read: ["~"], deny: ["~/doc*/.e?v"], redirect: {"~/doc": "{cwd}/src"}}`,
			[]confine.Mount{{Kind: confine.ReadOnly, Source: "cwd/src", Target: "home/doc"}, {Kind: confine.Mask, Target: "home/doc/.env"}}, 0},
		{"a pattern, in what is not seen", `{read: ["~"], deny: ["~/*/b"], redirect: {"~/doc": "{cwd}/src"}}`,
			[]confine.Mount{{Kind: confine.ReadOnly, Source: "cwd/src", Target: "home/doc"}}, 0},
	} {
		spec, unmet, _, dir := confined(t, modern(), "filesystem: "+c.text+"\n")
		for i := range c.want {
			if c.want[i].Target = dir + "/" + c.want[i].Target; c.want[i].Source != "" {
				c.want[i].Source = dir + "/" + c.want[i].Source
			}
		}
		if !slices.Equal(spec.Mounts, c.want) || len(unmet) > 0 || !spec.Namespaces.Mount || spec.Fixed == nil {
			t.Errorf("%s: mounts %v, unmet %v, want %v; fixed %v", c.name, spec.Mounts, unmet, c.want, spec.Fixed)
		}
		var rights confine.Rights
		for _, p := range spec.Domain.Paths {
			if slices.ContainsFunc(c.want, func(m confine.Mount) bool { return m.Source == p.Name && m.Source != m.Target }) {
				rights |= p.Rights
			}
		}
		if rights != c.granted {
			t.Errorf("%s: rights %v of what is shown, want %v: %v", c.name, rights, c.granted, spec.Domain.Paths)
		}
	}
}

// Without lists the user's own folders on the way are held, and the first program is executed in the mounts.
func TestConfineRedirectAlone(t *testing.T) {
	spec, unmet, _, dir := confined(t, modern(), `filesystem: {redirect: {"~/doc/a": "~/doc/b"}}`+"\n")
	last := spec.Mounts[len(spec.Mounts)-1]
	if want := (confine.Mount{Kind: confine.ReadOnly, Source: dir + "/home/doc/b", Target: dir + "/home/doc/a"}); last != want || len(unmet) > 0 {
		t.Errorf("mounts %v, unmet %v", spec.Mounts, unmet)
	}
	for _, folder := range []string{dir, dir + "/home", dir + "/home/doc"} {
		if !slices.Contains(spec.Mounts, confine.Mount{Kind: confine.Bind, Source: folder, Target: folder}) {
			t.Errorf("%s can be renamed: %v", folder, spec.Mounts)
		}
	}
	if spec.Fixed == nil || !slices.Equal(spec.Fixed.Writable, []string{"/"}) || spec.Domain.Files {
		t.Errorf("fixed %v, domain %v", spec.Fixed, spec.Domain)
	}
}

// The link that the program may put something else in the place of is held, with lists and without.
func TestConfineRedirectOfALink(t *testing.T) {
	for _, text := range []string{`{read: ["~"], write: ["{cwd}"], redirect: {"{cwd}/link": "~/doc"}}`, `{redirect: {"{cwd}/link": "~/doc"}}`} {
		spec, unmet, _, _ := confinedWith(t, modern(), "filesystem: "+text+"\n", func(dir string) error {
			return os.Symlink(filepath.Join(dir, "home/.ssh"), filepath.Join(dir, "cwd/link"))
		})
		if len(unmet) > 0 || !slices.ContainsFunc(spec.Mounts, func(m confine.Mount) bool {
			return m.Kind == confine.Link && strings.HasSuffix(m.Target, "/cwd/link")
		}) {
			t.Errorf("%s: mounts %v, unmet %v", text, spec.Mounts, unmet)
		}
	}
}

func TestConfineRedirectUnmet(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"missing", `{redirect: {"~/none": "~/doc/a"}}`, "two paths that are there: "},
		{"missing source", `{redirect: {"~/doc/a": "~/none"}}`, "two paths that are there: "},
		{"a file onto a folder", `{redirect: {"~/doc": "{cwd}/.git/config"}}`, "two paths that are there: "},
		{"denied by a link", `{read: [/], deny: ["{cwd}/link"], redirect: {"~/doc/a": "~/.ssh/id"}}`, "paths that are not denied: "},
		{"of what is denied by a link", `{read: [/], deny: ["{cwd}/link"], redirect: {"~/doc": "{cwd}/src", "~/.ssh/id": "{cwd}/.git/config"}}`, "paths that are not denied: "},
		{"granted by a link", `{read: [/], write: ["{cwd}/link"], redirect: {"~": "{cwd}/src"}}`, "no other rule about what lies in it: "},
		{"a loop by a link", `{read: [/], redirect: {"{cwd}/link": "~"}}`, "two paths that do not lie in each other: "},
		{"a chain by a link", `{read: [/], redirect: {"~/.ssh": "{cwd}/src", "~/doc/a": "{cwd}/link/id"}}`, "other paths: "},
		{"a device", `{read: [/], dev: private, redirect: {/dev/null: "~/doc/a"}}`, "the machine's devices"},
	} {
		link := func(dir string) error {
			return os.Symlink(filepath.Join(dir, "home/.ssh"), filepath.Join(dir, "cwd/link"))
		}
		_, unmet, plan, _ := confinedWith(t, modern(), "filesystem: "+c.text+"\n", link)
		if !slices.ContainsFunc(unmet, func(u Unmet) bool {
			at := slices.IndexFunc(plan.Files.Redirect, func(r policy.Redirect) bool { return r.Rule == u.Rule })
			return at >= 0 && strings.HasPrefix(u.Missing, c.want) && !u.Closed
		}) {
			t.Errorf("%s: unmet %v, want %q", c.name, unmet, c.want)
		}
	}
	spec, unmet, plan, _ := confined(t, bare(), `filesystem: {redirect: {"~/doc/a": "~/doc/b"}}`+"\n")
	if len(spec.Mounts) > 0 || !slices.ContainsFunc(Unsound(unmet), func(u Unmet) bool {
		return u.Rule == plan.Files.Redirect[0].Rule && strings.HasPrefix(u.Missing, "a mount namespace: ")
	}) {
		t.Errorf("without mount namespaces: mounts %v, unmet %v", spec.Mounts, unmet)
	}
	if _, unmet, _, _ = confined(t, modern(), "exec: {allow: [/bin/true]}\nfilesystem: {read: [/], redirect: {\"~/doc/a\": /bin/true}}\n"); len(unmet) != 1 || !unmet[0].Closed {
		t.Errorf("a program, with a list of programs: unmet %v", unmet)
	}
	if _, unmet, _, _ = confined(t, modern(), `filesystem: {read: ["{cwd}"], redirect: {"~/doc/a": "{cwd}/.git/config"}}`+"\n"); len(unmet) != 1 || !unmet[0].Closed {
		t.Errorf("granted by nothing: unmet %v", unmet)
	}
}
