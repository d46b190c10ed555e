// The differences between a jail and no jail that a program can find, all of them wanted or the kernel's.

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// What differs is these lines and no others (P46, T5, T9, T10).
func TestWhatAProgramSeesOfAJail(t *testing.T) {
	known := map[string]bool{"traced": true, "NoNewPrivs": true, "Seccomp": true, "Seccomp_filters": true, "no_new_privs": true, "seccomp": true,
		"PTRACE_TRACEME": true, "PTRACE_SEIZE of a child": true, "strict mode": true}
	path := victim(t, "known")
	want := strings.Split(native(t, path).Output, "\n")
	for _, m := range allModes {
		t.Run(m.name, func(t *testing.T) {
			got := strings.Split(jailed(t, supervisor.Command{Engines: m.engines(t)}, path).Output, "\n")
			if len(got) != len(want) {
				t.Fatalf("%d lines, natively %d: %q", len(got), len(want), got)
			}
			for i := range want {
				name := strings.FieldsFunc(want[i], func(r rune) bool { return r == ':' || r >= '0' && r <= '9' })
				if got[i] != want[i] && !known[strings.TrimSpace(name[0])] {
					t.Errorf("%q, natively %q", got[i], want[i])
				}
			}
			for _, line := range []string{"traced: 1", "no_new_privs 1", "seccomp 2", "PTRACE_TRACEME: EPERM", "PTRACE_SEIZE of a child: EPERM", "strict mode: EINVAL"} {
				if !strings.Contains(strings.Join(got, "\n"), line) {
					t.Errorf("no line %q", line)
				}
			}
		})
	}
}

// A set-user-ID program runs, without the privilege (T9): no_new_privs is always on, and a tracer would take it away too.
func TestSetUserIDHasNoEffect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "whoami")
	program, err := os.ReadFile("/usr/bin/id")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // else the file is our own, and the identity is the same with and without
		if err := os.Chown(path, 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Chmod(path, 0o4755); err != nil {
		t.Fatal(err)
	}
	want := native(t, "/usr/bin/id", "-un")
	compare(t, want, jailed(t, supervisor.Command{}, "/bin/sh", "-c", path+" -un").outcome)
	compare(t, want, jailed(t, supervisor.Command{}, path, "-un").outcome) // the first program too
}

// A program with the leak checker of the address sanitiser can't look for leaks under a tracer, says so, and its exit
// code is that of the checker; without the leak checker nothing differs (T5).
func TestAddressSanitizer(t *testing.T) {
	path := victim(t, "asan")
	want := native(t, path)
	if want.Status.Code != 4 {
		t.Fatalf("natively %v: %s", want.Status, want.Output)
	}
	r := jailed(t, supervisor.Command{Env: append(os.Environ(), "ASAN_OPTIONS=detect_leaks=0")}, path)
	compare(t, want, r.outcome)
	r = jailed(t, supervisor.Command{}, path)
	if r.Status != want.Status && !strings.Contains(r.Output, "LeakSanitizer") {
		t.Errorf("with the leak checker: %v %q", r.Status, r.Output)
	}
}

// Strings are read to the last byte of a mapping and no further, and not for ever (P35).
func TestStringsAtTheEndOfMemory(t *testing.T) {
	var got []string
	read := &onEntry{"read", callSet("getxattr"), func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		s, err := st.ReadString(ev.Call().Args[0], 300)
		if err != nil {
			s = err.Error()
		} else if len(s) > 40 {
			s = strings.Repeat("x", 3) + "…"
		}
		got = append(got, s)
		return ev.Abort(unix.ENODATA, why)
	}}
	run(t, one(read), 0, "done\n", "strings")
	want := []string{"ends with the page", unix.EFAULT.Error(), unix.EFAULT.Error(), unix.ENAMETOOLONG.Error(), "xxx…", ""}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("strings read: %q, want %q", got, want)
	}
}
