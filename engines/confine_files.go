// Files: grants of a Landlock domain, and holes in them by mounts, or by leaving them out.

package engines

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jail/policy"
	"jail/supervisor/confine"
)

// files grants what the lists name, and takes what is denied out of that.
func (c *confiner) files() {
	f := c.at.Files
	c.at.Held, c.at.Shown = nil, false
	if f.Restrict {
		d := &c.spec.Domain
		d.Files, d.Exec = true, f.ExecRestrict
		c.grant(f.Read, confine.Read)
		c.grant(f.Write, confine.Read|confine.Write)
		c.grant(f.Exec, confine.Read|confine.Execute)
	}
	for _, e := range c.at.Errors {
		rule := c.ruleAt(e)
		if !slices.ContainsFunc(c.plan.Files.Redirect, func(r policy.Redirect) bool { return r.Rule == rule }) {
			c.miss(rule, e.Msg, "nothing is denied by it", e.Hint)
			continue
		}
		_, why, _ := strings.Cut(e.Msg, policy.RedirectsNothing)
		c.miss(rule, "two paths that are there: "+why, "programs find what is there without it", e.Hint)
	}
	c.redirect()
	c.keepCgroups()
	for _, r := range f.Protect { // before what is denied: a mask may lie in it
		c.protect(r)
	}
	for _, deny := range f.Deny {
		c.deny(deny)
	}
}

// protect keeps what is there of one path from being changed, where a grant would let it be.
func (c *confiner) protect(rule policy.PathRule) {
	real, err := c.real(rule.Path)
	if err == nil {
		c.keepLinks(rule)
	}
	if err != nil || c.at.Files.Restrict && c.writableUnder(real) == "" {
		return
	}
	if !c.has.MountNamespaces.OK() {
		c.held(rule.Rule, "a mount namespace: "+c.has.MountNamespaces.Missing, "it can be changed", "grants in write that leave it out, or enforce: best-effort")
		return
	}
	c.cover(confine.Mount{Kind: confine.ReadOnly, Source: real, Target: real})
}

// ruleAt is the rule that a message of Locate is about.
func (c *confiner) ruleAt(e *policy.Error) int {
	for i, r := range c.plan.Rules {
		if r.Origin == fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Column) {
			return i
		}
	}
	return -1
}

func (c *confiner) grant(list []policy.PathRule, rights confine.Rights) {
	for _, p := range list {
		c.spec.Domain.Paths = append(c.spec.Domain.Paths, confine.Path{Name: p.Path, Rights: rights})
	}
}

// maxMatches is how many files one pattern of Deny may name.
const maxMatches = 1000

// deny takes what is there of one path, or pattern, out of reach.
func (c *confiner) deny(rule policy.PathRule) {
	names := []string{rule.Path}
	if strings.ContainsAny(rule.Path, "*?") {
		folder := c.writableUnder(fixed(rule.Path))
		var whole bool
		names, whole = policy.Find(rule.Path, maxMatches)
		if folder != "" && c.has.Sealing().OK() { // names that do not exist yet too
			c.held(rule.Rule, "", "", "")
			c.at.Shown = true
			if !whole {
				c.miss(rule.Rule, "an end: the pattern names too many files, or folders that can't be listed", "what links of such names lead to may have other names, which are not denied", "a folder instead of the pattern")
			}
			return
		}
		if !whole {
			c.miss(rule.Rule, "an end: the pattern names too many files, or folders that can't be listed", "only some of them are denied", "a folder instead of the pattern")
		}
		if folder != "" {
			c.held(rule.Rule, "a way to deny names that do not exist yet: the program may make them in "+folder, "what exists at the start is denied", "paths instead of the pattern, or no writing there")
		}
	}
	for _, name := range names {
		if real, err := c.real(name); err == nil {
			c.keepLinks(policy.PathRule{Path: name, Rule: rule.Rule})
			if to, _ := Redirected(c.at, c.spec.Mounts, real); to != "" {
				if _, err := os.Stat(to); err != nil {
					continue // nobody sees what is there
				}
			}
			c.hole(rule.Rule, real)
		}
	}
	if strings.ContainsAny(rule.Path, "*?") {
		c.hideShown(rule)
	}
}

// keepLinks keeps the symbolic links by which a rule's path is called from being exchanged: what they led to stays out of reach, but the
// name would be the program's.
func (c *confiner) keepLinks(rule policy.PathRule) {
	for _, link := range policy.LinksOn(rule.Path) {
		switch {
		case c.writableUnder(link) == "", !c.at.Files.Restrict && !changeable(filepath.Dir(link)):
		case c.has.MountNamespaces.OK():
			c.cover(confine.Mount{Kind: confine.Link, Target: link})
		default:
			c.held(rule.Rule, "a mount namespace: "+c.has.MountNamespaces.Missing, "the link "+link+", by which it is called, can be exchanged",
				"the path that it leads to, or enforce: best-effort")
		}
	}
}

