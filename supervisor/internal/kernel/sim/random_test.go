// The second and third driver: random choices that shrink when they fail (rapid), and choices from bytes (go test -fuzz).

package sim_test

import (
	"testing"

	"pgregory.net/rapid"

	"jail/supervisor/internal/kernel/sim"
)

// drawn is a chooser that rapid draws the choices of: it shrinks them towards 0, the plain course.
type drawn struct {
	t   *rapid.T
	log sim.Chooser
}

func (d *drawn) Choose(n int) int {
	i := rapid.IntRange(0, n-1).Draw(d.t, "choice")
	d.log.Note(i, n)
	return i
}

func TestRandom(t *testing.T) {
	for _, sc := range scenarios() {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(rt *rapid.T) {
				d := &drawn{t: rt}
				if err := newWorld(sc, d, nil).run(); err != nil {
					rt.Fatal(howToReplay(sc, &d.log, err))
				}
			})
		})
	}
}

// bytesChooser takes each choice from one byte; when there is none left, things take their plain course.
type bytesChooser struct {
	data []byte
	log  sim.Chooser
}

func (b *bytesChooser) Choose(n int) int {
	i := 0
	if len(b.data) > 0 {
		i, b.data = int(b.data[0])%n, b.data[1:]
	}
	b.log.Note(i, n)
	return i
}

// FuzzChoices: which scenario, and the choices in it. The seeds are what broke rules while the loop was young.
func FuzzChoices(f *testing.F) {
	all := scenarios()
	for i := range all {
		f.Add(uint8(i), []byte{})
		f.Add(uint8(i), []byte{0, 0, 0, 1, 2, 1, 0, 1})
		f.Add(uint8(i), []byte{0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 2})
		f.Add(uint8(i), []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1})
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		sc := all[int(which)%len(all)]
		b := &bytesChooser{data: data}
		if err := newWorld(sc, b, nil).run(); err != nil {
			t.Fatal(howToReplay(sc, &b.log, err))
		}
	})
}
