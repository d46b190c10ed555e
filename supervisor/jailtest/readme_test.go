// The example of the README: this is it, and a test looks that it is the same.

package jailtest_test

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/jailtest"
)

func TestCopyToAFullDisk(t *testing.T) {
	j := jailtest.New(t, jailtest.Policy("no-network"), jailtest.Dir(folder(t, map[string]string{"data": "hello"})))
	j.Fault("write,copy_file_range", jailtest.Path("*/copy"), unix.ENOSPC)
	r := j.Run("cp", "data", "copy")
	r.WantExit(1)
	r.WantSyscall("openat", jailtest.Path("*/copy"), jailtest.Flags("O_CREAT")).Exactly(1)
	r.WantNoSyscall("connect")
	r.WantDeath(jailtest.Exited(1))
}

func TestTheReadmeHasThis(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	this, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(readme), "```go\n")
	text, _, ok := strings.Cut(text, "```")
	if !ok || !strings.Contains(string(this), text) {
		t.Errorf("the README's example is not this file's:\n%s", text)
	}
}
