// Texts of rules stand on a line, whatever is in them.

package policy

import (
	"strings"
	"testing"

	"jail/seccomp"
)

func TestTextsOfRulesAreOneLine(t *testing.T) {
	p, err := Parse("p.yaml", []byte("version: 1\ndefault: allow\nenforce: best-effort\n"+
		"filesystem: {read: [/, \"/a\\nb\"], deny: [\"/c\\u001b[2Jd\"]}\n"+
		"exec: {rewrite: [{path: \"/bin/e\\rf\", argv: [echo, \"g\\nh\"]}]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := p.Compile(seccomp.X86_64)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, r := range plan.Rules {
		all = append(all, r.Text)
		if strings.ContainsFunc(r.Text, unprintable) {
			t.Errorf("%q", r.Text)
		}
	}
	for _, want := range []string{`/a\nb`, `/c\x1b[2Jd`, `/bin/e\rf argv [echo, g\nh]`} {
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("nothing says %s:\n%s", want, strings.Join(all, "\n"))
		}
	}
}
