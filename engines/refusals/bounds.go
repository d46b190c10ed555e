// What the kernel was told to refuse: grants by the files that they are about, as Landlock keeps them, and masks by their place.

package refusals

import (
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/internal/realpath"
	"jail/policy"
	"jail/supervisor/confine"
)

// object is a file, as far as an explanation has to tell it from others.
type object struct{ dev, ino uint64 }

func objectOf(st *unix.Stat_t) object { return object{uint64(st.Dev), st.Ino} }

// bounds are a domain and the masks.
type bounds struct {
	files, exec bool
	grants      map[object]confine.Rights
	masks       []string
	readOnly    []string
	denied      []policy.PathRule // without links; or patterns
	protected   []policy.PathRule // the same
}

// boundsOf looks up what the paths lead to.
func boundsOf(s *Settings) bounds {
	b := bounds{files: s.Domain.Files, exec: s.Domain.Exec, grants: make(map[object]confine.Rights), masks: s.Masks, readOnly: s.ReadOnly}
	for _, p := range s.Domain.Paths {
		var st unix.Stat_t
		if unix.Stat(p.Name, &st) == nil {
			b.grants[objectOf(&st)] |= p.Rights
		}
	}
	b.denied, b.protected = s.real(s.Files.Deny), s.real(s.Files.Protect)
	for _, r := range s.Files.Redirect { // what is seen there is read-only, or a mount that can't be removed
		if path, err := realpath.Of(r.Path); err == nil {
			b.protected = append(b.protected, policy.PathRule{Path: path, Rule: r.Rule})
		}
	}
	return b
}

// real follows links, but in patterns.
func (s *Settings) real(list []policy.PathRule) []policy.PathRule {
	out := make([]policy.PathRule, 0, len(list))
	for _, r := range list {
		if !pattern(r) && !(s.Absent != nil && s.Absent(r.Path)) {
			if path, err := realpath.Of(r.Path); err == nil {
				r.Path = path
			}
		}
		out = append(out, r)
	}
	return out
}

func pattern(r policy.PathRule) bool { return strings.ContainsAny(r.Path, "*?") }

// shut tells whether a path lies in a mask, or where nothing can be changed and that was the answer.
func (b *bounds) shut(path string, errno unix.Errno) bool {
	in := func(folder string) bool { return within(path, folder) }
	return slices.ContainsFunc(b.masks, in) || errno != unix.EACCES && slices.ContainsFunc(b.readOnly, in)
}

// holds is a place in a folder that was mounted over: because of it the folder can't be moved away (rename(2), EBUSY).
func (b *bounds) holds(folder string) string {
	for _, list := range [][]string{b.masks, b.readOnly} {
		for _, m := range list {
			if within(m, folder) {
				return m
			}
		}
	}
	return ""
}

// hole is the rule of deny that a path falls under, or where something was to be changed, of protect.
func (b *bounds) hole(path string, changes bool) (rule int, ok bool) {
	list := b.denied
	if changes {
		list = slices.Concat(b.denied, b.protected)
	}
	for _, d := range list {
		if matches(d, path) {
			return d.Rule, true
		}
	}
	return 0, false
}

// matches tells whether a path, or a folder that it lies in, is the rule's.
func matches(r policy.PathRule, path string) bool {
	if !pattern(r) {
		return within(path, r.Path)
	}
	for !policy.MatchPath(r.Path, path) {
		if path == "/" || path == "." {
			return false
		}
		path = filepath.Dir(path)
	}
	return true
}

// writable tells whether a path lies where mounts are not fixed.
func (s *Settings) writable(path string) bool {
	return s.Fixed == nil || slices.ContainsFunc(s.Fixed.Writable, func(w string) bool { return within(path, w) })
}

// between tells of two paths that may both be written to, on mounts of their own: programs copy from one to the other.
func (s *Settings) between(a, b string) bool {
	return s.Fixed != nil && a != "" && b != "" && s.writable(a) && s.writable(b)
}

// within tells whether name is folder or lies in it.
func within(name, folder string) bool {
	return name == folder || folder == "/" || strings.HasPrefix(name, folder+"/")
}

// mostSteps is how deep a folder may lie, for there to be an end.
const mostSteps = 1000

// rights adds up what is granted on an open folder, and on all that it lies in, across mounts, to the root: that is how the
// kernel does (is_access_to_paths_allowed() in security/landlock/fs.c).
func (b *bounds) rights(folder int) confine.Rights {
	var sum confine.Rights
	var last object
	at, err := unix.Dup(folder)
	if err != nil {
		return ^confine.Rights(0) // nothing is known: nothing is said
	}
	defer func() { _ = unix.Close(at) }()
	for step := range mostSteps {
		var st unix.Stat_t
		if unix.Fstat(at, &st) != nil {
			return ^confine.Rights(0)
		}
		now := objectOf(&st)
		if step > 0 && now == last {
			break
		}
		sum, last = sum|b.grants[now], now
		up, err := unix.Openat(at, "..", unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return ^confine.Rights(0)
		}
		_ = unix.Close(at)
		at = up
	}
	return sum
}

// lacks is what of need is not granted. Reading a file takes one of two rights, and so does executing where that is not bounded.
func (b *bounds) lacks(need, have confine.Rights, folder bool) confine.Rights {
	if have&confine.Execute != 0 && !folder {
		have |= confine.Read
	}
	if have&confine.Read != 0 && !b.exec {
		have |= confine.Execute
	}
	return need &^ have
}
