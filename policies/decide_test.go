// Tests of what the built-in policies decide: a table of calls that matter, and all calls in golden files.

package policies_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/policies"
	"jail/policy"
	"jail/seccomp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// compile makes the plan of a built-in policy, and sees to it that the kernel
// can take its filter.
func compile(t *testing.T, name string, abi seccomp.ABI) *policy.Plan {
	t.Helper()
	data, file, ok := policies.Lookup(name)
	if !ok {
		t.Fatalf("no policy %s", name)
	}
	p, err := policy.Loader{BuiltIn: policies.Lookup}.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != name || p.Description == "" {
		t.Errorf("%s calls itself %q, %q", file, p.Name, p.Description)
	}
	if w := p.Warnings(); len(w) > 0 {
		t.Errorf("%s: %v", file, w)
	}
	plan, err := p.Compile(abi)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seccomp.Compile(&plan.Filter); err != nil {
		t.Fatal(err)
	}
	return plan
}

// effect is what a call meets: the action of the rule that decides it.
func effect(t *testing.T, plan *policy.Plan, call string, args ...uint64) string {
	t.Helper()
	abi := plan.Filter.ABIs[0]
	nr, ok := abi.Number(call)
	if !ok {
		t.Fatalf("no call %s", call)
	}
	data := seccomp.Data{Nr: int32(nr), Arch: abi.AuditArch()}
	copy(data.Args[:], args)
	action, by := plan.Filter.Decide(data)
	rule := plan.RuleOf(by)
	if (action == seccomp.Allow) != (rule.Action.Verb == policy.Allow) {
		t.Errorf("%s: the filter says %v, its rule %v", call, action, rule.Action)
	}
	if action.Kind() == seccomp.KindErrno {
		return "quiet " + rule.Action.String()
	}
	return rule.Action.String()
}

const anyPID = 4711

