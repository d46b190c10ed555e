// Reading the map filesystem.

package policy

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// filesSection is the map filesystem.
type filesSection struct {
	place
	read, write, exec, deny []placedPath
	protect                 []placedPath
	protectAt               place
	readAt, writeAt, execAt place // said if the list is
	denyAt, tmpAt           place
	tmp                     Tmp
	devAt                   place
	dev                     Dev
	redirect                []redirection
	redirectAt              place
	more, less              *filesSection // keys with a sign
}

// restricts tells whether the section says which files may be reached. With deny, tmp or dev alone it does not.
func (f *filesSection) restricts() bool {
	return f.readAt.said() || f.writeAt.said() || f.execAt.said()
}

// filesystem reads the map.
func (p *parser) filesystem(n *yaml.Node, out *Policy) {
	before := len(p.errs)
	f := &out.files
	f.place = p.at(n)
	more, less := mapping(p, n, "filesystem", filesFields(), f)
	f.more, f.less = &more, &less
	if len(p.errs) > before {
		return
	}
	if len(n.Content) == 0 {
		p.errorf(n, ErrMissingKey, "write for example read: [/]", "filesystem is empty")
	}
	p.contradictions(f)
	for _, r := range f.protect {
		if i := slices.IndexFunc(f.write, func(w placedPath) bool { return w.path == r.path }); i >= 0 {
			p.errorAt(r.place, ErrContradiction, "remove it from one of the lists", "%s is in the list protect and, in line %d, in write", quote(r.path), f.write[i].line)
		}
	}
	for _, r := range f.read {
		if w := coveredBy(r.path, f.write); w != nil {
			p.warn(r.place, "remove it", "%s in read adds nothing: %s in write, line %d, lets it be read too", quote(r.path), quote(w.path), w.line)
		}
	}
}

// contradictions reports paths that are both granted and denied, and grants that lie in what is denied.
func (p *parser) contradictions(f *filesSection) {
	denied := make(map[string]placedPath)
	for _, d := range f.deny {
		denied[d.path] = d
	}
	lists := []struct {
		what  string
		paths []placedPath
	}{{"read", f.read}, {"write", f.write}, {"exec", f.exec}}
	for _, l := range lists {
		for _, g := range l.paths {
			if d, ok := denied[g.path]; ok {
				p.errorAt(g.place, ErrContradiction, "remove it from one of the lists", "%s is in the list %s and, in line %d%s, in deny", quote(g.path), l.what, d.line, d.of(g.place))
				continue
			}
			for at := g.path; at != ""; at = parent(at) {
				if d, ok := denied[at]; ok {
					p.warn(g.place, "remove one of them", "%s in %s grants nothing: %s is denied in line %d%s, with all in it", quote(g.path), l.what, quote(at), d.line, d.of(g.place))
					break
				}
			}
		}
	}
}

// of names the file of a place, if it is another one than that of a mistake.
func (at place) of(mistake place) string {
	if at.file == mistake.file {
		return ""
	}
	return " of " + at.file
}

// parent is the folder that a path lies in by its text, and "" above the first component.
func parent(name string) string {
	i := strings.LastIndexByte(name, '/')
	switch {
	case name == "/" || i < 0:
		return ""
	case i == 0:
		return "/"
	}
	return name[:i]
}

// filesFields are the keys of the map filesystem.
func filesFields() []field[filesSection] {
	const in = "filesystem"
	paths := pathForm(false)
	return []field[filesSection]{
		{Key{Section: in, Name: "read", Signs: signAdds, Default: "nothing", Type: "list of paths", Example: `read: [/usr, /etc/ssl, "~/.cache/go-build"]`, schema: listOf(paths, 1),
			Doc: "What may be read and listed: files, and folders with all in them."},
			func(p *parser, n *yaml.Node, out *filesSection) {
				out.read, out.readAt = p.pathList(n, "read", false, false), p.at(n)
			}},
		{Key{Section: in, Name: "write", Signs: signAdds, Default: "nothing", Type: "list of paths", Example: `write: ["{cwd}", "{tmp}"]`, schema: listOf(paths, 0),
			Doc: "What may be read, changed, made and removed. An empty list: nothing."},
			func(p *parser, n *yaml.Node, out *filesSection) {
				out.write, out.writeAt = p.pathList(n, "write", false, true), p.at(n)
			}},
		{Key{Section: in, Name: "exec", Signs: signAdds, Default: "what may be read", Type: "list of paths", Example: "exec: [/usr, /bin, /lib, /lib64]", schema: listOf(paths, 1),
			Doc: "What may be read and executed. Without it: all that may be read."},
			func(p *parser, n *yaml.Node, out *filesSection) {
				out.exec, out.execAt = p.pathList(n, "exec", false, false), p.at(n)
			}},
		{Key{Section: in, Name: "deny", Signs: signsOfRefusing, Default: "nothing", Type: "list of patterns", Example: `deny: ["~/.ssh", "{cwd}/.git/hooks", "~/.config/*/Cookies"]`, schema: listOf(pathForm(true), 1),
			Doc: "What is out of reach whatever the other lists say. `*`, `?` and `**` stand for what they stand for in exec."},
			func(p *parser, n *yaml.Node, out *filesSection) {
				out.deny, out.denyAt = p.pathList(n, "deny", true, false), p.at(n)
			}},
		{Key{Section: in, Name: "protect", Signs: signsOfRefusing, Default: "nothing", Type: "list of paths", Example: `protect: ["{cwd}/.git/config"]`, schema: listOf(paths, 1),
			Doc: "What lies in folders that may be written to and cannot be changed all the same, nor removed or put elsewhere."},
			func(p *parser, n *yaml.Node, out *filesSection) {
				out.protect, out.protectAt = p.pathList(n, "protect", false, false), p.at(n)
			}},
		{Key{Section: in, Name: "redirect", Signs: signAdds, Default: "nothing", Type: "map of paths", Example: "redirect: {/etc/resolv.conf: /srv/resolv.conf}",
			schema: schema{"type": "object", "propertyNames": paths, "additionalProperties": paths},
			Doc:    "What programs find at a path instead of what is there: another file at a file's, another folder at a folder's. Both must be there at the start. It can be used as far as read, write and exec name the first path, and changed only where write does."}, (*parser).redirects},
		{Key{Section: in, Name: "tmp", Default: "shared", Type: "private or shared", Example: "tmp: private", schema: enum(string(TmpPrivate), string(TmpShared)),
			Doc: "The folder for temporary files: one of the jail's own, which is removed with all in it at the end (private), or the machine's (shared, the default). {tmp} stands for it."},
			func(p *parser, n *yaml.Node, out *filesSection) {
				if s, ok := p.oneOf(n, "tmp", string(TmpPrivate), string(TmpShared)); ok {
					out.tmp, out.tmpAt = Tmp(s), p.at(n)
				}
			}},
		{Key{Section: in, Name: "dev", Default: "machine", Type: "private or machine", Example: "dev: private", schema: enum(string(DevPrivate), string(DevMachine)),
			Doc: "The devices: a /dev of the jail's own with null, zero, full, random, urandom, tty, shm, the terminal that the program was started on, and those that read, write or exec name (private), or the machine's (machine, the default), where root can read all disks past what is denied. A folder of devices that is named is there as a whole; /dev itself names none."},
			func(p *parser, n *yaml.Node, out *filesSection) {
				if s, ok := p.oneOf(n, "dev", string(DevPrivate), string(DevMachine)); ok {
					out.dev, out.devAt = Dev(s), p.at(n)
				}
			}},
	}
}
