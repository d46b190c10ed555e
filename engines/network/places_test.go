// Where sockets lie: granted, denied, elsewhere, under a name that leads somewhere else.

package network

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/confine"
)

// tree makes folders and files (empty: the kind does not matter here) and gives the folder, without links in its name.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		f = filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func open(t *testing.T, name string) int {
	t.Helper()
	fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func rules(paths ...string) (list []policy.PathRule) {
	for i, p := range paths {
		list = append(list, policy.PathRule{Path: p, Rule: i + 1})
	}
	return list
}

func TestPlaces(t *testing.T) {
	dir := tree(t, "unix/s", "unixx/s", "write/s", "write/secret/s", "write/a.key/s", "other/s", "real/s")
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Symlink(in("real"), in("link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(in("other/s"), in("unix/away")); err != nil {
		t.Fatal(err)
	}
	at := &policy.Located{Unix: rules(in("unix"), in("link/s"), in("link/later/s"))}
	at.Files.Write = rules(in("write"))
	at.Files.Deny = rules(in("write/secret"), in("write/*.key"))
	p := newPlaces(at, []confine.Mount{{Kind: confine.Bind, Source: in("private"), Target: in("tmp")}, {Kind: confine.Mask, Target: in("unix")}})
	for name, want := range map[string]verdict{
		"unix/s": granted, "unixx/s": unlisted, "write/s": granted, "write/secret/s": forbidden, "write/a.key/s": forbidden, "other/s": unlisted,
		"real/s": granted, "link/s": granted, "unix/away": unlisted,
	} {
		if got, lies, rule := p.decide(open(t, in(name))); got != want || lies == "" || (got == forbidden) != (rule > 0) {
			t.Errorf("%s: %v, at %s, by rule %d; want %v", name, got, lies, rule, want)
		}
	}

	// What comes into being later is where it was granted; a link that changes its mind changes nothing.
	if err := os.Mkdir(in("real/later"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("real/later/s"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(in("link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(in("other"), in("link")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]verdict{"real/later/s": granted, "link/s": unlisted} {
		if got, lies, _ := p.decide(open(t, in(name))); got != want {
			t.Errorf("%s: %v, at %s; want %v", name, got, lies, want)
		}
	}
}

// TestNoName: a file that was removed, or exchanged by another of its name, has no name that counts.
func TestNoName(t *testing.T) {
	dir := tree(t, "unix/gone", "unix/changed", "other/new")
	in := func(name string) string { return filepath.Join(dir, name) }
	p := newPlaces(&policy.Located{Unix: rules(in("unix"))}, nil)
	gone, changed := open(t, in("unix/gone")), open(t, in("unix/changed"))
	if err := os.Remove(in("unix/gone")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(in("other/new"), in("unix/changed")); err != nil {
		t.Fatal(err)
	}
	for name, fd := range map[string]int{"removed": gone, "exchanged": changed} {
		if got, lies, _ := p.decide(fd); got != unlisted {
			t.Errorf("%s: %v, at %s", name, got, lies)
		}
	}
}

// TestMounts: what the jail's own mount namespace shows elsewhere is decided by where it lies here.
func TestMounts(t *testing.T) {
	dir := tree(t, "private/s", "project/s")
	in := func(name string) string { return filepath.Join(dir, name) }
	p := newPlaces(&policy.Located{Unix: rules(in("private"))}, []confine.Mount{
		{Kind: confine.Bind, Source: in("project"), Target: in("private/project")},
		{Kind: confine.Bind, Source: in("private"), Target: "/no/such/tmp"},
	})
	for name, want := range map[string]bool{"/no/such/tmp/s": true, "/no/such/tmp/project/s": false, "/no/such/tmpx/s": false} {
		if got := leadsAny(p.names(name), open(t, in("private/s"))); got != want {
			t.Errorf("%s: %t; it may be %q", name, got, p.names(name))
		}
	}
	// What a private folder for temporary files holds is the jail's own.
	if v, lies, _ := newPlaces(&policy.Located{Files: policy.FileRules{Tmp: policy.TmpPrivate}},
		[]confine.Mount{{Kind: confine.Bind, Source: in("private"), Target: "/tmp"}}).decide(open(t, in("private/s"))); v != granted {
		t.Errorf("%s: %v", lies, v)
	}
	// A folder that is mounted below is not among what the one above holds here.
	if v, lies, _ := p.decide(open(t, in("project/s"))); v != unlisted {
		t.Errorf("%s: %v", lies, v)
	}
}

func leadsAny(names []string, fd int) bool {
	for _, n := range names {
		if leads(n, fd) {
			return true
		}
	}
	return false
}
