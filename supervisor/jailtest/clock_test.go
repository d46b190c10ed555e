// The time and the randomness that a test gives.

package jailtest_test

import (
	"testing"
	"time"

	"jail/engines/clock"
	"jail/supervisor/jailtest"
)

func TestClockAndSeed(t *testing.T) {
	leap := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	j := jailtest.New(t, jailtest.Seed(7), jailtest.Clock(clock.Settings{Start: leap}))
	j.Run("date", "-u", "+%F %T").WantStdout("2024-02-29 12:00:00\n")
	const script = "import os, random; print(os.getrandom(8).hex(), random.random(), hash('x'))"
	first := j.Run("python3", "-c", script)
	first.WantExit(0)
	j.Run("python3", "-c", script).WantStdout(first.Stdout)
	if other := jailtest.New(t, jailtest.Seed(8)).Run("python3", "-c", script); other.Stdout == first.Stdout {
		t.Errorf("another seed gives the same: %s", other.Stdout)
	}
	says(t, func(t testing.TB) { jailtest.New(t, jailtest.Clock(clock.Settings{})) }, "jailtest.New: clock: nothing is to be changed; give Start or Seed")
}
