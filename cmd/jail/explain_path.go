// Explaining what the program may do with a file.

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"jail/engines"
	"jail/policy"
	"jail/supervisor/confine"
	"jail/supervisor/launch"
)

// place is a file that is asked about.
type place struct {
	plan    *policy.Plan
	at      *policy.Located
	name    string // absolute
	real    string // where its symlinks lead, as far as it exists
	missing bool

	cover  string // the folder that one of the jail's own lies over, so that this file is not seen; "": none
	memory bool   // that is the one for shared memory
	mounts []confine.Mount
	shown  string // what programs find in its place; "": itself
	by     int    // the rule that says so
}

// explainPath prints who decides reading, writing and executing a file.
func explainPath(w io.Writer, plan *policy.Plan, name string) error {
	p, err := newPlace(plan, name)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString(p.name)
	if p.real != p.name {
		fmt.Fprintf(&b, ", which leads to %s", p.real)
	}
	if p.missing {
		b.WriteString(", which does not exist")
	}
	b.WriteString("\n")
	for _, access := range []string{"read", "write", "exec"} {
		answer, rule := p.decide(access)
		fmt.Fprintf(&b, "  %-6s %s\n", access, answer)
		if rule >= 0 {
			r := plan.Rules[rule]
			fmt.Fprintf(&b, "         by %s  %s (%s)\n", r.Origin, r.Text, r.Layer)
			wanted := p.real
			if p.cover != "" && !p.memory {
				wanted = "{tmp}"
			}
			if hint := r.HintFor("access", access, "path", wanted); hint != "" && r.Action.Refuses() {
				fmt.Fprintf(&b, "         to allow it:  %s\n", hint)
			}
		}
	}
	if p.shown != "" {
		r := plan.Rules[p.by]
		fmt.Fprintf(&b, "  programs find %s there, by %s  %s\n", p.shown, r.Origin, r.Text)
	}
	if p.cover != "" {
		fmt.Fprintf(&b, "  but with tmp: private (%s) the program finds a folder of its own at %s, in which this file is not: that is about what it makes there\n",
			plan.Rules[plan.Files.TmpRule].Origin, p.cover)
	}
	for _, rule := range p.unmasked() {
		r := plan.Rules[rule]
		fmt.Fprintf(&b, "  not by %s  %s: that masks what is there when jail starts, and this is not; what appears later is not masked\n", r.Origin, r.Text)
	}
	if engines.NoDevice(plan, p.at, p.real) {
		fmt.Fprintf(&b, "  but with dev: private (%s) the program finds a /dev of its own, in which this is not\n", plan.Rules[plan.Files.DevRule].Origin)
	}
	b.WriteString("  beside that the user's own rights count, as without jail\n")
	_, err = io.WriteString(w, b.String())
	return err
}

// newPlace looks a file up.
func newPlace(plan *policy.Plan, name string) (*place, error) {
	at, around, err := located(plan)
	if err != nil {
		return nil, err
	}
	p := &place{plan: plan, at: at}
	if p.name, err = filepath.Abs(name); err != nil {
		return nil, err
	}
	if p.real, p.missing, err = resolve(p.name); err != nil {
		return nil, err
	}
	p.covered(around)
	if around.Tmp = ""; plan.Files.Tmp != policy.TmpPrivate {
		around.Tmp = os.TempDir()
	}
	spec, _ := engines.Confine(plan, around, at, confine.ProbeOnly(launch.Parts(plan))) // which says what an engine holds, in at
	p.mounts = spec.Mounts
	p.shown, p.by = engines.Redirected(at, p.mounts, p.real)
	return p, nil
}

// located finds the paths of a plan as jail check does: with a name in the place of a private folder that nothing has.
func located(plan *policy.Plan) (*policy.Located, policy.Surroundings, error) {
	s := policy.Surroundings{Account: launch.AccountHome(), Getenv: os.Getenv, Tmp: os.TempDir()}
	var err error
	if s.Cwd, err = os.Getwd(); err != nil {
		return nil, s, fmt.Errorf("the working folder is not known: %w", err)
	}
	s.Home, _ = os.UserHomeDir() // a policy that needs it says so
	if plan.Files.Tmp == policy.TmpPrivate {
		s.Tmp = filepath.Join(s.Tmp, "the-private-folder-of-a-run")
	}
	at, err := plan.Locate(s)
	return at, s, err
}

// resolve follows symlinks, of a file that does not exist those of the folder that it would lie in.
func resolve(name string) (real string, missing bool, err error) {
	real, err = filepath.EvalSymlinks(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || name == "/" {
		return real, false, err
	}
	folder, _, err := resolve(filepath.Dir(name))
	return filepath.Join(folder, filepath.Base(name)), true, err
}

// inFolder tells whether name is folder or lies in it, by their text.
func inFolder(name, folder string) bool {
	return name == folder || folder == "/" || strings.HasPrefix(name, folder+"/")
}
