// Package decode compares what engines/decode says of the system calls of real programs with what strace(1) says of them. It
// has tests only: each program runs twice, once under strace and once in a jail, because neither can look at the other's tasks.
package decode
