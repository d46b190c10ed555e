// What engines took.

package report

import "jail/supervisor/utrace"

// Spent notes for the last line and the summary what the engines of a run took. It is called before End. Any goroutine.
func (r *Recorder) Spent(list []utrace.Spent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.engines = nil
	for _, p := range list {
		r.engines = append(r.engines, Engine{Engine: p.Engine, Callbacks: p.Calls, Seconds: p.Total.Seconds(), Longest: p.Longest.Seconds()})
	}
}
