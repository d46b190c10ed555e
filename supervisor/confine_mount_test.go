// Mounts: what is masked stays masked, whatever the program tries, with and without a user namespace.

package supervisor_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/confine"
)

// needNamespaces skips where there are none for us.
func needNamespaces(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, supervisor.ErrNoNamespace) || errors.Is(err, supervisor.ErrNoLandlock) {
		t.Skip(err)
	}
}

// masked is a jail with dir's hidden folder and file masked, kept in their place, and dir/fixed read-only.
func masked(t *testing.T, dir string) supervisor.Command {
	t.Helper()
	plant(t, dir, "work/", "work/ok", "work/in/", "work/in/hidden/", "work/in/hidden/s", "work/in/file", "fixed/", "fixed/f")
	return supervisor.Command{Dir: dir + "/work", Confine: confine.Spec{
		Namespaces: confine.Namespaces{Mount: true},
		Mounts: []confine.Mount{
			{Kind: confine.Bind, Source: dir + "/work/in", Target: dir + "/work/in"},
			{Kind: confine.Mask, Target: dir + "/work/in/hidden"},
			{Kind: confine.Mask, Target: dir + "/work/in/file"},
			{Kind: confine.ReadOnly, Source: dir + "/fixed", Target: dir + "/fixed"},
		},
	}}
}

// unhide says for each way to a hidden thing whether it was read.
func unhide(suffix string, ways ...string) {
	for i, w := range ways {
		content, err := os.ReadFile(w)
		if err == nil && len(content) == 0 {
			err = unix.ENODATA
		}
		say(fmt.Sprintf("hidden-%d%s", i, suffix), err)
	}
}

// tamper tries to undo mounts. The names begin with what is expected: "no-" of all of them.
func tamper(dir, outside string) {
	hidden, file, other := dir+"/work/in/hidden", dir+"/work/in/file", dir+"/work/other"
	_ = os.Mkdir(other, 0o700)
	say("no-umount", unix.Unmount(hidden, 0))
	say("no-umount-lazy", unix.Unmount(hidden, unix.MNT_DETACH))
	say("no-umount-file", unix.Unmount(file, unix.MNT_DETACH))
	say("no-umount-bind", unix.Unmount(dir+"/work/in", unix.MNT_DETACH))
	say("no-umount-root", unix.Unmount("/", unix.MNT_DETACH))
	say("no-remount", unix.Mount("", dir+"/fixed", "", unix.MS_REMOUNT|unix.MS_BIND, ""))
	say("no-bind", unix.Mount(dir+"/work/in", other, "", unix.MS_BIND, ""))
	say("no-rbind", unix.Mount(dir+"/work/in", other, "", unix.MS_BIND|unix.MS_REC, ""))
	say("no-move", unix.Mount(hidden, other, "", unix.MS_MOVE, ""))
	say("no-tmpfs", unix.Mount("x", other, "tmpfs", 0, ""))
	say("no-proc", unix.Mount("x", other, "proc", 0, ""))
	say("no-share", unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, ""))
	say("no-pivot", unix.PivotRoot(dir+"/work", dir+"/work"))
	say("no-setattr", unix.MountSetattr(unix.AT_FDCWD, dir+"/fixed", 0, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}))
	tree, err := unix.OpenTree(unix.AT_FDCWD, dir+"/work/in", unix.OPEN_TREE_CLONE)
	say("no-clone", err)
	fs, err := unix.Fsopen("tmpfs", 0)
	if err == nil {
		err = unix.FsconfigCreate(fs)
	}
	mount := -1
	if err == nil {
		mount, err = unix.Fsmount(fs, 0, 0)
	}
	if err == nil {
		err = unix.MoveMount(mount, "", unix.AT_FDCWD, other, unix.MOVE_MOUNT_F_EMPTY_PATH)
	}
	say("no-fsmount", err)
	for _, pid := range []string{"1", outside} {
		ns, err := unix.Open("/proc/"+pid+"/ns/mnt", unix.O_RDONLY, 0)
		if err == nil {
			err = unix.Setns(ns, unix.CLONE_NEWNS)
		}
		say("no-setns-"+map[bool]string{true: "init", false: "outside"}[pid == "1"], err)
	}
	pid, _ := strconv.Atoi(outside)
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err == nil {
		err = unix.Setns(pidfd, unix.CLONE_NEWNS)
	}
	say("no-setns-pidfd", err)
	say("no-rename", os.Rename(dir+"/work/in", dir+"/work/out"))
	say("no-rename-mask", os.Rename(hidden, other+"/hidden"))
	say("no-remove-file", os.Remove(file))
	say("no-remove", unix.Rmdir(hidden))
	say("no-replace", os.Rename(dir+"/work/ok", file))
	say("no-write", os.WriteFile(dir+"/fixed/f", nil, 0o644))
	say("no-make", os.WriteFile(hidden+"/new", nil, 0o644))
	say("no-truncate", unix.Truncate(file, 0))
	say("no-handle", byHandle(dir+"/work", outside))
	treePath := "/proc/self/fd/" + strconv.Itoa(tree)
	unhide("", hidden+"/s", file, "/proc/self/root"+hidden+"/s", "/proc/self/cwd/in/hidden/s", "/proc/1/root"+hidden+"/s",
		"/proc/"+outside+"/root"+hidden+"/s", "/proc/"+outside+"/cwd/../"+hidden+"/s", treePath+"/hidden/s", treePath+"/file")
}

