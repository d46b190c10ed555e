// Looking system calls up: names to numbers and back, per ABI.

package seccomp

import (
	"slices"
	"sort"
	"sync"
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

// linesByName are the tables turned round: for each ABI, by name, the first line
// that has the name's number. Each is made when first needed and never changed.
var linesByName [ARM + 1]struct {
	once  sync.Once
	lines map[string]int
}

// line is where the ABI's table has the number of a system call first.
func (a ABI) line(name string) (int, bool) {
	if int(a) >= len(linesByName) {
		return 0, false
	}
	by := &linesByName[a]
	by.once.Do(func() {
		table := a.table()
		by.lines = make(map[string]int, len(table))
		first := 0
		for i, e := range table {
			if e.nr != table[first].nr {
				first = i
			}
			by.lines[e.name] = first
		}
	})
	at, ok := by.lines[name]
	return at, ok
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
func KnownName(name string) bool {
	for _, abi := range abis() {
		if _, ok := abi.Number(name); ok {
			return true
		}
	}
	return false
}
