// The sentences.

package refusals

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/engines/internal/walk"
	"jail/policy"
	"jail/supervisor/confine"
	"jail/supervisor/utrace"
)

// described says what the task wanted.
func (l *look) described(at, to *walk.Reached) string {
	path := l.named(at, l.path)
	switch l.c.kind {
	case opens:
		return l.opening(at, path)
	case makes, binds:
		return "making of " + l.c.noun + path
	case removes:
		if l.c.name == "unlinkat" && l.flags&unix.AT_REMOVEDIR != 0 {
			return "removal of the folder " + path
		}
		return "removal of " + l.c.noun + path
	case moves:
		return "renaming of " + path + " to " + l.named(to, l.path2)
	case links:
		return "linking of " + path + " to " + l.named(to, l.path2)
	case empties:
		return "truncation of " + path
	case executes:
		return "exec of " + path
	case changes:
		return "change of the " + l.c.noun + " of " + path
	}
	return "entering of " + path
}

// opening says what open(2) was to be for.
func (l *look) opening(at *walk.Reached, path string) string {
	var st unix.Stat_t
	there := at.File >= 0 && unix.Fstat(at.File, &st) == nil
	write, read := l.flags&unix.O_ACCMODE != unix.O_RDONLY, l.flags&unix.O_ACCMODE != unix.O_WRONLY
	switch {
	case !there && l.flags&unix.O_CREAT != 0:
		return "making of " + path
	case l.flags&unix.O_PATH != 0:
		return "open of " + path
	case there && st.Mode&unix.S_IFMT == unix.S_IFDIR && !write:
		return "listing of " + path
	case write && read:
		return "open of " + path + " for reading and writing"
	case write:
		return "open of " + path + " for writing"
	case l.flags&unix.O_TRUNC != 0:
		return "truncation of " + path
	}
	return "open of " + path + " for reading"
}

// named is where a path led to, or what the program called it.
func (l *look) named(r *walk.Reached, given string) string {
	if path := r.Path(); path != "" {
		return reason.Path(path)
	}
	return reason.Path(given)
}

// refusal is the reason: the rule, and what would allow it at path.
func (l *look) refusal(path, what string, lacking confine.Rights) utrace.Why {
	set := &l.e.set
	if rule, ok := l.e.bound.hole(path, lacking&confine.Write != 0); ok {
		return reason.Of(reason.Rule(set.Rules, rule), what, l.c.name)
	}
	if lacking&confine.Write != 0 && slices.ContainsFunc(set.ReadOnly, func(folder string) bool { return within(path, folder) }) {
		info := *reason.Rule(set.Rules, set.Cgroups)
		info.AllowHint, info.Report = "", true // a grant would change nothing
		return reason.Of(&info, what, l.c.name)
	}
	if !set.Files.Restrict {
		return utrace.Why{What: what}
	}
	info := *reason.Rule(set.Rules, set.Files.Rule)
	info.AllowHint = info.HintFor("access", access(lacking, set.Files), "path", set.granted(path))
	if l.device {
		info.AllowHint = ""
	}
	return reason.Of(&info, what, l.c.name)
}

// granted is how a list names a path. What lies in a folder that the private one for temporary files was mounted over is
// granted as {tmp}, and not by its own name, which is that of the machine's.
func (s *Settings) granted(path string) string {
	if slices.ContainsFunc(s.Tmp, func(folder string) bool { return path == folder || strings.HasPrefix(path, folder+"/") }) &&
		!slices.ContainsFunc(s.Kept, func(name string) bool { return path == name || strings.HasPrefix(path, name+"/") }) {
		return "{tmp}"
	}
	return path
}

// access is the list of a policy that grants rights.
func access(lacking confine.Rights, files policy.FileRules) string {
	switch {
	case lacking&confine.Write != 0:
		return "write"
	case lacking&confine.Execute != 0 && files.ExecRestrict:
		return "exec"
	}
	return "read"
}

// program judges what execve(2) was to run, and what that needs to run: its interpreter.
func (l *look) program(at *walk.Reached) (utrace.Why, bool) {
	path := l.named(at, l.path)
	reached := *at
	for depth := range mostInterpreters {
		n, ok := l.file(&reached, confine.Execute)
		if !ok {
			return utrace.Why{}, false
		}
		if lacking := l.lacking(&n); lacking != 0 {
			what := "exec of " + path
			if depth > 0 {
				what += ", which takes " + reason.Path(n.path)
			}
			return l.refusal(n.path, what, lacking), true
		}
		next := interpreter(reached.File)
		if next == "" {
			return utrace.Why{}, false
		}
		there := l.w.Reach(unix.AT_FDCWD, next, true, l.owner.maySearch)
		defer there.Close()
		if masked := there.Path(); masked != "" && l.e.bound.shut(masked, l.errno) {
			return l.refusal(masked, "exec of "+path+", which takes "+reason.Path(masked), confine.Execute), true
		}
		reached = there
	}
	return utrace.Why{}, false
}
