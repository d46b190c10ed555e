// Explaining what the program may do with a file.

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jail/engines"
	"jail/policy"
)

// place is a file that is asked about.
type place struct {
	plan    *policy.Plan
	at      *policy.Located
	name    string // absolute
	real    string // where its symlinks lead, as far as it exists
	missing bool
}

// explainPath prints who decides reading, writing and executing a file.
func explainPath(w io.Writer, plan *policy.Plan, name string) error {
	at, _, err := located(plan)
	if err != nil {
		return err
	}
	p := &place{plan: plan, at: at}
	if p.name, err = filepath.Abs(name); err != nil {
		return err
	}
	if p.real, p.missing, err = resolve(p.name); err != nil {
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
			if hint := r.HintFor("access", access, "path", p.real); hint != "" && r.Action.Refuses() {
				fmt.Fprintf(&b, "         to allow it:  %s\n", hint)
			}
		}
	}
	if folder := p.covered(); folder != "" {
		fmt.Fprintf(&b, "  but with tmp: private (%s) the program finds a folder of its own at %s, in which this file is not\n",
			plan.Rules[plan.Files.TmpRule].Origin, folder)
	}
	if engines.NoDevice(plan, at, p.real) {
		fmt.Fprintf(&b, "  but with dev: private (%s) the program finds a /dev of its own, in which this is not\n", plan.Rules[plan.Files.DevRule].Origin)
	}
	b.WriteString("  beside that the user's own rights count, as without jail\n")
	_, err = io.WriteString(w, b.String())
	return err
}

// located finds the paths of a plan as jail check does: with a name in the place of a private folder that nothing has.
func located(plan *policy.Plan) (*policy.Located, policy.Surroundings, error) {
	s := policy.Surroundings{Getenv: os.Getenv, Tmp: os.TempDir()}
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

// decide says what becomes of one access, and which rule says so; -1: none.
func (p *place) decide(access string) (answer string, rule int) {
	f := p.at.Files
	for _, d := range f.Deny {
		if p.denies(d.Path) {
			return "refused", d.Rule
		}
	}
	for _, r := range f.Protect {
		if real, err := filepath.EvalSymlinks(r.Path); access == "write" && err == nil && inFolder(p.real, real) {
			return "refused", r.Rule
		}
	}
	if !f.Restrict {
		return "as the user may: the policy does not restrict files", -1
	}
	lists := [][]policy.PathRule{f.Read, f.Write, f.Exec}
	switch {
	case access == "write":
		lists = [][]policy.PathRule{f.Write}
	case access == "exec" && f.ExecRestrict:
		lists = [][]policy.PathRule{f.Exec}
	}
	for _, list := range lists {
		for _, g := range list {
			if real, err := filepath.EvalSymlinks(g.Path); err == nil && inFolder(p.real, real) {
				return "granted", g.Rule
			}
		}
	}
	return "refused", f.Rule
}

// denies tells whether a path or pattern of deny is about the file, or a folder that it lies in.
func (p *place) denies(pattern string) bool {
	glob := strings.ContainsAny(pattern, "*?")
	if !glob {
		real, _, err := resolve(pattern)
		return err == nil && inFolder(p.real, real)
	}
	for name := p.real; ; name = filepath.Dir(name) {
		if policy.MatchPath(pattern, name) {
			return true
		}
		if name == "/" {
			return false
		}
	}
}

// covered is the folder for temporary files that hides the file, if one does.
func (p *place) covered() string {
	if p.plan.Files.Tmp != policy.TmpPrivate {
		return ""
	}
	var stays []string
	if cwd, err := os.Getwd(); err == nil {
		stays = append(stays, cwd)
	}
	for _, list := range [][]policy.PathRule{p.at.Files.Read, p.at.Files.Write, p.at.Files.Exec} {
		for _, g := range list {
			stays = append(stays, g.Path)
		}
	}
	for _, folder := range []string{"/tmp", "/var/tmp"} {
		real, err := filepath.EvalSymlinks(folder)
		if err != nil || !inFolder(p.real, real) {
			continue
		}
		kept := slices.ContainsFunc(stays, func(s string) bool {
			at, err := filepath.EvalSymlinks(s)
			return err == nil && at != real && inFolder(at, real) && inFolder(p.real, at)
		})
		if !kept {
			return folder
		}
	}
	return ""
}

// inFolder tells whether name is folder or lies in it, by their text.
func inFolder(name, folder string) bool {
	return name == folder || folder == "/" || strings.HasPrefix(name, folder+"/")
}
