/* SPDX-License-Identifier: ISC */
/* undo -- gives back what was made; every process */
#include "config.h"

#include <errno.h>
#include <unistd.h>

#include "reeld/undo.h"

int
undo_fd(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
	return -1;
}
