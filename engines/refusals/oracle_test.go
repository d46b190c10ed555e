// The engine against the kernel: it speaks of just those calls that fail in the jail and do not fail outside.

package refusals_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/refusals"
	"jail/policy"
	"jail/supervisor"
	"jail/supervisor/confine"
	"jail/supervisor/utrace"
)

// tree makes what one attempt works in.
func tree(t *testing.T, dir string) {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	for _, d := range []string{"in/dir", "in/shut", "out/dir", "out/empty", "out/full/x", "other/dir", "ex"} {
		check(os.MkdirAll(dir+"/"+d, 0o755))
	}
	for _, f := range []string{"in/file", "out/file", "other/file", "other/lone", "ex/file", "in/shut/file", "in/secret", "out/secret"} {
		check(os.WriteFile(dir+"/"+f, []byte("x"), 0o755))
	}
	check(os.Symlink("../other/file", dir+"/in/link"))
	check(os.Symlink("../in/file", dir+"/out/link"))
	check(os.Symlink("../other/new", dir+"/in/dangling"))
	check(os.Link(dir+"/other/file", dir+"/in/hard"))
	check(os.Chmod(dir+"/in/secret", 0))
	check(os.Chmod(dir+"/out/secret", 0))
	check(os.Chmod(dir+"/in/shut", 0))
	t.Cleanup(func() { _ = os.Chmod(dir+"/in/shut", 0o700) })
}

// native makes the attempts without a jail, but with the rights that one leaves: no capabilities.
func native(t *testing.T, dir string) []unix.Errno {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), victim+"="+dir)
	if os.Geteuid() == 0 {
		if _, err := exec.LookPath("setpriv"); err != nil {
			t.Fatal("the test wants setpriv(1), of util-linux, to drop capabilities with: ", err)
		}
		exe, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Path, cmd.Args = "", nil
		env := cmd.Env
		cmd = exec.Command("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", exe)
		cmd.Env = env
	}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("natively: %v\n%s", err, out)
	}
	return results(t, string(out))
}

// results reads what the victim prints.
func results(t *testing.T, out string) []unix.Errno {
	t.Helper()
	list := make([]unix.Errno, len(attempts()))
	lines := bufio.NewScanner(strings.NewReader(out))
	for n := range list {
		if skip(n) {
			continue
		}
		var i, errno int
		if !lines.Scan() {
			t.Fatalf("no result of attempt %d", n)
		}
		if _, err := fmt.Sscan(lines.Text(), &i, &errno); err != nil || i != n {
			t.Fatalf("the program says %q", lines.Text())
		}
		list[i] = unix.Errno(errno)
	}
	return list
}

// jailed makes the attempts in a domain, with an engine that tells what was refused, by the number of the attempt. fixed: with mounts
// that can't be changed besides.
func jailed(t *testing.T, dir string, fixed bool) ([]unix.Errno, map[int][]utrace.Why) {
	domain := confine.Domain{Files: true}
	spec := confine.Spec{Capabilities: confine.Capabilities{Restrict: true}}
	if fixed {
		if ns := confine.Probe().MountNamespaces; !ns.OK() {
			t.Skip("no mount namespaces: ", ns.Missing)
		}
		spec.Namespaces.Mount, spec.Fixed = true, new(confine.Fixed)
	}
	for _, name := range []string{"/proc", "/usr", "/lib", "/lib64", "/etc"} { // with the race detector the binary takes libraries
		domain.Paths = append(domain.Paths, confine.Path{Name: name, Rights: confine.Read})
	}
	for i := range attempts() {
		if skip(i) {
			continue
		}
		at := fmt.Sprintf("%s/%d/", dir, i)
		domain.Paths = append(domain.Paths, confine.Path{Name: at + "in", Rights: confine.Read}, confine.Path{Name: at + "out", Rights: confine.Read | confine.Write},
			confine.Path{Name: at + "ex", Rights: confine.Read | confine.Execute}, confine.Path{Name: at + "other/lone", Rights: confine.Read | confine.Write})
		if fixed {
			spec.Fixed.Writable = append(spec.Fixed.Writable, at+"out", at+"other/lone")
		}
	}
	if gaps := domain.Gaps(abi(t)); len(gaps) > 0 {
		t.Skipf("this kernel's Landlock does not hold it: %s", gaps[0].What)
	}
	spec.Domain = domain
	told := make(map[int][]utrace.Why)
	e := refusals.New(refusals.Settings{Domain: domain, Fixed: spec.Fixed, All: true, Files: policy.FileRules{Restrict: true},
		Rules: []policy.RuleInfo{{Origin: "p.yaml:3:1", Text: "filesystem", AllowHint: `filesystem: {{access}: ["{path}"]}`, Report: true}},
		Tell: func(_ utrace.TaskID, why utrace.Why) {
			_, rest, ours := strings.Cut(why.What, dir+"/")
			if !ours {
				return // of Go's runtime
			}
			var i int
			if _, err := fmt.Sscanf(rest, "%d", &i); err != nil {
				t.Errorf("told of %q", why.What)
			}
			told[i] = append(told[i], why)
		}})
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := supervisor.Command{Path: exe, Env: append(os.Environ(), victim+"="+dir), Files: []*os.File{os.Stdin, w, w},
		Confine: spec,
		Engines: []supervisor.Engine{{Engine: e, Observe: true}}}
	j, err := cmd.Start()
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if _, err := bufio.NewReader(r).WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if res, err := j.Wait(); err != nil || res.Status != (utrace.ExitStatus{}) {
		t.Fatalf("it ended with %v, %v\n%s", res.Status, err, out.String())
	}
	return results(t, out.String()), told
}

func abi(t *testing.T) int {
	n, err := confine.LandlockABI()
	if err != nil {
		t.Skip("no Landlock: ", err)
	}
	return n
}

func TestToldIsWhatOnlyTheDomainRefuses(t *testing.T) { toldIsOurs(t, false) }

func TestToldIsWhatTheDomainAndFixedMountsRefuse(t *testing.T) { toldIsOurs(t, true) }

// toldIsOurs makes the attempts with and without a jail, and compares.
func toldIsOurs(t *testing.T, fixed bool) {
	least := 100
	if testing.Short() {
		t.Setenv(few, "1")
		least = 20
	}
	var dirs [2]string
	for i := range dirs {
		dir, err := filepath.EvalSymlinks(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		dirs[i] = dir
		for n := range attempts() {
			if skip(n) {
				continue
			}
			tree(t, fmt.Sprintf("%s/%d", dir, n))
		}
	}
	outside := native(t, dirs[0])
	inside, told := jailed(t, dirs[1], fixed)
	refused := 0
	for i, a := range attempts() {
		if inside[i] == unix.EROFS && outside[i] == unix.EACCES {
			continue // refused either way, and the kernel looks at the mount first: told or not
		}
		ours := inside[i] != outside[i] && (inside[i] == unix.EACCES || inside[i] == unix.EXDEV || fixed && inside[i] == unix.EROFS)
		both := inside[i] == outside[i] && inside[i] == unix.EACCES && !a.early
		switch {
		case ours && len(told[i]) != 1:
			t.Errorf("%s: %v in the jail, %v outside: told %v", a.name, inside[i], outside[i], told[i])
		case !ours && !both && len(told[i]) > 0:
			t.Errorf("%s: %v in the jail, %v outside, and yet told %v", a.name, inside[i], outside[i], told[i])
		}
		if ours {
			refused++
		}
	}
	if refused < least {
		t.Errorf("only %d of %d attempts were refused", refused, len(attempts()))
	}
	t.Logf("%d attempts, %d refused by the domain", len(attempts()), refused)
}