// byHandle opens the file whose handle is in the file handle of dir's parent (open_by_handle_at(2)).
func byHandle(dir, _ string) error {
	raw, err := os.ReadFile(dir + "/handle")
	if err != nil {
		return nil // fails the test
	}
	at, err := unix.Open(dir, unix.O_RDONLY, 0)
	if err != nil {
		return nil
	}
	_, err = unix.OpenByHandleAt(at, unix.NewFileHandle(int32(binary.NativeEndian.Uint32(raw)), raw[4:]), unix.O_RDONLY)
	return err
}

func init() {
	victims["tamper"] = func(args []string) {
		say("see", open(args[0]+"/fixed/f", unix.O_RDONLY))
		say("work", os.WriteFile(args[0]+"/work/in/made", nil, 0o644))
		say("no-unshare", unix.Unshare(unix.CLONE_NEWNS))
		tamper(args[0], args[1])
	}
	// The same with all capabilities of a user namespace of its own, and a copy of the mounts in it.
	victims["tamper-nested"] = func(args []string) {
		if args[0] == "inside" {
			hdr, data := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, [2]unix.CapUserData{}
			err := unix.Capget(&hdr, &data[0])
			if err == nil && data[0].Effective&(1<<unix.CAP_SYS_ADMIN) == 0 {
				err = unix.EPERM
			}
			say("capable", err)
			tamper(args[1], args[2])
			return
		}
		// Ambient ones survive the exec whoever the user is.
		sys := &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWNET,
			AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SYS_PTRACE, unix.CAP_DAC_OVERRIDE, unix.CAP_DAC_READ_SEARCH, unix.CAP_MKNOD},
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}}
		start := func() (*os.Process, error) {
			return os.StartProcess("/proc/self/exe", append([]string{"victim", "inside"}, args...),
				&os.ProcAttr{Files: []*os.File{nil, os.Stdout, os.Stderr}, Sys: sys})
		}
		p, err := start()
		if errors.Is(err, unix.EPERM) { // mapping root takes CAP_SETFCAP outside
			sys.UidMappings = nil
			p, err = start()
		}
		if err != nil {
			say("nested", err)
			return
		}
		if st, err := p.Wait(); err != nil || !st.Success() {
			say("nested", errors.New("it failed"))
		}
	}
}

func TestMasksCannotBeUndone(t *testing.T) {
	for _, victim := range []string{"tamper", "tamper-nested"} {
		t.Run(victim, func(t *testing.T) {
			dir := t.TempDir()
			c := masked(t, dir)
			h, _, err := unix.NameToHandleAt(unix.AT_FDCWD, dir+"/work/in/file", 0)
			if err != nil {
				t.Fatal(err)
			}
			raw := append(binary.NativeEndian.AppendUint32(nil, uint32(h.Type())), h.Bytes()...)
			if err := os.WriteFile(dir+"/work/handle", raw, 0o644); err != nil {
				t.Fatal(err)
			}
			needStart(t, c)
			said := try(t, c, victim, dir, strconv.Itoa(os.Getpid()))
			n := 0
			for name, result := range said {
				wanted := !strings.HasPrefix(name, "no-") && !strings.HasPrefix(name, "hidden-")
				if (result == "ok") != wanted {
					t.Errorf("%s: %s", name, result)
				}
				n++
			}
			if n < 37 {
				t.Errorf("only %d attempts were told: %v", n, said)
			}
			for _, name := range []string{"no-umount", "no-umount-lazy", "no-remount", "no-bind", "no-tmpfs", "no-pivot", "no-fsmount"} {
				// EINVAL: the mount is locked in a copy of the namespace (mount_namespaces(7)), which is looked at first.
				if r := said[name]; r != "EPERM" && !(r == "EINVAL" && victim == "tamper-nested" && strings.HasPrefix(name, "no-umount")) {
					t.Errorf("%s: %s, want EPERM", name, r)
				}
			}
			for _, name := range []string{"work/in/hidden/s", "work/in/file", "fixed/f"} {
				if got, err := os.ReadFile(dir + "/" + name); err != nil || string(got) != name {
					t.Errorf("%s was changed: %q %v", name, got, err)
				}
			}
		})
	}
}

