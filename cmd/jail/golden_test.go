// What check, explain and doctor tell people, word by word, on kernels that are made up.

package main

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/confine"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// The kernels: one that has everything, an ordinary user's of 2022 with Docker's filter around it, and one that has next to nothing.
func newest() confine.Kernel {
	return confine.Kernel{Release: "6.18.1", Architecture: "x86_64", Root: true, Capabilities: 1 << unix.CAP_SYS_ADMIN, LandlockABI: 7, PtraceScope: -1}
}

func docker() confine.Kernel {
	no := confine.Feature{Missing: "without CAP_SYS_ADMIN they take a user namespace, and those are refused: by the filter of a container (Docker's does), or because we are in a chroot", Err: unix.EPERM}
	return confine.Kernel{
		Release: "5.15.0-91-generic", Architecture: "x86_64", LandlockABI: 1, PtraceScope: 1,
		UserNamespaces: no, MountNamespaces: no, NetworkNamespaces: no,
		Cgroup:         confine.Feature{Missing: "no cgroup is delegated to us"},
		PidfdGetfd:     confine.Feature{Missing: "the filter of a container refuses it", Err: unix.EPERM},
		Mseal:          confine.Feature{Missing: "it came with Linux 6.10", Err: unix.ENOSYS},
		SetSyscallInfo: confine.Feature{Missing: "it came with Linux 6.16"},
	}
}

func locked() confine.Kernel {
	k := docker()
	k.Release, k.Architecture, k.LandlockABI, k.PtraceScope = "4.19.0", "x86_64", 0, 2
	k.Landlock = confine.Feature{Missing: "this kernel was built without it, or is older than Linux 5.13", Err: unix.ENOSYS}
	k.Ptrace = confine.Feature{Missing: "it takes CAP_SYS_PTRACE (sysctl kernel.yama.ptrace_scope = 2)"}
	k.CgroupKill = confine.Feature{Missing: "it came with Linux 5.14"}
	k.Cgroup = confine.Feature{Missing: "the machine's controllers are managed by cgroup version 1 (memory), whose limits can't be given to a user's own cgroups"}
	return k
}

func TestDoctor(t *testing.T) {
	for _, c := range []struct {
		name          string
		kernel        confine.Kernel
		policy        string
		starts, sound bool
	}{
		{"newest", newest(), "./testdata/simple.yaml", true, true},
		{"docker", docker(), "./testdata/simple.yaml", false, false},
		{"docker-effort", docker(), "./testdata/effort.yaml", true, false},
		{"locked", locked(), "observe", false, false},
	} {
		tried := 0
		d, err := diagnose(c.kernel, c.policy, func(string) error { tried++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := d.write(&b, false); err != nil {
			t.Fatal(err)
		}
		golden(t, "doctor-"+c.name+".golden", b.String())
		if d.Starts != c.starts || d.Sound != c.sound || d.Tried != c.starts || (tried == 1) != c.starts {
			t.Errorf("%s: starts %v, sound %v, tried %d times; want %v, %v", c.name, d.Starts, d.Sound, tried, c.starts, c.sound)
		}
	}
}

// TestDoctorTries: what a kernel promises does not count when a start fails all the same.
func TestDoctorTries(t *testing.T) {
	d, err := diagnose(newest(), "./testdata/simple.yaml", func(string) error { return unix.EPERM })
	if err != nil || d.Starts || d.Sound || d.Failed == "" {
		t.Errorf("%+v, %v; want a start that failed", d, err)
	}
	var b strings.Builder
	if err := d.write(&b, true); err != nil {
		t.Fatal(err)
	}
	var back diagnosis
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil || back.Failed != d.Failed || len(back.Findings) != len(d.Findings) {
		t.Errorf("as JSON: %v\n%s", err, b.String())
	}
	if _, err := diagnose(newest(), "nosuch", nil); err == nil {
		t.Error("no mistake in a policy that does not exist")
	}
}

func TestCheck(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the golden file is for x86_64: some rules are about its calls only")
	}
	var b strings.Builder
	c := check("./testdata/all.yaml", func(confine.Part) confine.Kernel { return docker() })
	if err := c.table(&b); err != nil {
		t.Fatal(err)
	}
	for _, u := range c.Unmet {
		b.WriteString(strings.ReplaceAll(u.text, cwd(t), "CWD") + "\n")
	}
	golden(t, "check.golden", b.String())
	if c.Starts || c.code() != exitNotHere {
		t.Errorf("starts %v, code %d; want that it does not, and %d", c.Starts, c.code(), exitNotHere)
	}
	if c = check("./testdata/simple.yaml", func(confine.Part) confine.Kernel { return newest() }); c.code() != 0 || !c.Starts || len(c.Unmet) > 0 {
		t.Errorf("on a new kernel: %+v", c)
	}
	if c = check("./testdata/nosuch.yaml", nil); c.code() != exitMistakes || len(c.Problems) != 1 {
		t.Errorf("a policy that does not exist: %+v", c)
	}
}

// TestCheckMakesNothing: nothing is left in the folder for temporary files.
func TestCheckMakesNothing(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	if c := check("./testdata/all.yaml", func(confine.Part) confine.Kernel { return newest() }); len(c.Problems) > 0 || len(c.Rules) == 0 {
		t.Fatalf("%+v", c)
	}
	if list, err := os.ReadDir(tmp); err != nil || len(list) > 0 {
		t.Errorf("left: %v, %v", list, err)
	}
}

func TestExplain(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the golden files are for x86_64: numbers of calls, and instructions")
	}
	var b strings.Builder
	for _, f := range []explainFlags{
		{syscall: "openat"},
		{syscall: "openat", args: []string{"2=O_WRONLY|O_CREAT", "3=0600"}},
		{syscall: "openat", args: []string{"2=O_WRONLY", "3=0"}},
		{syscall: "ioctl", args: []string{"1=0x100005412"}}, // the kernel looks at the low half
		{syscall: "mount"},
		{syscall: "clone"},
		{syscall: "read"},
		{syscall: "kill"},
		{syscall: "100000"},
		{syscall: "openat", abi: "i386"},
		{syscall: "openat", abi: "x32"},
		{path: "/etc/shadow"},
		{path: "/usr/bin"},
		{connect: "203.0.113.7:443"},
		{connect: "203.0.113.7:80"},
		{connect: "10.200.0.1:85"},
		{connect: "9.9.9.9:53/udp"},
		{connect: "[::1]:53"},
		{connect: "/run/some.sock"},
		{connect: "/run/other.sock"},
		{connect: "@abstract"},
	} {
		if f.abi == "" {
			f.abi = "x86_64"
		}
		policy := "./testdata/all.yaml"
		if f.syscall != "" {
			policy = "./testdata/calls.yaml"
		}
		if err := explain(&b, policy, f); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
		b.WriteString("\n----\n")
	}
	golden(t, "explain.golden", b.String())
}

