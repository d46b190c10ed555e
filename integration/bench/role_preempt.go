// A Go program that is preempted over and over, by the signals that Go's runtime sends itself.

package main

import (
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"
)

// preempted has the garbage collector stop goroutines that never call anything: for each collection each of them is sent SIGURG
// at least once (runtime/preempt.go).
func (p *part) preempted(stdout io.Writer) error {
	var over atomic.Bool
	var done [2]chan struct{}
	for i := range done {
		done[i] = make(chan struct{})
		go func() {
			defer close(done[i])
			for n := uint64(1); ; {
				for range 1 << 22 { // long enough to be preempted in, and no place where it would yield by itself
					n ^= n << 13
					n ^= n >> 7
				}
				if n == 0 || over.Load() {
					return
				}
			}
		}()
	}
	began := time.Now()
	for range p.preempt {
		runtime.GC()
	}
	took := time.Since(began)
	over.Store(true)
	for _, d := range done {
		<-d
	}
	_, err := fmt.Fprintf(stdout, "ns %d\n", took.Nanoseconds())
	return err
}
