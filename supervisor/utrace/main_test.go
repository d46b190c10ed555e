// No test leaves a goroutine behind: the protocol starts none, and nobody waits for ever.

package utrace_test

import (
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
