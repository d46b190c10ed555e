// The rules a filter is made from, as plain data.

package seccomp

// Op is how a [Cond] compares. All comparisons are unsigned.
type Op uint8

// The comparisons. The zero Op is none of them, so that one which was
// forgotten is an error and not a wrong filter.
const (
	Eq       Op = iota + 1 // arg == Value
	Ne                     // arg != Value
	Lt                     // arg < Value
	Le                     // arg <= Value
	Gt                     // arg > Value
	Ge                     // arg >= Value
	MaskedEq               // arg & Mask == Value
	MaskedNe               // arg & Mask != Value
)

// Cond is a condition on one argument of a call.
//
// The kernel looks at only the low 32 bits of an int argument, a descriptor
// or an ioctl request, and a program may put anything above them. So such an
// argument must be compared with Width 32, else `ioctl(fd, TIOCSTI|1<<32)`
// slips past a rule against TIOCSTI. With Width 32 a negative int may be
// given as either 0xffffff9c or its sign extension 0xffffffffffffff9c.
type Cond struct {
	Arg   int    // which argument, 0 to 5
	Op    Op     // how it is compared
	Value uint64 // with what
	Mask  uint64 // for MaskedEq and MaskedNe: the bits that count. Else 0
	Width uint8  // how many low bits of the argument the kernel looks at: 32 or 64; 0 is 64
}

// Rule says what is done with some calls.
type Rule struct {
	Names []string // system calls and groups ("@file-system", "%process")
	When  []Cond   // all must hold; none: always
	Do    Action   // the answer
	ABIs  []ABI    // only calls of these; none: of all ABIs of the Spec
	Tag   int      // the caller's own, to find the rule's origin again
}

// Spec is a whole filter: what [Compile] turns into BPF. A Spec must not be
// changed while one of its methods runs; otherwise they may be called from
// any goroutine.
type Spec struct {
	ABIs    []ABI  // the ABIs that Rules, Default and Unknown speak of
	Rules   []Rule // the first that matches decides
	Default Action // for calls that a table has and no rule matches
	Unknown Action // for numbers that the ABI's table lacks
	Foreign Action // for calls of all other ABIs
}

// Data is what a filter sees of a call: struct seccomp_data (seccomp(2)).
type Data struct {
	Nr   int32     // the number
	Arch uint32    // AUDIT_ARCH_…
	IP   uint64    // the address of the call instruction
	Args [6]uint64 // the arguments, as the registers held them
}

// What [Spec.Decide] and [Decider.Decide] answer instead of a rule's index.
const (
	ByDefault = -1 // no rule matched
	ByUnknown = -2 // the table lacks the number
	ByForeign = -3 // the ABI is none of the Spec's
	ByInvalid = -4 // the Spec has errors; only Spec.Decide answers this
)
