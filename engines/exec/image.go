// What a rewritten call finds in memory: new strings, and arrays that point to them and to the old ones.

package exec

import (
	"slices"

	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/utrace"
)

// ref is an element of an array: a string of the image by its offset, or an address in the program's memory.
type ref struct {
	fresh bool
	at    uint64
}

// image is made before it is known where it will lie.
type image struct {
	pointer   int
	text      []byte // the new strings, each with its NUL
	path      *ref   // nil: the same
	argv, env []ref  // nil: the same
}

func (m *image) add(text string) ref {
	at := ref{fresh: true, at: uint64(len(m.text))}
	m.text = append(append(m.text, text...), 0)
	return at
}

// newImage makes the image of what a rule says. Strings of the program that stay are not copied, only pointed to.
func newImage(s *utrace.Stopped, r *request, rule *policy.ExecRewrite) (*image, error) {
	m := &image{pointer: r.pointer}
	if rule.To != "" {
		at := m.add(rule.To)
		m.path = &at
	}
	mem := newMemory(s)
	if len(rule.Argv) > 0 {
		if err := m.arguments(mem, r, rule); err != nil {
			return nil, err
		}
	}
	if len(rule.EnvSet) > 0 || len(rule.EnvRemove) > 0 {
		if err := m.environment(mem, r, rule); err != nil {
			return nil, err
		}
	}
	if m.size() > mostBytes {
		return nil, unix.E2BIG
	}
	return m, nil
}

// arguments does what ExecRewrite.Arguments does, with pointers.
func (m *image) arguments(mem *memory, r *request, rule *policy.ExecRewrite) error {
	var old []uint64
	if slices.Contains(rule.Argv, policy.ArgsPlaceholder) {
		var err error
		if old, err = mem.pointers(r.address(r.at+1), r.pointer); err != nil {
			return err
		}
	}
	m.argv = []ref{}
	for _, a := range rule.Argv {
		if a != policy.ArgsPlaceholder {
			m.argv = append(m.argv, m.add(a))
			continue
		}
		for i, p := range old {
			if i > 0 { // the program's name is not an argument
				m.argv = append(m.argv, ref{at: p})
			}
		}
	}
	return nil
}

// environment does what ExecRewrite.Environment does, with pointers.
func (m *image) environment(mem *memory, r *request, rule *policy.ExecRewrite) error {
	old, err := mem.pointers(r.address(r.at+2), r.pointer)
	if err != nil {
		return err
	}
	texts, err := mem.texts(old)
	if err != nil {
		return err
	}
	m.env = []ref{}
	added := policy.ExecRewrite{EnvSet: rule.EnvSet}.Environment(nil)
	for i, text := range texts {
		kept := rule.Environment([]string{text})
		if len(kept) > len(added) {
			m.env = append(m.env, ref{at: old[i]})
		}
	}
	for _, text := range added {
		m.env = append(m.env, m.add(text))
	}
	return nil
}

const alignment = 16 // of the stack pointer, in the ABIs' calling conventions

func align(n uint64) uint64 { return (n + alignment - 1) &^ (alignment - 1) }

// offsets are where argv and env begin, and where the image ends.
func (m *image) offsets() (argv, env, end uint64) {
	argv = align(uint64(len(m.text)))
	env = argv
	if m.argv != nil {
		env = align(argv + uint64((len(m.argv)+1)*m.pointer))
	}
	end = env
	if m.env != nil {
		end = align(env + uint64((len(m.env)+1)*m.pointer))
	}
	return argv, env, end
}

func (m *image) size() uint64 {
	_, _, end := m.offsets()
	return end
}

// bytes is the image as it lies at base.
func (m *image) bytes(base uint64) []byte {
	argv, env, end := m.offsets()
	out := make([]byte, end)
	copy(out, m.text)
	for _, list := range []struct {
		at   uint64
		refs []ref
	}{{argv, m.argv}, {env, m.env}} {
		for i, r := range list.refs {
			putWord(out[list.at+uint64(i*m.pointer):][:m.pointer], r.address(base))
		}
	}
	return out
}

func (r ref) address(base uint64) uint64 {
	if r.fresh {
		return base + r.at
	}
	return r.at
}

// call is the request with its arguments pointing into the image. With another path the flags of execveat don't hold.
func (m *image) call(r *request, base uint64, moved bool) utrace.Call {
	c := r.call
	argv, env, _ := m.offsets()
	if m.path != nil {
		c.Args[r.at] = m.path.address(base)
	}
	if m.argv != nil {
		c.Args[r.at+1] = base + argv
	}
	if m.env != nil {
		c.Args[r.at+2] = base + env
	}
	if moved && r.at > 0 {
		c.Args[4] &^= unix.AT_EMPTY_PATH | unix.AT_SYMLINK_NOFOLLOW
	}
	return c
}