// decisions says for calls that matter what the three policies decide.
func decisions() []struct {
	call                   string
	args                   []uint64
	observe, build, strict string
} {
	const eperm = "errno EPERM"
	return []struct {
		call                   string
		args                   []uint64
		observe, build, strict string
	}{
		{"read", nil, "allow", "allow", "allow"},
		{"openat", []uint64{0, 0, unix.O_RDONLY | unix.O_CLOEXEC}, "allow", "allow", "allow"},
		{"openat", []uint64{0, 0, unix.O_WRONLY}, "allow", "allow", eperm},
		{"openat", []uint64{0, 0, unix.O_RDONLY | unix.O_TRUNC}, "allow", "allow", eperm},
		{"openat", []uint64{0, 0, unix.O_RDONLY | unix.O_CREAT}, "allow", "allow", eperm},
		{"openat", []uint64{0, 0, unix.O_RDWR | unix.O_TMPFILE}, "allow", "allow", eperm},
		{"openat", []uint64{0, 0, 0xff<<32 | unix.O_WRONLY}, "allow", "allow", eperm},
		{"openat2", nil, "allow", "allow", "quiet errno ENOSYS"},
		{"unlinkat", nil, "allow", "allow", eperm},
		{"fchmodat", nil, "allow", "allow", eperm},
		{"truncate", nil, "allow", "allow", eperm},
		{"ftruncate", nil, "allow", "allow", eperm},
		{"mkdirat", nil, "allow", "allow", eperm},
		{"execve", nil, "allow", "allow", "errno EACCES"},
		{"execveat", nil, "allow", "allow", "errno EACCES"},
		{"clone", []uint64{unix.CLONE_VM | unix.CLONE_VFORK | 17}, "allow", "allow", eperm},
		{"clone", []uint64{unix.CLONE_VM | unix.CLONE_SIGHAND | unix.CLONE_THREAD}, "allow", "allow", "allow"},
		{"clone", []uint64{unix.CLONE_NEWUSER | 17}, "allow", eperm, eperm},
		{"clone", []uint64{unix.CLONE_UNTRACED | unix.CLONE_THREAD}, eperm, eperm, eperm},
		{"clone", []uint64{unix.CLONE_PARENT | unix.CLONE_THREAD}, eperm, eperm, eperm},
		{"clone3", nil, "quiet errno ENOSYS", "quiet errno ENOSYS", "quiet errno ENOSYS"},
		{"unshare", []uint64{unix.CLONE_NEWNET}, "trace", eperm, eperm},
		{"unshare", []uint64{unix.CLONE_FS}, "trace", "allow", eperm},
		{"setns", []uint64{3, 0}, "trace", eperm, eperm},
		{"kill", []uint64{anyPID, 9}, "allow", "allow", eperm},
		{"tgkill", []uint64{anyPID, anyPID, 9}, "allow", "allow", eperm},
		{"tgkill", []uint64{anyPID, anyPID, 23}, "allow", "allow", "allow"},
		{"pidfd_send_signal", nil, "allow", "allow", eperm},
		{"rt_sigqueueinfo", nil, "allow", "allow", eperm},
		{"fcntl", []uint64{0, unix.F_SETOWN, anyPID}, "allow", "allow", eperm},
		{"fcntl", []uint64{0, unix.F_SETOWN_EX}, "allow", "allow", eperm},
		{"fcntl", []uint64{0, unix.F_SETSIG}, "allow", "allow", eperm},
		{"fcntl", []uint64{0, unix.F_SETFL}, "allow", "allow", "allow"},
		{"fcntl", []uint64{0, unix.F_DUPFD_CLOEXEC}, "allow", "allow", "allow"},
		{"prlimit64", []uint64{0, 7}, "allow", "allow", "allow"},
		{"prlimit64", []uint64{anyPID, 7}, "allow", "allow", eperm},
		{"sched_setscheduler", []uint64{0, unix.SCHED_IDLE}, "allow", "allow", eperm},
		{"sched_setscheduler", []uint64{anyPID, unix.SCHED_NORMAL}, "allow", "allow", eperm}, // pthread_setschedparam(3) of oneself
		{"sched_setscheduler", []uint64{anyPID, unix.SCHED_IDLE}, "allow", eperm, eperm},
		{"sched_setscheduler", []uint64{anyPID, 1<<32 | unix.SCHED_RESET_ON_FORK | unix.SCHED_IDLE}, "allow", eperm, eperm},
		{"sched_setattr", []uint64{0}, "allow", "allow", eperm},
		{"sched_setattr", []uint64{anyPID}, "allow", eperm, eperm},
		{"sched_setaffinity", []uint64{anyPID}, "allow", "allow", eperm}, // pthread_setaffinity_np(3) of oneself
		{"setpriority", []uint64{unix.PRIO_PROCESS, anyPID}, "allow", "allow", eperm},
		{"setpriority", []uint64{unix.PRIO_PGRP, 0}, "allow", eperm, eperm},
		{"setpriority", []uint64{1<<32 | unix.PRIO_USER, 0}, "allow", eperm, eperm},
		{"ptrace", nil, eperm, eperm, eperm},
		{"seccomp", []uint64{unix.SECCOMP_SET_MODE_FILTER}, eperm, eperm, eperm},
		{"seccomp", []uint64{unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER}, "quiet errno EPERM", "quiet errno EPERM", "quiet errno EPERM"},
		{"seccomp", []uint64{unix.SECCOMP_GET_ACTION_AVAIL}, "allow", "allow", "allow"},
		{"prctl", []uint64{unix.PR_SET_SECCOMP}, eperm, eperm, eperm},
		{"prctl", []uint64{unix.PR_GET_SECCOMP}, "allow", "allow", eperm},
		{"prctl", []uint64{unix.PR_SET_NAME}, "allow", "allow", "allow"},
		{"io_uring_setup", nil, "quiet errno ENOSYS", "quiet errno ENOSYS", "quiet errno ENOSYS"},
		{"ioctl", []uint64{0, unix.TIOCSTI}, "trace", eperm, eperm},
		{"ioctl", []uint64{0, 1<<32 | unix.TIOCSTI}, "trace", eperm, eperm},
		{"ioctl", []uint64{0, unix.TIOCLINUX}, "allow", eperm, eperm},
		{"fcntl", []uint64{3, unix.F_SETLEASE}, "allow", eperm, eperm},
		{"ioprio_set", []uint64{1, 0}, "allow", "allow", eperm},
		{"ioprio_set", []uint64{1, 77}, "allow", eperm, eperm},
		{"ioprio_set", []uint64{2, 0}, "allow", eperm, eperm},
		{"ioctl", []uint64{0, unix.TCGETS}, "allow", "allow", "allow"},
		{"ioctl", []uint64{0, unix.TIOCSPGRP}, "allow", "allow", eperm},
		{"socket", []uint64{unix.AF_UNIX}, "allow", "allow", eperm},
		{"socket", []uint64{unix.AF_UNIX, unix.SOCK_DGRAM}, "allow", "errno EACCES", eperm},
		{"socket", []uint64{unix.AF_INET}, "allow", "errno EACCES", eperm},
		{"socket", []uint64{unix.AF_INET6}, "allow", "errno EACCES", eperm},
		{"socket", []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE}, "allow", "allow", eperm},
		{"socket", []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_KOBJECT_UEVENT}, "allow", "errno EPROTONOSUPPORT", eperm},
		{"socket", []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_SOCK_DIAG}, "allow", "errno EPROTONOSUPPORT", eperm},
		{"socket", []uint64{1<<32 | unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_AUDIT}, "allow", "errno EPROTONOSUPPORT", eperm},
		{"socket", []uint64{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP}, "allow", "errno EACCES", eperm},
		{"socket", []uint64{unix.AF_VSOCK}, "allow", "errno EAFNOSUPPORT", eperm},
		{"socket", []uint64{unix.AF_PACKET}, "allow", "errno EAFNOSUPPORT", eperm},
		{"socket", []uint64{unix.AF_ALG}, "allow", "errno EAFNOSUPPORT", eperm},
		{"socketpair", []uint64{unix.AF_UNIX}, "allow", "allow", eperm},
		{"personality", []uint64{0xffffffff}, "allow", "allow", eperm},
		{"personality", []uint64{0x0040000}, "allow", "allow", eperm},
		{"personality", []uint64{0x20008}, "allow", "allow", eperm},
		{"personality", []uint64{0x0400000}, "allow", eperm, eperm}, // READ_IMPLIES_EXEC
		{"mknodat", []uint64{0, 0, unix.S_IFIFO | 0o600}, "allow", "allow", eperm},
		{"mknodat", []uint64{0, 0, unix.S_IFCHR | 0o600}, "allow", eperm, eperm},
		{"mknodat", []uint64{0, 0, 1<<16 | unix.S_IFBLK | 0o600}, "allow", eperm, eperm},
		{"mount", nil, "trace", eperm, eperm},
		{"move_mount", nil, "trace", eperm, eperm},
		{"open_tree", nil, "allow", "allow", eperm},
		{"pivot_root", nil, "trace", eperm, eperm},
		{"chroot", nil, "trace", eperm, eperm},
		{"open_by_handle_at", nil, "trace", eperm, eperm},
		{"init_module", nil, "trace", eperm, eperm},
		{"finit_module", nil, "trace", eperm, eperm},
		{"kexec_load", nil, "trace", eperm, eperm},
		{"reboot", nil, "trace", eperm, eperm},
		{"swapon", nil, "trace", eperm, eperm},
		{"bpf", nil, "trace", eperm, eperm},
		{"perf_event_open", nil, "trace", eperm, eperm},
		{"userfaultfd", nil, "trace", eperm, eperm},
		{"keyctl", nil, "trace", eperm, eperm},
		{"add_key", nil, "trace", eperm, eperm},
		{"request_key", nil, "trace", eperm, eperm},
		{"syslog", nil, "trace", eperm, eperm},
		{"acct", nil, "trace", eperm, eperm},
		{"settimeofday", nil, "allow", eperm, eperm},
		{"process_vm_writev", nil, "trace", "allow", eperm},
		{"restart_syscall", nil, "allow", "allow", "allow"},
		{"futex_wait", nil, "allow", "allow", "allow"},
		{"pkey_alloc", nil, "allow", "allow", "allow"},
	}
}

