// Which words of a command line are taken for names of files.

package refusals

import (
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"a|-v|--|/b", "a|/b"},
		{"-I/usr/include|--file=x|-o|out.o|-DX=/y", "/usr/include|x|out.o|/y"},
		{"-c|cat </etc/shadow; echo 'x' >>\"/tmp/a\" && ls", "/etc/shadow|/tmp/a"},
		{"", ""}, {"|", ""}, {"-", ""}, {"--x=", ""},
		{strings.Repeat("x|", 100), strings.TrimSuffix(strings.Repeat("x|", mostNames), "|")},
	} {
		var want []string
		if c.want != "" {
			want = strings.Split(c.want, "|")
		}
		if got := names(strings.Split(c.args, "|")); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", c.args, got, want)
		}
	}
}

func TestLinkerOfWhatIsNoProgram(t *testing.T) {
	whole := make([]byte, headSize)
	copy(whole, "\x7fELF\x02\x01")
	for i := range whole[6:] {
		whole[6+i] = 0xff
	}
	for n := 0; n <= len(whole); n += 7 {
		if got := linker(whole[:n]); got != "" {
			t.Fatalf("%d bytes: %q", n, got)
		}
		narrow := slices.Clone(whole[:n])
		if n > 4 {
			narrow[4] = 1
		}
		if got := linker(narrow); got != "" {
			t.Fatalf("%d bytes of 32 bits: %q", n, got)
		}
	}
}

func TestTerminalOf(t *testing.T) {
	for stat, want := range map[string]int{
		"12 (a) b) S 1 12 12 34816 12 4194304": 34816, "12 (sh) S 1 12 12 0 -1 4": 0, "": 0, "1 (x)": 0, "1 (x) S 1 1 1 x": 0,
	} {
		if got := terminalOf(stat); got != want {
			t.Errorf("%q: %d, want %d", stat, got, want)
		}
	}
}
