// What a hostile program may choose: memories, calls, signals, births and deaths.

package enginetest

import (
	"math"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/utrace"
)

// machine makes the memory that a script's events meet.
type machine struct {
	name string
	make func() *Machine
}

const (
	aString  = 0x10000 // an address of a string, where there is one
	anArray  = 0x20000 // an address of an array of pointers
	edge     = 0x31000 // end of mapped memory
	stackTop = 0x7ffffffde000
)

func machines() []machine {
	return []machine{
		{"ordinary", ordinary},
		{"none", func() *Machine { return new(Machine) }},
		{"endless letters", func() *Machine { return &Machine{Fill: func(uint64) byte { return 'A' }} }},
		{"endless zeros", func() *Machine { return &Machine{Fill: func(uint64) byte { return 0 }} }},
		{"endless arrays of short strings", func() *Machine { return &Machine{Fill: pointersToShort} }},
		{"endless 0xff", func() *Machine { return &Machine{Fill: func(uint64) byte { return 0xff }} }},
	}
}

// ordinary has a string, an array, a stack, and a string that runs into unmapped memory.
func ordinary() *Machine {
	m := new(Machine)
	m.MapString(aString, "/usr/bin/true")
	m.MapString(aString+100, "")
	m.MapString(aString+200, "relative/../path")
	m.MapString(aString+300, "\xff\xfe\n\x1b[31m")
	m.MapPointers(anArray, 8, aString, aString+100, aString+200, aString+300)
	m.MapPointers(anArray+512, 4, aString, aString+100)
	m.MapPointers(anArray+1024, 8, aString, 1, math.MaxUint64)
	m.Map(edge-5, []byte("/edge"))
	m.Map(stackTop-8*PageSize, make([]byte, 9*PageSize))
	return m
}

// pointersToShort is memory in which the address pointerTo has a string of one letter, and all else points to it.
func pointersToShort(addr uint64) byte {
	const pointerTo = 0x42_0000
	switch {
	case addr == pointerTo:
		return 'x'
	case addr>>8 == pointerTo>>8:
		return 0
	}
	return byte(uint64(pointerTo) >> (8 * (addr % 4)) * (1 - addr%8/4))
}

// numbers are arguments, by themselves or one after the other.
func arguments() [][6]uint64 {
	all := [][6]uint64{
		{aString, anArray, anArray},
		{uint64(math.MaxUint64 - 99), aString, anArray, anArray, 0}, // AT_FDCWD
		{3, aString, anArray, anArray, unix.AT_EMPTY_PATH},
		{3, aString + 100, anArray, anArray, unix.AT_EMPTY_PATH},
		{aString + 200, anArray + 1024, anArray + 512},
		{aString + 300, edge - 5, edge - 3},
		{edge - 5, edge - 5, edge - 5, edge - 5, edge - 5, edge - 5},
	}
	for _, v := range []uint64{0, 1, 2, PageSize - 1, edge, 1 << 31, 1<<32 - 1, 1 << 32, 1 << 47, 1 << 63, math.MaxUint64 - 7,
		math.MaxUint64, unix.CLONE_UNTRACED, unix.CLONE_PARENT, unix.CLONE_VM | unix.CLONE_VFORK, unix.CLONE_THREAD} {
		all = append(all, [6]uint64{v, v, v, v, v, v})
	}
	return all
}

// calls are calls that engines look at, in all ABIs, and numbers and ABIs that there are not.
func calls() []utrace.Call {
	var all []utrace.Call
	abis := []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM}
	for _, abi := range abis {
		for _, name := range []string{"execve", "execveat", "clone", "clone3", "fork", "vfork", "openat", "connect", "kill",
			"rt_sigqueueinfo", "mmap", "exit_group", "ptrace", "seccomp"} {
			if nr, ok := abi.Number(name); ok {
				all = append(all, utrace.Call{Arch: abi.AuditArch(), Nr: int64(nr)})
			}
		}
	}
	for _, arch := range []uint32{seccomp.Native().AuditArch(), unix.AUDIT_ARCH_I386, 0, 0xdeadbeef, math.MaxUint32} {
		for _, nr := range []int64{-1, 0, 59, 1 << 30, 1<<30 | 520, 1<<31 - 1, 1 << 31, -1 << 31, 1 << 32, 1<<32 | 59, math.MaxInt64, math.MinInt64} {
			all = append(all, utrace.Call{Arch: arch, Nr: nr})
		}
	}
	return all
}

