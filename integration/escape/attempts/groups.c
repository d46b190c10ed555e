// All groups of attempts, one file each.

#include "attempt.h"

extern const struct attempt abi[], files[], kernel[], doors[], sockets[], tracing[], devices[];

const struct attempts groups[] = {
	{"abi", abi},
	{"files", files},
	{"kernel", kernel},
	{"doors", doors},
	{"sockets", sockets},
	{"tracing", tracing},
	{"devices", devices},
	{NULL, NULL},
};
