// Tests of what is read of a task's rights.

package rights

import (
	"strings"
	"testing"

	"jail/engines/internal/procfs"
)

// FuzzStatus: of any text the rights are read, or it is an error: never are they root's because a line is missing.
func FuzzStatus(f *testing.F) {
	f.Add("Umask:\t0022\nUid:\t1\t1\t1\t1\nGid:\t1\t1\t1\t1\nGroups:\t \nCapEff:\t0\n")
	f.Add("Umask:\t0022\nGid:\t1\t1\t1\t1\nGroups:\t \nCapEff:\t0\n")
	f.Add("Uid:\t1\t1\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		r := newReading()
		if procfs.Lines(text, r.line) != nil {
			return
		}
		s, err := r.whole()
		for _, key := range []string{"Umask:", "Uid:", "Gid:", "Groups:", "CapEff:"} {
			if err == nil && !strings.Contains(text, key) {
				t.Errorf("%q has the rights %+v", text, s)
			}
		}
	})
}
