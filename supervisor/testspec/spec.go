// What a file says.

package testspec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"gopkg.in/yaml.v3"

	"jail/engines/clock"
	"jail/engines/expect"
	"jail/engines/fault"
	"jail/policy"
)

// A File is a file of cases.
type File struct {
	Name  string
	Cases []Case
}

// A Case is one of them. It is not changed by being run.
type Case struct {
	Name, At string // At: file:line:column
	Problems []error

	Argv    []string
	Dir     string            // "": none
	Files   map[string]string // by their clean relative names
	Stdin   string
	Env     []string // NAME=value
	Policy  string
	Plan    *policy.Plan
	Timeout time.Duration
	Trace   []string       // nil: harness.DefaultTrace
	Clock   clock.Settings // without Start and Seed: the machine's
	Faults  []fault.Rule
	Maybe   []bool // by the index of a fault
	Expect  Expect
	Crash   *Crash
}

// Expect is what is to come of a case.
type Expect struct {
	Exit   *int
	Signal unix.Signal
	Crash  bool

	Stdout, Stderr []Match
	Trace          []Wanted
	Left           bool // processes may be left
	Denials        []string
	NoDenials      bool
	DenialsAt      string
	Files          []FileWanted
}

// A Wanted is an expectation about the trace.
type Wanted struct {
	At string
	X  expect.Expectation
}

// A FileWanted is one about a file of the folder.
type FileWanted struct {
	Name   string
	At     string
	Absent bool
	Match  Match
}

// A Match is one about a text.
type Match struct {
	At       string
	Whole    *string // it is just that
	Contains string
	Expr     *regexp.Regexp // matches in it
}

// Crash says which crash points there are.
type Crash struct {
	At         string
	Calls      []string
	Path       string
	Check      string
	LoseUnsync bool
	Most       int
}

// DefaultPoints is how many crash points a case may have unless it says otherwise.
const DefaultPoints = 1000

// most bytes of a file of cases.
const mostBytes = 4 << 20

// Load reads a file. The error, one Problem a line, means that there are no cases to run; what is wrong with a single case stands in
// the case. It blocks for the reading, of policies, too. Any goroutine.
func Load(name string) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if errors.Is(err, unix.EISDIR) {
		return nil, fmt.Errorf("%s: %w; cases stand in a file, such as spec.yaml", name, unix.EISDIR)
	}
	if err != nil {
		return nil, err
	}
	return Parse(name, data)
}

// Parse is Load for what is read already; name is the file's, to which folders and policies are relative.
func Parse(name string, data []byte) (*File, error) {
	r := &reader{file: name}
	if len(data) > mostBytes {
		return nil, errors.New(name + ": is bigger than 4 MiB, the most that a file of cases may be")
	}
	var doc, second yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	if err := dec.Decode(&doc); err != nil && err != io.EOF {
		return nil, r.syntax(data, err)
	}
	if len(doc.Content) == 0 {
		return nil, &Problem{name, 1, 1, "the file is empty; it begins with version: 1"}
	}
	switch err := dec.Decode(&second); { // whose cases nobody would run
	case err == nil:
		r.wrong(&second, "a second document begins here; a file of cases is one document; remove the line --- and what follows")
	case err != io.EOF:
		return nil, r.syntax(data, err)
	}
	out := &File{Name: name}
	r.whole(doc.Content[0], out)
	return out, errors.Join(sorted(r.problems)...)
}

// whole reads the file's mapping: what all cases share first, then the cases.
func (r *reader) whole(n *yaml.Node, out *File) {
	var all Case
	var cases *yaml.Node
	r.object(n, "file", func(key string, v *yaml.Node) {
		switch key {
		case "version":
			if v.Value != "1" {
				r.wrong(v, "version is %s, and this jail reads 1", called(v))
			}
		case "cases":
			cases = v
		default:
			r.shared(&all, key, v)
		}
	})
	if cases == nil {
		return
	}
	had := make(map[string]int) // the lines of names
	r.list(cases, func(v *yaml.Node) {
		before := len(r.problems)
		c := r.oneCase(v, all)
		if line := had[c.Name]; line != 0 {
			r.wrong(v, "there is another case with the name %q, in line %d", c.Name, line)
		} else {
			had[c.Name] = v.Line
		}
		c.Problems = r.since(before)
		out.Cases = append(out.Cases, c)
	})
	if len(cases.Content) == 0 {
		r.wrong(cases, "there are no cases")
	}
}

// local is a path in the file, as seen from here.
func (r *reader) local(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	path = filepath.Join(filepath.Dir(r.file), path)
	if filepath.IsAbs(path) {
		return path
	}
	return "./" + path // with a slash it is not taken for a built-in policy
}

// clean is the name of a file of the folder; false: it leads out of it.
func clean(name string) (string, bool) {
	name = filepath.Clean(name)
	return name, filepath.IsLocal(name) && name != "." && !strings.ContainsRune(name, 0)
}
