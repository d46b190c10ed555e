// Gives the kernel a path in memory that nobody ever fills: whoever reads it may wait for ever, unless the memory is for the program's own
// accesses only, as userfaultfd(2) has it for ordinary users. It says what open(2) answers.
#include "victim.h"
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

int main(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	int u = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (u < 0) {
		say("no userfaultfd: %s\n", strerrorname_np(errno));
		return 0;
	}
	MUST(ioctl(u, UFFDIO_API, &api));
	char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct uffdio_register all = {.range = {(unsigned long)page, 4096}, .mode = UFFDIO_REGISTER_MODE_MISSING};
	MUST(ioctl(u, UFFDIO_REGISTER, &all));
	int fd = open(page, O_RDONLY);
	say("open: %s\n", fd < 0 ? strerrorname_np(errno) : "a file");
	return 0;
}
