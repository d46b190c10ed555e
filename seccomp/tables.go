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

// numbersByName is every table turned round; made when first needed and never
// changed.
var numbersByName = sync.OnceValue(func() map[ABI]map[string]int {
	all := make(map[ABI]map[string]int)
	for _, abi := range abis() {
		names := make(map[string]int, len(abi.table()))
		for _, e := range abi.table() {
			names[e.name] = int(e.nr)
		}
		all[abi] = names
	}
	return all
})

// Number is the number of a system call, and false if the ABI has none of
// that name. Numbers of X32 have bit 30 set.
func (a ABI) Number(name string) (int, bool) {
	nr, ok := numbersByName()[a][name]
	return nr, ok
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
