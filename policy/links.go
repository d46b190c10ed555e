// Symbolic links on the way of a path.

package policy

import (
	"os"
	"path/filepath"
	"strings"
)

// LinksOn are the symbolic links on the way that an absolute path leads, by their own names: the folders before them are real ones. Of a
// pattern they are those before its first wildcard. What is not there, or can't be looked at, ends the way; so do more
// links than the kernel follows (40, path_resolution(7)). It looks at files, and may block as they do. Any goroutine.
func LinksOn(name string) []string {
	if i := strings.IndexAny(name, "*?"); i >= 0 {
		name = filepath.Dir(name[:i] + "x")
	}
	var links []string
	at, rest := "/", strings.Split(name, "/")
	for len(rest) > 0 && len(links) < 40 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			at = filepath.Dir(at)
			continue
		}
		next := filepath.Join(at, part)
		st, err := os.Lstat(next)
		if err != nil {
			return links
		}
		if st.Mode()&os.ModeSymlink == 0 {
			at = next
			continue
		}
		text, err := os.Readlink(next)
		if err != nil {
			return links
		}
		links = append(links, next)
		if filepath.IsAbs(text) {
			at = "/"
		}
		rest = append(strings.Split(text, "/"), rest...)
	}
	return links
}
