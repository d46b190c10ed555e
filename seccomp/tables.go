// Looking system calls up: names to numbers and back, per ABI.

package seccomp

import (
	"slices"
	"sort"
)

// entry is one line of a system call table.
type entry struct {
	nr   uint32
	name string
}

// table is the ABI's generated table, sorted by number. Of several names for
// one number the kernel's own is first.
func (a ABI) table() []entry {
	switch a {
	case X86_64:
		return tableX86_64[:]
	case X32:
		return tableX32[:]
	case I386:
		return tableI386[:]
	case ARM64:
		return tableARM64[:]
	case ARM:
		return tableARM[:]
	default:
		return nil
	}
}

// named is a name of a system call, and for each ABI, by its value, the first line of its table that has the name's number, from 1;
// 0: the ABI has none.
type named struct {
	name  string
	lines [ARM + 1]uint16
}

// find looks a name up in the generated tables: a slot has the index of a name, from 1, and who finds another's there looks into the
// next one. (Maps would have to be made at each start of the program.)
func find(name string) *named {
	for slot := slotOf(name); ; slot = (slot + 1) % len(nameSlots) {
		i := nameSlots[slot]
		if i == 0 {
			return nil
		}
		if n := &names[i-1]; n.name == name {
			return n
		}
	}
}

// slotOf is where a name is looked for first: FNV-1a.
func slotOf(name string) int {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return int(h % uint32(len(nameSlots)))
}

// line is where the ABI's table has the number of a system call first.
func (a ABI) line(name string) (int, bool) {
	n := find(name)
	if n == nil || int(a) >= len(n.lines) || n.lines[a] == 0 {
		return 0, false
	}
	return int(n.lines[a]) - 1, true
}

// Number is the number of a system call, and false if the ABI has none of
// that name. Numbers of X32 have bit 30 set.
func (a ABI) Number(name string) (int, bool) {
	at, ok := a.line(name)
	if !ok {
		return 0, false
	}
	return int(a.table()[at].nr), true
}

// named are the table's lines for a number: none, one, or several names.
func (a ABI) named(nr int) []entry {
	t := a.table()
	from := sort.Search(len(t), func(i int) bool { return int(t[i].nr) >= nr })
	to := from
	for to < len(t) && int(t[to].nr) == nr {
		to++
	}
	return t[from:to]
}

// Name is the name of a system call, and false if the ABI's table lacks the
// number. It does not allocate.
func (a ABI) Name(nr int) (string, bool) {
	if lines := a.named(nr); len(lines) > 0 {
		return lines[0].name, true
	}
	return "", false
}

// Names are the names of the ABI's system calls, sorted.
func (a ABI) Names() []string {
	var names []string
	for _, e := range a.table() {
		names = append(names, e.name)
	}
	slices.Sort(names)
	return names
}

// KnownName tells whether any ABI has a system call of that name.
func KnownName(name string) bool { return find(name) != nil }
