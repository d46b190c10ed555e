// Acting with the rights of a task instead of jail's own.

package network

import "jail/engines/internal/rights"

// errRights says that the supervisor can't take on a task's rights, so it does nothing in its place.
var errRights = rights.ErrRights

// as calls fn with the rights of a task: users, groups and capabilities as files see them (credentials(7), capabilities(7)),
// and as the other end of a socket is told of them (unix(7), SO_PEERCRED).
func as(tid int, fn func() error) error { return rights.As(tid, fn) }
