// Many masks.

package supervisor_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/confine"
)

// Masks that follow one another are made together, of files and folders, and by names that lead into one of them.
func TestManyMasks(t *testing.T) {
	dir := t.TempDir()
	c := supervisor.Command{Dir: dir, Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true}}}
	mask := func(name string) {
		c.Confine.Mounts = append(c.Confine.Mounts, confine.Mount{Kind: confine.Mask, Target: dir + "/" + name})
	}
	plant(t, dir, "secret/", "secret/s", "kept")
	mask("secret")
	if err := os.Symlink(dir+"/secret/s", dir+"/link"); err != nil {
		t.Fatal(err)
	}
	mask("link")
	for i := range 100 {
		file, folder := fmt.Sprintf("f%d", i), fmt.Sprintf("d%d", i)
		plant(t, dir, file, folder+"/", folder+"/s")
		mask(file)
		if i%3 == 0 {
			mask(folder + "/s")
		}
		mask(folder)
	}
	needStart(t, c)
	if _, out := run(t, c, "/bin/sh", "-c", "cat kept f* d*/s secret/s link 2>/dev/null; ls -d f* d* | wc -l; ls -A d5 secret 2>/dev/null | grep -v :"); strings.TrimRight(out, "\n") != "kept200" {
		t.Errorf("it sees %q", out)
	}
	c.Confine.Mounts = append(c.Confine.Mounts, confine.Mount{Kind: confine.Mask, Target: dir + "/none"})
	c.Path = "/bin/true"
	if _, err := c.Start(); !errors.Is(err, unix.ENOENT) {
		t.Errorf("one that is not there: %v", err)
	}
}
