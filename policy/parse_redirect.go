// Reading filesystem: redirect, and what in it can't be carried out.

package policy

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// redirection is one element of the map redirect.
type redirection struct {
	place    // of the first path
	path, to string
	toAt     place
}

// redirects reads the map: first paths, and what is seen there.
func (p *parser) redirects(n *yaml.Node, out *filesSection) {
	out.redirectAt = p.at(n)
	switch {
	case n.Kind != yaml.MappingNode:
		p.errorf(n, ErrType, "write it as {/etc/resolv.conf: /srv/resolv.conf}", "redirect is a map, not %s", kindName(n))
		return
	case len(n.Content)/2 > maxRules:
		p.errorf(n, ErrTooBig, "redirect folders instead of what is in them", "redirect has %d paths; %d is the most", len(n.Content)/2, maxRules)
		return
	case len(n.Content) == 0:
		p.errorf(n, ErrValue, "remove the key, or name a path", "redirect is empty")
	}
	for i := 0; i+1 < len(n.Content) && !p.full(); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		from, ok := p.filePath(k, false)
		to, ok2 := p.filePath(v, false)
		r := redirection{p.at(k), from, to, p.at(v)}
		switch {
		case !ok || !ok2:
		case slices.ContainsFunc(out.redirect, func(o redirection) bool { return o.path == from }):
			p.errorf(k, ErrDuplicateKey, "remove one of them", "redirect names %s twice", quote(from))
		case from == "/":
			p.errorf(k, ErrValue, "name what lies in it", "the root can't be redirected")
		case strings.HasPrefix(from+"/", tmpPlaceholder+"/") || strings.HasPrefix(to+"/", tmpPlaceholder+"/"):
			at := k
			if !strings.HasPrefix(from+"/", tmpPlaceholder+"/") {
				at = v
			}
			p.errorf(at, ErrValue, "name a path that is there before the start", "{tmp} is new in each run, and nothing is in it that could be redirected")
		default:
			out.redirect = append(out.redirect, r)
		}
	}
}

// overlap tells whether one of two paths lies in the other, or is it, by their text.
func overlap(a, b string) bool { return under(a, b) || under(b, a) }

// redirectFaults reports redirections that meet others, and rules about what they cover.
func (p *parser) redirectFaults(f *filesSection) {
	for i, r := range f.redirect {
		for j, o := range f.redirect {
			switch {
			case i == j && overlap(r.to, r.path):
				p.errorAt(r.toAt, ErrContradiction, "name a path beside it", "%s is redirected to %s, and one lies in the other", quote(r.path), quote(r.to))
			case i != j && overlap(r.to, o.path):
				p.errorAt(r.toAt, ErrContradiction, "name what is to be seen in the end", "%s is redirected to %s, but line %d%s redirects %s", quote(r.path), quote(r.to), o.line, o.of(r.place), quote(o.path))
			case j < i && overlap(r.path, o.path):
				p.errorAt(r.place, ErrContradiction, "remove one of them", "%s and, in line %d%s, %s are redirected, and one lies in the other", quote(r.path), o.line, o.of(r.place), quote(o.path))
			}
		}
		p.redirectDenied(r, f.deny)
		p.redirectCovers(r, f)
	}
}

// redirectDenied reports a redirection of, or to, what is denied.
func (p *parser) redirectDenied(r redirection, denied []placedPath) {
	for _, d := range denied {
		for at := r.path; at != ""; at = parent(at) {
			if at == d.path || MatchPath(d.path, at) {
				p.errorAt(r.place, ErrContradiction, "remove one of them", "%s is redirected, but %s is denied in line %d%s", quote(r.path), quote(d.path), d.line, d.of(r.place))
				return
			}
		}
		for at := r.to; at != ""; at = parent(at) {
			if at == d.path || MatchPath(d.path, at) {
				p.errorAt(r.toAt, ErrContradiction, "redirect to what is not denied", "%s is redirected to %s, but %s is denied in line %d%s", quote(r.path), quote(r.to), quote(d.path), d.line, d.of(r.place))
				return
			}
		}
	}
}

// redirectCovers reports other rules about what lies in a redirected folder: they would be about files that nobody sees.
func (p *parser) redirectCovers(r redirection, f *filesSection) {
	for _, l := range []struct {
		what  string
		paths []placedPath
	}{{"read", f.read}, {"write", f.write}, {"exec", f.exec}, {"deny", f.deny}, {"protect", f.protect}} {
		for _, g := range l.paths {
			if g.path != r.path && under(g.path, r.path) {
				p.errorAt(g.place, ErrContradiction, "remove one of them", "%s in %s lies in %s, which line %d%s redirects", quote(g.path), l.what, quote(r.path), r.line, r.of(g.place))
			}
		}
	}
}
