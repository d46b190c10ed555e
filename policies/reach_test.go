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
	for _, want := range []string{"~/.ssh", "~/.aws", "~/.config/gh", "~/.netrc", "~/.npmrc", "~/.docker", "~/.mozilla", "/etc/shadow"} {
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
	if !slices.Equal(paths(agent.Protect), []string{"{cwd}/.git"}) {
		t.Errorf("agent-workspace protects %v", paths(agent.Protect))
	}
	for _, call := range []string{"chmod", "fchownat", "utimensat", "fsetxattr"} {
		if got := effect(t, compile(t, "read-only", seccomp.X86_64), call); got != "errno EPERM" {
			t.Errorf("read-only: %s: %s", call, got)
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
