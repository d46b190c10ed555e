// Tests of what the built-in policies leave within reach: files, the environment, the network.

package policies_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/policies"
	"jail/policy"
	"jail/seccomp"
)

// paths is the paths of a list.
func paths(list []policy.PathRule) (names []string) {
	for _, r := range list {
		names = append(names, r.Path)
	}
	return names
}

// What is built on ci-build keeps its credentials out of reach, and its secrets out of the environment.
func TestCredentials(t *testing.T) {
	base := compile(t, "ci-build", seccomp.X86_64)
	for _, want := range []string{"~/.ssh", "~/.aws", "~/.config/gh", "~/.netrc", "~/.npmrc", "~/.docker", "~/.mozilla", "~/.pgpass", "~/.config/rclone", "/etc/shadow"} {
		if !slices.Contains(paths(base.Files.Deny), want) {
			t.Errorf("ci-build does not deny %s", want)
		}
	}
	for _, name := range []string{"ci-build", "ci-build-network", "read-only", "agent-workspace"} {
		plan := compile(t, name, seccomp.X86_64)
		for _, d := range paths(base.Files.Deny) {
			if !slices.Contains(paths(plan.Files.Deny), d) {
				t.Errorf("%s does not deny %s", name, d)
			}
		}
		env := strings.Join(plan.Environment.Located("/w", "/t").Apply([]string{"PATH=/bin", "HOME=/h", "LANG=C", "GOFLAGS=-x", "CC=gcc",
			"AWS_SECRET_ACCESS_KEY=s", "AWS_PROFILE=s", "MY_TOKEN=s", "GITHUB_TOKEN=s", "NPM_TOKEN=s", "DB_PASSWORD=s", "X_SECRET_Y=s", "OPENAI_API_KEY=s",
			"SECRET_KEY_BASE=s", "API_KEY=s", "SENTRY_DSN=s", "DATABASE_URL=s", "SMTP_PASS=s", "github_token=s", "TF_VAR_x=s",
			"SSH_AUTH_SOCK=s", "XDG_CACHE_HOME=/h/.cache"}), " ")
		if !strings.HasPrefix(env, "PATH=/bin HOME=/h LANG=C GOFLAGS=-x CC=gcc ") || strings.Contains(env, "=s") || !strings.Contains(env, "XDG_CACHE_HOME=/t/cache") {
			t.Errorf("%s leaves of the environment: %s", name, env)
		}
	}
}

// Nothing is written but the working folder, the run's own folder and devices that keep nothing.
func TestWriting(t *testing.T) {
	devices := []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/tty"}
	for name, want := range map[string][]string{
		"ci-build": {"{cwd}", "{tmp}"}, "ci-build-network": {"{cwd}", "{tmp}"}, "agent-workspace": {"{cwd}", "{tmp}"}, "read-only": nil,
	} {
		plan := compile(t, name, seccomp.X86_64)
		if got := paths(plan.Files.Write); !slices.Equal(got, append(want, devices...)) || !plan.Files.Restrict || plan.Files.Tmp != policy.TmpPrivate {
			t.Errorf("%s writes to %v (%+v)", name, got, plan.Files.Tmp)
		}
	}
	agent := compile(t, "agent-workspace", seccomp.X86_64).Files
	if !slices.Contains(paths(agent.Deny), "~/.bashrc") || !slices.Contains(paths(agent.Deny), "{cwd}/.envrc") {
		t.Errorf("agent-workspace denies %v", paths(agent.Deny))
	}
	// All of it: by commondir, config.worktree, modules/*/hooks and others git runs programs too (gitrepository-layout(5)).
	for _, want := range []string{"{cwd}/.git", "{cwd}/.husky", "~/.gitconfig"} {
		if !slices.Contains(paths(agent.Protect), want) {
			t.Errorf("agent-workspace protects %v, not %s", paths(agent.Protect), want)
		}
	}
	for _, call := range []string{"chmod", "fchownat", "utimensat", "fsetxattr"} {
		if got := effect(t, compile(t, "read-only", seccomp.X86_64), call); got != "errno EPERM" {
			t.Errorf("read-only: %s: %s", call, got)
		}
	}
}

