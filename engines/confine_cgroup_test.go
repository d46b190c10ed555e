// That a program can't lift the limits of its cgroup.

package engines

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jail/policy"
	"jail/supervisor/confine"
)

// A program that may write to the hierarchy of cgroups could lift the limit that holds it, and kill
// processes outside (tried on Linux 6.1 and 6.12).
func TestConfineKeepsItsCgroup(t *testing.T) {
	hierarchy, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(hierarchy+"/a", 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Dir(hierarchy), link); err != nil {
		t.Fatal(err)
	}
	kept := confine.Mount{Kind: confine.ReadOnly, Source: hierarchy, Target: hierarchy}
	no := confine.Feature{Missing: "not here"}
	for _, c := range []struct {
		name, text     string
		mounts         confine.Feature
		abi            int
		mounted, unmet bool
	}{
		{"all files", "", confine.Feature{}, 7, true, false},
		{"files that leave it out", "filesystem: {read: [/], write: ['{cwd}']}", no, 7, false, false},
		{"files that leave it out, which nothing holds", "filesystem: {read: [/], write: ['{cwd}']}", no, 0, false, true},
		{"files above it", "filesystem: {read: [/], write: [/]}", confine.Feature{}, 7, true, false},
		{"files in it", "filesystem: {read: [/], write: [" + hierarchy + "/a]}", confine.Feature{}, 7, true, false},
		{"files that a symlink leads to", "filesystem: {read: [/], write: [" + link + "]}", confine.Feature{}, 7, true, false},
		{"all files and no namespaces", "", no, 7, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			has := confine.Kernel{LandlockABI: c.abi, MountNamespaces: c.mounts, CgroupMounts: []string{"/nowhere/cg", hierarchy}}
			for rules, rule := range map[string]func(*policy.Plan) int{
				"outside: open\nlimits: {memory: 1GiB}\n": func(p *policy.Plan) int { return p.Limits.Memory.Rule },
				"outside: sealed\n":                       func(p *policy.Plan) int { return p.OutsideRule },
			} {
				spec, unmet, plan, _ := confined(t, has, rules+c.text)
				if got := slices.Contains(spec.Mounts, kept); got != c.mounted || c.mounted && !spec.Namespaces.Mount {
					t.Errorf("%smounts %+v in a namespace of its own: %v", rules, spec.Mounts, spec.Namespaces.Mount)
				}
				told := slices.ContainsFunc(Unsound(unmet), func(u Unmet) bool {
					return u.Rule == rule(plan) && strings.Contains(u.Missing, "mount namespace")
				})
				if told != c.unmet {
					t.Errorf("%sunmet %+v", rules, unmet)
				}
			}
		})
	}
	spec, _, _, _ := confined(t, confine.Kernel{LandlockABI: 7, CgroupMounts: []string{hierarchy}}, "outside: open\n")
	if len(spec.Mounts) > 0 {
		t.Errorf("without a limit there are mounts %+v", spec.Mounts)
	}
}
