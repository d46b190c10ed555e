// From the paths of a plan, with ~, $VAR, {cwd} and {tmp} in them, to absolute ones for one run.

package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Surroundings are what the paths of a plan are located in.
type Surroundings struct {
	Cwd       string              // the program's working folder, absolute: {cwd}
	Home      string              // the user's home folder: ~; "" if there is none
	Account   string              // the home folder that the user's account has, which programs such as ssh take for ~ whatever HOME says; "": not known
	Tmp       string              // the folder for temporary files: {tmp}; "" if there is none
	Shm       string              // the folder for shared memory of Plan.Files.Tmp private; "" if there is none
	Dev       string              // the folder that becomes /dev with Plan.Files.Dev private; "" if there is none
	Terminals []string            // the program's, if its standard input, output and error are such, by their names in /dev
	Getenv    func(string) string // $VAR; nil: no variable is set. One that is empty counts as not set
}

// Located are the paths of a plan for one run: absolute and cleaned, symlinks not followed.
type Located struct {
	// Files are Plan.Files. Paths of Read, Write and Exec that grant nothing, because they do not exist or their names
	// cannot be made out, are left out; those of Deny and Protect stay whether they exist or not.
	Files FileRules
	Unix  []PathRule // Plan.Network.Unix
	// Held are rules of Files that an engine has to hold, by their indexes in Plan.Rules: engines.Confine finds out which.
	Held []int
	// Shown says that something of Files.Deny is hidden by no mount, so that its sockets can be connected to: engines.Confine finds out.
	Shown bool

	// Warnings say which paths grant nothing or may not hide all that they are meant to, and what holds then. The file of
	// each is the origin of its rule; they have no line.
	Warnings []*Error
	// Errors say which paths of Deny and Protect cannot be made out, and which of Redirect cannot or are not there, so that nothing
	// is held by them: with EnforceStrict nothing may be started.
	Errors []*Error

	absent map[string]struct{} // paths of Deny and Protect at which there was nothing
}

// Absent tells whether nothing was there when a path of Files.Deny or Files.Protect was located, which spares those who would follow its links
// the way to it: most of what a policy denies does not exist. Of other paths it knows nothing, and says false.
func (l *Located) Absent(name string) bool {
	_, absent := l.absent[name]
	return absent
}

// Locate finds the paths of a plan. It looks at files, which may block on a network's file system, and may be called from
// any goroutine. The error says which of s is wrong.
func (p *Plan) Locate(s Surroundings) (*Located, error) {
	if !filepath.IsAbs(s.Cwd) {
		return nil, fmt.Errorf("policy: the working folder %q is not absolute", s.Cwd)
	}
	if s.Getenv == nil {
		s.Getenv = func(string) string { return "" }
	}
	if s.Account == "/" || !filepath.IsAbs(s.Account) || sameFolder(s.Home, s.Account) {
		s.Account = "" // the root is the home of accounts that have none: its bin and the like are the system's
	}
	l := &locator{plan: p, around: s, out: &Located{Files: p.Files, absent: make(map[string]struct{}, len(p.Files.Deny)+len(p.Files.Protect))}}
	f := &l.out.Files
	f.Read, f.Write, f.Exec = l.grants(p.Files.Read), l.grants(p.Files.Write), l.grants(p.Files.Exec)
	f.Deny, f.Protect, f.Redirect = nil, nil, nil
	for _, r := range p.Files.Redirect {
		l.redirect(r)
	}
	for _, d := range p.Files.Protect {
		l.hold(d, &f.Protect, "protects")
	}
	for _, d := range p.Files.Deny {
		l.hold(d, &f.Deny, "denies")
	}
	l.warnMissing()
	for _, u := range p.Network.Unix {
		if name, err := l.expand(u.Path); err != nil {
			l.warn(u.Rule, "lets nothing be connected to: "+err.Error(), "")
		} else if l.inside(u, name) {
			l.out.Unix = append(l.out.Unix, PathRule{Path: name, Rule: u.Rule})
		}
	}
	return l.out, nil
}

// sameFolder tells whether two names are of one folder.
func sameFolder(a, b string) bool {
	one, err := os.Stat(a)
	two, err2 := os.Stat(b)
	return path.Clean(a) == path.Clean(b) || err == nil && err2 == nil && os.SameFile(one, two)
}

// locator locates the paths of one plan.
type locator struct {
	plan   *Plan
	around Surroundings
	out    *Located

	missing []PathRule // denied, but not there yet, and in folders that may be written to
}

// problem is an Error about a rule.
func (l *locator) problem(kind error, rule int, msg, hint string) *Error {
	origin, text := BuiltIn, ""
	if rule >= 0 && rule < len(l.plan.Rules) {
		origin, text = l.plan.Rules[rule].Origin, l.plan.Rules[rule].Text+": "
	}
	e := &Error{File: origin, Msg: text + msg, Hint: hint, kind: kind}
	e.place()
	return e
}

// place takes line and column out of the file of an error that is a rule's origin.
func (e *Error) place() {
	rest, column, ok := cutLast(e.File)
	file, line, ok2 := cutLast(rest)
	if l, err := strconv.Atoi(line); ok && ok2 && err == nil {
		if c, err := strconv.Atoi(column); err == nil {
			e.File, e.Line, e.Column = file, l, c
		}
	}
}