func TestExplainMistakes(t *testing.T) {
	for want, f := range map[string]explainFlags{
		`did you mean openat?`:           {syscall: "opnat"},
		`"mips" is no ABI`:               {syscall: "read", abi: "mips"},
		`not written like 2=O_WRONLY`:    {syscall: "read", args: []string{"7=1"}},
		`there is no constant "O_WRONY"`: {syscall: "read", args: []string{"1=O_WRONY"}},
		`a value is a number`:            {syscall: "read", args: []string{"1=\"], action: allow"}},
		`names are not looked up`:        {connect: "example.org:443"},
		`is not written like`:            {connect: "1.2.3.4:0"},
	} {
		if f.abi == "" {
			f.abi = "x86_64"
		}
		var b strings.Builder
		if err := explain(&b, "./testdata/all.yaml", f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want %q", f, err, want)
		}
	}
}

// TestExplainRuns: with all arguments known, the instructions that are shown are those that the interpreter of filters runs.
func TestExplainRuns(t *testing.T) {
	plan, err := loadPlan("./testdata/all.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][6]uint64{{}, {2: 1}, {2: 1, 3: 0o600}, {1: 0x5412}, {0: 0x10000}, {1 << 40, 1 << 40, 1 << 40}} {
		for _, call := range []string{"openat", "ioctl", "clone", "socket", "connect", "prctl", "read"} {
			q, err := newQuestion(plan, explainFlags{syscall: call, abi: seccomp.Native().String()})
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range args {
				q.args[i] = known{true, a, ""}
			}
			if got, want := q.shown(), q.really(); !cmp.Equal(got, want) {
				t.Errorf("%s%v: shown %v, run %v", call, args, got, want)
			}
			_, rule := plan.Filter.Decide(q.data())
			tries := q.tries()
			if got, want := tries[len(tries)-1], plan.RuleOf(rule); got.matches != yes || got.info != want {
				t.Errorf("%s%v: said to be decided by %s, is by %s", call, args, got.info.Text, want.Text)
			}
		}
	}
}

// shown are the instructions that explain shows, in order.
func (q *question) shown() []int {
	w := q.walk()
	return slices.Sorted(maps.Keys(w.passed))
}

// data is the call as a filter sees it.
func (q *question) data() seccomp.Data {
	d := seccomp.Data{Nr: int32(q.nr), Arch: q.abi.AuditArch()}
	for i, a := range q.args {
		d.Args[i] = a.value
	}
	return d
}

// really are those that run.
func (q *question) really() []int {
	var pcs []int
	for _, s := range q.installed.Explain(q.data()).Steps {
		pcs = append(pcs, s.PC)
	}
	return pcs
}

func cwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
