/* SPDX-License-Identifier: ISC */
/* data_file -- descriptors of data files, and their page cache; spooler */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "data.h"
#include "data_file.h"

#define WRITE_BACK	(512 << 10)	/* bytes beside each other */

void
data_file_name(int64_t file, char *name, size_t size)
{
	snprintf(name, size, "%s/%02x/%lld", DATA_NAME,
	    (unsigned)(file & (DATA_FOLDERS - 1)), (long long)file);
}

/* The folders above a file are made when they are first wanted. */
static int
make_folder(struct data *d, int64_t file)
{
	char name[32];

	if (mkdirat(d->dirfd, DATA_NAME, 0700) == -1 && errno != EEXIST)
		return -1;
	snprintf(name, sizeof(name), "%s/%02x", DATA_NAME,
	    (unsigned)(file & (DATA_FOLDERS - 1)));
	return mkdirat(d->dirfd, name, 0700) == -1 && errno != EEXIST ? -1 : 0;
}

static int
open_file(struct data *d, int64_t file, int create, int more)
{
	int fd, flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | more;
	char name[64];

	data_file_name(file, name, sizeof(name));
	fd = openat(d->dirfd, name, flags);
	if (fd == -1 && errno == ENOENT && create) {
		if (make_folder(d, file) == -1)
			return -1;
		fd = openat(d->dirfd, name, flags | O_CREAT, 0600);
	}
	/* what cannot be written any more can still be read */
	if (fd == -1 && (errno == EROFS || errno == EACCES) && !create)
		fd = openat(d->dirfd, name, O_RDONLY | O_CLOEXEC |
		    O_NOFOLLOW | more);
	return fd;
}

static void
close_slot(struct data_file *f)
{
	if (f->file != 0)
		close(f->fd);
	if (f->file != 0 && f->direct != -1)
		close(f->direct);
	f->file = 0;
	f->used = 0;
}

void
data_file_close(struct data *d, int64_t file)
{
	unsigned i;

	for (i = 0; i < DATA_FILES; i++)
		if (d->files[i].file == file)
			close_slot(&d->files[i]);
}

/* A file that somebody removed is not the one that has the name now. */
static int
is_gone(int fd)
{
	struct stat st;

	return fstat(fd, &st) == -1 || st.st_nlink == 0;
}

/* One that has been opened for reading alone is opened again to create. */
static int
serves(const struct data_file *f, int create)
{
	if (is_gone(f->fd))
		return 0;
	return !create || (fcntl(f->fd, F_GETFL) & O_ACCMODE) == O_RDWR;
}

/* The file's slot, opened if it is not, or NULL. */
static struct data_file *
take_slot(struct data *d, int64_t file, int create)
{
	struct data_file *f, *oldest = &d->files[0];
	int fd;

	for (f = d->files; f < d->files + DATA_FILES; f++) {
		if (f->file == file && serves(f, create))
			goto found;
		if (f->file == file)
			close_slot(f);
		if (f->used < oldest->used)
			oldest = f;
	}
	if ((fd = open_file(d, file, create, 0)) == -1)
		return NULL;
	f = oldest;
	close_slot(f);
	f->file = file;
	f->fd = fd;
	f->direct = open_file(d, file, create, O_DIRECT);
found:
	f->used = ++d->clock;
	return f;
}

int
data_file_open(struct data *d, int64_t file, int create)
{
	struct data_file *f = take_slot(d, file, create);

	return f == NULL ? -1 : f->fd;
}

int
data_file_direct(struct data *d, int64_t file, int create)
{
	struct data_file *f = take_slot(d, file, create);

	if (f == NULL)
		return -1;
	if (f->direct == -1)
		errno = EINVAL;
	return f->direct;
}

/* The oldest write.  Only clean pages are dropped, so it is waited for: it has
 * been under way for long, and this is what keeps us as slow as the disk. */
static void
drop_first(struct data *d)
{
	struct data_behind *b = &d->behind[d->first];
	int fd = data_file_open(d, b->file, 0);

	if (fd != -1) {
		sync_file_range(fd, b->offset, b->length,
		    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
		    SYNC_FILE_RANGE_WAIT_AFTER);
		posix_fadvise(fd, b->offset, b->length, POSIX_FADV_DONTNEED);
	}
	d->waiting -= b->length;
	d->first = (d->first + 1) % DATA_BEHIND;
	d->n--;
}

/* The newest write, if these bytes go on where it ends. */
static struct data_behind *
last_write(struct data *d, int64_t file, off_t offset)
{
	struct data_behind *b;

	if (d->n == 0)
		return NULL;
	b = &d->behind[(d->first + d->n - 1) % DATA_BEHIND];
	return b->file == file && b->offset + b->length == offset &&
	    b->length < WRITE_BACK ? b : NULL;
}

static void
begin_write_back(struct data *d, const struct data_behind *b)
{
	int fd = data_file_open(d, b->file, 0);

	if (fd != -1)
		sync_file_range(fd, b->offset, b->length,
		    SYNC_FILE_RANGE_WRITE);
}

void
data_file_wrote(struct data *d, int64_t file, off_t offset, off_t length)
{
	struct data_behind *b = last_write(d, file, offset);

	if (b != NULL) {
		b->length += length;
	} else {
		if (d->n == DATA_BEHIND)
			drop_first(d);
		b = &d->behind[(d->first + d->n++) % DATA_BEHIND];
		*b = (struct data_behind){ file, offset, length };
	}
	d->waiting += length;
	if (b->length >= WRITE_BACK)
		begin_write_back(d, b);
	while (d->n > 1 && d->waiting > DATA_BEHIND_MAX)
		drop_first(d);
}

void
data_file_settle(struct data *d)
{
	while (d->n > 0)
		drop_first(d);
}
