// Redirections: mounts that show one file or folder where another one is.

package engines

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/confine"
)

// redirect mounts what is to be seen at other paths. Its mounts come first: masks and protection made later hold in what they show too.
//
// Landlock looks past a mount at the folders above it, but not at the file that the mount hides (landlock(7)): what is granted on a
// folder above the first path holds for what is seen there, and what is granted on that path alone has to be granted on what is seen. It
// is then granted by its own name too; there it can't be changed, unless write says so, since that is another mount.
func (c *confiner) redirect() {
	var done []policy.Redirect
	for _, r := range c.at.Files.Redirect {
		from, err := filepath.EvalSymlinks(r.Path)
		if err != nil {
			continue // gone since it was located
		}
		to, err := filepath.EvalSymlinks(r.To)
		if err != nil {
			continue
		}
		if !c.has.MountNamespaces.OK() {
			c.miss(r.Rule, "a mount namespace: "+c.has.MountNamespaces.Missing, "programs find what is at "+from, "enforce: best-effort, or a program that is told the other path")
			continue
		}
		real := policy.Redirect{Path: from, To: to, Rule: r.Rule}
		if missing, instead := c.unredirectable(real, done); missing != "" {
			c.miss(r.Rule, missing, "programs find what is at "+from, instead)
			continue
		}
		c.keepLinks(policy.PathRule{Path: r.Path, Rule: r.Rule})
		if !c.granted(from) {
			c.miss(r.Rule, "a list of filesystem that names "+from, "programs can't use what is there", "filesystem: {read: ["+from+"]}")
			c.unmet[len(c.unmet)-1].Closed = true
		}
		if c.plan.Exec.Restrict && program(to) {
			c.miss(r.Rule, "a policy without exec: allow, which goes by the names of files outside", "programs can't be executed at "+from, "filesystem: exec")
			c.unmet[len(c.unmet)-1].Closed = true
		}
		done = append(done, real)
		c.show(real)
	}
}

// unredirectable says what keeps a redirection, without symlinks, from being made beside what else the policy says, and what to do; ""
// if nothing does. Policies are told most of it when they are read, but for symlinks.
func (c *confiner) unredirectable(r policy.Redirect, done []policy.Redirect) (missing, instead string) {
	meet := func(a, b string) bool { return within(a, b) || within(b, a) }
	f := c.at.Files
	if meet(r.Path, r.To) {
		return "two paths that do not lie in each other: they are " + r.Path + " and " + r.To, "another path"
	}
	for _, o := range done {
		for _, pair := range [][2]string{{r.Path, o.Path}, {r.Path, o.To}, {r.To, o.Path}} {
			if meet(pair[0], pair[1]) {
				return "other paths: " + pair[0] + " and " + pair[1] + ", which both are redirected or shown elsewhere, lie in each other", "one of them"
			}
		}
	}
	for _, list := range [][]policy.PathRule{f.Read, f.Write, f.Exec, f.Deny, f.Protect} {
		for _, g := range list {
			if real, err := filepath.EvalSymlinks(g.Path); err == nil && real != r.Path && within(real, r.Path) {
				return "no other rule about what lies in it: there is one about " + real, "what is in " + r.To + ", under a name of its own"
			}
		}
	}
	for _, d := range f.Deny {
		real, err := filepath.EvalSymlinks(d.Path)
		if err == nil && (within(r.Path, real) || within(r.To, real)) || matchesAbove(d.Path, r.Path) || matchesAbove(d.Path, r.To) {
			return "paths that are not denied: " + d.Path + " is", "paths beside it"
		}
	}
	return c.covered(r)
}

// program tells whether a file is executed by itself: a script is executed if its interpreter is.
func program(name string) bool {
	st, err := os.Stat(name)
	if err != nil || !st.Mode().IsRegular() || st.Mode()&0o111 == 0 {
		return false
	}
	f, err := os.Open(name)
	if err != nil {
		return true
	}
	defer f.Close()
	head := make([]byte, 2)
	_, err = f.Read(head)
	return err != nil || string(head) != "#!"
}

// matchesAbove tells whether a pattern is that of a path or of a folder above it.
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

// covered tells of first paths that folders of the jail's own lie over.
func (c *confiner) covered(r policy.Redirect) (missing, instead string) {
	if c.plan.Files.Dev == policy.DevPrivate && within(r.Path, devFolder) {
		return "the machine's devices: with dev: private there is nothing else in /dev", "dev: machine"
	}
	if c.plan.Files.Tmp != policy.TmpPrivate {
		return "", ""
	}
	for _, folder := range append(tmpFolders(), shmFolder) {
		real, err := filepath.EvalSymlinks(folder)
		if err != nil || !within(r.Path, real) {
			continue
		}
		private := c.around.Tmp
		if private == "" {
			private = noFolder
		}
		if folder == shmFolder || !slices.ContainsFunc(c.stays(real, private), func(s string) bool { return within(r.Path, s) }) {
			return "the machine's " + folder + ", which tmp: private covers", "tmp: shared"
		}
	}
	return "", ""
}

