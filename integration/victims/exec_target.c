// A program that may run, unless it was started in a way that it must not be: then it leaves a mark.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void mark(const char *why)
{
	const char *file = getenv("MARK");
	int fd = open(file ? file : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (write(fd, why, strlen(why)) < 0 || write(fd, "\n", 1) < 0)
		_exit(98);
}

extern char **environ;

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "evil") == 0)
		mark("argument");
	for (char **e = environ; *e; e++)
		if (strncmp(*e, "LD_", 3) == 0)
			mark("environment");
	return 0;
}
