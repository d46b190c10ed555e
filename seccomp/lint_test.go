// Tests of the warnings about rules without effect.

package seccomp

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLint(t *testing.T) {
	s := &Spec{ABIs: []ABI{X86_64}, Rules: []Rule{
		0: {Names: []string{"read", "write"}, Do: Allow},
		1: {Names: []string{"umount", "umount2"}, Do: Errno(1)}, // umount is i386's
		2: {Names: []string{"write"}, Do: Errno(1), When: []Cond{{Op: Eq}}, Tag: 5},
		3: {Names: []string{"ioctl"}, Do: Errno(1), When: []Cond{{Op: Eq}}},
		4: {Names: []string{"ioctl"}, Do: Errno(2)},
		5: {Names: []string{"openat"}, Do: Allow, ABIs: []ABI{ARM64}},
		6: {Names: []string{"@basic-io", "socketcall"}, Do: Allow},
		7: {Names: []string{"@basic-io"}, Do: Allow},
	}}
	var got []string
	for _, e := range s.Lint() {
		got = append(got, e.Error())
	}
	want := []string{
		`rule 1: Names[0]: "umount": ` + ErrAbsent.Error(),
		`rule 2: Names: ` + ErrShadow.Error(),
		`rule 5: Names[0]: "openat": ` + ErrAbsent.Error(),
		`rule 6: Names[1]: "socketcall": ` + ErrAbsent.Error(),
		`rule 7: Names: ` + ErrShadow.Error(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if found := (&Spec{}).Lint(); found != nil {
		t.Errorf("a Spec with errors: %v", found)
	}
}
