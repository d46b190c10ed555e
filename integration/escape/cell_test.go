// The matrix: policies, users, and what the kernel has.

package escape

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"jail/supervisor/confine"
)

// all is the matrix without gaps: go test ./integration/escape -all.
var all = flag.Bool("all", false, "try all attempts in all cells of the matrix")

// only picks attempts: go test ./integration/escape -only 'races/|kernel/bpf'.
var only = flag.String("only", "", "try the attempts whose group/name matches this regular expression")

// cell is one way to run the attempts.
type cell struct {
	policy           string // "": no jail at all
	root             bool
	landlock, userns bool
}

func (c cell) String() string {
	with := map[bool]string{true: "with", false: "without"}
	policy := c.policy
	if policy == "" {
		policy = "no jail"
	}
	return fmt.Sprintf("%s, %s, %s Landlock, %s user namespaces", policy, map[bool]string{true: "root", false: "user"}[c.root], with[c.landlock], with[c.userns])
}

// mounts says whether jail can have a mount namespace: it has none without Landlock, which keeps the program from undoing mounts.
func (c cell) mounts() bool { return c.landlock && (c.root || c.userns) }

// bestEffort says that the policy as it is starts nothing: something is missing that it needs.
func (c cell) bestEffort() bool { return c.missing() != "" }

// sealing says whether what is denied can be held without mounts too. Root would find the disks then.
func sealing() bool {
	k := confine.Probe()
	return k.Sealing().OK()
}

// missing is what jail says then of what is missing. Holes for ci-build, which lists what may be read, can be made by Landlock too.
func (c cell) missing() string {
	switch {
	case c.policy == "strict" && !c.mounts() && (c.root || !sealing()):
		return "it needs a mount namespace: "
	case !c.landlock:
		return "it needs Landlock: "
	}
	return ""
}

// policyText is the policy of the cell for a world. It adds to what is built in that the folder outside is there, which a folder below
// /tmp is not when that is private, and that a folder in it is denied. Nothing is taken away, but where the kernel lacks something.
func (c cell) policyText(out string, bestEffort bool) string {
	text := fmt.Sprintf("version: 1\nextends: %s\n", c.policy)
	if bestEffort {
		text += "enforce: best-effort\noverride: true\n"
	}
	lists := map[string]string{"ci-build": fmt.Sprintf("read: [/, %q], ", out)}[c.policy]
	text += fmt.Sprintf("filesystem: {%sdeny: [%q]}\n", lists, out+"/denied")
	text += "clone: {max-tasks: 200}\n" // that of ci-build is 4096, strict has none
	return text
}

// place puts the words of --place before a command; self is the program that has them.
func (c cell) place(self string, args ...string) []string {
	words := []string{"--place"}
	if !c.root && os.Geteuid() == 0 {
		words = append(words, "user")
	}
	if !c.landlock {
		words = append(words, "nolandlock")
	}
	if !c.userns {
		words = append(words, "nouserns")
	}
	return append(append(words, "--"), args...)
}

// identity is the same for who is no part of the kernel's lacks: the victim.
func (c cell) identity(self string, args ...string) []string {
	return cell{root: c.root, landlock: true, userns: true}.place(self, append([]string{self}, args...)...)
}

// cells are those that this user can make.
func cells() []cell {
	var list []cell
	for _, policy := range []string{"ci-build", "strict"} {
		for bits := range 8 {
			if c := (cell{policy, bits&4 == 0, bits&2 == 0, bits&1 == 0}); !c.root || os.Geteuid() == 0 {
				list = append(list, c)
			}
		}
	}
	return list
}

// share is what of the attempts is tried in a cell. All where the kernel lacks nothing. The others take turns among the cells where
// it lacks something, so that every attempt is tried in some; with -all they are all tried in all.
func (c cell) share(list []attempt) []attempt {
	if c.landlock && c.userns || *all {
		return list
	}
	var lacking []cell
	for _, o := range cells() {
		if !o.landlock || !o.userns {
			lacking = append(lacking, o)
		}
	}
	of := len(lacking)
	if !testing.Short() && !raceDetector {
		of = 6 // a sixth of them in each
	}
	var some []attempt
	for i := slices.Index(lacking, c) % of; i < len(list); i += of {
		some = append(some, list[i])
	}
	return some
}

// excused says why an attempt may get out in a cell: nothing is left there that would hold it, which the run says.
func (c cell) excused(a attempt) string {
	switch {
	case a.has("l") && !c.landlock:
		return "there is no Landlock"
	case a.has("m") && !c.landlock:
		return "there are neither mounts nor Landlock"
	case a.has("m") && !c.mounts() && c.policy == "strict":
		return "there are no mounts, and the policy has no list"
	}
	return ""
}

// own gives a file to the user of the cell.
func (c cell) own(name string) error {
	if c.root || os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(name, 65534, 65534)
}
