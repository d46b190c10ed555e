// Looking up the names of constants in conditions.

package policy

import (
	"slices"
	"sync"
)

// constant is a name from the kernel's headers and its number.
type constant struct {
	name  string
	value uint64
}

// otherConstants are those that golang.org/x/sys/unix lacks
// (linux/personality.h, asm-generic/ioctls.h).
func otherConstants() []constant {
	return []constant{
		{"PER_LINUX", 0}, {"PER_LINUX32", 8}, {"UNAME26", 0x0020000}, {"ADDR_NO_RANDOMIZE", 0x0040000},
		{"FDPIC_FUNCPTRS", 0x0080000}, {"MMAP_PAGE_ZERO", 0x0100000}, {"ADDR_COMPAT_LAYOUT", 0x0200000},
		{"READ_IMPLIES_EXEC", 0x0400000}, {"ADDR_LIMIT_32BIT", 0x0800000}, {"SHORT_INODE", 0x1000000},
		{"WHOLE_SECONDS", 0x2000000}, {"STICKY_TIMEOUTS", 0x4000000}, {"ADDR_LIMIT_3GB", 0x8000000},
		{"FIONREAD", 0x541B}, {"FIONBIO", 0x5421}, {"FIONCLEX", 0x5450}, {"FIOCLEX", 0x5451}, {"FIOASYNC", 0x5452},
		{"GRND_NONBLOCK", 1}, {"GRND_RANDOM", 2}, {"GRND_INSECURE", 4},
		{"PR_SET_SYSCALL_USER_DISPATCH", 59},
	}
}

// constants is all of them by name; made when first needed and never changed.
var constants = sync.OnceValue(func() map[string]uint64 {
	all := make(map[string]uint64)
	for _, list := range [][]constant{kernelConstants(), fileConstants(), otherConstants()} {
		for _, c := range list {
			all[c.name] = c.value
		}
	}
	return all
})

// constantValue is the number that a name stands for; names of signals are
// constants too.
func constantValue(name string) (number, bool) {
	if name == "AT_FDCWD" { // the only one below zero (openat(2))
		return negativeNumber(100), true
	}
	if v, ok := constants()[name]; ok {
		return number{bits: v}, true
	}
	if name == "" || name[0] != 'S' {
		return number{}, false
	}
	s, ok := parseSignal(name)
	return number{bits: uint64(s)}, ok
}

// constantNames lists all names, for suggestions.
func constantNames() []string {
	names := signalNames()
	for name := range constants() {
		names = append(names, name)
	}
	names = append(names, "AT_FDCWD")
	slices.Sort(names) // else which of two equally near ones is suggested would be left to chance
	return names
}
