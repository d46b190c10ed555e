// Passes strings at the end of its memory to a call, and strings that do not end.
#include "victim.h"
#include <sys/xattr.h>

int main(void)
{
	char *page = MUST(mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	char value[8];
	MUST(mprotect(page + 4096, 4096, PROT_NONE));
	const char *text = "ends with the page";
	memcpy(page + 4096 - strlen(text) - 1, text, strlen(text) + 1);
	getxattr(page + 4096 - strlen(text) - 1, "user.x", value, 8);
	memset(page, 'x', 4096); // no end before the memory's
	getxattr(page + 4096 - 18, "user.x", value, 8);
	getxattr((char *)24, "user.x", value, 8);
	getxattr(page, "user.x", value, 8); // longer than anybody wants to read
	page[300] = 0;
	getxattr(page, "user.x", value, 8); // just not too long
	getxattr("", "user.x", value, 8);
	say("done\n");
	return 0;
}
