// main_test.go tests the arithmetic of the table, and that a workload runs under
// a wrapper.
package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSummarise(t *testing.T) {
	native := []time.Duration{10, 30, 20}
	wrapped := []time.Duration{20, 30, 80}
	got := summarise(native, wrapped)
	// The pairs' ratios are 2, 1 and 4: not the 1.5 of the medians.
	want := result{native: 20, wrapped: 30, ratio: 2, low: 1, high: 4}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMedianOfEven(t *testing.T) {
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("got %v, want 2.5", got)
	}
}

func TestRunUnderWrapper(t *testing.T) {
	var out bytes.Buffer
	args := []string{"-quick", "-runs", "1", "-wrap", "env", "-cache", t.TempDir(), "one-start"}
	if err := run(context.Background(), args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[1], "one-start") {
		t.Errorf("table:\n%s", out.String())
	}
}

func TestFailureUnderWrapperIsAnError(t *testing.T) {
	args := []string{"-quick", "-runs", "1", "-wrap", "false", "-cache", t.TempDir(), "one-start"}
	if err := run(context.Background(), args, io.Discard, io.Discard); err == nil {
		t.Error("a wrapper that fails everything is measured as if it worked")
	}
}

func TestOptions(t *testing.T) {
	for _, args := range [][]string{{"-runs", "0"}, {"nothing"}} {
		if _, err := parseOptions(args, io.Discard); err == nil {
			t.Errorf("%v accepted", args)
		}
	}
}
