/* SPDX-License-Identifier: ISC */
/* data_folder -- the data files as such: which there are, holes; spooler */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "data.h"
#include "data_file.h"

int
data_punch_range(struct data *d, int64_t file, uint64_t begin, uint64_t end)
{
	int fd = data_file_open(d, file, 0);

	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
	    (off_t)begin, (off_t)(end - begin));
}

int
data_punch(struct data *d, int64_t file, uint32_t number)
{
	uint64_t begin = (uint64_t)number * d->segment_size;

	return data_punch_range(d, file, begin, begin + d->segment_size);
}

int
data_remove(struct data *d, int64_t file)
{
	char name[64];

	data_file_close(d, file);
	data_file_name(file, name, sizeof(name));
	return unlinkat(d->dirfd, name, 0) == -1 && errno != ENOENT ? -1 : 0;
}

int
data_extents(struct data *d, int64_t file, void (*see)(void *, uint64_t,
    uint64_t), void *arg)
{
	off_t begin, end = 0;
	int fd;

	if ((fd = data_file_open(d, file, 0)) == -1)
		return -1;
	for (;;) {
		if ((begin = lseek(fd, end, SEEK_DATA)) == -1)
			return errno == ENXIO ? 0 : -1;
		if ((end = lseek(fd, begin, SEEK_HOLE)) == -1)
			return -1;
		see(arg, (uint64_t)begin, (uint64_t)end);
		/* which may have opened other files in its place */
		if ((fd = data_file_open(d, file, 0)) == -1)
			return -1;
	}
}

/* The number that a name says, in its own folder; 0: it is none of ours. */
static int64_t
number_of(const char *name, unsigned folder)
{
	const char *error;
	int64_t file = strtonum(name, 1, INT64_MAX, &error);

	return error == NULL && (file & (DATA_FOLDERS - 1)) == folder ?
	    file : 0;
}

int
data_each_in(struct data *d, unsigned folder, void (*see)(void *, int64_t,
    uint64_t), void *arg)
{
	struct dirent *e;
	struct stat st;
	int64_t file;
	char name[32];
	DIR *dir;
	int fd;

	snprintf(name, sizeof(name), "%s/%02x", DATA_NAME, folder);
	fd = openat(d->dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return errno == ENOENT ? 0 : -1;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return -1;
	}
	errno = 0;
	while ((e = readdir(dir)) != NULL) {
		if ((file = number_of(e->d_name, folder)) != 0 && fstatat(fd,
		    e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			see(arg, file, (uint64_t)st.st_blocks * 512);
		errno = 0;
	}
	fd = errno;
	closedir(dir);
	errno = fd;
	return errno == 0 ? 0 : -1;
}

int
data_each(struct data *d, void (*see)(void *, int64_t, uint64_t), void *arg)
{
	unsigned i;

	for (i = 0; i < DATA_FOLDERS; i++)
		if (data_each_in(d, i, see, arg) == -1)
			return -1;
	return 0;
}
