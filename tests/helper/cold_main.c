/* SPDX-License-Identifier: ISC */
/*
 * cold -- files leave the page cache, and it is seen that they have
 *
 * usage: cold file...
 *
 * Writes them back, gives their pages away (posix_fadvise, DONTNEED), asks
 * mincore(2) what is left and prints `resident total` in bytes; status 1 when
 * that is more than a thousandth, as on a tmpfs, which has no other place.
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Bytes of a file that the page cache has. */
static int64_t
resident(const char *path, int fd, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i;
	size_t pages = (size + page - 1) / page, n = 0;
	unsigned char *map;
	void *at;

	if (pages == 0)
		return 0;
	at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED || (map = malloc(pages)) == NULL ||
	    mincore(at, size, map) == -1)
		err(2, "%s", path);
	for (i = 0; i < pages; i++)
		n += map[i] & 1;
	free(map);
	munmap(at, size);
	return (int64_t)(n * page);
}

static int64_t
chill(const char *path, int64_t *total)
{
	struct stat st;
	int64_t left;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || fstat(fd, &st) == -1 || fdatasync(fd) == -1 ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		err(2, "%s", path);
	left = resident(path, fd, (size_t)st.st_size);
	close(fd);
	*total += st.st_size;
	return left;
}

int
main(int argc, char **argv)
{
	int64_t left = 0, total = 0;
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: cold file...\n");
		return 2;
	}
	for (i = 1; i < argc; i++)
		left += chill(argv[i], &total);
	printf("%" PRId64 " %" PRId64 "\n", left, total);
	return left > total / 1000;
}
