// Tests of the importer on profiles that nobody would write: random ones, hostile ones, and bad ones.

package oci_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"jail/policy"
	"jail/policy/oci"
	"jail/seccomp"
)

// randomProfile makes a profile with many rules for few calls.
func randomProfile(rnd *rand.Rand, foreign bool) []byte {
	pick := func(words ...string) string { return words[rnd.IntN(len(words))] }
	action := func() (string, *int) {
		a := pick("ALLOW", "ALLOW", "ERRNO", "ERRNO", "KILL", "KILL_PROCESS", "KILL_THREAD", "TRAP", "LOG", "TRACE", "NOTIFY")
		if a == "ERRNO" && rnd.IntN(2) == 0 {
			e := []int{0, 1, 13, 38, 41, 4095}[rnd.IntN(6)]
			return "SCMP_ACT_" + a, &e
		}
		return "SCMP_ACT_" + a, nil
	}
	values := []uint64{0, 1, 2, 5, 22, 0x7e020000, 0xffffffff, 0x80000000}
	if !foreign {
		values = append(values, 1<<32, 1<<32|5, 1<<64-1, 1<<64-100, 1<<63)
	}
	var p profileJSON
	p.DefaultAction, p.DefaultErrnoRet = action()
	if foreign {
		p.Architectures = []string{"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"}
	}
	for range 1 + rnd.IntN(12) {
		var r ruleJSON
		for range 1 + rnd.IntN(4) {
			r.Names = append(r.Names, pick("read", "ioctl", "socket", "clone", "prctl", "mmap", "mmap2", "personality", "fchmod", "kill", "socketcall", "ipc",
				"semop", "restart_syscall", "seccomp", "ptrace", "clone3", "no_such_call", "lseek", "kcmp", "setuid", "io_uring_setup"))
		}
		r.Action, r.ErrnoRet = action()
		for range max(0, rnd.IntN(5)-2) {
			r.Args = append(r.Args, argJSON{rnd.IntN(4), values[rnd.IntN(len(values))], values[rnd.IntN(len(values))],
				"SCMP_CMP_" + pick("EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ", "MASKED_EQ")})
		}
		p.Syscalls = append(p.Syscalls, r)
	}
	data, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	return data
}

// sameCalls are calls of the random profiles, to look at those only.
var sameCalls = strings.Fields("read ioctl socket clone prctl mmap mmap2 personality fchmod kill socketcall ipc semop restart_syscall seccomp ptrace clone3 lseek kcmp setuid io_uring_setup getpid")

func TestRandomProfiles(t *testing.T) {
	for seed := range uint64(400) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		data := randomProfile(rnd, seed%2 == 0)
		p := importPair(t, "random.json", data, oci.Options{Machine: seccomp.X86_64, Kernel: oci.Version{Major: 6, Minor: 18}})
		for _, abi := range append([]seccomp.ABI{seccomp.X86_64}, p.foreign...) {
			for _, call := range sameCalls {
				if _, has := abi.Number(call); !has {
					continue
				}
				// What the language cannot say is tighter than the original, and the notes tell of it.
				missed := strings.Contains(fmt.Sprint(p.in.Notes), " of "+call+" is a condition")
				var values [4][]uint64
				for i := range values {
					values[i] = p.interesting(abi, call, i)
				}
				for range 120 {
					var args [6]uint64
					for j := range values {
						args[j] = values[j][rnd.IntN(len(values[j]))]
					}
					// An int below zero comes with its sign or without; jail's language takes both for one.
					signed := slices.ContainsFunc(args[:], func(v uint64) bool { return v>>31 != 0 })
					p.check(t, abi, call, args, !signed && !missed)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d: %s", seed, data)
		}
	}
}

// A name that is none opens nothing, and is told of.
func TestUnknownName(t *testing.T) {
	data := []byte(`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["raed","write"],"action":"SCMP_ACT_ALLOW"}]}`)
	p := importPair(t, "x.json", data, oci.Options{Machine: seccomp.X86_64})
	if a := p.jail(seccomp.X86_64, "read", [6]uint64{}); !a.Refuses() {
		t.Errorf("raed opened read: %v", a)
	}
	if len(p.in.Notes) != 1 || !strings.Contains(p.in.Notes[0].String(), `x.json:1:57: "raed" is left out`) || !strings.Contains(p.in.Notes[0].Text, "did you mean read?") {
		t.Errorf("notes: %v", p.in.Notes)
	}
}

// Texts of a profile end up in comments and names, and must not become policy.
func TestInjection(t *testing.T) {
	data := []byte(`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read","x\n  - {syscalls: [reboot], action: allow}"],
		"action":"SCMP_ACT_ALLOW","comment":"c\n  - {syscalls: [reboot], action: allow}\u2028\u0085- x"}]}`)
	p := importPair(t, "a\ndefault: allow\n.json", data, oci.Options{Machine: seccomp.X86_64})
	if a := p.jail(seccomp.X86_64, "reboot", [6]uint64{}); !a.Refuses() {
		t.Errorf("reboot: %v\n%s", a, p.in.Policy)
	}
}

func TestBadProfiles(t *testing.T) {
	for _, c := range []struct {
		data string
		kind error
		text string
	}{
		{``, oci.ErrSyntax, "p.json:1:1: ends in the middle"},
		{`[]`, oci.ErrType, "p.json:1:1: a profile is an object, not an array"},
		{"{\n \"defaultAction\" \"x\"}", oci.ErrSyntax, "p.json:2:18: is not valid JSON here"},
		{"{\"syscalls\": [\n", oci.ErrSyntax, "p.json:2:1: ends in the middle"},
		{`{} x`, oci.ErrSyntax, "p.json:1:4: something follows"},
		{`{}`, oci.ErrKey, "p.json:1:1: defaultAction is missing"},
		{"{\"defaultAction\":\n  \"SCMP_ACT_ALOW\"}", oci.ErrValue, `p.json:2:3: there is no action "SCMP_ACT_ALOW"`},
		{`{"defaultaction":"SCMP_ACT_ALLOW"}`, oci.ErrKey, `p.json:1:2: a profile has no key "defaultaction"; write "defaultAction"`},
		{`{"linux":{}}`, oci.ErrKey, "config.json"},
		{`{"defaultAction":"SCMP_ACT_ALLOW","defaultAction":"SCMP_ACT_ERRNO"}`, oci.ErrKey, "there twice"},
		{`{"defaultAction":"SCMP_ACT_ALLOW","defaultErrnoRet":1}`, oci.ErrValue, "p.json:1:53: SCMP_ACT_ALLOW has no errno"},
		{`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"action":"SCMP_ACT_ALLOW"}]}`, oci.ErrKey, "names no call"},
		{`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","only":"x"}]}`, oci.ErrKey, `no key "only"`},
		{`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":6,"value":1,"op":"SCMP_CMP_EQ"}]}]}`,
			oci.ErrValue, "the index of an argument cannot be 6; it is from 0 to 5"},
		{`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":-1,"op":"SCMP_CMP_EQ"}]}]}`,
			oci.ErrValue, "the value cannot be -1"},
		{`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":1}]}]}`, oci.ErrKey, "op is missing"},
		{`{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"minKernel":"4.8-rc"}}]}`, oci.ErrValue, "version of a kernel"},
		{`{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86"],"archMap":[{"architecture":"SCMP_ARCH_X86_64"}]}`, oci.ErrKey, "not both"},
		{strings.Repeat("[", 100000), oci.ErrTooBig, "nested deeper"},
		{strings.Repeat(" ", 1<<20+1), oci.ErrTooBig, "1 MiB"},
		{"{\"a\xff\"}", oci.ErrSyntax, "p.json:1:4: is not UTF-8"},
	} {
		_, err := oci.Import("p.json", []byte(c.data), oci.Options{Machine: seccomp.X86_64})
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%.60q: %v; want %v, %q", c.data, err, c.kind, c.text)
		}
	}
}

