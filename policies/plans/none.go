// Machines that no plans are made for.

//go:build !amd64 && !arm64

package plans

import "jail/policy"

func compiled(string) *policy.Plan { return nil }