// Files are changed by no request of their file systems.
func TestFileRequests(t *testing.T) {
	ask := []uint64{0x80086601, 0xc020660b, 0x80087601, 0x801c581f, 0x5413} // FS_IOC_GETFLAGS, FS_IOC_FIEMAP, FS_IOC_GETVERSION, FS_IOC_FSGETXATTR, TIOCGWINSZ
	// FS_IOC_SETFLAGS, FS_IOC_SETVERSION, FS_IOC_FSSETXATTR, EXT4_IOC_SETVERSION, EXT4_IOC_MIGRATE, EXT4_IOC_ALLOC_DA_BLKS,
	// FS_IOC_ENABLE_VERITY, FS_IOC_SET_ENCRYPTION_POLICY, BTRFS_IOC_SUBVOL_CREATE, BTRFS_IOC_SNAP_DESTROY
	change := []uint64{0x40086602, 0x40087602, 0x401c5820, 0x40086604, 0x6609, 0x660c, 0x40806685, 0x800c6613, 0x5000940e, 0x5000940f}
	plan := compile(t, "read-only", seccomp.X86_64)
	for want, requests := range map[string][]uint64{"allow": ask, "errno EPERM": change} {
		for _, r := range requests {
			if got := effect(t, plan, "ioctl", 3, r); got != want {
				t.Errorf("read-only: ioctl %#x: %s, want %s", r, got, want)
			}
		}
	}
	build := compile(t, "ci-build", seccomp.X86_64)
	for r, want := range map[uint64]string{0x40049409: "allow", 0x4020940d: "allow", 0xc0189436: "allow", 0x50009401: "errno EPERM", 0x5000940e: "errno EPERM"} {
		if got := effect(t, build, "ioctl", 3, r); got != want {
			t.Errorf("ci-build: ioctl %#x: %s, want %s", r, got, want)
		}
	}
}

// Nobody types into the terminal from which jail was started, but where the outside is open.
func TestTyping(t *testing.T) {
	for _, name := range policies.Names() {
		plan := compile(t, name, seccomp.X86_64)
		got := effect(t, plan, "ioctl", 0, unix.TIOCSTI)
		if want := map[bool]string{true: "errno EPERM", false: "trace"}[plan.Outside == policy.OutsideSealed]; got != want {
			t.Errorf("%s: TIOCSTI: %s, want %s", name, got, want)
		}
	}
}

// Who reaches the network.
func TestReach(t *testing.T) {
	for name, want := range map[string]policy.NetworkReach{
		"observe": policy.NetworkAny, "strict": policy.NetworkAny, "no-network": policy.NetworkNone, "ci-build": policy.NetworkNone,
		"read-only": policy.NetworkNone, "agent-workspace": policy.NetworkNone, "ci-build-network": policy.NetworkListed,
	} {
		if got := compile(t, name, seccomp.X86_64).Network; got.Reach != want || got.UnixAny {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Builds in a folder below the home folder are told nothing about secrets that are not there. Who starts one in the home folder
// itself is told in one line, and who lets an agent loose where there is no .git, of which that is the first.
func TestMissing(t *testing.T) {
	home, tmp := t.TempDir(), t.TempDir()
	src := filepath.Join(home, "src")
	if err := os.Mkdir(src, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		policy, cwd, warned string
	}{
		{"ci-build", src, ""}, {"ci-build-network", src, ""}, {"read-only", src, ""}, {"read-only", home, ""}, {"no-network", home, ""}, {"observe", home, ""},
		{"ci-build", home, home + "/.ssh and "},
		{"agent-workspace", src, src + "/.git and "},
	} {
		at, err := compile(t, test.policy, seccomp.X86_64).Locate(policy.Surroundings{Cwd: test.cwd, Home: home, Tmp: tmp})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range at.Warnings {
			if strings.Contains(w.Msg, "does not exist yet") || strings.Contains(w.Msg, "do not exist yet") {
				got = append(got, w.Msg)
			}
		}
		if test.warned == "" && len(got) > 0 || test.warned != "" && (len(got) != 1 || !strings.Contains(got[0], test.warned)) {
			t.Errorf("%s in %s: %q, want %q", test.policy, test.cwd, got, test.warned)
		}
	}
}
