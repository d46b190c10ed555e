// The first line of scripts, as the kernel reads it.

package exec

import (
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

var shebangs = map[string]struct {
	head string
	name string // "" and not a script, unless script
	arg  string
	is   bool
}{
	"plain":                     {"#!/bin/sh\necho", "/bin/sh", "", true},
	"argument":                  {"#!/bin/sh -e -x\n", "/bin/sh", "-e -x", true},
	"blanks":                    {"#! \t /bin/sh \t -e  \t\n", "/bin/sh", "-e", true},
	"no end of line":            {"#!/bin/sh", "/bin/sh", "", true},
	"no end of line, argument":  {"#!/bin/sh -e", "/bin/sh", "-e", true},
	"carriage return":           {"#!/bin/sh\r\n", "/bin/sh\r", "", true},
	"NUL ends the name":         {"#!/bin/sh\x00x -e\n", "/bin/sh", "", true},
	"NUL ends the argument":     {"#!/bin/sh -e\x00x\n", "/bin/sh", "-e", true},
	"too long a name":           {"#!/" + strings.Repeat("x", 300) + "\n", "", "", false},
	"the argument is cut":       {"#!/bin/sh " + strings.Repeat("x", 300) + "\n", "/bin/sh", strings.Repeat("x", 255-10), true},
	"the longest name":          {"#!/" + strings.Repeat("x", 252) + "\n", "/" + strings.Repeat("x", 252), "", true},
	"only blanks":               {"#!   \n", "", "", false},
	"nothing":                   {"#!\n", "", "", false},
	"only blanks to the end":    {"#!" + strings.Repeat(" ", 300), "", "", false},
	"empty":                     {"", "", "", false},
	"one byte":                  {"#", "", "", false},
	"space before":              {" #!/bin/sh\n", "", "", false},
	"ELF":                       {"\x7fELF\x02", "", "", false},
	"relative name":             {"#!sh\n", "sh", "", true},
	"blank just before the end": {"#!/" + strings.Repeat("x", 252) + " yyyy\n", "/" + strings.Repeat("x", 252), "", true},
}

func TestShebang(t *testing.T) {
	for name, c := range shebangs {
		t.Run(name, func(t *testing.T) {
			got, is := parseShebang([]byte(c.head))
			if is != c.is || got.name != c.name || got.arg != c.arg {
				t.Errorf("%q: %+v %v, want %q %q %v", c.head, got, is, c.name, c.arg, c.is)
			}
		})
	}
}

// TestShebangKernel has the kernel run the same scripts, with a program that shows its arguments as the interpreter. A line
// whose interpreter is another one must name it in the kernel's error, so only those are run that can be.
func TestShebangKernel(t *testing.T) {
	dir := tempDir(t)
	shows := filepath.Join(dir, "shows")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, shows); err != nil {
		t.Fatal(err)
	}
	for name, c := range shebangs {
		if !c.is || c.name != "/bin/sh" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			head := strings.Replace(c.head, "/bin/sh", "shows", 1) // relative, so that nothing grows
			script := write(t, filepath.Join(dir, "script"), head, 0o755)
			cmd := osexec.Command(script, "last")
			cmd.Dir, cmd.Env = dir, append(os.Environ(), victim+"=argv")
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			line, _ := parseShebang([]byte(head))
			want := []string{line.name, script, "last"}
			if line.arg != "" {
				want = []string{line.name, line.arg, script, "last"}
			}
			if got := string(out); got != strings.Join(want, "\n")+"\n" {
				t.Errorf("the kernel ran %q, want %q", got, want)
			}
		})
	}
}

func FuzzShebang(f *testing.F) {
	for _, c := range shebangs {
		f.Add([]byte(c.head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		line, is := parseShebang(head)
		if strings.ContainsAny(line.name, " \t\n\x00") || strings.ContainsAny(line.arg, "\n\x00") {
			t.Errorf("%q: %+v", head, line)
		}
		if !is && line != (shebang{}) {
			t.Errorf("%q: no script, but %+v", head, line)
		}
	})
}

// TestChain: scripts that are interpreters of scripts, as deep as the kernel goes.
func TestChain(t *testing.T) {
	dir := tempDir(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	write(t, in("s0"), "#!/bin/sh -0\n", 0o755)
	for i := range 7 {
		write(t, in("s"+decimal(int32(i+1))), "#!"+in("s"+decimal(int32(i)))+" -"+decimal(int32(i+1))+"\n", 0o755)
	}
	w, err := newWalker(os.Getpid(), os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	look := func(name string) (program, error) {
		fd, err := w.open(unix.AT_FDCWD, in(name), true)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		return w.program(fd, "given")
	}
	p, err := look("s2")
	want := []string{"/bin/sh", "-0", in("s0"), "-1", in("s1"), "-2", "given"}
	if err != nil || p.runs.path != real(t, "/bin/sh") || strings.Join(p.argv, " ") != strings.Join(want, " ") {
		t.Errorf("%+v, %v; want the arguments %q", p, err, want)
	}
	for name, runs := range map[string]bool{"s3": true, "s4": true, "s5": false, "s6": false} {
		_, err := look(name)
		kernel := osexec.Command(in(name)).Run()
		if errors.Is(kernel, unix.ELOOP) == runs {
			t.Errorf("%s: the kernel says %v, this test thought otherwise", name, kernel)
		}
		if errors.Is(err, unix.ELOOP) != errors.Is(kernel, unix.ELOOP) {
			t.Errorf("%s: %v, but the kernel says %v", name, err, kernel)
		}
	}
}
