// Launching: where the program stands, what is in force, what is inherited, what is left when it fails.

package ptrace

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// answer is a filter that answers errno to one call and allows all others, padded to size instructions.
func answer(nr uint32, errno unix.Errno, size int) []unix.SockFilter {
	f := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: nr},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	for len(f) < size {
		f = append(f, f[3])
	}
	return f
}

// tracing is a filter that traces one call.
func tracing(nr uint32) []unix.SockFilter {
	f := answer(nr, 0, 0)
	f[2].K = unix.SECCOMP_RET_TRACE | 7
	return f
}

// maps is /proc/<tid>/maps without addresses: the files and kernel regions that are mapped, each once.
func maps(t testing.TB, tid int) (names []string, whole string) {
	t.Helper()
	p, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", tid))
	if err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for l := range strings.Lines(string(p)) {
		if f := strings.Fields(l); len(f) > 5 && !seen[f[5]] {
			seen[f[5]] = true
			names = append(names, f[5])
		}
	}
	return names, string(p)
}

// start of the file mapping that name has at offset 0.
func mappedAt(maps, name string) uint64 {
	for l := range strings.Lines(maps) {
		f := strings.Fields(l)
		if len(f) > 5 && f[5] == name && f[2] == "00000000" {
			low, _, _ := strings.Cut(f[0], "-")
			v, _ := strconv.ParseUint(low, 16, 64)
			return v
		}
	}
	return 0
}

func TestLaunchStopsBeforeFirstInstruction(t *testing.T) {
	for _, filter := range [][]unix.SockFilter{nil, answer(unix.SYS_GETPPID, unix.EPERM, 4096)} {
		cfg := program("/bin/true")
		cfg.Filter = filter
		jail(t, cfg, func(j *jailed) {
			names, whole := maps(t, j.first)
			var loader string
			for _, name := range names {
				switch {
				case strings.HasPrefix(name, "[") && name != "[heap]":
				case strings.Contains(name, "ld-linux"):
					loader = name
				case !strings.HasSuffix(name, "/true") && name != "[heap]" && !strings.Contains(name, "coreutils"):
					t.Errorf("%s is mapped:\n%s", name, whole)
				}
			}
			if strings.Contains(whole, "libc") || loader == "" {
				t.Errorf("the loader has run:\n%s", whole)
			}
			f, err := elf.Open(loader)
			j.ok(err)
			defer f.Close()
			r, err := j.Registers(j.first)
			j.ok(err)
			if want := mappedAt(whole, loader) + f.Entry; r.PC != want {
				t.Errorf("it stands at %#x, the loader's entry is %#x", r.PC, want)
			}
			if r.Nr != -1 && resultIsArgument == false {
				t.Errorf("it seems to be in call %d", r.Nr)
			}
			const before = 64 // the loop that calls were made from is poked behind the entry, or before it
			text, got := make([]byte, 256), make([]byte, 256)
			off := int64(f.Entry)&^7 - before
			for _, p := range f.Progs {
				if p.Type == elf.PT_LOAD && f.Entry >= p.Vaddr && f.Entry < p.Vaddr+p.Filesz {
					_, err = p.ReadAt(text, off-int64(p.Vaddr))
				}
			}
			j.ok(err)
			_, err = j.ReadMem(j.first, r.PC&^7-before, got)
			j.ok(err)
			if !bytes.Equal(text, got) {
				t.Errorf("the text at its entry is % x, in the file % x", got, text)
			}
			below := make([]byte, 40<<10)
			n, err := j.ReadMem(j.first, r.SP-uint64(len(below)), below)
			if err != nil || n != len(below) || len(bytes.Trim(below, "\x00")) != 0 {
				t.Errorf("below its stack pointer something was left (%d, %v)", n, err)
			}
			j.runs(nil)
		})
	}
}

