// Tests that the generated files are what the generator makes.

package main

import (
	"bytes"
	"go/format"
	"os"
	"path/filepath"
	"testing"
)

func TestGeneratedFilesAreCurrent(t *testing.T) {
	tables, err := readTables()
	if err != nil {
		t.Fatal(err)
	}
	groups, err := readGroups(tables)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"groups_gen.go": groupsSource(groups)}
	for _, table := range tables {
		files["table_"+table.file+"_gen.go"] = table.source()
	}
	for name, source := range files {
		want, err := format.Source(source)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: go run ./seccomp/internal/gen", name)
		}
	}
}
