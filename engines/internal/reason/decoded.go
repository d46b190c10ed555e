// Calls in the words of the manual pages, for those who may look into the stopped task.

package reason

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/supervisor/utrace"
)

const (
	maxDecoded  = 160 // characters of a call: what people are told of a denial is cut there (supervisor/report)
	maxArgument = 72  // bytes of one argument
)

// Memory is the memory of the task that makes a call: a utrace.Stopped has it.
type Memory interface {
	ReadMem(addr uint64, p []byte) (int, error)
}

// memory is a decode.Reader that asks /proc nothing: folders and descriptors are not part of what is said.
type memory struct{ Memory }

func (memory) Cwd() (string, error)   { return "", os.ErrNotExist }
func (memory) FD(int) (string, error) { return "", os.ErrNotExist }

// Decoded is a call with names and strings, as it was when looked at: `umount2("/proc", 0)`. Another thread may have changed the memory
// before, and may after: it is for people to read, and nothing may be decided by it. Addresses are left out (…), and so is data that the
// program sends or writes, which may be a secret. It has at most 160 characters, ASCII but for the …. ok is false for
// calls of other ABIs and those that are not known: Call has what can be said of them. m nil: what is in memory is left out. It reads
// at most some pages, and may block as long as the kernel does for those. From wherever m may be read.
func Decoded(m Memory, c utrace.Call) (text string, ok bool) {
	call := decode.Decoder{Arrays: 4}.Head(c)
	if !call.Known() {
		return "", false
	}
	var r decode.Reader
	if m != nil {
		r = memory{m}
	}
	call.Resolve(r, decode.All)
	call.Exit(nil, -int64(unix.EPERM)) // what the kernel would have filled in are addresses, and what it would not look at is left out
	for i := range call.Args {
		call.Args[i].Text = argument(&call.Args[i])
	}
	for text = call.String(); utf8.RuneCountInString(text) > maxDecoded; text = call.String() {
		a := longest(call.Args)
		if a == nil || a.Text == "…" { // it is not the arguments: rt_sigreturn says what is on the stack
			return call.Name + "(…)", true
		}
		a.Text = "…"
	}
	return text, true
}

// longest is the argument that most is said of, or nil.
func longest(args []decode.Arg) (most *decode.Arg) {
	for i := range args {
		if a := &args[i]; !a.Unused && (most == nil || len(a.Text) > len(most.Text)) {
			most = a
		}
	}
	return most
}

// argument is what is said of one argument.
func argument(a *decode.Arg) string {
	label := "" // "child_stack="
	if i := strings.Index(a.Text, "=0x"); addressed(a.Kind) && i > 0 && !strings.ContainsAny(a.Text[:i], `{["`) {
		label = a.Text[:i+1]
	}
	hex := a.Text == "" || strings.HasPrefix(a.Text[len(label):], "0x")
	switch {
	case a.Raw == 0 && addressed(a.Kind) && a.Text == "":
		return "NULL"
	case a.Raw == 0 && addressed(a.Kind):
		return a.Text
	case a.Kind == decode.Unknown && hex && a.Raw < 1<<16:
		return strconv.FormatUint(a.Raw, 10)
	case a.Text == "", private(a), hex && (addressed(a.Kind) || a.Kind == decode.Unknown && a.Raw >= 1<<32):
		return label + "…"
	case len(a.Text) <= maxArgument:
		return a.Text
	case a.Text[0] == '"':
		return cut(a.Text, maxArgument) + `"…`
	}
	return cut(a.Text, maxArgument) + "…"
}

// addressed tells the kinds whose register is an address. Of what nothing is known about (the argument of an ioctl) only a great
// number can be one.
func addressed(k decode.Kind) bool {
	switch k {
	case decode.Pointer, decode.Path, decode.Bytes, decode.Struct, decode.Address:
		return true
	}
	return false
}

// private tells data, which is nobody's business, from names.
func private(a *decode.Arg) bool {
	switch a.Kind {
	case decode.Bytes:
		return !slices.Contains([]string{"source", "target", "filesystemtype", "type", "name", "fsname", "description"}, a.Name)
	case decode.Struct:
		if a.Name == "optval" && strings.Contains(a.Text, `"`) { // no numbers: of ALG_SET_KEY it is a key
			return true
		}
		return slices.Contains([]string{"iov", "iovec", "local_iov", "msg", "msgvec", "envp"}, a.Name)
	}
	return false
}

// cut is at most n bytes of text: whole characters, and no part of an escape.
func cut(text string, n int) string {
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	text = text[:n]
	if i := strings.LastIndexByte(text, '\\'); i >= 0 && n-i < 4 {
		for i > 0 && text[i-1] == '\\' {
			i--
		}
		text = text[:i]
	}
	return text
}
