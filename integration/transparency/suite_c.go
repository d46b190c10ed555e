// suite_c.go are the suites that are built from Debian sources: libuv, bash and
// strace.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"jail/integration/internal/fetch"
)

// built returns the directory of a build that is kept in the cache, making it
// with build, in a directory of that very name, unless it is there.
func built(e *env, name string, build func(dir string) error) (string, error) {
	dir := filepath.Join(e.store.Dir(), "build-"+name)
	done := filepath.Join(dir, ".complete")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	fmt.Fprintf(e.log, "building %s\n", name)
	if err := build(dir); err != nil {
		return "", fmt.Errorf("building %s: %w: %w", name, fetch.ErrUnavailable, err)
	}
	if err := os.WriteFile(done, nil, 0o644); err != nil {
		return "", fmt.Errorf("building %s: %w", name, err)
	}
	return dir, nil
}

// tool runs one step of a build, its output in the error.
func tool(ctx context.Context, dir string, argv ...string) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		if len(out) > 2000 {
			out = out[len(out)-2000:]
		}
		return fmt.Errorf("%s: %w\n%s", argv[0], err, out)
	}
	return nil
}

// uvUnix are the files of libuv's src/unix that its build takes for Linux.
var uvUnix = strings.Fields(`async core dl fs getaddrinfo getnameinfo loop-watcher
	loop pipe poll process random-devurandom signal stream tcp thread tty udp
	proctitle linux-core linux-inotify linux-syscalls procfs-exepath
	random-getrandom random-sysctl-linux epoll`)

func libuv(ctx context.Context, e *env) ([]unit, error) {
	src, err := e.store.Source(ctx, "libuv1")
	if err != nil {
		return nil, err
	}
	dir, err := built(e, "libuv", func(dir string) error { return buildUV(ctx, src, dir) })
	if err != nil {
		return nil, err
	}
	bin := filepath.Join(dir, "uv_run_tests")
	cmd := exec.CommandContext(ctx, bin, "--list")
	asRoot := []string{"UV_RUN_AS_ROOT=1"} // else root is told off, not tested
	cmd.Env = append(os.Environ(), asRoot...)
	list, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("libuv: listing the tests: %w", err)
	}
	var units []unit
	for _, line := range strings.Split(string(list), "\n") {
		name, _, _ := strings.Cut(line, " ") // the rest of a line names helpers
		if name == "" {
			continue
		}
		const skipCode = 7 // TEST_SKIP of libuv's test/task.h
		units = append(units, unit{
			name:  "libuv/" + name,
			argv:  []string{bin, name},
			stage: filepath.Join(dir, "stage"),
			env:   asRoot,
			quiet: time.Minute,
			limit: time.Minute,
			parse: parseStatus(skipCode),
		})
	}
	return units, nil
}

// buildUV compiles the library and its tests with the compiler alone: their own
// build needs cmake or autotools.
func buildUV(ctx context.Context, src, dir string) error {
	lib, err := filepath.Glob(filepath.Join(src, "src/*.c"))
	if err != nil {
		return err
	}
	for _, f := range uvUnix {
		lib = append(lib, filepath.Join(src, "src/unix", f+".c"))
	}
	tests, err := filepath.Glob(filepath.Join(src, "test/*.c"))
	if err != nil {
		return err
	}
	tests = slices.DeleteFunc(tests, func(f string) bool {
		name := filepath.Base(f)
		return strings.Contains(name, "-win") || strings.Contains(name, "benchmark")
	})
	cc := []string{"cc", "-O1", "-w", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64",
		"-I" + filepath.Join(src, "include"), "-I" + filepath.Join(src, "src")}
	shared := append(slices.Clone(cc), "-DBUILDING_UV_SHARED=1", "-fvisibility=hidden",
		"-fPIC", "-shared", "-o", "libuv.so")
	shared = append(append(shared, lib...), "-lpthread", "-ldl", "-lrt")
	if err := tool(ctx, dir, shared...); err != nil {
		return err
	}
	program := append(slices.Clone(cc), "-DUSING_UV_SHARED=1", "-I"+filepath.Join(src, "test"),
		"-o", "uv_run_tests")
	program = append(append(program, tests...), "-L.", "-luv", "-Wl,-rpath,$ORIGIN", "-lpthread", "-ldl", "-lutil")
	if err := tool(ctx, dir, program...); err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(dir, "stage/test/fixtures"), os.DirFS(filepath.Join(src, "test/fixtures")))
}

// bashSkip are scripts that drive the others.
var bashSkip = []string{"run-all", "run-minimal", "run-gprof"}

