// Locating filesystem: redirect.

package policy

import (
	"fmt"
	"os"
)

// RedirectsNothing stands in the message of each of Located.Errors that is about a redirection, before what is wrong.
const RedirectsNothing = "redirects nothing: "

// redirect locates a redirection: both paths must be there, and of one kind.
func (l *locator) redirect(r Redirect) {
	bad := func(msg, hint string) {
		l.out.Errors = append(l.out.Errors, l.problem(ErrValue, r.Rule, RedirectsNothing+msg, hint))
	}
	var kinds [2]bool
	for i, name := range []*string{&r.Path, &r.To} {
		full, err := l.expand(*name)
		if err != nil {
			bad(err.Error(), "set it, or write the path itself")
			return
		}
		st, err := os.Stat(full)
		if err != nil {
			bad(fmt.Sprintf("%s cannot be looked at (%s)", full, reason(err)), "make it before the start")
			return
		}
		*name, kinds[i] = full, st.IsDir()
	}
	if kinds[0] != kinds[1] {
		bad(fmt.Sprintf("one of %s and %s is a folder, and the other is not", r.Path, r.To), "name two folders, or two files")
		return
	}
	l.out.Files.Redirect = append(l.out.Files.Redirect, r)
}
