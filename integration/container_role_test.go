// The conditions of containers, made by the test binary for itself before it becomes jail.

package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"jail/seccomp"

	"jail/supervisor/confine"
)

func init() { roles["container"], roles["connect"] = becomeContained, connector }

// Words of the role's arguments: what is to be done, in their order, before "--" and the program.
const (
	dropAll    = "drop"     // all capabilities, for good
	ordinary   = "ordinary" // become user nobody
	dockerized = "docker"   // Docker's default filter
	noDisks    = "nodisks"  // no disks in /dev, and cgroups that can't be changed, as in every container; needs a mount namespace of its own
	noUserNS   = "nouserns" // no more user namespaces below this one
	chrooted   = "chroot="  // change the root to a folder where all that there is is seen
)

// becomeContained is the role: it changes its own thread and executes the program with it.
func becomeContained(args []string) int {
	runtime.LockOSThread()
	for len(args) > 1 && args[0] != "--" {
		if err := contain(args[0]); err != nil {
			fmt.Fprintf(os.Stderr, "container: %s: %v\n", args[0], err)
			return 99
		}
		args = args[1:]
	}
	if err := os.Setenv(roleVar, "connect"); err != nil { // what the test binary is next, if jail runs it
		return 99
	}
	fmt.Fprintln(os.Stderr, "container:", unix.Exec(args[1], args[1:], os.Environ()))
	return 99
}

func contain(what string) error {
	if root, ok := strings.CutPrefix(what, chrooted); ok {
		return changeRoot(root)
	}
	switch what {
	case dropAll:
		return dropCapabilities()
	case ordinary:
		return becomeNobody()
	case noUserNS:
		return os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0)
	case dockerized:
		return installDocker()
	case noDisks:
		return errors.Join(coverDisks(), protectCgroups())
	}
	return unix.EINVAL
}

// changeRoot needs a mount namespace of its own.
func changeRoot(root string) error {
	cwd, err := os.Getwd()
	if err != nil {
		return err
	}
	for _, err := range []error{unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""), unix.Mount("/", root, "", unix.MS_BIND|unix.MS_REC, ""),
		unix.Chroot(root)} {
		if err != nil {
			return err
		}
	}
	return os.Chdir(cwd)
}

// protectCgroups mounts hierarchies of version 2 read-only, as containers have them.
func protectCgroups() error {
	for _, name := range confine.ProbeOnly(confine.PartOutside).CgroupMounts {
		if err := unix.Mount(name, name, "", unix.MS_BIND, ""); err != nil {
			return err
		}
		if err := unix.Mount("", name, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
			return err
		}
	}
	return nil
}

// coverDisks makes the null device of every disk, and of what else leads around files.
func coverDisks() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	return filepath.WalkDir("/dev", func(name string, e fs.DirEntry, err error) error {
		base := filepath.Base(name)
		char := e != nil && e.Type()&fs.ModeCharDevice != 0
		if err != nil || e.Type()&fs.ModeDevice == 0 || char && base != "mem" && base != "port" && !strings.HasPrefix(base, "sg") && !strings.HasPrefix(base, "ng") {
			return nil
		}
		return unix.Mount("/dev/null", name, "", unix.MS_BIND, "")
	})
}

func dropCapabilities() error {
	for c := range unix.CAP_LAST_CAP + 1 {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil && err != unix.EINVAL && err != unix.EPERM {
			return err
		}
	}
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return unix.Capset(&hdr, &none[0])
}

// becomeNobody changes this thread only; the program that it executes is all there will be of the process.
func becomeNobody() error {
	const nobody = 65534
	for _, call := range [][]uintptr{{unix.SYS_SETGROUPS, 0, 0, 0}, {unix.SYS_SETRESGID, nobody, nobody, nobody}, {unix.SYS_SETRESUID, nobody, nobody, nobody}} {
		if _, _, errno := unix.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
			return errno
		}
	}
	return nil
}

// dockerProfile is as much of Docker's format as its default has.
type dockerProfile struct {
	Syscalls []struct {
		Names    []string
		Action   string
		ErrnoRet *uint
		Args     []struct {
			Index           int
			Value, ValueTwo uint64
			Op              string
		}
		Includes, Excludes struct{ Caps, Arches []string }
	}
}

// dockerSpec is the filter that Docker makes of its default profile for a container without capabilities on this machine. It
// comes from the file itself, not from what jail imports: that is tighter.
func dockerSpec(file string) (*seccomp.Spec, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var p dockerProfile
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, err
	}
	spec := &seccomp.Spec{ABIs: []seccomp.ABI{seccomp.Native()}, Default: seccomp.Errno(unix.EPERM), Unknown: seccomp.Errno(unix.ENOSYS), Foreign: seccomp.KillProcess}
	here := map[string]string{"amd64": "amd64", "arm64": "arm64"}[runtime.GOARCH]
	for _, r := range p.Syscalls {
		if len(r.Includes.Caps) > 0 || len(r.Includes.Arches) > 0 && !slices.Contains(r.Includes.Arches, here) || slices.Contains(r.Excludes.Arches, here) {
			continue
		}
		rule := seccomp.Rule{Do: seccomp.Allow}
		if r.ErrnoRet != nil {
			rule.Do = seccomp.Errno(unix.Errno(*r.ErrnoRet))
		}
		for _, a := range r.Args {
			c := seccomp.Cond{Arg: a.Index, Value: a.Value, Op: map[string]seccomp.Op{"SCMP_CMP_EQ": seccomp.Eq, "SCMP_CMP_LT": seccomp.Lt, "SCMP_CMP_MASKED_EQ": seccomp.MaskedEq}[a.Op]}
			if c.Op == seccomp.MaskedEq {
				c.Mask, c.Value = a.Value, a.ValueTwo
			}
			rule.When = append(rule.When, c)
		}
		for _, n := range r.Names {
			if _, ok := seccomp.Native().Number(n); ok {
				rule.Names = append(rule.Names, n)
			}
		}
		if len(rule.Names) > 0 {
			spec.Rules = append(spec.Rules, rule)
		}
	}
	return spec, nil
}

// installDocker puts the filter on this thread.
func installDocker() error {
	spec, err := dockerSpec(os.Getenv("JAIL_DOCKER_PROFILE"))
	if err != nil {
		return err
	}
	program, err := seccomp.Compile(spec)
	if err != nil {
		return err
	}
	var filter []unix.SockFilter
	for _, i := range program.Raw() {
		filter = append(filter, unix.SockFilter{Code: i.Op, Jt: i.Jt, Jf: i.Jf, K: i.K})
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	fprog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if _, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&fprog))); errno != 0 {
		return errno
	}
	return nil
}

// buildJail gives the jail command: the one that the environment names, or one that is built.
func buildJail(dir string) (string, error) {
	if made := os.Getenv("JAIL_TEST_BIN"); made != "" {
		return filepath.Join(made, "jail"), nil
	}
	path := filepath.Join(dir, "jail")
	if out, err := exec.Command("go", "build", "-o", path, "jail/cmd/jail").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building jail: %w\n%s", err, out)
	}
	return path, nil
}
