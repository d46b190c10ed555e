// All groups of attempts, one file each.

#include "attempt.h"

extern const struct attempt abi[];

const struct attempts groups[] = {
	{"abi", abi},
	{NULL, NULL},
};
