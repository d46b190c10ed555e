// Tests of the groups: that they are all there, whole, and hold what they are known for.

package seccomp

import (
	"slices"
	"strings"
	"testing"
)

func TestGroupsThereAre(t *testing.T) {
	const want = `@aio @basic-io @chown @clock @cpu-emulation @debug @default @file-system @io-event @ipc @keyring
		@known @memlock @module @mount @network-io @obsolete @pkey @privileged @process @raw-io @reboot @resources
		@sandbox @setuid @signal @swap @sync @system-service @timer
		%file %desc %process %network %net %signal %ipc %memory %creds %clock %stat %lstat %fstat %statfs %fstatfs
		%pure %%stat %%statfs`
	names := GroupNames()
	if !slices.IsSorted(names) {
		t.Error("GroupNames is not sorted")
	}
	for _, name := range strings.Fields(want) {
		if !slices.Contains(names, name) {
			t.Errorf("there is no %s", name)
		}
	}
	for _, name := range names {
		members, ok := Group(name)
		if !ok || len(members) == 0 || !slices.IsSorted(members) {
			t.Errorf("%s is missing, empty or not sorted", name)
		}
		for _, m := range members {
			if !KnownName(m) {
				t.Errorf("%s has %s, which no table has", name, m)
			}
		}
	}
	for _, name := range []string{"", "@", "%", "file", "@file", "%file-system"} {
		if _, ok := Group(name); ok {
			t.Errorf("there is a group %q", name)
		}
	}
}

func TestGroupMembers(t *testing.T) {
	for _, c := range []struct{ group, has, hasNot string }{
		{"@file-system", "open openat openat2 stat newfstatat fchmodat2 setxattrat", "read write mount"},
		{"@network-io", "socket connect accept4 sendto socketcall", "read sendfile"},
		{"@basic-io", "read write pread64 dup3", "openat ioctl"},
		{"@process", "clone clone3 fork vfork kill execveat", "execve ptrace"},
		{"@default", "execve exit_group futex", "ptrace open"},
		{"@system-service", "read openat socket kill futex execve", "mount ptrace reboot init_module"},
		{"@privileged", "chown settimeofday init_module reboot swapon iopl bpf", "read setgid"},
		{"@debug", "ptrace perf_event_open", "read"},
		{"@sandbox", "seccomp landlock_restrict_self", "prctl"},
		{"@mount", "mount umount2 move_mount pivot_root", "open_by_handle_at"},
		{"%file", "open openat stat execve rename unlinkat", "read close"},
		{"%desc", "read write close openat mmap ioctl", "unlink kill"},
		{"%process", "fork clone execve wait4 exit_group kill", "ptrace getpid"},
		{"%network", "socket connect sendmsg socketcall", "read ipc"},
		{"%signal", "kill rt_sigaction sigaltstack", "read"},
		{"%ipc", "msgget semop shmat ipc", "pipe"},
		{"%creds", "setuid getgid capset prctl", "read"},
		{"%pure", "getpid getuid gettid", "read"},
	} {
		members, _ := Group(c.group)
		for _, name := range strings.Fields(c.has) {
			if !slices.Contains(members, name) {
				t.Errorf("%s lacks %s", c.group, name)
			}
		}
		for _, name := range strings.Fields(c.hasNot) {
			if slices.Contains(members, name) {
				t.Errorf("%s has %s", c.group, name)
			}
		}
	}
}

func TestKnownIsEverything(t *testing.T) {
	known, _ := Group("@known")
	for _, abi := range abis() {
		for _, name := range abi.Names() {
			if _, ok := slices.BinarySearch(known, name); !ok {
				t.Errorf("@known lacks %s of %v", name, abi)
			}
		}
	}
}

// A caller that sorts or changes what it got must not change the group.
func TestGroupIsACopy(t *testing.T) {
	mine, _ := Group("@swap")
	mine[0] = "changed"
	if again, _ := Group("@swap"); again[0] == "changed" {
		t.Error("Group hands out its own list")
	}
}

func TestSuggest(t *testing.T) {
	for name, want := range map[string]string{
		"opnat": "openat", "opanat": "openat", "exeve": "execve", "sokcet": "socket", "wriet": "write",
		"@filesystem": "@file-system", "@file": "%file", "file": "%file", "%file-system": "@file-system",
		"file-system": "@file-system", "@openat": "openat", "@procss": "@process",
		"": "", "@": "", "xyzzyplugh": "", strings.Repeat("a", 10000): "",
	} {
		if got := Suggest(name); got != want {
			t.Errorf("Suggest(%.20q) = %q, want %q", name, got, want)
		}
	}
}
