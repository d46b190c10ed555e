// A program that is built with the address sanitiser, and leaks nothing.
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	char *p = malloc(10);
	snprintf(p, 10, "%s", "fine");
	puts(p);
	free(p);
	return 4;
}
