// What the decoder is for, and how it is used.

// Package decode turns one system call, as the registers of a stopped task hold it, into names and values: what strace(1)
// prints of it, and beside the text the values that rules are matched with (paths, descriptors, flags, addresses, sizes).
//
//	call := decode.Entry(reader, c)       // at the call's entry
//	fmt.Println(call.String())            // openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC)
//	result := call.Exit(reader, value)    // at its exit: buffers that the kernel filled, and what was answered
//	fmt.Println(call.String(), result.Text) // … = 3
//
// Who needs values but no text asks for less: Head reads no memory at all, and Resolve fills in what is wanted, when it is.
//
// What stands in memory another thread may change at any moment: text and values say what was there when they were
// read, and no security decision may rest on them. Arguments that are decided on are sealed (utrace.Stopped.Seal).
//
// What is not known is printed as a number, and so is every argument of a call of another ABI (i386, x32, 32-bit Arm): their
// structures differ. Memory of the program is read within limits (see Decoder), and nothing in it makes the decoder panic.
//
// The package has no state and starts nothing; its functions may be called on any goroutine that may use the Reader.
package decode