func init() {
	victims["getppid"] = func(args []string) {
		_, _, e := unix.RawSyscall(unix.SYS_GETPPID, 0, 0, 0)
		if e != unix.EXDEV {
			fail("getppid answered", e)
		}
		status, err := os.ReadFile("/proc/self/status")
		must(err)
		if field(status, "Seccomp:") != 2 || field(status, "NoNewPrivs:") != 1 {
			fail("Seccomp or NoNewPrivs is missing")
		}
	}
	victims["inherited"] = func(args []string) {
		list, err := os.ReadDir("/proc/self/fd")
		must(err)
		for _, d := range list {
			link, err := os.Readlink("/proc/self/fd/" + d.Name())
			if fd, _ := strconv.Atoi(d.Name()); err == nil && fd > 2 && !runtimeOwns(link) {
				fail("descriptor", d.Name(), "is inherited:", link)
			}
		}
		var sig int32
		must(unix.Prctl(unix.PR_GET_PDEATHSIG, addressOf(&sig), 0, 0, 0))
		if sig != 0 {
			fail("it has a death signal", sig)
		}
		status, err := os.ReadFile("/proc/thread-self/status")
		must(err)
		if b := hexField(status, "SigBlk:"); fmt.Sprint(b) != args[0] {
			fail("blocked signals", b, "want", args[0])
		}
		if p := hexField(status, "SigPnd:") | hexField(status, "ShdPnd:"); p != 0 {
			fail("pending signals", p)
		}
		wd, _ := os.Getwd()
		if wd != "/tmp" || len(os.Environ()) != 3 {
			fail("it is in", wd, "with", os.Environ())
		}
	}
}

func TestFilterInForce(t *testing.T) {
	for _, size := range []int{4, 4096} {
		cfg := victim(t, "getppid")
		cfg.Filter = answer(unix.SYS_GETPPID, unix.EXDEV, size)
		jail(t, cfg, func(j *jailed) { j.runs(nil) })
	}
}

func TestNothingInherited(t *testing.T) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], 0); err != nil { // without close-on-exec
		t.Fatal(err)
	}
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	mask, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		t.Fatal(err)
	}
	cfg := victim(t, "inherited", fmt.Sprint(hexField(mask, "SigBlk:")))
	cfg.Dir = "/tmp"
	jail(t, cfg, func(j *jailed) {
		if l, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", j.bell.tid)); err != nil || len(l) != 0 {
			t.Errorf("the bell has descriptors: %v %v", l, err)
		}
		j.runs(nil)
	})
}

func TestLaunchErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		name string
		cfg  Config
		want error
	}{
		{"missing", program(dir + "/none"), unix.ENOENT},
		{"empty path", program(""), unix.ENOENT},
		{"directory", program(dir), unix.EACCES},
		{"not executable", program(write("x", "#!/bin/sh\n", 0o600)), unix.EACCES},
		{"no program", program(write("y", "hello\n", 0o700)), unix.ENOEXEC},
		{"empty", program(write("e", "", 0o700)), unix.ENOEXEC},
		{"no interpreter", program(write("z", "#!/nowhere/sh\n", 0o700)), unix.ENOENT},
		{"other machine", program(write("m", string(elfHeader(elf.EM_S390)), 0o700)), unix.ENOEXEC},
		{"zero byte", program("/bin/tr\x00ue"), unix.EINVAL},
		{"directory missing", Config{Path: "/bin/true", Args: []string{"true"}, Dir: dir + "/none"}, unix.ENOENT},
		{"filter broken", Config{Path: "/bin/true", Args: []string{"true"}, Filter: []unix.SockFilter{{Code: 0xffff}}}, unix.EINVAL},
		{"filter too long", Config{Path: "/bin/true", Args: []string{"true"}, Filter: answer(0, 0, 4097)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := descriptors(t)
			<-Own(func() {
				_, _, err := launch(c.cfg, false)
				var pe *fs.PathError
				if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
					t.Errorf("Launch answered %v, want %v", err, c.want)
				} else if c.cfg.Filter == nil && !errors.As(err, &pe) {
					t.Errorf("%v is no PathError", err)
				}
				t.Log(err)
				if err := childless(); err != nil {
					t.Error(err)
				}
			})
			if after := descriptors(t); after != before {
				t.Errorf("%d descriptors are open, %d were before", after, before)
			}
		})
	}
}

func TestLaunchOnThreadWithChildren(t *testing.T) {
	<-Own(func() {
		cmd, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{})
		if err != nil {
			t.Error(err)
			return
		}
		if _, _, err = launch(program("/bin/true"), false); !errors.Is(err, ErrThreadHasChildren) {
			t.Errorf("Launch answered %v", err)
		}
		if st, err := cmd.Wait(); err != nil || !st.Success() {
			t.Errorf("the other child: %v %v", st, err)
		}
	})
}