// cutLast parts a text at its last colon.
func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func (l *locator) warn(rule int, msg, hint string) {
	l.out.Warnings = append(l.out.Warnings, l.problem(ErrNoEffect, rule, msg, hint))
}

// grants locates the paths of a list that grants something.
func (l *locator) grants(all []PathRule) []PathRule {
	var out []PathRule
	for _, r := range all {
		name, err := l.expand(r.Path)
		if err != nil {
			l.warn(r.Rule, "grants nothing: "+err.Error(), "")
			continue
		}
		if _, err := os.Stat(name); err != nil {
			why, hint := "cannot be looked at ("+reason(err)+")", ""
			if errors.Is(err, fs.ErrNotExist) {
				why, hint = "does not exist", "make it before the start, or grant the folder that it is to lie in"
			}
			l.warn(r.Rule, fmt.Sprintf("grants nothing, now and later: %s %s", name, why), hint)
			continue
		}
		if l.inside(r, name) {
			out = append(out, PathRule{Path: name, Rule: r.Rule})
		}
	}
	return out
}

// inside tells whether a path really lies under the paths of the extended policies that it must lie under.
func (l *locator) inside(r PathRule, name string) bool {
	for _, w := range r.Within {
		folder, err := l.expand(w)
		if err == nil {
			var realName, realFolder string
			if realName, err = filepath.EvalSymlinks(name); err == nil {
				if realFolder, err = filepath.EvalSymlinks(folder); err == nil && under(realName, realFolder) {
					continue
				}
			}
			if err == nil {
				err = fmt.Errorf("it leads to %s, which does not lie under %s", realName, realFolder)
			}
		}
		l.warn(r.Rule, fmt.Sprintf("grants nothing: it must lie under %s of the policy that this one extends: %s", w, reason(err)), "write override: true if that is meant")
		return false
	}
	return true
}

// hold locates a path of Deny or Protect. What lies in ~ is held in both folders that programs take for it.
func (l *locator) hold(r PathRule, list *[]PathRule, does string) {
	l.holdIn(r, list, does)
	if home := l.around.Home; l.around.Account != "" && strings.HasPrefix(r.Path+"/", "~/") && home != "" {
		l.around.Home = l.around.Account
		l.holdIn(r, list, does)
		l.around.Home = home
	}
}

func (l *locator) holdIn(r PathRule, list *[]PathRule, does string) {
	name, err := l.expand(r.Path)
	if err != nil {
		l.out.Errors = append(l.out.Errors, l.problem(ErrValue, r.Rule, does+" nothing: "+err.Error(), "set it, or write the path itself"))
		return
	}
	*list = append(*list, PathRule{Path: name, Rule: r.Rule})
	if strings.ContainsAny(name, "*?") {
		return
	}
	var st unix.Stat_t
	if unix.Lstat(name, &st) != unix.ENOENT {
		return
	}
	l.out.absent[name] = struct{}{}
	for _, w := range l.out.Files.Write {
		if under(name, w.Path) {
			l.missing = append(l.missing, PathRule{Path: name, Rule: r.Rule})
			return
		}
	}
}

// warnMissing tells in one warning which denied paths the program may make itself.
func (l *locator) warnMissing() {
	var names []string
	for _, m := range l.missing {
		names = append(names, m.Path)
	}
	switch len(names) {
	case 0:
	case 1:
		l.warn(l.missing[0].Rule, names[0]+" does not exist yet; the program may make it where it may write, and use it", "make it before the start")
	default:
		l.warn(l.missing[0].Rule, fmt.Sprintf("%s and %d more paths of deny and protect do not exist yet; the program may make them where it may write, and use them", names[0], len(names)-1),
			"make them before the start")
	}
}

// expand makes a path absolute. The error is a short sentence without the path.
func (l *locator) expand(p string) (string, error) {
	first, rest, _ := strings.Cut(p, "/")
	var base string
	switch first {
	case "~":
		base = l.around.Home
		if !filepath.IsAbs(base) {
			return "", errors.New("the home folder ~ is not known")
		}
	case cwdPlaceholder:
		base = l.around.Cwd
	case tmpPlaceholder:
		base = l.around.Tmp
		if !filepath.IsAbs(base) {
			return "", errors.New("there is no folder {tmp}")
		}
	default:
		base, rest = "", p
	}
	var missing error
	rest = replaceVariables(rest, func(v string) string {
		name := strings.Trim(v, "${}")
		value := l.around.Getenv(name)
		switch {
		case missing != nil:
		case value == "":
			missing = fmt.Errorf("the variable %s is not set", name)
		case strings.Contains("/"+value+"/", "/../") || strings.Contains(value, "\x00"):
			missing = fmt.Errorf("the variable %s has .. in it: %s", name, quote(value))
		}
		return value
	})
	if missing != nil {
		return "", missing
	}
	full := rest
	if base != "" {
		full = base + "/" + rest
	}
	if !path.IsAbs(full) {
		return "", fmt.Errorf("it is %s, which is relative", quote(full))
	}
	return path.Clean(full), nil
}
