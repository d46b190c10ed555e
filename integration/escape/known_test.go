// The attempts that are known to get out, and why that is so.

package escape

// exception says why an attempt gets out under some policies.
type exception struct {
	policies []string
	why      string
}

func (e exception) under(c cell) string {
	for _, p := range e.policies {
		if p == c.policy {
			return e.why
		}
	}
	return ""
}

// known has what jail does not promise to hold.
var known = map[string]exception{
	"new-setxattrat":   {[]string{"ci-build"}, metadata},
	"new-file-setattr": {[]string{"ci-build"}, metadata},
	"nice-victim":      {[]string{"ci-build"}, slower},
	"affinity-victim":  {[]string{"ci-build"}, slower},
	"posix-memory":     {[]string{"strict"}, "strict lets all be read that the user may read, and shared memory of other processes is files"},
}

const slower = "threads change their own nice values and processors by their numbers, which a filter can't tell from others'; that makes others slower (README, ci-build.yaml)"

const metadata = "Landlock does not see metadata of files: modes, owners, times, extended attributes change as the user's rights allow (README)"
