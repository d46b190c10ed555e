// What a profile decides, straight from its JSON and from what runtimes and libseccomp make of it; it knows nothing of the importer.

package oci_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"jail/policy/oci"
	"jail/seccomp"
)

// profileJSON is a profile as Docker reads it.
type profileJSON struct {
	DefaultAction   string   `json:"defaultAction"`
	DefaultErrnoRet *int     `json:"defaultErrnoRet,omitempty"`
	Architectures   []string `json:"architectures,omitempty"`
	ArchMap         []struct {
		Architecture     string   `json:"architecture"`
		SubArchitectures []string `json:"subArchitectures"`
	} `json:"archMap,omitempty"`
	Syscalls []ruleJSON `json:"syscalls"`
}

type ruleJSON struct {
	Names    []string   `json:"names"`
	Action   string     `json:"action"`
	ErrnoRet *int       `json:"errnoRet,omitempty"`
	Args     []argJSON  `json:"args,omitempty"`
	Includes filterJSON `json:"includes"`
	Excludes filterJSON `json:"excludes"`
}

type argJSON struct {
	Index    int    `json:"index"`
	Value    uint64 `json:"value"`
	ValueTwo uint64 `json:"valueTwo"`
	Op       string `json:"op"`
}

type filterJSON struct {
	Caps      []string `json:"caps,omitempty"`
	Arches    []string `json:"arches,omitempty"`
	MinKernel string   `json:"minKernel,omitempty"`
}

// answer is what a profile decides: SCMP_ACT_… and an errno, 0 if it has none.
type answer struct {
	action string
	errno  int
}

func answerOf(action string, errno *int) answer {
	a := answer{action, 0}
	if action == "SCMP_ACT_KILL" {
		a.action = "SCMP_ACT_KILL_THREAD"
	}
	if action == "SCMP_ACT_ERRNO" {
		a.errno = 1
		if errno != nil {
			a.errno = *errno
		}
	}
	return a
}

// runs tells whether the call is done.
func (a answer) runs() bool { return a.action == "SCMP_ACT_ALLOW" || a.action == "SCMP_ACT_LOG" }

// strictness is the kernel's order (seccomp(2)).
func (a answer) strictness() int {
	return slices.Index([]string{"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO",
		"SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_LOG", "SCMP_ACT_ALLOW"}, a.action)
}

// oracle answers for a profile.
type oracle struct {
	byDefault answer
	foreign   []seccomp.ABI
	rules     []oracleRule
	found     map[string][]oracleRule // what about found: for speed only
}

type oracleRule struct {
	names []string
	args  []argJSON
	then  answer
}

func readOracle(t testing.TB, data []byte, o oci.Options) *oracle {
	var p profileJSON
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	or := &oracle{byDefault: answerOf(p.DefaultAction, p.DefaultErrnoRet), found: make(map[string][]oracleRule)}
	native, goarch := "SCMP_ARCH_X86_64", "amd64"
	if o.Machine == seccomp.ARM64 {
		native, goarch = "SCMP_ARCH_AARCH64", "arm64"
	}
	arches := p.Architectures
	for _, m := range p.ArchMap {
		if m.Architecture == native {
			arches = append(arches, m.SubArchitectures...)
		}
	}
	for name, abi := range map[string]seccomp.ABI{"SCMP_ARCH_X86": seccomp.I386, "SCMP_ARCH_X32": seccomp.X32, "SCMP_ARCH_ARM": seccomp.ARM} {
		if slices.Contains(arches, name) {
			or.foreign = append(or.foreign, abi)
		}
	}
	for _, r := range p.Syscalls {
		then := answerOf(r.Action, r.ErrnoRet)
		if then == or.byDefault || !r.Includes.includes(o, goarch) || r.Excludes.excludes(o, goarch) {
			continue
		}
		perArg := make(map[int]int)
		twice := false
		for _, a := range r.Args {
			perArg[a.Index]++
			twice = twice || perArg[a.Index] > 1
		}
		if !twice {
			or.rules = append(or.rules, oracleRule{r.Names, r.Args, then})
			continue
		}
		for _, a := range r.Args {
			or.rules = append(or.rules, oracleRule{r.Names, []argJSON{a}, then})
		}
	}
	return or
}

