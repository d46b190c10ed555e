// What stops, rings and launches cost; only ratios of the same run carry over to another machine.

package ptrace

import (
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
)

// spinning launches a program that makes a traced call for ever, up to its first.
func spinning(b *testing.B, f func(*jailed)) {
	cfg := victim(b, "spin")
	cfg.Filter = tracing(unix.SYS_GETPPID)
	jail(b, cfg, func(j *jailed) {
		j.reachSeccomp()
		b.ReportAllocs()
		b.ResetTimer()
		f(j)
		b.StopTimer()
	})
}

// BenchmarkStop is a stop by Wait: a peek, a consuming wait, and a resume.
func BenchmarkStop(b *testing.B) {
	spinning(b, func(j *jailed) {
		for range b.N {
			j.reachSeccomp()
		}
	})
}

// BenchmarkPeekRatio compares a stop by Wait with one by the single call that a loop which reaps at once could make. Both
// are taken in turns, so that what else the machine does weighs on both.
func BenchmarkPeekRatio(b *testing.B) {
	spinning(b, func(j *jailed) {
		var byWait, byWait4 time.Duration
		for range b.N {
			began := time.Now()
			for range 50 {
				j.reachSeccomp()
			}
			half := time.Now()
			for range 50 {
				j.ok(j.Resume(j.first, kernel.Cont, 0))
				j.wait4()
			}
			byWait += half.Sub(began)
			byWait4 += time.Since(half)
		}
		b.ReportMetric(float64(byWait)/float64(byWait4), "peek/plain")
	})
}

// wait4 waits in the plain way, and lets everything but the first process's calls go on.
func (j *jailed) wait4() {
	var ws unix.WaitStatus
	for {
		tid, err := unix.Wait4(-1, &ws, waitScope, nil)
		if err == unix.EINTR {
			continue
		}
		j.ok(err)
		s, _ := decode(tid, cldTrapped, int32(ws>>8))
		if s.Kind == kernel.Seccomp && tid == j.first {
			return
		}
		j.goOn(s)
	}
}

// BenchmarkStopWithLook reads the call and a path, as an engine would.
func BenchmarkStopWithLook(b *testing.B) {
	buf := make([]byte, 256)
	spinning(b, func(j *jailed) {
		for range b.N {
			j.reachSeccomp()
			info, err := j.Syscall(j.first)
			j.ok(err)
			_, err = j.ReadMem(j.first, info.Call.SP, buf)
			j.ok(err)
		}
	})
}

func BenchmarkDisposition(b *testing.B) {
	spinning(b, func(j *jailed) {
		for range b.N {
			_, err := j.Disposition(j.first, unix.SIGTERM)
			j.ok(err)
		}
	})
}

func BenchmarkRing(b *testing.B) {
	jail(b, program("/bin/true"), func(j *jailed) {
		b.ReportAllocs()
		for range b.N {
			j.Ring()
			j.next(kernel.Ring)
		}
	})
}

// BenchmarkLaunch starts /bin/true up to its first instruction and kills it; the bell is most of half of that.
func BenchmarkLaunch(b *testing.B) {
	<-Own(func() {
		for range b.N {
			k, tid, err := launch(program("/bin/true"), false)
			if err != nil {
				b.Error(err)
				return
			}
			_ = killAndReap(tid)
			_ = k.Close()
		}
	})
}

// BenchmarkLaunchWithoutBell is the same without the bell.
func BenchmarkLaunchWithoutBell(b *testing.B) {
	<-Own(func() {
		for range b.N {
			n, err := start(program("/bin/true"), nil)
			if err != nil {
				b.Error(err)
				return
			}
			n.abort()
		}
	})
}

// BenchmarkForkExec is what a start costs when nothing of ours is done: to the same point, and killed.
func BenchmarkForkExec(b *testing.B) {
	<-Own(func() {
		for range b.N {
			tid, err := untouched("/bin/true")
			if err != nil {
				b.Error(err)
				return
			}
			_ = killAndReap(tid)
		}
	})
}

func untouched(path string) (int, error) {
	return syscall.ForkExec(path, []string{path}, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{Ptrace: true}})
}
