// What is told of cases: for people, and for machines.

package testspec

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"jail/supervisor/report"
)

// ErrFormat is wrapped by NewReporter's error.
var ErrFormat = errors.New("no format of reports")

// A Reporter tells of outcomes as they come. Each method answers the error of its writer.
type Reporter interface {
	Begin(cases int) error
	Case(file string, o *Outcome) error
	End() error
}

// NewReporter makes a reporter: text, tap (Test Anything Protocol, version 14), junit (XML, as CI systems read it) or json (one object a
// line, an Outcome with its file).
func NewReporter(format string, w io.Writer) (Reporter, error) {
	switch format {
	case "text":
		return &people{w: w}, nil
	case "tap":
		return &tap{w: w}, nil
	case "junit":
		return &junit{w: w}, nil
	case "json":
		return &lines{w}, nil
	}
	return nil, fmt.Errorf("%w %q; there are text, tap, junit and json", ErrFormat, format)
}

// people is the format text.
type people struct {
	w      io.Writer
	counts map[Verdict]int
}

func (p *people) Begin(int) error { p.counts = make(map[Verdict]int); return nil }

func (p *people) Case(_ string, o *Outcome) error {
	p.counts[o.Verdict]++
	var b strings.Builder
	fmt.Fprintf(&b, "%-6s  %s  (%s%s)\n", o.Verdict, printable(o.Name), seconds(o.Seconds), points(o.Points))
	for _, f := range o.Failures {
		b.WriteString(indented(f, "        "))
	}
	_, err := io.WriteString(p.w, b.String())
	return err
}

func (p *people) End() error {
	all := p.counts[Passed] + p.counts[Failed] + p.counts[Wrong]
	text := fmt.Sprintf("%d cases", all)
	if all == 1 {
		text = "1 case"
	}
	for _, v := range []Verdict{Failed, Wrong, Passed} {
		switch n := p.counts[v]; {
		case n == 0:
		case n < all:
			text += fmt.Sprintf(", %d %s", n, v)
		case all == 1:
			text += ", " + string(v)
		default:
			text += ", all " + string(v)
		}
	}
	_, err := io.WriteString(p.w, text+"\n")
	return err
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 2, 64) + " s" }

// milli is a number of seconds to the thousandth: further digits are noise.
func milli(s float64) string { return strconv.FormatFloat(s, 'f', 3, 64) }

func points(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", %d crash points", n)
}

// indented is a failure, its lines after a margin.
func indented(f Failure, margin string) string {
	text := f.Text
	if f.At != "" {
		text = f.At + ": " + text
	}
	return margin + strings.ReplaceAll(printable(text), "\n", "\n"+margin) + "\n"
}

// printable is a text that does no harm to a terminal: what a program wrote stands in it.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || r == '\t' || strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}

// lines is the format json.
type lines struct{ w io.Writer }

// line is one of them.
type line struct {
	File string `json:"file"`
	Outcome
}

func (l *lines) Begin(int) error { return nil }

func (l *lines) Case(file string, o *Outcome) error {
	text, err := report.MarshalLine(&line{file, *o})
	if err != nil {
		return err
	}
	_, err = l.w.Write(text)
	return err
}

func (l *lines) End() error { return nil }

// tap is the format tap: https://testanything.org/tap-version-14-specification.html
type tap struct {
	w io.Writer
	n int
}

func (t *tap) Begin(cases int) error {
	_, err := fmt.Fprintf(t.w, "TAP version 14\n1..%d\n", cases)
	return err
}

func (t *tap) Case(_ string, o *Outcome) error {
	t.n++
	word := "ok"
	if o.Verdict != Passed {
		word = "not ok"
	}
	name := strings.NewReplacer("\\", "\\\\", "#", "\\#", "\n", " ").Replace(printable(o.Name))
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d - %s\n", word, t.n, name)
	if len(o.Failures) > 0 {
		b.WriteString("  ---\n  failures:\n")
		for _, f := range o.Failures {
			text, err := json.Marshal(strings.TrimSuffix(indented(f, ""), "\n")) // a JSON string is a YAML one
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "    - %s\n", text)
		}
		b.WriteString("  ...\n")
	}
	_, err := io.WriteString(t.w, b.String())
	return err
}

func (t *tap) End() error { return nil }

// junit is the format junit. It is written at the end: its head has the numbers.
type junit struct {
	w       io.Writer
	suite   suite
	seconds float64
}

type suite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	Time    string   `xml:"time,attr"` // seconds
	Failure *problem `xml:"failure,omitempty"`
	Error   *problem `xml:"error,omitempty"`
}

type problem struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func (j *junit) Begin(int) error { j.suite.Name = "jail test"; return nil }

func (j *junit) Case(file string, o *Outcome) error {
	c := junitCase{Name: printable(o.Name), Class: file, Time: milli(o.Seconds)}
	if len(o.Failures) > 0 {
		p := &problem{Message: printable(strings.SplitN(o.Failures[0].Text, "\n", 2)[0])}
		for _, f := range o.Failures {
			p.Text += indented(f, "")
		}
		if o.Verdict == Wrong {
			c.Error = p
			j.suite.Errors++
		} else {
			c.Failure = p
			j.suite.Failures++
		}
	}
	j.suite.Tests++
	j.seconds += o.Seconds
	j.suite.Cases = append(j.suite.Cases, c)
	return nil
}

func (j *junit) End() error {
	j.suite.Time = milli(j.seconds)
	text, err := xml.MarshalIndent(&j.suite, "", "  ")
	if err != nil {
		return err
	}
	_, err = j.w.Write(append([]byte(xml.Header), append(text, '\n')...))
	return err
}
