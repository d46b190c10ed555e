// Bind mounts that are made together: where one is put may depend on those before it.

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

func TestBindsAreMadeInTheirOrder(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, "a/", "a/sub/", "a/other/", "b/", "b/hidden", "c/", "c/inner", "d/", "d/linked", "e/", "e/last")
	for from, to := range map[string]string{"/link": dir + "/b/other", "/a/up": dir + "/e"} { // the first leads nowhere on the machine
		if err := os.Symlink(to, dir+from); err != nil {
			t.Fatal(err)
		}
	}
	c := supervisor.Command{Dir: dir, Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true}, Mounts: []confine.Mount{
		{Kind: confine.Bind, Source: dir + "/a", Target: dir + "/b"},
		{Kind: confine.Bind, Source: dir + "/c", Target: dir + "/b/sub"},
		{Kind: confine.Bind, Source: dir + "/d", Target: dir + "/link"},
		{Kind: confine.Bind, Source: dir + "/b/sub", Target: dir + "/b/up"}, // what is seen there by now
		{Kind: confine.Mask, Target: dir + "/b/sub"},
	}}}
	needStart(t, c)
	if _, out := run(t, c, "/bin/sh", "-c", "ls b b/other"); out != "b:\nother\nsub\nup\n\nb/other:\nlinked\n" {
		t.Errorf("it sees %q", out)
	}
	// Who may open a masked folder sees nothing in it; that is root.
	if _, out := run(t, c, "/bin/sh", "-c", "ls -A b/sub 2>/dev/null; ls -A e 2>/dev/null"); out != "" {
		t.Errorf("behind masks it sees %q", out)
	}
}

func TestManyBinds(t *testing.T) {
	dir := t.TempDir()
	const many = 150 // more than are made together
	c := supervisor.Command{Dir: dir, Confine: confine.Spec{Namespaces: confine.Namespaces{Mount: true}}}
	for i := range many {
		plant(t, dir, fmt.Sprintf("from%d/", i), fmt.Sprintf("from%d/%d", i, i), fmt.Sprintf("to%d/", i))
		c.Confine.Mounts = append(c.Confine.Mounts, confine.Mount{Kind: confine.Bind, Source: fmt.Sprintf("%s/from%d", dir, i), Target: fmt.Sprintf("%s/to%d", dir, i)})
	}
	needStart(t, c)
	if _, out := run(t, c, "/bin/sh", "-c", "for i in to*; do ls $i/${i#to}; done"); strings.Count(out, "\n") != many {
		t.Errorf("it sees %q", out)
	}
	lost := confine.Mount{Kind: confine.Bind, Source: dir + "/none", Target: dir + "/to7"}
	c.Path, c.Confine.Mounts[100] = "/bin/true", lost
	if _, err := c.Start(); !errors.Is(err, unix.ENOENT) || !strings.Contains(err.Error(), lost.Source) {
		t.Errorf("with a source that is not there: %v", err)
	}
}
