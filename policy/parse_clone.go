// Reading the map clone.

package policy

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"gopkg.in/yaml.v3"
)

// cloneSection is the map clone.
type cloneSection struct {
	maxTasks int
	tasksAt  place
	tasksKey string     // the key that says it, with the map that it stands in
	flags    []flagRule // those of the policies that are extended come first

	names   []string // what refuse-flags names
	namesAt place
	refuse  Action        // the zero Action: not said
	less    *cloneSection // keys with a -
}

// flagRule is one policy's refuse-flags.
type flagRule struct {
	place
	names  []string
	refuse Action
}

// clone reads the map.
func (p *parser) clone(n *yaml.Node, out *Policy) {
	before := len(p.errs)
	l := &out.limits
	_, less := mapping(p, n, "clone", cloneFields(), l)
	l.less = &less
	if len(l.names) > 0 {
		if l.refuse == (Action{}) {
			l.refuse = errnoAction(unix.EPERM)
		}
		l.flags = []flagRule{{l.namesAt, l.names, l.refuse}}
	}
	if len(p.errs) == before && l.refuse != (Action{}) && len(l.names) == 0 {
		p.errorf(n, ErrMissingKey, "write for example refuse-flags: [CLONE_NEWUSER]", "refuse says how flags are refused, but refuse-flags is missing")
	}
}

// maxTaskLimit is the most that max-tasks may be.
const maxTaskLimit = 1 << 22

// maxTasks reads how many tasks may be alive: the kernel's own limit on pids
// is 2^22 (proc_sys_kernel(5), pid_max).
func (p *parser) maxTasks(n *yaml.Node, out *cloneSection) {
	out.tasksAt = p.at(n)
	out.tasksKey = "clone: max-tasks"
	out.maxTasks, _ = p.number(n, "max-tasks", 1, maxTaskLimit)
}

// refuseFlags reads names of CLONE_ flags.
func (p *parser) refuseFlags(n *yaml.Node, out *cloneSection) {
	out.namesAt = p.at(n)
	for _, e := range p.fullList(n, "refuse-flags", true) {
		name, ok := p.text(e, "a flag")
		if !ok {
			continue
		}
		v, known := constants()[name]
		switch {
		case !known || !strings.HasPrefix(name, "CLONE_"):
			p.errorf(e, ErrUnknownName, didYouMean(name, cloneFlags(), "clone(2) lists the flags"), "there is no flag %s", quote(name))
		case v > 0xffffffff:
			p.errorf(e, ErrValue, "remove it", "%s can only be given to clone3, which answers ENOSYS, and never with this flag otherwise", name)
		case name == "CLONE_UNTRACED" || name == "CLONE_PARENT":
			p.errorf(e, ErrValue, "remove it", "%s is refused under every policy", name)
		case slices.Contains(out.names, name):
			p.errorf(e, ErrValue, "remove one of them", "%s is named twice", name)
		default:
			out.names = append(out.names, name)
		}
	}
}

// cloneFlags lists the names of all flags of clone(2).
func cloneFlags() []string {
	return slices.DeleteFunc(constantNames(), func(name string) bool { return !strings.HasPrefix(name, "CLONE_") })
}
