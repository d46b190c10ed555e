// Where cgroups are looked for, on machines that are made of files; and a real one, where there is one.

//go:build linux

package cgroup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// machine makes a /proc/self and hierarchies of ordinary files. "ROOT" stands for its folder.
func machine(t *testing.T, cgroup, mountinfo string, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	files["proc/cgroup"], files["proc/mountinfo"] = cgroup, mountinfo
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "ROOT", root)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const (
	unified = "30 20 0:26 / ROOT/cg rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	legacy  = "31 20 0:27 / ROOT/v1/memory rw,nosuid - cgroup cgroup rw,memory\n"
)

// create is put for folders in which the files do not stand from the beginning.
func create(name, value string) error { return os.WriteFile(name, []byte(value), 0o600) }

// A kernel without swap has no memory.swap.max, one before 4.19 no memory.oom.group, one before 5.14 no cgroup.kill.
func TestFilesThatAKernelLacks(t *testing.T) {
	name := t.TempDir() + "/memory.swap.max"
	if err := put(name, "0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("writing what is not there answers %v", err)
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was made: %v", err)
	}
	old := map[string]bool{"memory.swap.max": true, "memory.oom.group": true}
	g := &Group{t.TempDir(), func(name, value string) error {
		if old[filepath.Base(name)] {
			return put(name, value)
		}
		return create(name, value)
	}}
	if err := g.bound(1<<30, 100); err != nil {
		t.Error(err)
	}
}

func TestWhyThereIsNoGroup(t *testing.T) {
	for _, c := range []struct {
		name, cgroup, mounts string
		files                map[string]string
		want                 error
		says                 string
	}{
		{"version 1 only", "4:memory:/x\n3:pids:/\n", legacy, nil, ErrVersion1, ""},
		{"hybrid", "4:memory:/x\n0::/\n", unified + legacy, nil, ErrVersion1, "memory"},
		{"nothing", "", "", nil, ErrNoHierarchy, ""},
		{"not mounted", "0::/a\n", "", nil, ErrNoHierarchy, ""},
		{"another part is mounted", "0::/other\n", strings.Replace(unified, " / ", " /a ", 1), nil, ErrNotDelegated, "/other"},
		{"outside of the namespace", "0::/../x\n", unified, nil, ErrNotDelegated, "/../x"},
		{"no such controller", "0::/a/b\n", unified, map[string]string{"cg/a/b/cgroup.procs": "", "cg/a/cgroup.procs": ""}, ErrNotDelegated, "subtree_control"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.files == nil {
				c.files = map[string]string{}
			}
			root := machine(t, c.cgroup, c.mounts, c.files)
			_, err := makeGroup(root+"/proc", 1<<30, 100, create)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %v", err, c.want)
			}
			t.Log(err)
		})
	}
}

func TestMounts(t *testing.T) {
	const info = legacy + unified + "32 20 0:26 /a ROOT/a\\040b\\134c rw - cgroup2 none rw\n33 20 0:5 / /sys rw - sysfs cgroup2 rw\n"
	if got := mounts([]byte(info)); !slices.Equal(got, []string{"ROOT/cg", `ROOT/a b\c`}) {
		t.Errorf("%q", got)
	}
}

func TestWritable(t *testing.T) {
	root := t.TempDir()
	at := root + "/user.slice/user-1000.slice/user@1000.service"
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	if writable(root) {
		t.Error("there is nothing to write to")
	}
	if err := create(at+"/cgroup.procs", ""); err != nil {
		t.Fatal(err)
	}
	if !writable(root) {
		t.Error("one that is ours was not found")
	}
}

// A session of systemd has its processes in a leaf; the folder above is the user's, and hands the controllers down.
func TestGroupBesideOurs(t *testing.T) {
	root := machine(t, "0::/user/app/ours\n", unified, map[string]string{
		"cg/user/app/cgroup.subtree_control":      "memory pids\n",
		"cg/user/app/cgroup.procs":                "",
		"cg/user/app/ours/cgroup.procs":           "1\n",
		"cg/user/app/ours/cgroup.subtree_control": "",
	})
	inUse := func(name, value string) error { // what the kernel says of a cgroup with processes in it
		if name == root+"/cg/user/app/ours/cgroup.subtree_control" {
			return &fs.PathError{Op: "write", Path: name, Err: unix.EBUSY}
		}
		return create(name, value)
	}
	g, err := makeGroup(root+"/proc", 1<<30, 100, inUse)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(g.Path) != root+"/cg/user/app" {
		t.Errorf("it is %s", g.Path)
	}
	for name, want := range map[string]string{"memory.max": "1073741824", "pids.max": "100", "memory.oom.group": "1"} {
		if got, err := os.ReadFile(g.Path + "/" + name); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v, want %s", name, got, err, want)
		}
	}
	if err := os.WriteFile(g.Path+"/memory.events", []byte("low 0\noom 3\noom_kill 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if n := g.Event("memory.events", "oom_kill"); n != 2 {
		t.Errorf("%d were killed for memory", n)
	}
	if n := g.Event("pids.events", "max"); n != 0 {
		t.Errorf("%d tasks were refused", n)
	}
}

// A real group, without bounds: joined, killed, removed.
func TestRealGroup(t *testing.T) {
	g, err := New(0, 0)
	if err != nil {
		t.Skip(err)
	}
	p, err := os.StartProcess("/bin/sleep", []string{"sleep", "1000"}, &os.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.write("cgroup.procs", uint64(p.Pid)); err != nil {
		_ = p.Kill()
		t.Error(err)
	}
	reaped := make(chan struct{})
	go func() {
		defer close(reaped)
		if st, err := p.Wait(); err != nil || st.String() != "signal: killed" {
			t.Errorf("the process ended with %v, %v", st, err)
		}
	}()
	if err := g.Remove(); err != nil {
		t.Error(err)
		_ = p.Kill()
	}
	<-reaped
	if _, err := os.Stat(g.Path); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
}
