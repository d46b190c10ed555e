// clone3, judged by its sealed struct as clone(2) is.

package clone_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/clone"
	"jail/policy"
	"jail/supervisor/enginetest"
	"jail/supervisor/utrace"
)

// args3 is a struct clone_args at 0x1000, of size bytes.
func args3(m *enginetest.Machine, size int, flags, signal uint64) utrace.Call {
	b := make([]byte, max(size, 88))
	binary.NativeEndian.PutUint64(b, flags)
	binary.NativeEndian.PutUint64(b[32:], signal)
	m.Map(0x1000, b)
	return enginetest.Call("clone3", 0x1000, uint64(size))
}

// judging starts a jail whose policy refuses clones with CLONE_NEWUSER.
func judging(t *testing.T, most int) *enginetest.Jail {
	t.Helper()
	j, err := enginetest.Start(clone.NewJudge(clone.Settings{MaxTasks: most}, refusing))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func refusing(c utrace.Call) (*policy.RuleInfo, bool) {
	info := &policy.RuleInfo{Origin: "p.yaml:8:3", Text: "clone: refuse-flags", Action: policy.Action{Verb: policy.KillProcess}}
	return info, c.Nr == enginetest.Call("clone").Nr && c.Args[0]&unix.CLONE_NEWUSER != 0
}

func TestJudgeConformance(t *testing.T) {
	enginetest.Run(t, func() utrace.Engine { return clone.NewJudge(clone.Settings{MaxTasks: 3}, refusing) })
}

func TestClone3(t *testing.T) {
	const child = uint64(unix.SIGCHLD)
	for name, c := range map[string]struct {
		size          int
		flags, signal uint64
		want          unix.Errno // 0: it is made, sealed
	}{
		"fork":              {88, 0, child, 0},
		"thread":            {64, unix.CLONE_VM | unix.CLONE_THREAD | unix.CLONE_SIGHAND, 0, 0},
		"clear":             {88, unix.CLONE_CLEAR_SIGHAND, child, 0},
		"bigger, zeroes":    {96, 0, child, 0},
		"less":              {63, 0, child, unix.EINVAL},
		"none":              {0, 0, child, unix.EINVAL},
		"over a page":       {4097, 0, child, unix.E2BIG},
		"untraced":          {88, unix.CLONE_UNTRACED, child, unix.EPERM},
		"parent":            {88, unix.CLONE_PARENT, 0, unix.EPERM},
		"cgroup":            {88, unix.CLONE_INTO_CGROUP, child, unix.EPERM},
		"time":              {88, 0x80, child, unix.EPERM},
		"unknown":           {88, 1 << 34, child, unix.EINVAL},
		"signal in flags":   {88, child, 0, unix.EINVAL},
		"flags in a signal": {88, 0, unix.CLONE_UNTRACED | child, unix.EINVAL},
	} {
		j := judging(t, 0)
		out := j.Call(j.First, args3(j.M, c.size, c.flags, c.signal))
		if c.want != 0 && (out.Strict != utrace.Answered || out.Result != -int64(c.want)) || c.want == 0 && (out.Strict > utrace.Rewritten || !out.Sealed) {
			t.Errorf("%s: %+v, want %v", name, out, c.want)
		}
	}
	j := judging(t, 0)
	if out := j.Call(j.First, args3(j.M, 88, unix.CLONE_NEWUSER, child)); out.Strict != utrace.KillProcess {
		t.Errorf("of the policy: %+v", out)
	}
	c := args3(j.M, 96, 0, child)
	j.M.Map(0x1000+90, []byte{1})
	if out := j.Call(j.First, c); out.Result != -int64(unix.E2BIG) {
		t.Errorf("of another time: %+v", out)
	}
	j.M.Unsealed = fmt.Errorf("%w: old", utrace.ErrUnsealed)
	if out := j.Call(j.First, args3(j.M, 88, 0, child)); out.Result != -int64(unix.ENOSYS) || !out.Why.Quiet {
		t.Errorf("unsealed: %+v", out)
	}
}

// Tasks of clone3 are counted, and what is refused is none.
func TestClone3IsBounded(t *testing.T) {
	j := judging(t, 2)
	for range 3 {
		j.Call(j.First, args3(j.M, 88, unix.CLONE_UNTRACED, uint64(unix.SIGCHLD)))
	}
	first := args3(j.M, 88, 0, uint64(unix.SIGCHLD))
	if out := j.Call(j.First, first); out.Strict > utrace.Rewritten {
		t.Fatalf("the second task: %+v", out)
	}
	j.Birth(j.First, 0)
	j.Return(j.First, first, 5)
	if out := j.Call(j.First, first); out.Result != -int64(unix.EAGAIN) {
		t.Errorf("the third task: %+v", out)
	}
}
