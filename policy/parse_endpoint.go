// Reading addresses of the network: 203.0.113.7:443, 10.0.0.0/8:80-90, [2001:db8::/32]:443/udp, *:443.

package policy

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The protocols of an endpoint.
const (
	protocolTCP = "tcp"
	protocolUDP = "udp"
)

// endpointPattern is what an editor can check of an address.
const endpointPattern = `^(\*|[0-9.]+(/[0-9]+)?|\[[0-9A-Fa-f:.]+(/[0-9]+)?\]):[0-9]+(-[0-9]+)?(/(tcp|udp))?$`

const endpointForm = `an address is written like "203.0.113.7:443", "10.0.0.0/8:80-90", "[2001:db8::/32]:443/udp" or "*:443"`

// endpoint is an element of connect or bind.
type endpoint struct {
	Endpoint
	place
	text string
}

// covers tells whether the endpoint lets everything in that another one does.
func (e Endpoint) covers(o Endpoint) bool {
	return e.Protocol == o.Protocol && e.Low <= o.Low && o.High <= e.High &&
		e.Prefix.Bits() <= o.Prefix.Bits() && e.Prefix.Contains(o.Prefix.Addr())
}

// parseEndpoint reads an address. `*` is two endpoints, all of IPv4 and all of IPv6.
func parseEndpoint(text string) ([]endpoint, *fault) {
	if len(text) > 100 {
		return nil, &fault{ErrTooBig, "the address " + quote(text) + " is too long for one", endpointForm}
	}
	host, rest, f := splitEndpoint(text)
	if f != nil {
		return nil, f
	}
	ports, protocol, hasProtocol := strings.Cut(rest, "/")
	if !hasProtocol {
		protocol = protocolTCP
	}
	if protocol != protocolTCP && protocol != protocolUDP {
		return nil, &fault{ErrValue, fmt.Sprintf("in %s, %s is no protocol", quote(text), quote(protocol)), "it is tcp or udp"}
	}
	low, high, f := parsePorts(text, ports)
	if f != nil {
		return nil, f
	}
	prefixes, f := parsePrefixes(text, host)
	if f != nil {
		return nil, f
	}
	var all []endpoint
	for _, p := range prefixes {
		all = append(all, endpoint{Endpoint: Endpoint{Prefix: p, Low: low, High: high, Protocol: protocol}})
	}
	return all, nil
}

// splitEndpoint parts the host from what follows the colon.
func splitEndpoint(text string) (host, rest string, f *fault) {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		host, rest, ok = strings.Cut(inner, "]")
		if !ok {
			return "", "", &fault{ErrValue, "the bracket of " + quote(text) + " is not closed", endpointForm}
		}
		if !strings.Contains(host, ":") {
			return "", "", &fault{ErrValue, "in " + quote(text) + " something else than an IPv6 address stands in brackets", endpointForm}
		}
		rest, ok = strings.CutPrefix(rest, ":")
		if !ok {
			return "", "", &fault{ErrValue, "the address " + quote(text) + " has no port", "write " + quoteCut("["+host+"]:443")}
		}
		return host, rest, nil
	}
	switch strings.Count(text, ":") {
	case 0:
		return "", "", &fault{ErrValue, "the address " + quote(text) + " has no port", "write for example " + quoteCut(text+":443") + ", or :1-65535 for all ports"}
	case 1:
		host, rest, _ = strings.Cut(text, ":")
		return host, rest, nil
	}
	hint := endpointForm
	if _, err := netip.ParsePrefix(text); err == nil {
		hint = "write " + quoteCut("["+text+"]:443")
	} else if _, err := netip.ParseAddr(text); err == nil {
		hint = "write " + quoteCut("["+text+"]:443")
	}
	return "", "", &fault{ErrValue, "an IPv6 address stands in brackets, but " + quote(text) + " has none", hint}
}

// quoteCut is quote without the cut mark's help: short texts only.
func quoteCut(s string) string { return strconv.Quote(cut(s)) }

// parsePorts reads 443 or 80-90.
func parsePorts(text, ports string) (low, high uint16, f *fault) {
	first, last, isRange := strings.Cut(ports, "-")
	if low, f = parsePort(text, first); f != nil {
		return 0, 0, f
	}
	if !isRange {
		return low, low, nil
	}
	if high, f = parsePort(text, last); f != nil {
		return 0, 0, f
	}
	if high < low {
		return 0, 0, &fault{ErrNumber, fmt.Sprintf("in %s the ports %s run backwards", quote(text), ports), fmt.Sprintf("write %d-%d", high, low)}
	}
	return low, high, nil
}

func parsePort(text, port string) (uint16, *fault) {
	n, err := strconv.ParseUint(port, 10, 16)
	switch {
	case port == "*":
		return 0, &fault{ErrValue, "in " + quote(text) + " the port is *", "write 1-65535 for all ports"}
	case err != nil && strings.Trim(port, "0123456789") != "", port == "":
		return 0, &fault{ErrValue, fmt.Sprintf("in %s, %s is no port", quote(text), quote(port)), "ports are written as numbers, 443 or 80-90"}
	case err != nil || n == 0:
		return 0, &fault{ErrNumber, fmt.Sprintf("in %s the port is %s; ports are 1 to 65535", quote(text), cut(port)), "write 1-65535 for all ports"}
	}
	return uint16(n), nil
}

// parsePrefixes reads an address, a prefix or *.
func parsePrefixes(text, host string) ([]netip.Prefix, *fault) {
	if host == "*" {
		return []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}, nil
	}
	bare, _, isPrefix := strings.Cut(host, "/")
	addr, err := netip.ParseAddr(bare)
	if err != nil {
		return nil, &fault{ErrValue, fmt.Sprintf("in %s, %s is no address", quote(text), quote(bare)), hostHint(bare)}
	}
	if addr.Zone() != "" {
		return nil, &fault{ErrValue, "the address " + quote(text) + " names an interface", "remove %" + cut(addr.Zone())}
	}
	if addr.Is4In6() {
		return nil, &fault{ErrValue, "the address " + quote(text) + " is one of IPv4, written as one of IPv6", "write " + addr.Unmap().String()}
	}
	prefix := netip.PrefixFrom(addr, addr.BitLen())
	if isPrefix {
		if prefix, err = netip.ParsePrefix(host); err != nil {
			return nil, &fault{ErrNumber, fmt.Sprintf("in %s, %s is no prefix", quote(text), quote(host)), fmt.Sprintf("after the slash stands a number from 0 to %d", addr.BitLen())}
		}
	}
	if prefix != prefix.Masked() {
		return nil, &fault{ErrValue, fmt.Sprintf("in %s the address has bits that are not in its prefix /%d", quote(text), prefix.Bits()),
			fmt.Sprintf("write %s, or %s/%d for this address alone", prefix.Masked(), addr, addr.BitLen())}
	}
	return []netip.Prefix{prefix}, nil
}

// hostHint says what to write instead of a host that is no address.
func hostHint(host string) string {
	switch {
	case host == "localhost":
		return "write 127.0.0.1 or [::1]"
	case host == "":
		return "write * for all addresses"
	case strings.Trim(host, "0123456789.") != "":
		return "names of hosts are not known to the kernel, and a program resolves them as it likes: write the addresses"
	}
	return endpointForm
}
