// One byte that somebody changes all the time, between the checks of others and the kernel's look.

#ifndef RACE_H
#define RACE_H

#include "attempt.h"

// In the working folder lie G, a folder with a file in it, and E, a symbolic link to the folder outside: so a path that leads
// outside and one that does not differ in this one byte.
#define GOOD 'G'
#define EVIL 'E'

// argument is memory for what is passed to the kernel, shared with children.
extern char *argument;
// flips counts the changes; it is shared too.
extern _Atomic long *flips;

// A flipper changes the byte from somewhere else, for ever.
typedef void flipper(char *at);
flipper by_thread, by_child, by_mem, by_vm;

// racing starts a flipper of the first byte of a path, which it puts at the offset of argument.
char *racing(flipper *f, const char *path, int offset);
// on tells whether to try once more, and waits for the flipper now and then.
int on(long tried);
// flips_by starts a thread that calls f over and over.
void flips_by(void (*f)(void));
// wrote_outside ends the attempt if the descriptor is one of the file outside, for writing; else it closes it.
void wrote_outside(int fd);

#endif
