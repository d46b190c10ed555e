// The part of a plan that is about limits.

package policy

import "time"

// Limits bound what a run may use. A zero field is no limit.
type Limits struct {
	WallTime  Limit[time.Duration] `json:"wallTime,omitzero"`  // of the whole run
	CPUTime   Limit[time.Duration] `json:"cpuTime,omitzero"`   // of all tasks together; of each process where no cgroup is to be had
	Memory    Limit[uint64]        `json:"memory,omitzero"`    // bytes, of all tasks together; address space of each process where no cgroup is to be had
	OpenFiles Limit[uint64]        `json:"openFiles,omitzero"` // of each process
	FileSize  Limit[uint64]        `json:"fileSize,omitzero"`  // bytes, of each file written
	Output    Limit[uint64]        `json:"output,omitzero"`    // bytes on standard output and error together
	CoreSize  Limit[uint64]        `json:"coreSize,omitzero"`  // bytes

	// What happens when WallTime, CPUTime or Output is reached: the first process is sent Signal, and after Grace everything is killed.
	Signal Signal        `json:"signal,omitempty"` // 0: killed at once
	Grace  time.Duration `json:"grace,omitempty"`  // nanoseconds
}

// Limit is one bound, and where it stands.
type Limit[T any] struct {
	Set  bool `json:"set,omitempty"`
	Most T    `json:"most"`
	Rule int  `json:"rule"` // index into Plan.Rules
}