func newEnough(min string, v oci.Version) bool {
	major, minor, _ := strings.Cut(min, ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	return v.Major*1000+v.Minor >= a*1000+b
}

func (f filterJSON) includes(o oci.Options, goarch string) bool {
	for _, c := range f.Caps {
		if !slices.Contains(o.Capabilities, c) {
			return false
		}
	}
	return (len(f.Arches) == 0 || slices.Contains(f.Arches, goarch)) && (f.MinKernel == "" || newEnough(f.MinKernel, o.Kernel))
}

func (f filterJSON) excludes(o oci.Options, goarch string) bool {
	for _, c := range f.Caps {
		if slices.Contains(o.Capabilities, c) {
			return true
		}
	}
	return slices.Contains(f.Arches, goarch) || f.MinKernel != "" && newEnough(f.MinKernel, o.Kernel)
}

// holds tells whether a condition is true on an ABI.
func (a argJSON) holds(abi seccomp.ABI, args [6]uint64) bool {
	x, v, w := args[a.Index], a.Value, a.ValueTwo
	if abi != seccomp.X86_64 && abi != seccomp.ARM64 {
		x, v, w = uint64(uint32(x)), uint64(uint32(v)), uint64(uint32(w))
	}
	switch a.Op {
	case "SCMP_CMP_EQ":
		return x == v
	case "SCMP_CMP_NE":
		return x != v
	case "SCMP_CMP_LT":
		return x < v
	case "SCMP_CMP_LE":
		return x <= v
	case "SCMP_CMP_GT":
		return x > v
	case "SCMP_CMP_GE":
		return x >= v
	case "SCMP_CMP_MASKED_EQ":
		return x&v == w&v
	}
	panic("no comparison " + a.Op)
}

// decide answers for a call. Rules for one number are found by any of its
// names.
func (o *oracle) decide(abi seccomp.ABI, call string, args [6]uint64) answer {
	var matching []answer
	for _, r := range o.about(abi, call) {
		if len(r.args) == 0 {
			return r.then // alone decides, wherever it stands
		}
	}
	for _, r := range o.about(abi, call) {
		all := true
		for _, a := range r.args {
			all = all && a.holds(abi, args)
		}
		if all {
			matching = append(matching, r.then)
		}
	}
	matching = append(matching, o.multiplexed(abi, call, args)...)
	if len(matching) == 0 {
		return o.byDefault
	}
	return slices.MinFunc(matching, func(a, b answer) int { return a.strictness() - b.strictness() })
}

// about is the rules that name a call.
func (o *oracle) about(abi seccomp.ABI, call string) []oracleRule {
	key := abi.String() + " " + call
	if all, ok := o.found[key]; ok {
		return all
	}
	nr, _ := abi.Number(call)
	all := []oracleRule{}
	for _, r := range o.rules {
		if slices.ContainsFunc(r.names, func(n string) bool { other, ok := abi.Number(n); return ok && other == nr }) {
			all = append(all, r)
		}
	}
	o.found[key] = all
	return all
}

// multiplexed is what rules for other calls say about i386's socketcall and
// ipc. (linux/net.h, linux/ipc.h)
func (o *oracle) multiplexed(abi seccomp.ABI, call string, args [6]uint64) []answer {
	if abi != seccomp.I386 {
		return nil
	}
	var does map[int]string
	switch call {
	case "socketcall":
		does = map[int]string{1: "socket", 2: "bind", 3: "connect", 4: "listen", 5: "accept", 6: "getsockname", 7: "getpeername", 8: "socketpair",
			9: "send", 10: "recv", 11: "sendto", 12: "recvfrom", 13: "shutdown", 14: "setsockopt", 15: "getsockopt", 16: "sendmsg", 17: "recvmsg",
			18: "accept4", 19: "recvmmsg", 20: "sendmmsg"}
	case "ipc":
		does = map[int]string{1: "semop", 2: "semget", 3: "semctl", 4: "semtimedop", 11: "msgsnd", 12: "msgrcv", 13: "msgget", 14: "msgctl",
			21: "shmat", 22: "shmdt", 23: "shmget", 24: "shmctl"}
	}
	name := does[int(uint32(args[0]))]
	var all []answer
	for _, r := range o.rules {
		if name != "" && slices.Contains(r.names, name) && len(r.args) == 0 {
			return append(all, r.then)
		}
	}
	return all
}

// interesting are values for the arguments of calls: around all that the
// profile compares with, and with bits that only some would look at.
func (o *oracle) interesting(abi seccomp.ABI, call string, index int) []uint64 {
	all := []uint64{0, 1, 0xffffffff, 1 << 63, 1<<64 - 1}
	for _, r := range o.about(abi, call) {
		for _, a := range r.args {
			if a.Index == index {
				for _, v := range []uint64{a.Value, a.ValueTwo} {
					all = append(all, v, v-1, v+1, v|1<<32, v|0xdead<<32, uint64(uint32(v)), v^1<<31)
				}
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
