// Decoding at entry and exit.

package decode

import (
	"math"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// A Decoder says how much is read. The zero Decoder has strace's defaults.
type Decoder struct {
	// Strings is how many bytes of data are shown, as strace's -s; 0 is 32. Paths are read whole, which is 4095 bytes.
	Strings int
	// Arrays is how many elements of an array are shown; 0 is 32, as strace shows of most. Of vectors of data up to 1024 are
	// added up for Size.
	Arrays int
}

// Want says what Resolve is to look up: any of them together.
type Want uint8

// What can be wanted. Numbers, descriptors' numbers and sizes are there from the beginning.
const (
	Paths Want = 1 << iota // Path of names and of descriptors; Bytes of names
	Names                  // Flags of flags, enumerations and signals, in memory too (openat2, clone3)
	Addrs                  // Addr of sockets' addresses, and Size of vectors of data
	Text                   // Text, and Bytes of data
	All   = Paths | Names | Addrs | Text
)

// Entry decodes a call at its entry, all of it. Output arguments come with Exit. It reads memory and /proc, and does not
// block beyond that.
func Entry(r Reader, c utrace.Call) Call { return Decoder{}.Entry(r, c) }

// Entry is as the function, within d's limits.
func (d Decoder) Entry(r Reader, c utrace.Call) Call {
	call := d.Head(c)
	call.Resolve(r, All)
	return call
}

// Head decodes what the registers alone tell: names, kinds, numbers, descriptors, sizes. It reads no memory, so it is cheap.
func Head(c utrace.Call) Call { return Decoder{}.Head(c) }

// Head is as the function, within d's limits.
func (d Decoder) Head(c utrace.Call) Call {
	call := Call{Nr: c.Nr, Arch: c.Arch, lim: d, sp: c.SP}
	nr := int(int32(c.Nr))
	abi := seccomp.ABIOf(c.Arch, uint32(c.Nr))
	name, ok := abi.Name(nr)
	if !ok {
		name = "syscall_" + hex(uint64(uint32(c.Nr)))
	} else if abi == seccomp.Native() { // others' numbers of flags and layouts of structures are not this machine's
		call.sig = nativeSignatures()[nr]
	}
	call.Name = name
	if call.sig == nil {
		call.Args = rawArgs(abi, c.Args)
		return call
	}
	call.Args = make([]Arg, len(call.sig.args))
	for i := range call.Args {
		head(&call.Args[i], &call.sig.args[i], c.Args[i])
	}
	return call
}

// rawArgs are the arguments of a call that nothing is known about. Of 32-bit ABIs the kernel takes the lower halves.
func rawArgs(abi seccomp.ABI, regs [6]uint64) []Arg {
	args := make([]Arg, len(regs))
	for i, v := range regs {
		if abi == seccomp.I386 || abi == seccomp.ARM {
			v = uint64(uint32(v))
		}
		args[i] = Arg{Name: "arg" + strconv.Itoa(i), Raw: v, FD: -1}
	}
	return args
}

func head(a *Arg, s *spec, raw uint64) {
	*a = Arg{Name: s.name, Kind: s.form.kind, Raw: raw, FD: -1, spec: s}
	switch a.Kind {
	case Descriptor:
		a.FD = int(int32(raw))
	case Number, PID, Signal, Mode, Size, Offset:
		a.Size = s.form.width.value(raw)
	}
}

// Resolve looks up more of a call that Head decoded, at the entry. What is there already is not read again.
func (c *Call) Resolve(r Reader, want Want) {
	want &^= c.have
	c.have |= want
	d := dec{r: r, c: c}
	for i := range c.Args {
		a := &c.Args[i]
		if a.spec == nil {
			a.Text = hex(a.Raw)
			continue
		}
		d.resolve(a, want)
	}
	if c.Name == "rt_sigreturn" && want&Text != 0 {
		d.frameMask()
	}
}

func (d *dec) resolve(a *Arg, want Want) {
	f := a.spec.form
	if want&Paths != 0 {
		switch a.Kind {
		case Descriptor:
			a.Path = d.fdPath(a.FD)
		case Path:
			d.path(a)
		}
	}
	if want&Names != 0 {
		set := f.set
		if f.lookup != nil {
			set = f.lookup(d, a)
		}
		if set != nil {
			v, ok := f.width.bits(a.Raw), true
			if f.value != nil {
				v, ok = f.value(d, a)
			}
			if ok {
				a.Flags = set.names(v)
			}
		}
	}
	if want&Addrs != 0 && f.addr != nil {
		f.addr(d, a)
	}
	if want&Text == 0 {
		return
	}
	if f.before != nil {
		f.before(d, a)
	}
	if f.when == in {
		d.print(a)
	}
}

// print sets the text of an argument.
func (d *dec) print(a *Arg) {
	d.b = d.b[:0]
	a.spec.form.text(d, a)
	a.Text = string(d.b)
}

// Exit decodes what the kernel wrote, and the result: result is what the register has, a value of [-4095, -1] a negated
// errno. Of a call whose text was never resolved it decodes the result only. r must be the Reader of the same task; it
// may be nil where the task's memory can't be read any more: what would have been read is shown as an address.
func (c *Call) Exit(r Reader, result int64) Result {
	res := Result{Value: result, FD: -1}
	if result < 0 && result >= -4095 {
		res.Errno = unix.Errno(-result)
		res.Restart = isRestart(res.Errno)
	}
	d := dec{r: r, c: c, result: result, failed: res.Errno != 0}
	if c.have&Text != 0 {
		for i := range c.Args {
			a := &c.Args[i]
			switch {
			case a.spec == nil:
			case a.spec.form.when == out:
				d.print(a)
			case a.spec.form.after != nil:
				a.spec.form.after(&d, a)
			}
		}
	}
	res.Text = d.resultText(res)
	if c.makesFD() && result >= 0 && result <= math.MaxInt32 {
		res.FD = int(result)
		if c.have&Paths != 0 {
			res.Path = d.fdPath(res.FD)
		}
	}
	return res
}
