// Command gen writes the system call tables and groups of package seccomp.
//
// Numbers come from the SYS_ constants of golang.org/x/sys/unix. That lacks
// x32, whose table is taken from github.com/elastic/go-seccomp-bpf; both are
// read from the module cache. Which calls belong to which group is a list of
// facts in groups.txt. Run it from the module's root:
//
//	go run ./seccomp/internal/gen
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
)

// outDir is where the generated files go, as seen from the module's root.
const outDir = "seccomp"

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	tables, err := readTables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := write("table_"+t.file+"_gen.go", t.source()); err != nil {
			return err
		}
	}
	groups, err := readGroups(tables)
	if err != nil {
		return err
	}
	return write("groups_gen.go", groupsSource(groups))
}

// write formats Go source and writes it to a file of the package.
func write(name string, source []byte) error {
	formatted, err := format.Source(source)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	path := filepath.Join(outDir, name)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, formatted) {
		return nil
	}
	return os.WriteFile(path, formatted, 0o644)
}
