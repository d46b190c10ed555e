// What decisions are summed up by.

package report

import "testing"

func TestSubject(t *testing.T) {
	for what, want := range map[string]string{
		"connect(3, 0x7ffe10, 16)":                       "connect",
		`umount2("/proc (x) of x32", 0)`:                 "umount2",
		`umount2("/a) of x32`:                            "umount2 of x32", // what no engine says
		"fanotify_mark(0, 0, 0, …) of x32":               "fanotify_mark of x32",
		"read(0, 0, 0) of i386":                          "read of i386",
		"call 9999 of x86_64(0, 0, 0, …)":                "call 9999 of x86_64",
		"open of /etc/shadow (which is) of x32":          "open of /etc/shadow (which is) of x32",
		"connect to 10.0.0.1:80 (…) of them":             "connect to 10.0.0.1:80 ",
		"exec of a program (with its own words) of evil": "exec of a program ",
		"clone": "clone",
		"":      "",
	} {
		if got := subject(what); got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
}
