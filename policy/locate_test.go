// Tests of finding a plan's paths in their surroundings.

package policy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// locate locates the paths of a policy in a folder of its own, which has the folders src, home and tmp; what is made is
// made in it first.
func locate(t *testing.T, text string, env map[string]string, made ...string) (*Located, string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append([]string{"src/", "home/", "tmp/"}, made...) {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, link, ok := strings.Cut(name, " -> "); ok {
			if err := os.Symlink(filepath.Join(dir, link), filepath.Join(dir, target)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(full, 0o755)
		} else {
			err = os.WriteFile(full, nil, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	at, err := planOfAny(t, text).Locate(Surroundings{Cwd: dir + "/src", Home: dir + "/home", Tmp: dir + "/tmp",
		Getenv: func(name string) string { return strings.ReplaceAll(env[name], "DIR", dir) }})
	if err != nil {
		t.Fatal(err)
	}
	return at, dir
}

// relative is the paths of a list, without the folder that they lie in.
func relative(all []PathRule, dir string) string {
	var out []string
	for _, r := range all {
		out = append(out, strings.TrimPrefix(r.Path, dir+"/"))
	}
	return strings.Join(out, " ")
}

func TestLocate(t *testing.T) {
	text := head + `filesystem:
  read: ["~", "~/a/", "$X/b", "${X}/c", "{cwd}/$NAME/d", "/"]
  write: ["{cwd}", "{tmp}"]
  exec: ["$FILE"]
  deny: ["~/.ssh", "{cwd}/**/*.key", "$X/secret-?"]
network: {unix: ["~/sock", "/run/x"]}
`
	at, dir := locate(t, text, map[string]string{"X": "DIR/x//", "NAME": "n", "FILE": "DIR/home/f"}, "home/a/", "x/b", "x/c", "src/n/d", "home/f", "home/.ssh/")
	got := fmt.Sprintf("%s | %s | %s | %s | %s", relative(at.Files.Read, dir), relative(at.Files.Write, dir), relative(at.Files.Exec, dir),
		relative(at.Files.Deny, dir), relative(at.Unix, dir))
	if want := "home home/a x/b x/c src/n/d / | src tmp | home/f | home/.ssh src/**/*.key x/secret-? | home/sock /run/x"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if !at.Files.Restrict || !at.Files.ExecRestrict || len(at.Warnings)+len(at.Errors) != 0 {
		t.Errorf("%+v %v %v", at.Files, at.Warnings, at.Errors)
	}
	plan := planOfAny(t, text)
	if rule := plan.Rules[at.Files.Read[1].Rule]; rule.Text != "filesystem: read: ~/a" || rule.Origin != "policy.yaml:4:15" {
		t.Errorf("%+v", rule)
	}
}

// What cannot be made out grants nothing, and says so; what cannot be denied is an error.
func TestLocateWhatIsNotThere(t *testing.T) {
	tests := []struct {
		files, want string // the mistake; "E " before it if it is an error
	}{
		{`read: ["{cwd}/none"]`, "filesystem: read: {cwd}/none: grants nothing, now and later: DIR/src/none does not exist; make it before the start, or grant the folder that it is to lie in"},
		{`write: ["{cwd}/none"]`, "filesystem: write: {cwd}/none: grants nothing, now and later: DIR/src/none does not exist; make it before the start, or grant the folder that it is to lie in"},
		{`exec: ["{cwd}/file/x"]`, "filesystem: exec: {cwd}/file/x: grants nothing, now and later: DIR/src/file/x cannot be looked at (not a directory)"},
		{`read: ["$UNSET/x"]`, "filesystem: read: $UNSET/x: grants nothing: the variable UNSET is not set"},
		{`read: ["$EMPTY/etc"]`, "filesystem: read: $EMPTY/etc: grants nothing: the variable EMPTY is not set"},
		{`read: ["{cwd}/$UP"]`, `filesystem: read: {cwd}/$UP: grants nothing: the variable UP has .. in it: "../.."`},
		{`read: ["$REL/x"]`, `filesystem: read: $REL/x: grants nothing: it is "rel/x", which is relative`},
		{`read: ["{cwd}/loop"]`, "filesystem: read: {cwd}/loop: grants nothing, now and later: DIR/src/loop cannot be looked at (too many levels of symbolic links)"},
		{`read: [/], deny: ["$UNSET"]`, "E filesystem: deny: $UNSET: denies nothing: the variable UNSET is not set; set it, or write the path itself"},
		{`write: [/], protect: ["$UNSET"]`, "E filesystem: protect: $UNSET: protects nothing: the variable UNSET is not set; set it, or write the path itself"},
		{`write: ["{cwd}"], protect: ["{cwd}/none"]`, "filesystem: protect: {cwd}/none: DIR/src/none does not exist yet; the program may make it where it may write, and use it; make it before the start"},
		{`read: [/], deny: ["{cwd}/none"]`, ""},
		{`write: ["{cwd}"], deny: ["{cwd}/none"]`, "filesystem: deny: {cwd}/none: DIR/src/none does not exist yet; the program may make it where it may write, and use it; make it before the start"},
		{`write: ["{cwd}"], deny: ["{cwd}/none", "/none", "{cwd}/a/b"]`, "filesystem: deny: {cwd}/none: DIR/src/none and 1 more paths of deny and protect do not exist yet; the program may make them where it may write, and use them; make them before the start"},
	}
	for _, test := range tests {
		at, dir := locate(t, head+"filesystem: {"+test.files+"}\n", map[string]string{"EMPTY": "", "UP": "../..", "REL": "rel"}, "src/file", "src/loop -> src/loop")
		var got []string
		for _, w := range at.Warnings {
			if !errors.Is(w, ErrNoEffect) || w.File != "policy.yaml" || w.Line != 3 || w.Column == 0 {
				t.Errorf("%q: %+v", test.files, w)
			}
			got = append(got, w.Error())
		}
		for _, e := range at.Errors {
			got = append(got, "E "+e.Error())
		}
		text := strings.ReplaceAll(strings.Join(got, "\n"), dir, "DIR")
		if i := strings.Index(text, "filesystem:"); i > 0 { // the place
			text = map[bool]string{true: "E "}[strings.HasPrefix(text, "E ")] + text[i:]
		}
		if text != test.want {
			t.Errorf("%q:\ngot  %s\nwant %s", test.files, text, test.want)
		}
		if len(at.Files.Read)+len(at.Files.Write)+len(at.Files.Exec) > 0 && !strings.Contains(test.files, "deny") && !strings.Contains(test.files, "protect") {
			t.Errorf("%q grants something: %+v", test.files, at.Files)
		}
	}
}

// HOME says one thing and the account another: programs look in both, so both are denied; grants are for HOME only.
func TestLocateAccount(t *testing.T) {
	plan := planOfAny(t, head+"filesystem: {read: [\"~\"], deny: [\"~/.ssh\", \"{cwd}/x\", \"~/*.key\"], protect: [\"~/.gitconfig\"]}\n")
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(dir+"/home", 0o755), os.MkdirAll(dir+"/account", 0o755), os.Symlink(dir+"/home", dir+"/link")); err != nil {
		t.Fatal(err)
	}
	const one = "home | home/.ssh src/x home/*.key | home/.gitconfig"
	for account, want := range map[string]string{
		dir + "/account": "home | home/.ssh account/.ssh src/x home/*.key account/*.key | home/.gitconfig account/.gitconfig",
		dir + "/home/":   one, dir + "/link": one, "": one, "/": one, "account": one,
	} {
		at, err := plan.Locate(Surroundings{Cwd: dir + "/src", Home: dir + "/home", Account: account})
		if err != nil {
			t.Fatal(err)
		}
		if got := relative(at.Files.Read, dir) + " | " + relative(at.Files.Deny, dir) + " | " + relative(at.Files.Protect, dir); got != want {
			t.Errorf("%q: got  %s\nwant %s", account, got, want)
		}
	}
}

func TestLocateWithoutSurroundings(t *testing.T) {
	plan := planOfAny(t, head+"filesystem: {read: [\"~\", \"{tmp}\", \"$X\"], deny: [\"~/.ssh\"]}\n")
	if _, err := plan.Locate(Surroundings{Cwd: "src"}); err == nil {
		t.Error("a relative working folder is taken")
	}
	at, err := plan.Locate(Surroundings{Cwd: "/"})
	if err != nil || len(at.Files.Read)+len(at.Files.Deny) != 0 || len(at.Warnings) != 3 || len(at.Errors) != 1 {
		t.Errorf("%+v, %v", at, err)
	}
}

// A policy that extends another cannot get out of its paths by a symlink.
func TestLocateWithin(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"in/good", "out", "in/deep/x"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"in/bad": "out", "in/fine": "in/good", "way": "in"} {
		if err := os.Symlink(filepath.Join(dir, to), filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	child := "filesystem: {read: [" + strings.Join([]string{dir + "/in/good", dir + "/in/bad", dir + "/in/fine", dir + "/way/deep"}, ", ") + "]}\n"
	plan := merged(t, "filesystem: {read: ["+dir+"/in, "+dir+"/way]}\n", child)
	at, err := plan.Locate(Surroundings{Cwd: dir})
	if err != nil {
		t.Fatal(err)
	}
	if got := relative(at.Files.Read, dir); got != "in/good in/fine way/deep" || len(at.Warnings) != 1 || !strings.Contains(at.Warnings[0].Msg, "it leads to "+dir+"/out") {
		t.Errorf("%s, %v", got, at.Warnings)
	}
}

func TestEnvironmentLocated(t *testing.T) {
	e := planOfAny(t, head+`environment: {set: {A: "{tmp}/a", B: "{cwd}", C: "x{tmp}", D: "{tmp}x", E: "{home}"}}`+"\n").Environment
	if got, want := strings.Join(e.Located("/w", "/t").Apply(nil), " "), "A=/t/a B=/w C=x{tmp} D={tmp}x E={home}"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := strings.Join(e.Located("/w", "").Apply([]string{"A=old"}), " "), "A=old B=/w C=x{tmp} D={tmp}x E={home}"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
