// Text that a jailed program chose to fool the reader of a report: in lines, and in sentences.

package report_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"jail/supervisor/report"
	"jail/supervisor/utrace"
)

// TestLinesHoldOnlyWhatPrints: U+009B starts a control sequence on a terminal, U+202E turns the line round. Decoded, the
// string is what it was.
func TestLinesHoldOnlyWhatPrints(t *testing.T) {
	const evil = "a\u009b31mb\u202ec\u200bd\x7fe\u2028f\U000e0001g\u00a0h\ufeffä€😀 \"\\<&"
	var lines bytes.Buffer
	r := report.New(report.Config{Lines: &lines, Now: clock(), Probe: fake{10: {"/x/" + evil, evil, evil}}, Run: "r"})
	r.Birth(id(1, 10, 10), utrace.TaskID{}, false)
	r.Decided(id(1, 10, 10), utrace.Decision{Engine: "e", Event: utrace.SyscallEntry, Strictness: utrace.Answered,
		Why: utrace.Why{What: evil, Rule: evil, Allow: evil}})
	for _, c := range strings.ReplaceAll(lines.String(), "\n", "") {
		if !unicode.IsPrint(c) {
			t.Errorf("%U stands in a line as it is", c)
		}
	}
	if !strings.Contains(lines.String(), "ä€😀") {
		t.Error("what prints was escaped too")
	}
	for line := range strings.Lines(lines.String()) {
		var e report.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		switch e.Event {
		case report.KindExec:
			if e.Name != evil || e.Path != "/x/"+evil || e.Argv[0] != evil {
				t.Errorf("exec decodes to %q, %q, %q", e.Name, e.Path, e.Argv)
			}
		case report.KindDenial:
			if e.What != evil || e.Rule != evil || e.Allow != evil || e.Ancestry[0].Name != evil {
				t.Errorf("denial decodes to %+v", e)
			}
		}
	}
	validate(t, lines.String())
}

// bytesOf is what schema.json says of reading strings back.
func bytesOf(s string) string {
	return regexp.MustCompile("\ufffd[0-9a-f]{2}").ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[len("\ufffd"):], 16, 8) // two hex digits
		return string([]byte{byte(n)})
	})
}

// TestNamesThatAreNoUTF8StayApart: no two names look alike, and each can be had back.
func TestNamesThatAreNoUTF8StayApart(t *testing.T) {
	seen := make(map[string]string)
	for _, name := range []string{"\xff", "\xfe", "\ufffd", "\ufffdff", "\xffff", "\ufffd\xff", "\xef\xbf", "\xed\xa0\x80", "a\xc3", "ä\x80", "", "plain"} {
		var lines bytes.Buffer
		r := report.New(report.Config{Lines: &lines, Now: clock(), Probe: fake{}, Run: "r"})
		r.Start("p", name, []string{name})
		var e report.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[e.Program]; ok {
			t.Errorf("%q and %q are both %q", name, other, e.Program)
		}
		seen[e.Program] = name
		if got := bytesOf(e.Program); got != name {
			t.Errorf("%q came back as %q", name, got)
		}
		if got := bytesOf(e.Argv[0]); got != name {
			t.Errorf("the argument %q came back as %q", name, got)
		}
	}
}

// fill puts text into every string that v holds.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), text)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), text)
		fill(v.Index(1), text)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	}
}

// TestNoStringIsForgotten: a field that is added later is looked after as well.
func TestNoStringIsForgotten(t *testing.T) {
	var e report.Event
	fill(reflect.ValueOf(&e).Elem(), "\xff")
	line, err := e.Line()
	if err != nil {
		t.Fatal(err)
	}
	strange := regexp.MustCompile("(.{20})\ufffd([^f]|f[^f])").FindAll(line, -1)
	if strange != nil || !bytes.Contains(line, []byte("\ufffdff")) {
		t.Errorf("bytes that are no UTF-8 were lost near %q in\n%s", strange, line)
	}
	if e.Argv[0] != "\xff" || e.Ancestry[1].Name != "\xff" {
		t.Error("the event was changed")
	}
}

// TestAncestryCannotBeForged: what a program calls itself looks like no ancestor, and like no name beside an argument.
func TestAncestryCannotBeForged(t *testing.T) {
	for _, c := range []struct {
		argv []string
		want string
	}{
		{[]string{"make", "-j2", "all", "CFLAGS=-O2", "ä"}, "make[10] -j2 all CFLAGS=-O2 ä"},
		{[]string{"cc", "all ← make[77] ← ninja[76]"}, `cc[10] "all ← make[77] ← ninja[76]"`},
		{[]string{"cc", "all", "←", "make[77]"}, `cc[10] all "←" "make[77]"`},
		{[]string{"sh", "-c", "echo hi; exit"}, `sh[10] -c "echo hi; exit"`},
		{[]string{"cc[10] ← m", "x"}, `"cc[10] ← m"[10] x`},
		{[]string{`c"c`, `\u202e`, "\u202e", "it's", ""}, `"c\"c"[10] "\\u202e" "\u202e" "it's" ""`},
		{[]string{"cc", "\U000e0001", "\ue0001"}, `cc[10] "\U000e0001" "\ue0001"`},
		{[]string{"cc", "\xff\n\x1b"}, `cc[10] "\xff\n\u001b"`},
		{[]string{"cc", "…"}, `cc[10] "…"`},
		{[]string{"cc", strings.Repeat("x", 100)}, "cc[10] " + strings.Repeat("x", 40) + "…"},
		{[]string{"cc", strings.Repeat("x ", 100), "y"}, `cc[10] "` + strings.Repeat("x ", 20) + `"…`},
		{[]string{"cc", strings.Repeat("x", 30), strings.Repeat("y", 30)}, "cc[10] " + strings.Repeat("x", 30) + " " + strings.Repeat("y", 9) + "…"},
		{[]string{"cc", "1", "2", "3", "4", "5", "6", "7", "8"}, "cc[10] 1 2 3 4 5 6 7 …"},
	} {
		var people bytes.Buffer
		r := report.New(report.Config{People: &people, Now: clock(), Probe: fake{10: append([]string{"/bin/x"}, c.argv...)}, Run: "r", Summary: true})
		r.Birth(id(1, 10, 10), utrace.TaskID{}, false)
		for range 2 {
			r.Decided(id(1, 10, 10), utrace.Decision{Engine: "e", Event: utrace.SyscallEntry, Strictness: utrace.Answered, Why: utrace.Why{What: "x(1)"}})
		}
		if got := people.String(); !strings.Contains(got, "\n  by   "+c.want+"\n") {
			t.Errorf("%q is shown as\n%swant\n  by   %s", c.argv, got, c.want)
		}
	}
}