func bash(ctx context.Context, e *env) ([]unit, error) {
	src, err := e.store.Source(ctx, "bash")
	if err != nil {
		return nil, err
	}
	shell, err := exec.LookPath("bash")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fetch.ErrUnavailable, err)
	}
	dir, err := built(e, "bash", func(dir string) error {
		stage := filepath.Join(dir, "tests")
		if err := os.CopyFS(stage, os.DirFS(filepath.Join(src, "tests"))); err != nil {
			return err
		}
		for _, helper := range []string{"recho", "zecho", "xcase", "printenv"} {
			err := tool(ctx, src, "cc", "-w", "-I.", "-Iinclude", "-DHAVE_STDLIB_H", "-DHAVE_STRING_H", "-DHAVE_UNISTD_H",
				"-include", "stdlib.h", "-include", "string.h",
				"-o", filepath.Join(stage, helper), filepath.Join("support", helper+".c"))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	scripts, err := filepath.Glob(filepath.Join(dir, "tests", "run-*"))
	if err != nil {
		return nil, err
	}
	var units []unit
	for _, s := range scripts {
		name := filepath.Base(s)
		if slices.Contains(bashSkip, name) {
			continue
		}
		units = append(units, unit{
			name:  "bash/" + name,
			argv:  []string{"/bin/sh", "-c", `BASH_TSTOUT=$TMPDIR/out PATH=.:$PATH exec /bin/sh ./` + name},
			stage: filepath.Join(dir, "tests"),
			env:   []string{"THIS_SH=" + shell, "BUILD_DIR=."},
			tty:   true,
			quiet: 90 * time.Second,
			limit: 90 * time.Second,
			parse: parseOutput(noSkip),
		})
	}
	return units, nil
}

// straceMake extends the Makefile of strace's tests by what its own targets do
// not offer: the tracees alone, built but not run, and their names.
const straceMake = "include Makefile\n" +
	"tracees: $(check_PROGRAMS)\n" +
	"tracee-names:\n\t@printf '%s\\n' $(check_PROGRAMS)\n"

// straceChance are tracees that print numbers of which chance decides, and which
// may agree for many runs: the CPU they run on, how addresses in the kernel
// compare.
var straceChance = []string{"getcpu", "kcmp*"}

func strace(ctx context.Context, e *env) ([]unit, error) {
	src, err := e.store.Source(ctx, "strace")
	if err != nil {
		return nil, err
	}
	dir, err := built(e, "strace", func(dir string) error { return buildStrace(ctx, src, dir) })
	if err != nil {
		return nil, err
	}
	names, err := os.ReadFile(filepath.Join(dir, "tracee-names"))
	if err != nil {
		return nil, fmt.Errorf("strace: %w", err)
	}
	tests := filepath.Join(dir, "tests")
	var units []unit
	for _, name := range strings.Fields(string(names)) {
		bin := filepath.Join(tests, name)
		if _, err := os.Stat(bin); errors.Is(err, fs.ErrNotExist) {
			continue // not for this architecture's headers
		}
		const skipCode = 77 // as automake's test driver has it
		parse := parseOutput(skipCode)
		if slices.ContainsFunc(straceChance, func(p string) bool { return matches(p, name) }) {
			parse = withoutNumbers(parse)
		}
		units = append(units, unit{
			name:  "strace/" + name,
			argv:  []string{bin},
			quiet: 10 * time.Second,
			limit: 10 * time.Second,
			parse: parse,
		})
	}
	return units, nil
}

func buildStrace(ctx context.Context, src, dir string) error {
	if err := os.CopyFS(dir, os.DirFS(src)); err != nil {
		return err
	}
	if err := tool(ctx, dir, "./configure", "--disable-mpers", "--enable-gcc-Werror=no"); err != nil {
		return err
	}
	jobs := fmt.Sprintf("-j%d", runtime.NumCPU())
	for _, sub := range []string{"bundled", "src"} {
		if err := tool(ctx, dir, "make", jobs, "-C", sub); err != nil {
			return err
		}
	}
	tests := filepath.Join(dir, "tests")
	if err := os.WriteFile(filepath.Join(tests, "tracees.mk"), []byte(straceMake), 0o644); err != nil {
		return err
	}
	// -k: a tracee that this machine's headers cannot build is left out.
	made := tool(ctx, tests, "make", jobs, "-k", "-f", "tracees.mk", "tracees")
	cmd := exec.CommandContext(ctx, "make", "-s", "-f", "tracees.mk", "tracee-names")
	cmd.Dir = tests
	names, err := cmd.Output()
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no names of tracees: %w", errors.Join(err, made))
	}
	return os.WriteFile(filepath.Join(dir, "tracee-names"), names, 0o644)
}