// fixed is the folder that a pattern can't leave.
func fixed(pattern string) string {
	if i := strings.IndexAny(pattern, "*?"); i >= 0 {
		pattern = pattern[:i]
	}
	return filepath.Dir(pattern + "x")
}

// writableUnder is a folder that may be written to and lies above or under name; empty if there is none.
func (c *confiner) writableUnder(name string) string {
	if !c.at.Files.Restrict {
		return name
	}
	for _, w := range c.at.Files.Write {
		real, err := c.real(w.Path) // a grant is for what symlinks lead to
		if within(name, w.Path) || err == nil && within(name, real) {
			return name
		}
		if within(w.Path, name) || err == nil && within(real, name) {
			return w.Path
		}
	}
	return ""
}

// within tells whether name is folder or lies in it, by their text.
func within(name, folder string) bool {
	return name == folder || folder == "/" || strings.HasPrefix(name, folder+"/")
}

// hole takes one file or folder, which is there and no symlink leads to, out of reach.
func (c *confiner) hole(rule int, name string) {
	switch {
	case c.has.MountNamespaces.OK():
		c.mask(name)
	case c.at.Files.Restrict && c.besides(name): // left out of the grants
		c.at.Shown = true
	default:
		c.at.Shown = true
		c.held(rule, "a mount namespace: "+c.has.MountNamespaces.Missing, "it is not denied", "grants that leave it out, or enforce: best-effort")
	}
}

// mask covers name by an empty one.
func (c *confiner) mask(name string) { c.cover(confine.Mount{Kind: confine.Mask, Target: name}) }

// cover mounts something onto a file or folder. Where the program may rename the folders that lead there, and so get the place free for
// another of the same name, each of them becomes a mount of itself: those can't be renamed or removed (rename(2), EBUSY).
func (c *confiner) cover(m confine.Mount) {
	name := m.Target
	c.spec.Namespaces.Mount = true
	for _, w := range c.at.Files.Write {
		real, err := c.real(w.Path)
		if err != nil || !within(name, real) {
			continue
		}
		for folder := range steps(real, filepath.Dir(name)) {
			c.bindOnce(folder)
		}
	}
	c.spec.Mounts = append(c.spec.Mounts, m)
}

// steps yields the folders below top that lead to name, and name itself, from above.
func steps(top, name string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if !within(name, top) || name == top {
			return
		}
		at := top
		for part := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(name, top), "/"), "/") {
			at = filepath.Join(at, part)
			if !yield(at) {
				return
			}
		}
	}
}

// bindOnce mounts a folder on itself.
func (c *confiner) bindOnce(folder string) {
	m := confine.Mount{Kind: confine.Bind, Source: folder, Target: folder}
	for _, have := range c.spec.Mounts {
		if have == m {
			return
		}
	}
	c.spec.Mounts = append(c.spec.Mounts, m)
}

// maxGrants is how many grants a domain may have.
const maxGrants = 10_000

// besides leaves name out of the grants that hold it, by granting everything beside it instead. It is false where that can't
// be: in a folder that may be written to, because the right to make files there would hold for the hole too.
func (c *confiner) besides(name string) bool {
	var kept []confine.Path
	for _, p := range c.spec.Domain.Paths {
		real, err := c.real(p.Name)
		switch {
		case err != nil || !within(name, real):
			kept = append(kept, p)
			continue
		case p.Rights&confine.Write != 0 && name != real:
			return false
		}
		beside, ok := beside(real, name, p.Rights)
		if kept = append(kept, beside...); !ok || len(kept) > maxGrants {
			return false
		}
	}
	c.spec.Domain.Paths = kept
	return true
}

// beside is everything in top but name and the folders that lead to it.
func beside(top, name string, rights confine.Rights) ([]confine.Path, bool) {
	var out []confine.Path
	for top != name {
		list, err := os.ReadDir(top)
		if err != nil {
			return nil, false
		}
		next := ""
		for _, e := range list {
			switch path := filepath.Join(top, e.Name()); {
			case within(name, path):
				next = path
			case e.Type()&fs.ModeSymlink == 0: // a grant would be to what it leads to
				out = append(out, confine.Path{Name: path, Rights: rights})
			}
		}
		if next == "" {
			return out, true // gone meanwhile
		}
		top = next
	}
	return out, true
}
