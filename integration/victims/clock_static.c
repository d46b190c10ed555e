// clock.c without shared libraries.
#include "clock.c"
