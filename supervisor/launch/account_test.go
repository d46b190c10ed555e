// Finding a home folder in /etc/passwd.

package launch

import "testing"

func TestAccountHome(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/sh\n# a comment\n\nbad:x:1000\n+::::::\nme:x:1000:1000::/home/me:/bin/sh\nalias:x:1000:1000::/home/other:/bin/sh\nshort:x:7:7::/srv"
	for uid, want := range map[int]string{0: "/root", 1000: "/home/me", 7: "/srv", 1: "", -1: ""} {
		if got := accountHome(passwd, uid); got != want {
			t.Errorf("%d: %q, want %q", uid, got, want)
		}
	}
}
