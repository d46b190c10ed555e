// Signatures: what each call's arguments are, written as text and parsed once.

package decode

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"jail/seccomp"
)

// when tells at which stop an argument's text is made.
type when uint8

const (
	in  when = iota // at the entry
	out             // at the exit: the kernel fills it in, or changes it
)

// A form is a way to decode an argument.
type form struct {
	kind   Kind
	width  width
	when   when
	set    *names                              // of Flags, Enum, Signal
	text   func(d *dec, a *Arg)                // appends to d.b
	before func(d *dec, a *Arg)                // at the entry, of what changes
	after  func(d *dec, a *Arg)                // at the exit, of what was printed at the entry
	addr   func(d *dec, a *Arg)                // fills in Addr
	value  func(d *dec, a *Arg) (uint64, bool) // the bits, where they stand in memory
	every  []*names                            // all sets that lookup can answer
	lookup func(d *dec, a *Arg) *names         // the set, where it depends on another argument
}

// A spec is an argument of a signature: its name, its form, and the other argument that the form looks at.
type spec struct {
	name string
	form *form
	at   int // an argument's number; -1: none
}

// A signature is a call's arguments, and the form of its result.
type signature struct {
	args   []spec
	result resultForm
	order  []int // in which strace prints them, if not in their own
}

// signatures are all there are, by name; made when first needed and never changed.
var signatures = sync.OnceValue(func() map[string]*signature {
	all := make(map[string]*signature)
	forms := allForms()
	for _, list := range allSignatures() {
		for line := range strings.Lines(list) {
			name, sig, err := parseSignature(line, forms)
			if err != nil {
				panic(err) // the table is part of the program; a test parses it
			}
			if name != "" {
				all[name] = sig
			}
		}
	}
	return all
})

// nativeSignatures are those of this machine's calls, by number; made when first needed and never changed.
var nativeSignatures = sync.OnceValue(func() map[int]*signature {
	abi := seccomp.Native()
	all := make(map[int]*signature)
	for _, name := range abi.Names() {
		if nr, ok := abi.Number(name); ok && all[nr] == nil {
			if sig := signatureOf(abi, name); sig != nil {
				all[nr] = sig
			}
		}
	}
	return all
})

// signatureOf is the signature of a call of a native ABI; nil if it is not known.
func signatureOf(abi seccomp.ABI, name string) *signature {
	if abi == seccomp.ARM64 {
		if sig, ok := signatures()[name+"!arm64"]; ok {
			return sig
		}
	}
	return signatures()[name]
}

// parseSignature reads a line of a table:
//
//	openat  dirfd:dirfd pathname:path@0 flags:oflags mode:mode = fd
//
// name:form of each argument, @N the other argument that it depends on, and after = the form of a result that is not a
// decimal number, or after | the order that strace prints them in. A name that ends in !arm64 is that of the one architecture.
func parseSignature(line string, forms map[string]*form) (string, *signature, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return "", nil, nil
	}
	sig := &signature{}
	for i := 1; i < len(words); i++ {
		if words[i] == "=" {
			r, ok := resultForms()[strings.Join(words[i+1:], " ")]
			if !ok {
				return "", nil, fmt.Errorf("%s: unknown form of a result: %s", words[0], words[i+1:])
			}
			sig.result = r
			break
		}
		if words[i] == "|" {
			order, err := parseOrder(words[i+1:], len(sig.args))
			if err != nil {
				return "", nil, fmt.Errorf("%s: %w", words[0], err)
			}
			sig.order = order
			break
		}
		s, err := parseSpec(words[i], forms)
		if err != nil {
			return "", nil, fmt.Errorf("%s: %w", words[0], err)
		}
		sig.args = append(sig.args, s)
	}
	if len(sig.args) > 6 {
		return "", nil, fmt.Errorf("%s: %d arguments", words[0], len(sig.args))
	}
	for _, s := range sig.args {
		if s.at >= len(sig.args) {
			return "", nil, fmt.Errorf("%s: %s depends on an argument that is not there", words[0], s.name)
		}
	}
	return words[0], sig, nil
}

// parseOrder reads the order that strace prints arguments in.
func parseOrder(words []string, n int) ([]int, error) {
	var order []int
	for _, w := range words {
		i, err := strconv.Atoi(w)
		if err != nil || i < 0 || i >= n || slices.Contains(order, i) {
			return nil, fmt.Errorf("%q is no order of %d arguments", words, n)
		}
		order = append(order, i)
	}
	if len(order) != n {
		return nil, fmt.Errorf("%q is no order of %d arguments", words, n)
	}
	return order, nil
}

func parseSpec(word string, forms map[string]*form) (spec, error) {
	name, kind, ok := strings.Cut(word, ":")
	if !ok {
		return spec{}, fmt.Errorf("%q is no name:form", word)
	}
	s := spec{name: name, at: -1}
	kind, at, ok := strings.Cut(kind, "@")
	if ok {
		n, err := strconv.Atoi(at)
		if err != nil || n < 0 {
			return spec{}, fmt.Errorf("%q: @ is followed by an argument's number", word)
		}
		s.at = n
	}
	if s.form, ok = forms[kind]; !ok {
		return spec{}, fmt.Errorf("%q: unknown form %q", word, kind)
	}
	return s, nil
}
