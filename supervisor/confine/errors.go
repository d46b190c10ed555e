// What a kernel, or the container around us, may lack.

package confine

import "errors"

// Errors of a start. Each comes wrapped in a sentence that says what is missing and since when there is such a thing.
var (
	ErrNoLandlock  = errors.New("this kernel's Landlock can't do that")
	ErrNoNamespace = errors.New("no namespaces are to be had")
	ErrNoCgroup    = errors.New("no cgroup is to be had")
)
