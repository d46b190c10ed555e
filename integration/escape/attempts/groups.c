// All groups of attempts, one file each.

#include "attempt.h"

extern const struct attempt abi[], files[], kernel[], doors[], sockets[], tracing[], signals[], devices[], races[], moving[], floods[];

const struct attempts groups[] = {
	{"abi", abi},
	{"files", files},
	{"kernel", kernel},
	{"doors", doors},
	{"sockets", sockets},
	{"tracing", tracing},
	{"signals", signals},
	{"devices", devices},
	{"races", races},
	{"moving", moving},
	{"floods", floods},
	{NULL, NULL},
};