func TestDecisions(t *testing.T) {
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
		observe, build, strict := compile(t, "observe", abi), compile(t, "ci-build", abi), compile(t, "strict", abi)
		for _, d := range decisions() {
			for plan, want := range map[*policy.Plan]string{observe: d.observe, build: d.build, strict: d.strict} {
				if got := effect(t, plan, d.call, d.args...); got != want {
					t.Errorf("%s on %v: %s(%#x): %s, want %s", plan.Name, abi, d.call, d.args, got, want)
				}
			}
		}
	}
}

// Foreign ABIs are let in by none of them, and unknown numbers by none.
func TestForeignAndUnknown(t *testing.T) {
	for _, name := range policies.Names() {
		plan := compile(t, name, seccomp.X86_64)
		for _, test := range []struct {
			d    seccomp.Data
			want seccomp.Action
		}{
			{seccomp.Data{Nr: 1, Arch: unix.AUDIT_ARCH_I386}, seccomp.KillProcess},
			{seccomp.Data{Nr: 1 | 0x40000000, Arch: unix.AUDIT_ARCH_X86_64}, seccomp.KillProcess},
			{seccomp.Data{Nr: 1000, Arch: unix.AUDIT_ARCH_X86_64}, seccomp.Errno(unix.ENOSYS)},
		} {
			if got, _ := plan.Filter.Decide(test.d); got != test.want {
				t.Errorf("%s: %+v: %v", name, test.d, got)
			}
		}
	}
}

