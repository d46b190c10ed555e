// What is said of command lines.

package report

import "testing"

func TestShownArgs(t *testing.T) {
	for _, c := range []struct {
		argv []string
		want string
	}{
		{nil, ""},
		{[]string{"cc"}, ""},
		{[]string{"cc", "-c", "a file.c"}, `-c "a file.c"`},
		{[]string{"echo", ""}, `""`},
		{[]string{"cp", "", "x", ""}, `"" x ""`},
		{[]string{"npm install", "", "", "", ""}, `"npm install"`}, // a title that was written over a longer command line
	} {
		if got := shownArgs(c.argv); got != c.want {
			t.Errorf("of %q is said %s, not %s", c.argv, got, c.want)
		}
	}
}
