/* SPDX-License-Identifier: ISC */
/* sealed -- a text that no process can change; master */
#include "config.h"

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "reeld/undo.h"
#include "sealed.h"

static int
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len > 0; text += n, len -= (size_t)n)
		if ((n = write(fd, text, len)) == -1)
			return -1;
	return 0;
}

int
sealed_create(const char *name, const struct sealed_part *parts, size_t n)
{
	size_t i;
	int fd;

	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	for (i = 0; i < n; i++)
		if (write_all(fd, parts[i].bytes, parts[i].len) == -1)
			return undo_fd(fd);
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK |
	    F_SEAL_GROW | F_SEAL_SEAL) == -1)
		return undo_fd(fd);
	return fd;
}