// needStart skips if this kernel can't start c at all.
func needStart(t *testing.T, c supervisor.Command) {
	t.Helper()
	c.Path, c.Args = "/bin/true", nil
	j, err := c.Start()
	needNamespaces(t, err)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Wait(); err != nil {
		t.Fatal(err)
	}
}

// What is bound to another place before it is masked is masked there as well, and so is a part of it.
func TestMaskCoversOtherViews(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "a/", "a/hidden/", "a/hidden/part/", "a/hidden/part/s", "a/hidden/s", "b/", "c/")
	c := supervisor.Command{Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true}, Mounts: []confine.Mount{
		{Kind: confine.Bind, Source: dir + "/a", Target: dir + "/b"},
		{Kind: confine.Bind, Source: dir + "/a/hidden/part", Target: dir + "/c"},
		{Kind: confine.Mask, Target: dir + "/a/hidden"},
	}}}
	needStart(t, c)
	_, out := run(t, c, "/bin/sh", "-c", "cd "+dir+"; cat a/hidden/s b/hidden/s a/hidden/part/s b/hidden/part/s c/s; ls b; ls c")
	if !strings.Contains(out, "\nhidden\n") { // it is there, and empty
		t.Errorf("it sees %q", out)
	}
	for l := range strings.Lines(out) {
		if strings.HasPrefix(l, "a/hidden/") {
			t.Errorf("it read %s", l)
		}
	}
}

// What lies in a masked folder needs no mask of its own, and can't get one.
func TestMaskWithinAMask(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "a/", "a/hidden/", "a/hidden/s", "a/hiddennot")
	c := supervisor.Command{Dir: dir, Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true}}}
	for _, name := range []string{"a/hidden", "a/hidden", "a/hidden/s", "a/hidden/../hidden/s", "a/hiddennot"} {
		c.Confine.Mounts = append(c.Confine.Mounts, confine.Mount{Kind: confine.Mask, Target: dir + "/" + name})
	}
	needStart(t, c)
	if _, out := run(t, c, "/bin/sh", "-c", "cat a/hidden/s a/hiddennot 2>/dev/null; ls a"); out != "hidden\nhiddennot\n" {
		t.Errorf("it sees %q", out)
	}
}

// Paths are those that the mounts before have made, symlinks and all.
func TestMaskOfWhatWasBoundBefore(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "a/", "a/hidden/", "a/hidden/s", "a/f", "b/")
	if err := os.Symlink(dir+"/b/hidden", dir+"/a/link"); err != nil { // leads nowhere on the machine
		t.Fatal(err)
	}
	c := supervisor.Command{Dir: dir, Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true}, Mounts: []confine.Mount{
		{Kind: confine.Bind, Source: dir + "/a", Target: dir + "/b"},
		{Kind: confine.Mask, Target: dir + "/b/link"},
		{Kind: confine.Mask, Target: dir + "/b/f"},
	}}}
	needStart(t, c)
	_, out := run(t, c, "/bin/sh", "-c", "ls b; cat a/hidden/s b/hidden/s a/f b/f b/link/s 2>/dev/null")
	if out != "f\nhidden\nlink\n" {
		t.Errorf("it sees %q", out)
	}
}

// A program that starts in a folder that a mount covers stands in what is seen there.
func TestWorkingFolderIsTheCoveredOne(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "a/", "a/hidden", "b/", "b/seen")
	c := supervisor.Command{Dir: dir + "/a", Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true},
		Mounts: []confine.Mount{{Kind: confine.Bind, Source: dir + "/b", Target: dir + "/a"}}}}
	needStart(t, c)
	if _, out := run(t, c, "/bin/ls"); out != "seen\n" {
		t.Errorf("it sees %q", out)
	}
	c.Confine.Mounts = []confine.Mount{{Kind: confine.Mask, Target: dir}}
	c.Path = "/bin/true"
	if _, err := c.Start(); !errors.Is(err, supervisor.ErrStart) || !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.ENOENT) {
		t.Errorf("in a masked folder: %v", err)
	}
}

