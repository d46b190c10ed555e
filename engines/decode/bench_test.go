// What decoding costs: the head alone, what rules look at, and all of the text.

package decode_test

import (
	"testing"

	"jail/engines/decode"
)

func BenchmarkHead(b *testing.B) {
	c := native(b, "openat", cwd, 0x1000, 0x80000)
	b.ReportAllocs()
	for b.Loop() {
		call := decode.Head(c)
		_ = call.Args[1].Raw
	}
}

func BenchmarkPaths(b *testing.B) {
	c, r := native(b, "openat", cwd, 0x1000, 0x80000), task()
	b.ReportAllocs()
	for b.Loop() {
		call := decode.Head(c)
		call.Resolve(r, decode.Paths)
	}
}

func BenchmarkEntryOpenat(b *testing.B) {
	c, r := native(b, "openat", cwd, 0x1000, 0x80000), task()
	b.ReportAllocs()
	for b.Loop() {
		call := decode.Entry(r, c)
		_ = call.Exit(r, 3)
	}
}

func BenchmarkEntryRead(b *testing.B) {
	c, r := native(b, "read", 3, 0x2000, 64), task()
	b.ReportAllocs()
	for b.Loop() {
		call := decode.Entry(r, c)
		_ = call.Exit(r, 40)
	}
}
