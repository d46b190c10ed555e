// The simple forms of arguments: numbers, descriptors, names of files, data.

package decode

import (
	"maps"
	"strconv"

	"golang.org/x/sys/unix"
)

// allForms are the forms that signatures can name.
func allForms() map[string]*form {
	all := make(map[string]*form)
	for _, f := range []map[string]*form{simpleForms(), openForms(), statForms(), fileForms(),
		mountForms(), fcntlForms(), ioctlForms(), pollForms(), timeForms(), signalForms(), processForms(), limitForms(), memoryForms(),
		futexForms(), prctlForms(), identityForms(), socketForms(), sockaddrForms(), optionForms(), messageForms(), rareForms()} {
		maps.Copy(all, f)
	}
	return all
}

// allSignatures are the tables.
func allSignatures() []string {
	return []string{fileCalls, descCalls, networkCalls, processCalls, otherCalls}
}

func simpleForms() map[string]*form {
	return map[string]*form{
		"int":     {kind: Number, width: i32, text: putNumber},
		"uint":    {kind: Number, width: u32, text: putNumber},
		"long":    {kind: Number, width: i64, text: putNumber},
		"ulong":   {kind: Number, width: u64, text: putNumber},
		"hex":     {kind: Unknown, text: putHex},
		"size":    {kind: Size, text: putNumber},
		"off":     {kind: Offset, width: i64, text: putNumber},
		"ptr":     {kind: Pointer, text: putPointer},
		"fd":      {kind: Descriptor, width: i32, text: putFD},
		"dirfd":   {kind: Descriptor, width: i32, text: putFD},
		"path":    {kind: Path, text: putPath},
		"str":     {kind: Bytes, text: putStr},
		"str0":    {kind: Bytes, text: putWholeStr},
		"isize":   {kind: Size, width: i32, text: putNumber},
		"usize":   {kind: Size, width: u32, text: putNumber},
		"lflags":  {kind: Flags, text: putHex0},
		"hflags":  {kind: Flags, width: u32, text: putHex0},
		"unused":  {kind: Unknown, text: func(d *dec, a *Arg) { a.Unused = true }},
		"oflags0": {kind: Flags, width: i32, set: openBits(), text: putNames},
		"iovp":    {kind: Struct, text: func(d *dec, a *Arg) { d.iovec(a.Raw, d.arg(a.spec.at), -1) }},
		"data":    {kind: Bytes, text: putData},
		"filled":  {kind: Bytes, when: out, text: putFilled},
		"argv":    {kind: Struct, text: putArgv},
		"envp":    {kind: Struct, text: putEnvp},
	}
}

func putNumber(d *dec, a *Arg) {
	if a.spec.form.width == u64 {
		d.b = strconv.AppendUint(d.b, a.Raw, 10)
		return
	}
	d.b = strconv.AppendInt(d.b, a.spec.form.width.value(a.Raw), 10)
}

func putHex(d *dec, a *Arg) { d.b = appendHex(d.b, a.Raw) }

func putHex0(d *dec, a *Arg) { d.putx0(a.spec.form.width.bits(a.Raw)) }

func putPointer(d *dec, a *Arg) { d.b = appendPointer(d.b, a.Raw) }

func putFD(d *dec, a *Arg) {
	if a.FD == unix.AT_FDCWD {
		d.b = append(d.b, "AT_FDCWD"...)
		return
	}
	d.b = strconv.AppendInt(d.b, int64(a.FD), 10)
}

func putNames(d *dec, a *Arg) { d.b = a.spec.form.set.append(d.b, a.spec.form.width.bits(a.Raw)) }

// putPath prints the name of a file, which Paths has read or which is read now.
func putPath(d *dec, a *Arg) {
	if d.c.have&Paths == 0 {
		d.path(a)
	}
	if !a.read {
		d.b = appendPointer(d.b, a.Raw)
		return
	}
	d.b = appendString(d.b, a.Bytes, a.Cut)
}

// putStr prints a string that ends in NUL.
func putStr(d *dec, a *Arg) {
	s, cut, ok := d.cstring(a.Raw, d.strings())
	if !ok {
		d.b = appendPointer(d.b, a.Raw)
		return
	}
	a.Bytes, a.Cut, a.Size = s, cut, int64(len(s))
	d.b = appendString(d.b, s, cut)
}

// putWholeStr prints a string that is no path but is shown as wholly as one.
func putWholeStr(d *dec, a *Arg) {
	s, cut, ok := d.cstring(a.Raw, maxPath)
	if !ok {
		d.raw(a)
		return
	}
	a.Bytes, a.Cut, a.Size = s, cut, int64(len(s))
	d.b = appendString(d.b, s, cut)
}

// putData prints data whose length is another argument.
func putData(d *dec, a *Arg) { d.data(a, d.arg(a.spec.at)) }

// putFilled prints data that the kernel wrote: as much as the result says.
func putFilled(d *dec, a *Arg) {
	if d.failed {
		d.b = appendPointer(d.b, a.Raw)
		return
	}
	d.data(a, min(uint64(d.result), d.arg(a.spec.at)))
}

// data prints n bytes at an argument's address, and keeps what it read.
func (d *dec) data(a *Arg, n uint64) {
	show := min(n, uint64(d.strings()))
	p := d.bytes(a.Raw, int(show))
	if a.Raw == 0 || p == nil {
		d.b = appendPointer(d.b, a.Raw)
		return
	}
	a.Bytes, a.Cut = p, n > show
	a.Size = int64(min(n, 1<<62))
	d.b = appendString(d.b, p, a.Cut)
}
