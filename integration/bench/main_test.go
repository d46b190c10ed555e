// main_test.go has the test binary play the role, and tests what the command line takes.
package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == roleWord {
		os.Exit(playRole(os.Args[2:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// quick are the flags of a run that takes no time.
func quick(t *testing.T, more ...string) []string {
	return append([]string{"-quick", "-runs", "1", "-cache", t.TempDir(), "-json", filepath.Join(t.TempDir(), "out.json")}, more...)
}

func TestRunUnderWrapper(t *testing.T) {
	var out bytes.Buffer
	args := quick(t, "-wrap", "env", "one-start")
	if err := run(context.Background(), args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "env") || !strings.Contains(out.String(), "one-start") {
		t.Errorf("table:\n%s", out.String())
	}
}

func TestFailureUnderWrapperIsAnError(t *testing.T) {
	if err := run(context.Background(), quick(t, "-wrap", "false", "one-start"), io.Discard, io.Discard); err == nil {
		t.Error("a wrapper that fails everything is measured as if it worked")
	}
}

func TestOptions(t *testing.T) {
	for _, args := range [][]string{{"-runs", "0"}, {"nothing"}, {"-from", "no-such-file"}} {
		if err := run(context.Background(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v accepted", args)
		}
	}
}
