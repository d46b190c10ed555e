// Lists of files hold for metadata too: what write does not grant is on mounts that can't be changed.

package engines

import (
	"slices"
	"testing"

	"jail/supervisor/confine"
)

func TestConfineFixesWhatIsNotWritable(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // below the test's folder, or absolute; nil: nothing is fixed
	}{
		{"no lists", "outside: open", nil},
		{"holes only", `filesystem: {deny: ["~/.ssh"]}`, nil},
		{"nothing writable", `filesystem: {read: ["~"]}`, []string{}},
		{"folders and files", `filesystem: {write: ["{cwd}", "~/doc/a", "~/none"]}`, []string{"cwd", "home/doc/a"}},
		{"devices", `filesystem: {write: [/dev/null, /dev/zero, "{cwd}"]}`, []string{"cwd"}},
		{"all", `filesystem: {write: [/, "{cwd}"]}`, nil},
	} {
		spec, unmet, _, dir := confined(t, modern(), c.text+"\n")
		if c.want == nil {
			if spec.Fixed != nil {
				t.Errorf("%s: fixed but for %q", c.name, spec.Fixed.Writable)
			}
			continue
		}
		var want []string
		for _, w := range c.want {
			want = append(want, dir+"/"+w)
		}
		if spec.Fixed == nil || !slices.Equal(spec.Fixed.Writable, want) || !spec.Namespaces.Mount || len(unmet) > 0 {
			t.Errorf("%s: fixed but for %+v, want %q; namespaces %+v, unmet %v", c.name, spec.Fixed, want, spec.Namespaces, unmet)
		}
	}
	has := modern()
	has.MountNamespaces = confine.Feature{Missing: "not here"}
	if spec, _, _, _ := confined(t, has, `filesystem: {read: ["~"]}`+"\n"); spec.Fixed != nil || spec.Namespaces.Mount {
		t.Errorf("without mount namespaces: %+v", spec)
	}
}
