// The values that a call is decoded to.

package decode

import "golang.org/x/sys/unix"

// A Kind says what an argument is, and with it which fields of Arg are filled in.
type Kind uint8

// The kinds of arguments. Whatever the kind, Name and Raw are always there.
const (
	Unknown    Kind = iota // nothing is known: a number in hexadecimal
	Number                 // a number; Size is its value as the kernel takes it
	Size                   // a length in bytes or elements; Size
	Offset                 // a place in a file; Size
	Descriptor             // an open file; FD, and Path as /proc/PID/fd/N says
	Path                   // the name of a file; Path, Bytes
	Bytes                  // data; Bytes, as far as the limit goes, and Size of all of it
	Flags                  // bits; Flags
	Enum                   // one of several; Flags has its name
	Mode                   // permissions of a file; Size
	Pointer                // an address in memory
	Struct                 // a structure or an array of them, read from memory; of vectors of data Size is the sum
	Address                // a socket's address; Addr, and Path of a socket in the file system
	Signal                 // a signal; Flags has its name, Size its number
	PID                    // a process, thread or group; Size, in the task's own namespace
)

// An Arg is one argument of a call.
type Arg struct {
	Name string
	Kind Kind
	Raw  uint64 // the register, as it is
	// Text is what strace prints. Of an argument that the kernel fills in it is empty until Exit.
	Text string
	// Path is absolute and lexically clean: the name that the program gave, against its working directory or the
	// descriptor that the call names, as they were when it was read. Symbolic links are not followed. Of a descriptor it is
	// what /proc/PID/fd/N says, which of sockets and pipes is socket:[N] and pipe:[N]. It is empty where it can't be told.
	Path  string
	FD    int      // the descriptor, AT_FDCWD (-100) included; -1 of arguments that are none
	Flags []string // the names of the bits that are set; of an Enum or Signal one
	Addr  string   // 127.0.0.1:80, [::1]:80, a path, @name of the abstract namespace; the family alone of others
	Bytes []byte   // what was read of memory: at most the limit
	Cut   bool     // there is more than Bytes
	Size  int64
	// Unused: the kernel does not look at it in this call (the mode of an open that creates nothing), and strace leaves it out.
	Unused bool

	spec *spec
	was  int64 // what stood in memory at the entry, where the exit tells both
	read bool  // of a name: it could be read
}

// A Call is a system call.
type Call struct {
	Name string // "syscall_0x1f4" if the tables lack it
	Nr   int64  // in the table of Arch; x32 has bit 30 set
	Arch uint32 // AUDIT_ARCH_*
	Args []Arg  // in the call's own order and number; six if it is not known

	sig  *signature
	lim  Decoder
	have Want // what has been resolved
	sp   uint64
	mask string // of rt_sigreturn, which has no arguments: what strace prints of the frame on the stack
}

// A Result is what a call answered.
type Result struct {
	Value int64      // as the register has it; of a failure the negated errno
	Errno unix.Errno // 0 if it did not fail
	// Text is what strace prints after "= ": "3", "-1 ENOENT (No such file or directory)", "? ERESTARTSYS (…)".
	Text string
	// FD is the descriptor that the call made (open, dup, accept, …), else -1, and Path what /proc/PID/fd/N says of it, if Paths
	// were resolved.
	FD      int
	Path    string
	Restart bool // the kernel makes the call again, or lets a handler interrupt it: the program does not see this
}

// Known tells whether the arguments are described, and are more than numbers.
func (c *Call) Known() bool { return c.sig != nil }

// Arg is the argument of that name, and nil if the call has none of it.
func (c *Call) Arg(name string) *Arg {
	for i := range c.Args {
		if c.Args[i].Name == name {
			return &c.Args[i]
		}
	}
	return nil
}

// String is the call as strace prints it, without the result.
func (c *Call) String() string { return string(c.append(nil)) }

func (c *Call) append(b []byte) []byte {
	b = append(append(b, c.Name...), '(')
	var order []int
	if c.sig != nil {
		order = c.sig.order
	}
	b = append(b, c.mask...)
	first := true
	for i := range c.Args {
		n := i
		if i < len(order) {
			n = order[i]
		}
		if c.Args[n].Unused {
			continue
		}
		if !first {
			b = append(b, ", "...)
		}
		first = false
		b = append(b, c.Args[n].text()...)
	}
	return append(b, ')')
}

// text is Text, and the register while there is none.
func (a *Arg) text() string {
	if a.Text == "" {
		return pointerText(a.Raw)
	}
	return a.Text
}
