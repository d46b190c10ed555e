// Reading a policy from a file.

package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// maxFile is how big a policy may be, in bytes.
const maxFile = 1 << 20

// maxMarks is how many characters that could begin or part YAML's nodes a
// policy may have. It bounds the memory that parsing takes: a file of 1 MiB
// may hold a million nodes.
const maxMarks = 100_000

// readFile reads a regular file of at most maxFile bytes.
func readFile(path string) ([]byte, *Error) {
	fail := func(kind, cause error, msg, hint string) *Error {
		return &Error{File: path, Msg: msg, Hint: hint, kind: kind, cause: cause}
	}
	if path == "" {
		return nil, fail(ErrRead, fs.ErrNotExist, "the name of the policy is empty", "give the path of a file")
	}
	// Looked at before it is opened, because opening a device can act on it;
	// and once more afterwards, in case it was another file by then.
	if st, err := os.Stat(path); err == nil && !st.Mode().IsRegular() {
		return nil, fail(ErrNotRegular, nil, "is "+kindOf(st.Mode()), "a policy is a text file")
	}
	// Without O_NONBLOCK the opening of a FIFO waits for a writer (open(2)).
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, fail(ErrRead, err, "cannot be opened: "+reason(err), "")
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, fail(ErrRead, err, "cannot be looked at: "+reason(err), "")
	}
	if !st.Mode().IsRegular() {
		return nil, fail(ErrNotRegular, nil, "is "+kindOf(st.Mode()), "a policy is a text file")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fail(ErrRead, err, "cannot be read: "+reason(err), "")
	}
	return data, nil
}

// kindOf names what a file is that is not a regular one.
func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a directory"
	case m&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	default:
		return "not a regular file"
	}
}

// reason is err without the path and the call, which the message has already.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

// plainControl tells whether a text begins with a control character that a
// policy may hold: the end of a line, or a tab. YAML ends lines at other
// characters too, which no editor does: they would make our line numbers wrong.
func plainControl(text []byte) bool {
	return text[0] == '\n' || text[0] == '\t' || bytes.HasPrefix(text, []byte("\r\n"))
}

// checkText refuses what is no text or too much of it, before a YAML parser
// sees it. It counts the characters that could begin or part nodes.
func checkText(file string, data []byte) (marks int, err *Error) {
	fail := func(kind error, line, col int, msg, hint string) (int, *Error) {
		return 0, &Error{File: file, Line: line, Column: col, Msg: msg, Hint: hint, kind: kind}
	}
	if len(data) > maxFile {
		return fail(ErrTooBig, 0, 0, "is bigger than 1 MiB, the most that a policy may be", "")
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return fail(ErrEmpty, 0, 0, "is empty", `a policy begins with "version: 1"`)
	}
	line, col := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return fail(ErrBinary, line, col, fmt.Sprintf("is not a text file: it holds the byte %#02x here", data[i]), "a policy is written in UTF-8")
		}
		if unicode.IsControl(r) && !plainControl(data[i:]) || r == '\u2028' || r == '\u2029' {
			return fail(ErrBinary, line, col, fmt.Sprintf("is not a text file: it holds the control character %#U here", r), "")
		}
		if bytes.IndexByte([]byte("\n,:-?[{#"), data[i]) >= 0 {
			marks++
		}
		i, col = i+size, col+1
		if r == '\n' {
			line, col = line+1, 1
		}
	}
	if marks > maxMarks {
		return fail(ErrTooBig, 0, 0, fmt.Sprintf("has more than %d lines, list elements and keys, the most that a policy may have", maxMarks), "")
	}
	return marks, nil
}
