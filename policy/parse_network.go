// Reading the key network.

package policy

import (
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// networkSection is the value of network.
type networkSection struct {
	place
	reach      NetworkReach
	connect    []endpoint
	bind       []endpoint
	families   []placedName
	familiesAt place // said if the list is
	unixAny    bool
	unix       []placedPath
	connectAt  place // said if the list is
	bindAt     place
	unixAt     place
	more       *networkSection // keys with a +
}

// restricts tells whether the section keeps anybody from being reached.
func (n *networkSection) restricts() bool { return n.reach != "" && n.reach != NetworkAny }

// lists tells whether the section has one of the lists.
func (n *networkSection) lists() bool {
	return n.connectAt.said() || n.bindAt.said() || n.unixAt.said() || n.familiesAt.said()
}

// placedName is a word of a list.
type placedName struct {
	place
	name string
}

// network reads none, loopback, any, or a map.
func (p *parser) network(n *yaml.Node, out *Policy) {
	s := &out.network
	s.place = p.at(n)
	if n.Kind == yaml.SequenceNode {
		p.errorf(n, ErrType, `write it as {connect: ["203.0.113.7:443"]}`, "network is a word or a map, not a list")
		return
	}
	if n.Kind != yaml.MappingNode {
		word, ok := p.text(n, "network")
		words := []string{string(NetworkNone), string(NetworkLoopback), string(NetworkAny)}
		switch {
		case !ok:
		case slices.Contains(words, word):
			s.reach = NetworkReach(word)
		default:
			p.errorf(n, ErrUnknownName, didYouMean(word, words, `it is one of: none, loopback, any, or a map as {connect: ["203.0.113.7:443"]}`), "network cannot be %s", quote(word))
		}
		return
	}
	before := len(p.errs)
	more, _ := mapping(p, n, "network", networkFields(), s)
	s.more = &more
	if len(p.errs) == before && len(n.Content) == 0 {
		p.errorf(n, ErrMissingKey, "write network: none", "network is an empty map")
	}
	s.reach = NetworkNone
	if s.connectAt.said() || s.bindAt.said() {
		s.reach = NetworkListed
	}
}

// endpoints reads the list connect or bind.
func (p *parser) endpoints(n *yaml.Node, what string) []endpoint {
	all := p.list(n, what, true)
	if len(all) > maxRules {
		p.errorf(n, ErrTooBig, "use prefixes, as 203.0.113.0/24:443", "%s has %d addresses; %d is the most", what, len(all), maxRules)
		return nil
	}
	var out []endpoint
	for _, e := range all {
		if p.full() {
			break
		}
		text, ok := p.text(e, "an address")
		if !ok {
			continue
		}
		found, fault := parseEndpoint(text)
		if fault != nil {
			p.errorf(e, fault.kind, fault.hint, "%s", fault.msg)
			continue
		}
		if by := coveredEndpoints(found, out); by != nil {
			p.warn(p.at(e), "remove it", "%s in %s adds nothing to %s in line %d", quote(text), what, quote(by.text), by.line)
		}
		for _, f := range found {
			f.place, f.text = p.at(e), text
			out = append(out, f)
		}
	}
	return out
}

// coveredEndpoints is one of the endpoints that let everything in that some others do; nil if they do not.
func coveredEndpoints(some, by []endpoint) *endpoint {
	var last *endpoint
	for _, e := range some {
		i := slices.IndexFunc(by, func(b endpoint) bool { return b.covers(e.Endpoint) })
		if i < 0 {
			return nil
		}
		last = &by[i]
	}
	return last
}

// families reads names of other socket families.
func (p *parser) families(n *yaml.Node, out *networkSection) {
	out.familiesAt = p.at(n)
	for _, e := range p.fullList(n, "families", true) {
		name, ok := p.text(e, "a family")
		if !ok {
			continue
		}
		v, known := constants()[name]
		switch {
		case name == "AF_UNIX" || name == "AF_LOCAL":
			p.errorf(e, ErrValue, "remove it; unix says which may be connected to", "local sockets can always be made")
		case name == "AF_INET" || name == "AF_INET6":
			p.errorf(e, ErrValue, `write connect: ["203.0.113.7:443"]`, "%s is let in by connect and bind, with addresses", name)
		case !known || !strings.HasPrefix(name, "AF_") || v == 0:
			p.errorf(e, ErrUnknownName, didYouMean(name, familyNames(), "socket(2) lists the families"), "there is no socket family %s", quote(name))
		case slices.ContainsFunc(out.families, func(f placedName) bool { return f.name == name }):
			p.errorf(e, ErrValue, "remove one of them", "%s is named twice", name)
		default:
			out.families = append(out.families, placedName{p.at(e), name})
		}
	}
}

// familyNames lists the names of all socket families; made when first needed and never changed.
var familyNames = sync.OnceValue(func() []string {
	return slices.DeleteFunc(constantNames(), func(name string) bool { return !strings.HasPrefix(name, "AF_") || name == "AF_UNSPEC" })
})

// unix reads any, or a list of paths.
func (p *parser) unix(n *yaml.Node, out *networkSection) {
	out.unixAt = p.at(n)
	if n.Kind == yaml.ScalarNode && n.Value == "any" {
		out.unixAny = true
		return
	}
	out.unix = p.pathList(n, "unix", false, true)
}

// networkFields are the keys of the map network.
func networkFields() []field[networkSection] {
	const in = "network"
	addresses := listOf(schema{"type": "string", "pattern": endpointPattern}, 0)
	return []field[networkSection]{
		{Key{Section: in, Name: "connect", Signs: signAdds, Default: "nobody", Type: "list of addresses", schema: addresses,
			Example: `connect: ["203.0.113.7:443", "10.0.0.0/8:80-90", "[2001:db8::/32]:443/udp", "*:443"]`,
			Doc:     "Whom TCP and UDP sockets may be connected to: an address or prefix, or * for all; a port or ports; and the protocol, which is tcp if nothing is said."},
			func(p *parser, n *yaml.Node, out *networkSection) {
				out.connect, out.connectAt = p.endpoints(n, "connect"), p.at(n)
			}},
		{Key{Section: in, Name: "bind", Signs: signAdds, Default: "none", Type: "list of addresses", schema: addresses,
			Example: `bind: ["127.0.0.1:8080", "[::1]:1-65535"]`,
			Doc:     "Which addresses of this machine sockets may be bound to. A port that the kernel chooses needs 1-65535."},
			func(p *parser, n *yaml.Node, out *networkSection) {
				out.bind, out.bindAt = p.endpoints(n, "bind"), p.at(n)
			}},
		{Key{Section: in, Name: "families", Signs: signAdds, Default: "none", Type: "list of AF_ names", Example: "families: [AF_NETLINK]",
			schema: listOf(schema{"type": "string", "pattern": "^AF_[A-Z0-9]+$"}, 1),
			Doc:    "Other families of sockets that can be made, by the names of socket(2)."}, (*parser).families},
		{Key{Section: in, Name: "unix", Signs: signAdds, Default: "those in folders that may be written to", Type: "list of paths, or any", Example: `unix: ["/run/postgresql/.s.PGSQL.5432"]`,
			schema: schema{"anyOf": []schema{{"const": "any"}, listOf(pathForm(false), 0)}},
			Doc:    "Which local sockets may be connected to, by path, beside those in folders that the jail may write to. any: all of them, and local datagrams, which are else refused."}, (*parser).unix},
	}
}
