// Package escape holds attempts of hostile programs to leave a jail, and the test that each of them gets out where there is
// no jail and none where there is one. It has no code of its own; README.md says how to run an attempt by hand.
package escape
