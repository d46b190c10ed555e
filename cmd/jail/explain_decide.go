// Who decides about a file, in the order in which jail run covers things: what is denied, protected, granted, and folders of its own.

package main

import (
	"path/filepath"
	"slices"
	"strings"

	"jail/engines/paths"
	"jail/policy"
	"jail/supervisor/confine"
)

// decide says what becomes of one access, and which rule says so; -1: none.
func (p *place) decide(access string) (answer string, rule int) {
	f := p.at.Files
	if rule := p.held(access); rule >= 0 {
		return "refused", rule
	}
	if rule := p.denied(); rule >= 0 {
		return "refused", rule
	}
	if p.cover == "" && access == "write" {
		for _, r := range f.Protect {
			if real, err := filepath.EvalSymlinks(r.Path); err == nil && (inFolder(p.real, real) || p.shown != "" && inFolder(p.shown, real)) {
				return "refused", r.Rule
			}
		}
	}
	if access == "write" && p.cover == "" && p.shown != "" && slices.ContainsFunc(p.mounts, func(m confine.Mount) bool {
		return m.Kind == confine.ReadOnly && inFolder(p.real, m.Target)
	}) {
		return "refused", p.by
	}
	if !f.Restrict {
		return "as the user may: the policy does not restrict files", -1
	}
	if p.memory && (access != "exec" || !f.ExecRestrict) {
		return "granted", p.plan.Files.TmpRule
	}
	written := p.plan.Files // {tmp} is not among the located ones, since it is not there before the start
	lists := [][]policy.PathRule{f.Read, f.Write, f.Exec, written.Read, written.Write, written.Exec}
	switch {
	case access == "write":
		lists = [][]policy.PathRule{f.Write, written.Write}
	case access == "exec" && f.ExecRestrict:
		lists = [][]policy.PathRule{f.Exec, written.Exec}
	}
	for _, list := range lists {
		for _, g := range list {
			if p.grants(g.Path) {
				return "granted", g.Rule
			}
		}
	}
	return "refused", f.Rule
}

// held is the rule by which an engine refuses an access by name; -1: none, or there is no engine.
func (p *place) held(access string) int {
	if len(p.at.Held) == 0 || p.cover != "" {
		return -1
	}
	return paths.Decide(p.at, p.mounts, p.real, access == "write")
}

// grants tells whether the grant of a path is one of the file.
func (p *place) grants(path string) bool {
	switch {
	case p.cover != "": // Landlock sees the folder of its own and the root above it, not what it lies over or is kept in
		return path == "/" || !p.memory && strings.TrimSuffix(path, "/") == "{tmp}"
	case !filepath.IsAbs(path): // as it is written: the located one is asked too
		return false
	}
	real, err := filepath.EvalSymlinks(path)
	return err == nil && inFolder(p.real, real)
}

// mostMatches is how many files a pattern may name for jail run (package engines).
const mostMatches = 1000

// denied is the rule that masks the file, or a folder that it lies in; -1: none. As jail run does, it looks for what the patterns
// name now, and where that leads.
func (p *place) denied() int {
	if p.cover != "" { // it lies over the masks too
		return -1
	}
	for _, d := range p.at.Files.Deny {
		names := []string{d.Path}
		if isPattern(d.Path) {
			names, _ = policy.Find(d.Path, mostMatches)
		}
		for _, name := range names {
			if real, err := filepath.EvalSymlinks(name); err == nil && (inFolder(p.real, real) || p.shown != "" && inFolder(p.shown, real)) {
				return d.Rule
			}
		}
		if p.shown != "" && matchesAbove(d.Path, p.real) {
			return d.Rule
		}
	}
	return -1
}

// unmasked are the rules that deny or protect the file by name, and do nothing, since it is not there.
func (p *place) unmasked() []int {
	if !p.missing || p.cover != "" || p.denied() >= 0 || len(p.at.Held) > 0 {
		return nil
	}
	var rules []int
	for _, list := range [][]policy.PathRule{p.at.Files.Deny, p.at.Files.Protect} {
		for _, d := range list {
			if p.named(d.Path) && !slices.Contains(rules, d.Rule) {
				rules = append(rules, d.Rule)
			}
		}
	}
	return rules
}

// named tells whether a path that is not there, or a pattern, names the file or a folder that it would lie in.
func (p *place) named(path string) bool {
	if isPattern(path) {
		return matchesAbove(path, p.real) || matchesAbove(path, p.name)
	}
	real, missing, err := resolve(path)
	return err == nil && missing && inFolder(p.real, real)
}

func isPattern(path string) bool { return strings.ContainsAny(path, "*?") }

// matchesAbove tells whether a pattern is name, or a folder above it.
func matchesAbove(pattern, name string) bool {
	for ; ; name = filepath.Dir(name) {
		if policy.MatchPath(pattern, name) {
			return true
		}
		if name == "/" {
			return false
		}
	}
}

// covered finds the folder for temporary files, or for shared memory, that hides the file, if one does.
func (p *place) covered(around policy.Surroundings) {
	if p.plan.Files.Tmp != policy.TmpPrivate {
		return
	}
	stays := []string{around.Cwd}
	for _, list := range [][]policy.PathRule{p.at.Files.Read, p.at.Files.Write, p.at.Files.Exec} {
		for _, g := range list {
			stays = append(stays, g.Path)
		}
	}
	for _, folder := range []string{"/tmp", "/var/tmp", shmFolder} {
		real, err := filepath.EvalSymlinks(folder)
		if err != nil || !inFolder(p.real, real) {
			continue
		}
		kept := slices.ContainsFunc(stays, func(s string) bool {
			at, err := filepath.EvalSymlinks(s)
			return err == nil && at != real && inFolder(at, real) && (folder == shmFolder || inFolder(p.real, at)) // shared memory is covered as a whole or not at all
		})
		if kept {
			continue
		}
		p.cover, p.memory = real, folder == shmFolder
		return
	}
}

// shmFolder is where POSIX shared memory lies (shm_overview(7)).
const shmFolder = "/dev/shm"
