// What the package is for.

// Package seccomp turns rules about system calls into seccomp filters.
package seccomp
