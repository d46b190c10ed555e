// The program that must not run: it leaves a mark.
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	const char *file = getenv("MARK");
	int fd = open(file ? file : "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0600);
	return write(fd, "program\n", 8) == 8 ? 42 : 98;
}
