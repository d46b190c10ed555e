// Reading paths of files as a policy writes them: absolute, or beginning with ~, $VAR, {cwd} or {tmp}.

package policy

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// What a path may begin with instead of a slash.
const (
	cwdPlaceholder = "{cwd}"
	tmpPlaceholder = "{tmp}"
)

// placedPath is an element of a list of paths.
type placedPath struct {
	place
	path string // cleaned, with what stands for other text still in it
	// within are paths of the policies that this one extends, under all of which the path must lie after symlinks were
	// followed.
	within []string
}

// pathList reads a list of paths. globs says that they may be patterns, empty that there may be none.
func (p *parser) pathList(n *yaml.Node, what string, globs, empty bool) []placedPath {
	all := p.list(n, what, true)
	if len(all) > maxRules {
		p.errorf(n, ErrTooBig, "name folders instead of what is in them", "%s has %d paths; %d is the most", what, len(all), maxRules)
		return nil
	}
	if len(all) == 0 && !empty && n.Kind == yaml.SequenceNode {
		p.errorf(n, ErrValue, "remove the key, or name a path", "%s is empty", what)
	}
	var out []placedPath
	seen := make(map[string]bool)
	for _, e := range all {
		if p.full() {
			break
		}
		s, ok := p.filePath(e, globs)
		switch {
		case !ok:
		case seen[s]:
			p.errorf(e, ErrValue, "remove one of them", "%s names %s twice", what, quote(s))
		default:
			seen[s] = true
			out = append(out, placedPath{place: p.at(e), path: s})
		}
	}
	return out
}

// filePath reads one path and cleans it.
func (p *parser) filePath(n *yaml.Node, globs bool) (string, bool) {
	s, ok := p.text(n, "a path")
	if !ok {
		return "", false
	}
	if msg, hint := pathFault(s, globs); msg != "" {
		kind := ErrValue
		if len(s) >= maxPath {
			kind = ErrTooBig
		}
		return "", p.errorf(n, kind, hint, "%s", msg)
	}
	return path.Clean(s), true
}

// variable is what may follow a $.
var variable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\$(\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*)`)
})

// replaceVariables puts something in the place of each variable of a path.
func replaceVariables(p string, with func(string) string) string {
	if !strings.Contains(p, "$") {
		return p
	}
	return variable().ReplaceAllStringFunc(p, with)
}

// pathFault says what is wrong with a path, and what would be right; "" if nothing is.
func pathFault(s string, globs bool) (msg, hint string) {
	parts := strings.Split(s, "/")
	first, quoted := parts[0], quote(s)
	switch {
	case len(s) >= maxPath:
		return "the path is longer than the kernel takes (PATH_MAX, 4096 bytes)", ""
	case slices.Contains(parts, ".."):
		return "the path " + quoted + " has a component .. in it", "write the path that it leads to"
	case first == "." || slices.Contains(parts[1:], "."):
		return "the path " + quoted + " has a component . in it", "write {cwd} for the working folder"
	case first == "":
	case first == "~", first == cwdPlaceholder, first == tmpPlaceholder, strings.HasPrefix(first, "$"):
	case strings.HasPrefix(first, "~"):
		return "the path " + quoted + " begins with another user's home folder", "write the path itself, as /home/" + cut(first[1:])
	case strings.HasPrefix(first, "{"):
		return "nothing is known by the name " + quote(first), didYouMean(first, []string{cwdPlaceholder, tmpPlaceholder}, "a path may begin with {cwd}, the working folder, or {tmp}, the folder for temporary files")
	default:
		return "the path " + quoted + " is relative, and to what is not said", "write {cwd}/" + cut(s) + " if it lies in the working folder"
	}
	return partsFault(s, parts, globs)
}

// partsFault is pathFault for what stands between the slashes.
func partsFault(s string, parts []string, globs bool) (msg, hint string) {
	quoted, stars := quote(s), 0
	rest := strings.TrimPrefix(strings.TrimPrefix(s, cwdPlaceholder), tmpPlaceholder)
	switch left := replaceVariables(rest, func(string) string { return "" }); {
	case strings.Contains(left, "$"):
		return "in the path " + quoted + " a $ begins no name of a variable", "write $NAME or ${NAME}"
	case strings.ContainsAny(left, "{}"):
		return "the path " + quoted + " has a brace in it", "{cwd} and {tmp} stand at the beginning, variables are written ${NAME}"
	case strings.Contains(s, "//"):
		return "the path " + quoted + " has two slashes together", "remove one of them"
	case !globs && strings.ContainsAny(s, "*?"):
		return "the path " + quoted + " has * or ? in it, which only deny may", "name the folder: all in it is meant"
	}
	for _, c := range parts {
		if c == "**" {
			stars++
		} else if strings.Contains(c, "**") {
			return "in " + quoted + ", ** is not a whole component of the path", "write ** between slashes, as in {cwd}/**/.git"
		}
	}
	if stars > maxStars {
		return "the path " + quoted + " has ** more than 4 times", ""
	}
	return "", ""
}

// under tells whether a path lies under another or is the same, by their text alone. Everything lies under /.
func under(name, folder string) bool {
	if folder == "/" || name == folder {
		return true
	}
	return strings.HasPrefix(name, folder+"/")
}

// coveredBy is the first of some paths under which a path lies, nil if there is none.
func coveredBy(name string, folders []placedPath) *placedPath {
	for i := range folders {
		if under(name, folders[i].path) {
			return &folders[i]
		}
	}
	return nil
}
