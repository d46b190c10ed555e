// What the program writes, and what it reads.

package harness

import (
	"bytes"
	"errors"
	"os"
	"sync"
)

// mostOutput is how many bytes are kept of standard output and error each.
const mostOutput = 64 << 20

// outputs are both.
type outputs struct {
	mu      sync.Mutex
	more    *sync.Cond
	text    [2]bytes.Buffer
	most    int // bytes that are kept of each
	cut     bool
	ended   bool   // nothing more comes
	came    uint64 // bytes of both, kept or not
	bound   uint64
	reached func() // called once when more than bound has come; nil: there is no bound
	running sync.WaitGroup
}

func newOutputs() *outputs {
	o := &outputs{most: mostOutput}
	o.more = sync.NewCond(&o.mu)
	return o
}

// pass reads a pipe to its end.
func (o *outputs) pass(which int, r *os.File) {
	o.running.Go(func() {
		defer r.Close()
		buf := make([]byte, 32<<10)
		for {
			n, err := r.Read(buf)
			o.add(which, buf[:n])
			if err != nil {
				return
			}
		}
	})
}

func (o *outputs) add(which int, p []byte) {
	o.mu.Lock()
	t := &o.text[which]
	keep := min(len(p), o.most-t.Len())
	t.Write(p[:keep])
	o.cut = o.cut || keep < len(p)
	o.came += uint64(len(p))
	over := o.reached
	if over != nil && o.came > o.bound {
		o.reached = nil
	} else {
		over = nil
	}
	o.more.Broadcast()
	o.mu.Unlock()
	if over != nil {
		over()
	}
}

// end waits until both pipes have ended, and lets go who waits for more.
func (o *outputs) end() {
	o.running.Wait()
	o.mu.Lock()
	o.ended = true
	o.more.Broadcast()
	o.mu.Unlock()
}

// wait blocks until the text is in the output; false: it has ended without.
func (o *outputs) wait(which int, text string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for !bytes.Contains(o.text[which].Bytes(), []byte(text)) {
		if o.ended {
			return false
		}
		o.more.Wait()
	}
	return true
}

func (o *outputs) string(which int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text[which].String()
}

// A pipes has the ends of the program's three.
type pipes struct {
	theirs []*os.File
	in     *os.File // nil: it is /dev/null
	out    [2]*os.File
}

func newPipes(stdin bool) (p *pipes, err error) {
	p = &pipes{theirs: make([]*os.File, 3)}
	if stdin {
		p.theirs[0], p.in, err = os.Pipe()
	} else {
		p.theirs[0], err = os.Open(os.DevNull)
	}
	for i := 0; i < 2 && err == nil; i++ {
		p.out[i], p.theirs[i+1], err = os.Pipe()
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// started closes the program's ends.
func (p *pipes) started() {
	for _, f := range p.theirs {
		_ = f.Close() // nil answers an error, too
	}
}

// close gives all up.
func (p *pipes) close() {
	p.started()
	_, _, _ = p.in.Close(), p.out[0].Close(), p.out[1].Close()
}

// feed writes standard input from a goroutine of its own: the program may not read it, or write first.
func (p *pipes) feed(text []byte) {
	go func() {
		_, err := p.in.Write(text)
		_ = errors.Join(err, p.in.Close()) // EPIPE: the program does not want it
	}()
}
