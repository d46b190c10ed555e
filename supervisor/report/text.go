// Text that jailed programs chose, in lines: nothing in it acts on a terminal, and no two names look alike.

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line is the event as a line of a report, as MarshalLine makes it.
func (e *Event) Line() ([]byte, error) { return appendLine(nil, e) }

// MarshalLine is what v points to as a line of JSON, with the newline: v points to a struct of strings, numbers, slices and structs.
// What does not print (unicode.IsPrint) is written as \uXXXX, so that reading it on a terminal does no harm; decoded it is the
// string that it was. JSON has no form for bytes that are no UTF-8: each is written as U+FFFD and two hexadecimal digits, and so
// are the three bytes of a U+FFFD that was there before. Errors are json.Marshal's. Any goroutine.
func MarshalLine[T any](v *T) ([]byte, error) {
	line, err := json.Marshal(v)
	if err == nil && (bytes.Contains(line, []byte(`\ufffd`)) || bytes.ContainsRune(line, utf8.RuneError)) {
		marked := *v
		mark(reflect.ValueOf(&marked).Elem())
		line, err = json.Marshal(&marked)
	}
	if err != nil {
		return nil, err
	}
	return append(printable(line), '\n'), nil
}

// printable escapes what does not print. Outside of strings JSON is ASCII, so all of it is inside.
func printable(line []byte) []byte {
	strange := func(r rune) bool { return !unicode.IsPrint(r) }
	if bytes.IndexFunc(line, strange) < 0 {
		return line
	}
	out := make([]byte, 0, len(line)+64)
	for _, r := range string(line) {
		switch {
		case !strange(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff: // JSON knows these as pairs of UTF-16 only
			out = fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r-0x10000)>>10, 0xdc00+(r-0x10000)&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// mark makes valid UTF-8 of all strings that v holds. What v points to is copied first: it is the caller's.
func mark(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(markBytes(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			c := reflect.New(v.Type().Elem())
			c.Elem().Set(v.Elem())
			mark(c.Elem())
			v.Set(c)
		}
	case reflect.Slice:
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(c, v)
		for i := range c.Len() {
			mark(c.Index(i))
		}
		v.Set(c)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() { // not those of time.Time
				mark(f)
			}
		}
	}
}

// markBytes marks the bytes that are no UTF-8, and the mark itself.
func markBytes(s string) string {
	if !strings.ContainsRune(s, utf8.RuneError) { // which an invalid byte is, too
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError {
			b.WriteRune(r)
		} else {
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, "\ufffd%02x", c)
			}
		}
		i += n
	}
	return b.String()
}
