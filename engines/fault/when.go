// When: which of the matching calls.

package fault

import "strconv"

// When chooses among matching calls, which are counted from 1: First, First+Step, … up to Last. The zero value is every call.
type When struct {
	First uint64 // 0 is 1
	Last  uint64 // 0: no end
	Step  uint64 // 0 is 1
}

// Nth is the nth call alone.
func Nth(n uint64) When { return When{First: n, Last: n} }

// From is the nth call and all after it.
func From(n uint64) When { return When{First: n} }

// Has tells whether call n is one of them.
func (w When) Has(n uint64) bool {
	first, step := max(w.First, 1), max(w.Step, 1)
	return n >= first && (w.Last == 0 || n <= w.Last) && (n-first)%step == 0
}

// over tells whether no call after the nth will be one of them.
func (w When) over(n uint64) bool { return w.Last != 0 && n >= w.Last }

// String is the expression of strace's grammar, empty for every call.
func (w When) String() string {
	if w == (When{}) {
		return ""
	}
	first := max(w.First, 1)
	s := strconv.FormatUint(first, 10)
	switch {
	case w.Last == first:
		return s
	case w.Last != 0:
		s += ".." + strconv.FormatUint(w.Last, 10)
	case w.Step <= 1:
		return s + "+"
	}
	if w.Step > 1 {
		s += "+" + strconv.FormatUint(w.Step, 10)
	}
	return s
}
