// All groups of attempts, one file each.

#include "attempt.h"

extern const struct attempt abi[], files[], kernel[], doors[], sockets[], tracing[], signals[], devices[], metadata[], races[], moving[], floods[];

const struct attempts groups[] = {
	{"abi", abi},
	{"files", files},
	{"kernel", kernel},
	{"doors", doors},
	{"sockets", sockets},
	{"tracing", tracing},
	{"signals", signals},
	{"devices", devices},
	{"metadata", metadata},
	{"races", races},
	{"moving", moving},
	{"floods", floods},
	{NULL, NULL},
};
