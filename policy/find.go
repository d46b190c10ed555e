// Finding the files that a pattern names.

package policy

import (
	"os"
	"strings"
)

// maxVisited is how many names Find looks at.
const maxVisited = 200_000

// Find lists what exists of a pattern as [MatchPath] has them, an absolute one: at most most names. It follows no symlink that
// stands in the place of a `*`, `?` or `**`. whole is false if there was more, or if a folder could not be listed, so that
// something may be missing. It reads folders, which may block on a network's file system.
func Find(pattern string, most int) (names []string, whole bool) {
	f := finder{most: most, left: maxVisited, whole: true}
	f.walk("", strings.Split(strings.TrimPrefix(pattern, "/"), "/"))
	return f.names, f.whole
}

// finder is one search.
type finder struct {
	names []string
	most  int
	left  int
	whole bool
}

// found takes a name that matches the whole pattern.
func (f *finder) found(name string) {
	if name == "" {
		name = "/"
	}
	if n := len(f.names); n > 0 && f.names[n-1] == name {
		return // once by ** as nothing
	}
	if len(f.names) >= f.most {
		f.whole = false
		return
	}
	f.names = append(f.names, name)
}

// walk looks for rest below a folder, whose name has no slash at its end.
func (f *finder) walk(folder string, rest []string) {
	if len(rest) == 0 {
		f.found(folder)
		return
	}
	first, rest := rest[0], rest[1:]
	if !strings.ContainsAny(first, "*?") {
		if _, err := os.Lstat(folder + "/" + first); err == nil {
			f.walk(folder+"/"+first, rest)
		} else if !os.IsNotExist(err) {
			f.whole = false
		}
		return
	}
	if first == "**" {
		f.walk(folder, rest)
	}
	list, err := os.ReadDir(folder + "/")
	if err != nil && !os.IsNotExist(err) && !isNotFolder(folder) {
		f.whole = false
	}
	for _, e := range list {
		if f.left--; f.left < 0 || len(f.names) >= f.most {
			f.whole = false
			return
		}
		name := folder + "/" + e.Name()
		switch {
		case first == "**" && e.IsDir():
			f.walk(name, append([]string{"**"}, rest...))
		case first == "**" && len(rest) == 0:
			f.found(name)
		case first != "**" && matchComponent(first, e.Name()) && (len(rest) == 0 || e.IsDir()):
			f.walk(name, rest)
		}
	}
}

// isNotFolder tells whether name is there and no folder.
func isNotFolder(name string) bool {
	st, err := os.Lstat(name)
	return err == nil && !st.IsDir()
}