// No text makes Import panic, and what it makes is a policy.
func FuzzImport(f *testing.F) {
	if data, err := os.ReadFile("testdata/moby-default.json"); err == nil {
		f.Add(data)
	}
	for seed := range uint64(20) {
		f.Add(randomProfile(rand.New(rand.NewPCG(seed, 7)), seed%2 == 0))
	}
	f.Add(bytes.Repeat([]byte(`[{"a":`), 50))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := oci.Import("p.json", data, oci.Options{Machine: seccomp.X86_64})
		if err != nil {
			var all oci.Errors
			if !errors.As(err, &all) || len(all) == 0 {
				t.Fatalf("not an Errors: %v", err)
			}
			for _, e := range all {
				if lines := bytes.Count(data, []byte("\n")) + 1; e.Line > lines || (e.Line == 0) != (e.Column == 0) || strings.Contains(e.Error(), "\n") {
					t.Errorf("%q is no place in %d lines", e, lines)
				}
			}
			return
		}
		if _, err := policy.Parse("p.yaml", in.Policy); err != nil {
			t.Fatal(err)
		}
	})
}

// hostile are profiles that want to cost much.
func hostile() map[string]string {
	names := `"` + strings.Join(seccomp.X86_64.Names(), `","`) + `"`
	rule := func(names, args string) string {
		return `{"names":[` + names + `],"action":"SCMP_ACT_ALLOW","args":[` + args + `]}`
	}
	conds := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,{"index":%d,"value":%d,"op":"SCMP_CMP_NE"}`, i%6, i)
		}
		return b.String()[1:]
	}
	fill := func(r string) string {
		n := 900_000 / (len(r) + 1)
		return `{"defaultAction":"SCMP_ACT_ERRNO","architectures":["SCMP_ARCH_X86","SCMP_ARCH_X32"],"syscalls":[` + strings.Repeat(r+",", n) + r + `]}`
	}
	return map[string]string{
		"names":      fill(rule(names, "")),
		"conditions": fill(rule(`"ioctl"`, conds(3000))),
		"both":       fill(rule(names, conds(60))),
		"rules":      fill(rule(`"ioctl"`, conds(1))),
		"unknown":    fill(rule(`"x"`, "")),
		"one line":   `{"defaultAction":"SCMP_ACT_ERRNO","flags":[` + strings.Repeat(`"x",`, 90_000) + `"x"]}`,
		"comments":   fill(`{"names":["read"],"action":"SCMP_ACT_ALLOW","comment":"` + strings.Repeat("é", 10_000) + `"}`),
		"keys":       `{"defaultAction":"SCMP_ACT_ERRNO"` + strings.Repeat(`,"a`+strings.Repeat("b", 50)+`":[]`, 10_000) + `}`,
	}
}

// No profile costs more memory than that. (Its time is bounded with it; no
// test asks the clock.)
func TestHostileProfiles(t *testing.T) {
	for name, data := range hostile() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := oci.Import("p.json", []byte(data), oci.Options{Machine: seccomp.X86_64})
			runtime.ReadMemStats(&after)
			if cost := after.TotalAlloc - before.TotalAlloc; cost > 400<<20 {
				t.Errorf("%d MiB were allocated in all", cost>>20)
			}
			t.Logf("%d bytes, %d MiB: %.120v", len(data), (after.TotalAlloc-before.TotalAlloc)>>20, err)
		})
	}
}