// hostile tells of everything with everything.
func (s *script) hostile() {
	first := s.jail.First
	for i, c := range calls() {
		for k, args := range arguments() {
			c.Args, c.SP = args, stackTop
			if (i+k)%7 == 0 { // a stack pointer is the program's to choose as well
				c.SP = args[0]
			}
			s.call(first, c)
		}
	}
	s.brief()
}

// brief tells of every kind of event with some of the values.
func (s *script) brief() {
	first := s.jail.First
	for i, c := range calls() {
		c.Args, c.SP = arguments()[i%len(arguments())], stackTop
		s.call(first, c)
		c.Args = arguments()[0]
		s.call(first, c)
	}
	s.signals(first)
	s.births(first)
	s.exec(first)
	s.exec(first)
	s.die(first)
}

// signals are all numbers with all codes and all dispositions, real or not.
func (s *script) signals(t *utrace.Task) {
	codes := []int32{0, 1, 2, 5, 0x80, -1, -2, -3, -4, -5, -6, -7, -60, math.MaxInt32, math.MinInt32}
	senders := []int{0, 1, -1, t.ID().TGID, math.MaxInt32, math.MinInt32}
	n := 0
	for _, sig := range []unix.Signal{-1, 0, 1, unix.SIGSEGV, unix.SIGTERM, unix.SIGCHLD, unix.SIGSTOP, unix.SIGCONT, 32, 34, 64, 65, 1000} {
		for _, code := range codes {
			d := utrace.Disposition(n % 8)
			if n%31 == 0 {
				d = 255
			}
			s.signal(t, Sent(sig, code, senders[n%len(senders)]), d)
			n++
		}
	}
}

// births are children of all kinds, and orders of events that are rare but possible.
func (s *script) births(first *utrace.Task) {
	for _, flags := range []uint64{uint64(unix.SIGCHLD), 0, unix.CLONE_VM | unix.CLONE_VFORK, math.MaxUint64 &^ unix.CLONE_THREAD,
		unix.CLONE_THREAD | unix.CLONE_VM | unix.CLONE_SIGHAND} {
		if child := s.clone(first, flags); child != nil {
			s.die(child)
		}
	}
	j := s.jail
	s.fresh()
	silent, _ := j.Birth(first, 0) // born and dead with nothing between
	j.Die(silent, utrace.ExitStatus{Signal: unix.SIGKILL})

	parent, _ := j.Birth(first, 0) // dies before its child
	child, out := j.Birth(parent, 0)
	s.answer(named("birth"), out)
	s.die(parent)
	s.exec(child)
	late := j.Space.NewChild(child, j.NextTID, j.NextTID) // told only because its parent is dying
	j.NextTID++
	s.answer(named("late birth"), j.done(child, j.Space.Clone(child, utrace.CloneEvent{Child: late, Late: true}, j.M)))
	s.die(child)
	s.die(late)

	leader, _ := j.Birth(first, 0) // a thread that is not the leader calls execve
	thread, out := j.Birth(leader, unix.CLONE_THREAD)
	s.answer(named("birth of a thread"), out)
	s.call(thread, Call("execve", aString, anArray, anArray))
	s.die(leader)
	s.exec(thread)
	s.die(thread)
}

// lives lets n children be born, live and die, with task numbers that are used again.
func (s *script) lives(n int) {
	keep := s.machine
	s.machine = machine{name: "small", make: func() *Machine {
		m := new(Machine)
		m.MapString(aString, "/nowhere/at/all")
		m.MapPointers(anArray, 8, aString)
		return m
	}}
	first := s.jail.NextTID
	for i := range n {
		if s.jail.NextTID = first + i%1000; i%2 == 0 {
			s.jail.NextTID += 2000
		}
		flags := []uint64{uint64(unix.SIGCHLD), unix.CLONE_VM | unix.CLONE_VFORK, unix.CLONE_THREAD}[i%3]
		child := s.clone(s.jail.First, flags)
		if child == nil {
			continue
		}
		s.call(child, Call("execve", aString, anArray, anArray))
		if i%4 == 0 && flags&unix.CLONE_THREAD == 0 {
			s.exec(child)
		}
		s.signal(child, Sent(unix.SIGTERM, utrace.SIUser, child.ID().TGID), utrace.ToTerm)
		s.die(child)
	}
	s.machine = keep
	s.jail.NextTID = first + 5000
}
