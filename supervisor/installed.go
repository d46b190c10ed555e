// What would be installed, without a start.

package supervisor

import (
	"fmt"

	"jail/seccomp"
)

// Installed is the filter that Start would install: Filter, with a stop for each call that one of Engines asks for. Rules keep
// their Tags; those that are only an engine's have none. The error is that of Filter. It starts nothing; any goroutine.
func (c *Command) Installed() (seccomp.Spec, error) {
	s, err := c.spec()
	if err != nil {
		return seccomp.Spec{}, err
	}
	if err := s.traced.Check(); err != nil {
		return seccomp.Spec{}, fmt.Errorf("seccomp: %w", err)
	}
	return *s.traced, nil
}