// noFolder is a path in which nothing lies.
const noFolder = "/\x00"

// changeable tells whether we, and so the program, may make and rename things in a folder, or give ourselves the right to.
func changeable(folder string) bool {
	var st unix.Stat_t
	if unix.Stat(folder, &st) != nil {
		return true
	}
	return int(st.Uid) == os.Geteuid() || unix.Faccessat(unix.AT_FDCWD, folder, unix.W_OK, unix.AT_EACCESS) == nil
}

// show makes the mount of one redirection, and what keeps it in its place.
func (c *confiner) show(r policy.Redirect) {
	kind := confine.ReadOnly
	written := func(p string) bool { return within(r.Path, p) }
	protected := func(p string) bool { return within(r.To, p) || within(p, r.To) }
	if len(c.resolved(c.at.Files.Write, written)) > 0 && len(c.resolved(c.at.Files.Protect, protected)) == 0 {
		kind = confine.Bind
	}
	if !c.at.Files.Restrict { // all may be renamed that the user may
		for folder := range steps("/", filepath.Dir(r.Path)) {
			if changeable(filepath.Dir(folder)) {
				c.bindOnce(folder)
			}
		}
	}
	c.cover(confine.Mount{Kind: kind, Source: r.To, Target: r.Path})
	for _, p := range slices.Clone(c.spec.Domain.Paths) {
		if real, err := filepath.EvalSymlinks(p.Name); err == nil && real == r.Path {
			c.spec.Domain.Paths = append(c.spec.Domain.Paths, confine.Path{Name: r.To, Rights: p.Rights})
		}
	}
}

// Redirected is what programs find in the place of a path, absolute and without symlinks, with the mounts that Confine has made, and the rule
// that says so, an index into Plan.Rules; "" and -1: what is there. It looks at files, which may block. Any goroutine.
func Redirected(at *policy.Located, mounts []confine.Mount, name string) (to string, rule int) {
	for _, r := range at.Files.Redirect {
		from, err := filepath.EvalSymlinks(r.Path)
		if err != nil || !within(name, from) {
			continue
		}
		for _, m := range mounts {
			if m.Kind != confine.Mask && m.Target == from && m.Source != m.Target {
				return m.Source + strings.TrimPrefix(name, from), r.Rule
			}
		}
	}
	return "", -1
}

// errNoEnd ends a walk early.
var errNoEnd = errors.New("no end")

// hideShown masks what a pattern of deny names by what it is seen as in redirected folders, as far as there is an end.
func (c *confiner) hideShown(rule policy.PathRule) {
	for _, r := range c.at.Files.Redirect {
		from, err := filepath.EvalSymlinks(r.Path)
		if err != nil || !mayLieIn(rule.Path, from) {
			continue
		}
		to, _ := Redirected(c.at, c.spec.Mounts, from)
		if to == "" {
			continue
		}
		left := maxMatches
		err = filepath.WalkDir(to, func(name string, _ os.DirEntry, err error) error {
			as := from + strings.TrimPrefix(name, to)
			if left--; left < 0 || err != nil {
				return errNoEnd
			}
			if as != from && policy.MatchPath(rule.Path, as) {
				if st, err := os.Lstat(name); err == nil && st.Mode()&os.ModeSymlink == 0 {
					c.mask(as)
				} else {
					return errNoEnd // what it leads to may be anywhere
				}
			}
			return nil
		})
		if err != nil {
			c.miss(rule.Rule, "an end: "+r.To+", which is shown at "+from+", has too much in it, or symlinks of such names", "only some of what the pattern names there is denied", "another folder")
		}
	}
}

// mayLieIn tells whether a pattern may name something in a folder.
func mayLieIn(pattern, folder string) bool {
	parts := strings.Split(pattern, "/")
	for i := 1; i < len(parts); i++ {
		if policy.MatchPath(strings.Join(parts[:i], "/"), folder) {
			return true
		}
	}
	return false
}

// again has the first program executed in the mounts as they are, where nothing else does: the interpreter that the kernel has loaded
// with it may be redirected. Nothing is made read-only by that.
func (c *confiner) again() {
	for _, r := range c.at.Files.Redirect {
		if real, err := filepath.EvalSymlinks(r.Path); err == nil {
			if to, _ := Redirected(c.at, c.spec.Mounts, real); to != "" {
				c.spec.Fixed = &confine.Fixed{Writable: []string{"/"}}
				return
			}
		}
	}
}
