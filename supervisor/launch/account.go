// The home folder that the user's account has, which ssh and others use whatever HOME says.

package launch

import (
	"os"
	"strconv"
	"strings"

	"jail/internal/procfile"
)

// accountHome is the home folder of a user in the text of /etc/passwd (passwd(5)); "" if it is not there. Accounts that are kept
// elsewhere, such as in a directory of the network, are not found: to ask for them would take the C library.
func accountHome(passwd string, uid int) string {
	for line := range strings.Lines(passwd) {
		f := strings.Split(strings.TrimRight(line, "\r\n"), ":")
		if len(f) >= 6 && f[2] == strconv.Itoa(uid) {
			return f[5] // the first one counts (getpwuid(3))
		}
	}
	return ""
}

// AccountHome is the home folder that the account of the user has who runs this process, as /etc/passwd says; "" if it does not. Any
// goroutine.
func AccountHome() string {
	text, err := procfile.Read("/etc/passwd") // a short file
	if err != nil {
		return "" // HOME alone says where it is
	}
	return accountHome(string(text), os.Getuid())
}