// The plans, and what all calls meet whose arguments are 0.
func TestGoldenPlans(t *testing.T) {
	for _, name := range policies.Names() {
		for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.ARM64} {
			golden(t, fmt.Sprintf("%s.%v.txt", name, abi), describe(t, compile(t, name, abi)))
		}
	}
}

// describe is a plan as text.
func describe(t *testing.T, plan *policy.Plan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name %s\ndescription %s\nfile %s\nsurvivors %s\nclone %+v\nexec %+v\n",
		plan.Name, plan.Description, plan.File, plan.Survivors, plan.Clone, plan.Exec)
	for _, part := range []struct {
		name string
		data any
	}{{"files", plan.Files}, {"network", plan.Network}, {"limits", plan.Limits}, {"environment", plan.Environment}, {"identity", plan.Identity}} {
		text, err := json.Marshal(part.data)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", part.name, text)
	}
	fmt.Fprintf(&b, "enforce %s\n", plan.Enforce)
	fmt.Fprintf(&b, "abis %v default %v (rule %d) unknown %v (rule %d) foreign %v (rule %d)\n\n", plan.Filter.ABIs,
		plan.Filter.Default, plan.DefaultRule, plan.Filter.Unknown, plan.UnknownRule, plan.Filter.Foreign, plan.ForeignRule)
	for i, r := range plan.Rules {
		fmt.Fprintf(&b, "rule %d %s: %s\n  %v report=%v layer=%s sound=%v cost=%q\n", i, r.Origin, r.Text, r.Action, r.Report, r.Layer, r.Sound, r.Cost)
		if r.Why != "" {
			fmt.Fprintf(&b, "  why %s\n", r.Why)
		}
		if r.AllowHint != "" {
			fmt.Fprintf(&b, "  to allow: %s\n", r.AllowHint)
		}
	}
	b.WriteString("\n")
	for _, s := range plan.Signals {
		fmt.Fprintf(&b, "signals %v from %v: %s report=%v rule %d\n", s.Signals, s.From, s.Do, s.Report, s.Rule)
	}
	for _, r := range plan.Filter.Rules {
		fmt.Fprintf(&b, "filter %v %+v: %v rule %d abis %v\n", r.Names, r.When, r.Do, r.Tag, r.ABIs)
	}
	byEffect := make(map[string][]string)
	for _, call := range plan.Filter.ABIs[0].Names() {
		e := effect(t, plan, call)
		byEffect[e] = append(byEffect[e], call)
	}
	for _, e := range slices.Sorted(maps.Keys(byEffect)) {
		fmt.Fprintf(&b, "\nwith arguments of 0, %s:\n", e)
		for chunk := range slices.Chunk(byEffect[e], 8) {
			fmt.Fprintf(&b, "  %s\n", strings.Join(chunk, " "))
		}
	}
	return b.String()
}

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (- want, + got; -update writes it anew):\n%s", file, diff)
	}
}
