// Package place names a task by its place in the tree: which child of which child it is. Unlike its number and unlike the order in
// which tasks are made it is the same in every run of a deterministic program, whatever the scheduling.
package place

// A Place is a hash of the way from the first task.
type Place uint64

// Root is the first task.
func Root() Place { return Place(Mix(0)) }

// Child is the nth task, from 1, that the one at p makes: processes and threads together.
func (p Place) Child(n uint64) Place { return Place(Mix(uint64(p) ^ Mix(n))) }

// Mix spreads the bits of a number: the finaliser of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", 2014).
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
