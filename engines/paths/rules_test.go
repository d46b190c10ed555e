// What rules say of names, and which folders may be renamed.

package paths

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"jail/policy"
	"jail/supervisor/confine"
)

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"/ws/**/*.key", "/ws/a.key", true},
		{"/ws/**/*.key", "/ws/a/b/c.key", true},
		{"/ws/**/*.key", "/ws/a.key/below", true},
		{"/ws/**/*.key", "/ws/a.keys", false},
		{"/ws/**/*.key", "/other/a.key", false},
		{"/ws/secret", "/ws/secret/x", true},
		{"/ws/secret", "/ws/secrets", false},
		{"/ws/secret", "/ws", false},
		{"/ws/*/x", "/ws/a/x", true},
		{"/ws/*/x", "/ws/a/b/x", false},
		{"/", "/anything", true},
		{"/**", "/", true},
		{"/ws/**", "/ws", true},
	} {
		if got := covers(c.pattern, c.name); got != c.want {
			t.Errorf("%s covers %s: %v", c.pattern, c.name, got)
		}
	}
}

func TestMoved(t *testing.T) {
	for _, c := range []struct {
		pattern, from, to string
		refused           bool
	}{
		{"/ws/**/*.key", "/ws/a", "/ws/b", false},
		{"/ws/**/*.key", "/ws/a", "/ws/b/c/d", false},
		{"/ws/**/*.key", "/ws/a", "/out/a", true}, // what is in there would be free
		{"/ws/**/*.key", "/out/a", "/ws/a", true},
		{"/ws/**/keys/*", "/ws/a", "/ws/b", false},
		{"/ws/**/keys/*", "/ws/keys", "/ws/b", true},
		{"/ws/secret", "/ws/a", "/ws/b", false},
		{"/ws/d/secret", "/ws/d", "/ws/e", true},
		{"/ws/d/secret", "/ws/e", "/ws/d", true},
		{"/ws/*/secret", "/ws/d", "/ws/e", false},
		{"/ws/*/secret", "/ws/d", "/ws/e/f", true},
		{"/ws/a?/secret", "/ws/ab", "/ws/ac", false},
		{"/ws/a?/secret", "/ws/ab", "/ws/b", true},
	} {
		s := rules{list: []rule{{pattern: c.pattern}}}
		if got := s.moved(c.from, c.to) != nil; got != c.refused {
			t.Errorf("%s: %s to %s: refused %v", c.pattern, c.from, c.to, got)
		}
	}
}

func TestNamesOfWhatIsMounted(t *testing.T) {
	s := rules{list: []rule{{pattern: "/run/private/x.key"}}, binds: []confine.Mount{{Kind: confine.Bind, Source: "/run/private", Target: "/tmp"}}}
	if s.refuses("/tmp/x.key", look) == nil || s.refuses("/tmp/y.key", look) != nil || s.refuses("/run/private/x.key", look) == nil {
		t.Error("what is mounted elsewhere is not under the rule")
	}
	if s.moved("/ws/a", "/tmp") == nil {
		t.Error("a folder can be put where the rule is about")
	}
}

func TestProtectLetsLook(t *testing.T) {
	s := rules{list: []rule{{kind: protect, pattern: "/ws/hooks"}}}
	if s.refuses("/ws/hooks/x", look) != nil || s.refuses("/ws/hooks/x", change) == nil {
		t.Error("protected is what can be read and not changed")
	}
}

// component draws a name of few letters, so that patterns match often.
func component() *rapid.Generator[string] { return rapid.StringMatching(`[ab]{1,2}`) }

func pattern() *rapid.Generator[string] {
	part := rapid.OneOf(component(), rapid.SampledFrom([]string{"*", "**", "?", "a*", "*b", "?a"}))
	return rapid.Map(rapid.SliceOfN(part, 1, 4), func(p []string) string { return "/" + strings.Join(p, "/") })
}

func name(from, to int) *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(component(), from, to), func(p []string) string { return "/" + strings.Join(p, "/") })
}

// What it says component by component is what policy.MatchPath says of the whole, for the name or a folder above it.
func TestCoversIsMatchPath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, n := pattern().Draw(t, "pattern"), name(1, 5).Draw(t, "name")
		want := false
		for at := n; ; at = path.Dir(at) {
			want = want || policy.MatchPath(p, at)
			if at == "/" {
				break
			}
		}
		if got := covers(p, n); got != want {
			t.Fatalf("%s covers %s: %v, want %v", p, n, got, want)
		}
	})
}

// A folder that may be renamed has all in it under the same rules before and after.
func TestMovedIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rules{list: []rule{{pattern: pattern().Draw(t, "pattern")}}}
		from, to := name(1, 3).Draw(t, "from"), name(1, 3).Draw(t, "to")
		if s.refuses(from, look) != nil || s.refuses(to, look) != nil || s.moved(from, to) != nil {
			return
		}
		below := name(1, 4).Draw(t, "below")
		if (s.refuses(from+below, look) != nil) != (s.refuses(to+below, look) != nil) {
			t.Fatalf("%s: %s may become %s, and %s is another matter then", s.list[0].pattern, from, to, below)
		}
	})
}

// What a link of a denied name leads to is denied by its other names too, wherever the rule's own folders are led to by links.
func TestLinksOfDeniedNames(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []error{os.MkdirAll(dir+"/ws/a", 0o755), os.WriteFile(dir+"/real", nil, 0o644), os.Symlink("../../real", dir+"/ws/a/x.key"), os.Symlink("ws", dir+"/alias")} {
		if step != nil {
			t.Fatal(step)
		}
	}
	at := &policy.Located{Files: policy.FileRules{Deny: []policy.PathRule{{Path: dir + "/alias/**/*.key", Rule: 7}}, Protect: []policy.PathRule{{Path: dir + "/alias/none", Rule: 8}}}}
	for name, want := range map[string]int{"/ws/a/x.key": 7, "/real": 7, "/ws/new.key": 7, "/ws/none": 8, "/ws/a": -1, "/alias": 7} {
		if got := Decide(at, nil, dir+name, true); got != want {
			t.Errorf("%s: rule %d, want %d", name, got, want)
		}
	}
	if got := Decide(at, nil, dir+"/ws/none", false); got != -1 {
		t.Errorf("what is protected can't be looked at: rule %d", got)
	}
}
