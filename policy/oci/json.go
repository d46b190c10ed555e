// Reading JSON into nodes that know where they stand, which encoding/json's own decoding forgets.

package oci

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// What a profile may have at most, so that none takes long to read. Docker's
// has 18 kB and a depth of 5.
const (
	maxFile  = 1 << 20
	maxDepth = 10
	maxNodes = 100_000
)

// shape says what a node is.
type shape string

const (
	isObject shape = "an object"
	isArray  shape = "an array"
	isText   shape = "a text"
	isNumber shape = "a number"
	isBool   shape = "true or false"
	isNull   shape = "null"
)

// node is a value of a JSON text.
type node struct {
	place
	shape shape
	text  string // of a text or number
	keys  []key  // of an object, in the order of the text
	items []*node
}

// key is a member of an object.
type key struct {
	place
	name  string
	value *node
}

// reader makes nodes of a JSON text.
type reader struct {
	file  string
	data  []byte
	json  *json.Decoder
	nodes int

	// Places are asked for in the order of the text, so what was counted once
	// is not counted again: a file may be one long line.
	counted int
	at      place
}

// readJSON reads the one value that a text holds.
func readJSON(file string, data []byte) (*node, error) {
	r := &reader{file: file, data: data, at: place{1, 1}}
	switch {
	case len(data) > maxFile:
		return nil, Errors{{File: file, Msg: "is bigger than 1 MiB, the most that a profile may be", kind: ErrTooBig}}
	case !utf8.Valid(data):
		return nil, r.fail(placeOf(data, badUTF8(data)), ErrSyntax, "is not UTF-8 here", "")
	}
	r.json = json.NewDecoder(bytes.NewReader(data))
	r.json.UseNumber()
	root, err := r.value(0)
	if err != nil {
		return nil, err
	}
	at := r.next()
	if _, err := r.json.Token(); err != io.EOF {
		return nil, r.fail(at, ErrSyntax, "something follows the profile", "a profile is one JSON object")
	}
	return root, nil
}

// badUTF8 is the offset of the first byte that is not UTF-8.
func badUTF8(data []byte) int {
	for i := 0; i < len(data); {
		c, size := utf8.DecodeRune(data[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

func (r *reader) fail(at place, kind error, msg, hint string) error {
	return Errors{{File: r.file, Line: at.line, Column: at.column, Msg: msg, Hint: hint, kind: kind}}
}

// next is the place of the token that is read next.
func (r *reader) next() place {
	end := int(r.json.InputOffset())
	for end < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[end]) >= 0 {
		end++
	}
	for _, c := range string(r.data[r.counted:end]) {
		r.at.column++
		if c == '\n' {
			r.at = place{r.at.line + 1, 1}
		}
	}
	r.counted = end
	return r.at
}

// token reads one, and tells where it stands.
func (r *reader) token() (json.Token, place, error) {
	at := r.next()
	t, err := r.json.Token()
	if err == nil {
		return t, at, nil
	}
	var syntax *json.SyntaxError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, at, r.fail(placeOf(r.data, len(r.data)), ErrSyntax, "ends in the middle", "a profile is one JSON object")
	case errors.As(err, &syntax):
		// Offset is after the byte that is wrong.
		return nil, at, r.fail(placeOf(r.data, max(int(syntax.Offset)-1, r.counted)), ErrSyntax, "is not valid JSON here: "+syntax.Error(), "")
	default:
		return nil, at, r.fail(at, ErrSyntax, "is not valid JSON here: "+err.Error(), "")
	}
}

// value reads a value with all that is in it.
func (r *reader) value(depth int) (*node, error) {
	t, at, err := r.token()
	if err != nil {
		return nil, err
	}
	if r.nodes++; r.nodes > maxNodes {
		return nil, r.fail(at, ErrTooBig, fmt.Sprintf("has more than %d values, the most that a profile may have", maxNodes), "")
	}
	if depth > maxDepth {
		return nil, r.fail(at, ErrTooBig, "is nested deeper than any profile", "")
	}
	n := &node{place: at}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			n.shape = isObject
			return n, r.members(n, depth)
		}
		n.shape = isArray
		return n, r.elements(n, depth)
	case string:
		n.shape, n.text = isText, t
	case json.Number:
		n.shape, n.text = isNumber, t.String()
	case bool:
		n.shape = isBool
	default:
		n.shape = isNull
	}
	return n, nil
}

// members reads an object up to its end.
func (r *reader) members(n *node, depth int) error {
	seen := make(map[string]bool)
	for r.json.More() {
		t, at, err := r.token()
		if err != nil {
			return err
		}
		name, ok := t.(string)
		if !ok {
			return r.fail(at, ErrSyntax, "a key must be a text", "")
		}
		if seen[name] {
			return r.fail(at, ErrKey, fmt.Sprintf("the key %s is there twice", quote(name)), "remove one of them")
		}
		seen[name] = true
		value, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.keys = append(n.keys, key{at, name, value})
	}
	_, _, err := r.token()
	return err
}

// elements reads an array up to its end.
func (r *reader) elements(n *node, depth int) error {
	for r.json.More() {
		value, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, value)
	}
	_, _, err := r.token()
	return err
}
