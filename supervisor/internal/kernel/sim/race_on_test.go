// The race detector makes everything ten times slower: the search is cut short then.

//go:build race

package sim_test

const shortLimit = 3000
