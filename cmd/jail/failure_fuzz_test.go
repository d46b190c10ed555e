// Programs that are no programs: explaining why they can't be run survives them.

package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/sys/unix"
)

// FuzzNotExecutable: what is in the file does nothing to the terminal that the explanation is read on.
func FuzzNotExecutable(f *testing.F) {
	own, err := os.Open("/proc/self/exe")
	if err != nil {
		f.Fatal(err)
	}
	head, err := io.ReadAll(io.LimitReader(own, 1024)) // with the program headers
	own.Close()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(head)
	for _, text := range []string{"", "#!", "#!/bin/sh\n", "#! \x1b[2J\u202e -x\n", "#!\xff", "\x7fELF", "\x7fELF\x02\x01\x01", "#!" + strings.Repeat("x", 300)} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "program")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{notFound(path), notExecutable(path, unix.ENOEXEC)} {
			if text == "" || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%q is explained with %q", data, text)
			}
		}
	})
}