func TestMountErrors(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "d/", "f")
	folder, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	ns := confine.Namespaces{Mount: true}
	needStart(t, supervisor.Command{Confine: confine.Spec{Namespaces: ns}})
	for _, c := range []struct {
		name  string
		ns    confine.Namespaces
		mount confine.Mount
		files []*os.File
		want  error
	}{
		{"no namespace", confine.Namespaces{}, confine.Mount{Kind: confine.Mask, Target: dir}, nil, unix.EINVAL},
		{"relative", ns, confine.Mount{Kind: confine.Mask, Target: "d"}, nil, unix.EINVAL},
		{"relative source", ns, confine.Mount{Kind: confine.Bind, Source: "d", Target: dir}, nil, unix.EINVAL},
		{"root", ns, confine.Mount{Kind: confine.Bind, Source: dir, Target: "/"}, nil, unix.EINVAL},
		{"no kind", ns, confine.Mount{Target: dir}, nil, unix.EINVAL},
		{"missing", ns, confine.Mount{Kind: confine.Mask, Target: dir + "/none"}, nil, unix.ENOENT},
		{"missing source", ns, confine.Mount{Kind: confine.Bind, Source: dir + "/none", Target: dir}, nil, unix.ENOENT},
		{"file onto folder", ns, confine.Mount{Kind: confine.Bind, Source: dir + "/f", Target: dir + "/d"}, nil, unix.ENOTDIR},
		{"zero byte", ns, confine.Mount{Kind: confine.Mask, Target: dir + "\x00"}, nil, unix.EINVAL},
		{"descriptor of a folder", ns, confine.Mount{Kind: confine.Mask, Target: dir + "/d"}, []*os.File{folder}, unix.EISDIR},
	} {
		_, err := (&supervisor.Command{Path: "/bin/true", Files: c.files,
			Confine: confine.Spec{Namespaces: c.ns, Mounts: []confine.Mount{c.mount}}}).Start()
		if !errors.Is(err, supervisor.ErrStart) || !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		t.Log(err)
	}
}

// Reading only: the root, with all that is mounted in it.
func TestReadOnlyRoot(t *testing.T) {
	dir := t.TempDir()
	c := supervisor.Command{Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true},
		Mounts: []confine.Mount{{Kind: confine.ReadOnly, Source: "/", Target: "/"}}}}
	needStart(t, c)
	_, out := run(t, c, "/bin/sh", "-c", "echo x >"+dir+"/x; echo y >/dev/shm/jail-test-y; echo z >/dev/null && echo fine")
	if !strings.HasSuffix(out, "\nfine\n") || strings.Count(out, "Read-only file system") != 2 {
		t.Errorf("it said %q", out)
	}
}

// The program is who its starter is, and owns what it makes.
func TestIdentityInNamespaces(t *testing.T) {
	dir := t.TempDir()
	c := supervisor.Command{Dir: dir, Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true, Network: true}}}
	needStart(t, c)
	script := "id -u; id -g; stat -L -c %u:%g /proc/self; touch made; stat -c %u:%g made; grep -c '^Cap[PEIA].*[^0]$' /proc/self/status; kill -0 $PPID"
	_, natively := run(t, supervisor.Command{Dir: dir}, "/bin/sh", "-c", script)
	_, jailed := run(t, c, "/bin/sh", "-c", script)
	if jailed != natively && os.Geteuid() != 0 {
		t.Errorf("natively %q, in the jail %q", natively, jailed)
	}
	if l := strings.Fields(jailed); !slices.Equal(l[:2], []string{strconv.Itoa(os.Geteuid()), strconv.Itoa(os.Getegid())}) {
		t.Errorf("in the jail %q", jailed)
	}
}

// A tree of processes in a user namespace is traced like any other.
func TestTreeInNamespaces(t *testing.T) {
	c := supervisor.Command{Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true, Network: true}}}
	needStart(t, c)
	res, out := run(t, c, "/bin/sh", "-c", "for i in $(seq 50); do /bin/echo $i; done | sort -n | tail -1; sh -c 'kill -TERM $$' 2>/dev/null; test $? = 143 || exit 9")
	if res.Status.Code != 0 || strings.TrimSuffix(out, "Terminated\n") != "50\n" {
		t.Errorf("%v %q", res.Status, out)
	}
}
