// Readers of traces, as helper programs of the scripts.

package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// traced tells which events a trace of the format json has, and fails if it is none.
func traced(file string) {
	data, err := os.ReadFile(file)
	kinds := make(map[string]int)
	var seq uint64
	for line := range strings.Lines(string(data)) {
		var e struct {
			V, Seq, After uint64
			Event         string
			Program       string
		}
		if err = json.Unmarshal([]byte(line), &e); err != nil {
			break
		}
		if seq++; e.V != 1 || e.Seq != seq || e.After >= seq || e.Program == "" {
			err = fmt.Errorf("line %d is %s", seq, line)
			break
		}
		kinds[e.Event]++
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(seq, "lines:", slices.Sorted(maps.Keys(kinds)))
}

// chrome counts the events of a trace of the format chrome, and fails if it is none.
func chrome(file string) {
	data, err := os.ReadFile(file)
	var list []struct {
		Ph       string
		PID, TID int
		TS, Dur  *float64
	}
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	calls := 0
	for _, e := range list {
		if e.Ph == "X" && e.TS != nil && e.Dur != nil && e.PID > 0 && e.TID > 0 {
			calls++
		}
	}
	if err != nil || calls == 0 {
		fmt.Fprintln(os.Stderr, calls, err)
		os.Exit(1)
	}
	fmt.Println(len(list), "events,", calls, "of them calls")
}
