// options_test.go tests the command line.
package main

import (
	"io"
	"testing"
)

func TestOptions(t *testing.T) {
	tests := []struct {
		args   []string
		runs   int
		suites int
	}{
		{nil, 3, 5},
		{[]string{"-ci"}, 2, 2},
		{[]string{"-ci", "-runs", "1", "libuv"}, 1, 1},
	}
	for _, tt := range tests {
		o, err := parseOptions(tt.args, io.Discard)
		if err != nil || o.runs != tt.runs || len(o.suites) != tt.suites {
			t.Errorf("%v: %d runs of %d suites, %v; want %d of %d", tt.args, o.runs, len(o.suites), err, tt.runs, tt.suites)
		}
	}
	for _, args := range [][]string{{"-runs", "-1"}, {"-confirm", "-1"}, {"nothing"}, {"-nothing"}} {
		if _, err := parseOptions(args, io.Discard); err == nil {
			t.Errorf("%v accepted", args)
		}
	}
}
