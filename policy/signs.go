// Keys with a sign, by which a policy adds to a list of the one that it extends, or takes something out of it.

package policy

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// What may stand before the name of a key (see Key.Signs).
const (
	signAdds  = "+"
	signTakes = "-"
	// Lists that refuse: they only grow unless something is taken out.
	signsOfRefusing = signAdds + signTakes
)

// signedKey is a key that was written with a sign.
type signedKey struct {
	place
	sign, name string
	loosens    bool // what is written so lets more be done
}

// cutSign takes the sign off a key's name.
func cutSign(key string) (sign, name string) {
	for _, s := range []string{signAdds, signTakes} {
		if name, ok := strings.CutPrefix(key, s); ok {
			return s, name
		}
	}
	return "", key
}

// signed checks a key that was written with a sign and notes it. It is false if the key cannot have one.
func (p *parser) signed(k *yaml.Node, key Key, sign string) bool {
	if !strings.Contains(key.Signs, sign) {
		hint := "write it without"
		switch {
		case key.Name == "syscalls" || key.Name == "signals" && key.Section == "" || key.Name == "rewrite":
			hint += ": its rules always come before those of the policy that is extended"
		case key.Signs == signAdds:
			hint = "write " + key.Name + ", with what is left of the list"
		}
		return p.errorf(k, ErrUnknownKey, hint, "%s cannot be written with a %s before it", key.Name, sign)
	}
	p.signs = append(p.signs, signedKey{p.at(k), sign, key.Name, sign == signTakes || key.Signs == signAdds})
	return true
}

// checkSigns reports signed keys of a policy that extends none, or that must say that it may be looser.
func (p *parser) checkSigns(out *Policy) {
	for _, s := range p.signs {
		does, to := "adds to", "remove the sign, or add extends"
		if s.sign == signTakes {
			does, to = "takes out of", "remove it, or add extends"
		}
		switch {
		case !out.base.said():
			p.errorAt(s.place, ErrMissingKey, to, "%s%s %s the list of the policy that is extended, but extends is missing", s.sign, s.name, does)
		case s.loosens && !out.override.on:
			p.errorAt(s.place, ErrLooser, "write override: true if that is meant", "%s%s lets more be done than %s does", s.sign, s.name, cut(out.base.name))
		}
	}
}

// pair reports a key that stands beside itself with a sign.
func (p *parser) pair(k *yaml.Node, seen map[string]*yaml.Node) bool {
	sign, name := cutSign(k.Value)
	for other, at := range seen {
		s, n := cutSign(other)
		if n != name || s == sign || s != "" && sign != "" {
			continue
		}
		plain, signed := k.Value, other
		if sign != "" {
			plain, signed = other, k.Value
		}
		return p.errorf(k, ErrContradiction, "write all in one of them", "%s replaces the list that %s is about, and both stand here: %s in line %d", plain, signed, other, at.Line)
	}
	return true
}

// signedNames are the names of fields as they may be written with a sign; without one all names.
func signedNames[T any](fields []field[T], sign string) []string {
	if sign == "" {
		return names(fields)
	}
	var all []string
	for _, f := range fields {
		if strings.Contains(f.Signs, sign) {
			all = append(all, sign+f.Name)
		}
	}
	if len(all) == 0 {
		return names(fields)
	}
	return slices.Clip(all)
}
