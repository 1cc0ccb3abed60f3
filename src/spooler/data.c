/* SPDX-License-Identifier: ISC */
/* data -- the sparse files of the spool: bytes and their checksums; spooler */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "data.h"
#include "data_file.h"

#define AT_ONCE		(2U << 20)	/* bytes of one system call */
#define FOLIO		(2 << 20)	/* of the page cache, at most */
#define PART_BLOCKS	(SEGMENT_BLOCKS / CATALOGUE_PARTS)

/* Blocks beside each other, as bytes within the segment. */
struct run {
	unsigned	 next, last;	/* blocks to look at; last: not it */
	uint32_t	 begin, end;
};

struct data *
data_create(int dirfd, uint32_t segment_size)
{
	struct data *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->dirfd = dirfd;
	d->segment_size = segment_size;
	return d;
}

void
data_destroy(struct data *d)
{
	unsigned i;

	if (d == NULL)
		return;
	data_file_settle(d);
	for (i = 0; i < DATA_FILES; i++)
		if (d->files[i].file != 0)
			data_file_close(d, d->files[i].file);
	free(d);
}

static int
has_block(const struct catalogue_segment *s, unsigned i)
{
	return s->blocks[i / 64] >> i % 64 & 1;
}

/* The next run of blocks, clipped at `length`; 0: there is none. */
static int
next_run(const struct data *d, const struct catalogue_segment *s,
    uint32_t length, struct run *r)
{
	uint32_t block = d->segment_size / SEGMENT_BLOCKS;
	unsigned i = r->next, end = r->last;

	while (i < end && !has_block(s, i))
		i++;
	r->begin = i * block;
	while (i < end && has_block(s, i))
		i++;
	r->next = i;
	r->end = i * block < length ? i * block : length;
	return r->end > r->begin;
}

/* Of `n` parts from `part` on. */
static struct run
first_run(unsigned part, unsigned n)
{
	return (struct run){ .next = part * PART_BLOCKS,
	    .last = (part + n) * PART_BLOCKS };
}

/* The sum of a part goes from run to run, each with the one before it as its
 * seed.  It begins with which blocks of which segment these are: those of
 * another, or the right ones in the wrong place, are wrong. */
static uint64_t
begin_sum(const struct catalogue_segment *s, unsigned part)
{
	uint64_t what[3];

	what[0] = (uint64_t)s->file;
	what[1] = (uint64_t)s->number << 32 | part;
	what[2] = s->blocks[part / 2] >> part % 2 * PART_BLOCKS & 0xffffffff;
	return XXH3_64bits(what, sizeof(what));
}

/* 0 is said where there are no bytes. */
static uint64_t
end_sum(uint64_t sum, int64_t bytes)
{
	if (bytes == 0)
		return 0;
	return sum != 0 ? sum : 1;
}

static off_t
place(const struct data *d, const struct catalogue_segment *s, uint32_t at)
{
	return (off_t)s->number * d->segment_size + at;
}

/* How much of a run, from its begin on, can go past the page cache. */
static uint32_t
direct_bytes(const struct run *r, const uint8_t *memory)
{
	if ((r->begin | (uintptr_t)memory) % DATA_ALIGN != 0)
		return 0;
	return (r->end - r->begin) / DATA_ALIGN * DATA_ALIGN;
}

/* Writes [at, end) of a segment; 0, or -1. */
static int
write_bytes(int fd, const uint8_t *bytes, uint32_t at, uint32_t end,
    off_t base)
{
	uint32_t left;
	ssize_t n;

	while ((left = end - at) > 0) {
		n = pwrite(fd, bytes + at, left < AT_ONCE ? left : AT_ONCE,
		    base + at);
		if (n == 0)
			errno = ENOSPC;
		if (n == 0 || (n == -1 && errno != EINTR))
			return -1;
		if (n > 0)
			at += (uint32_t)n;
	}
	return 0;
}

static int
write_run(struct data *d, const struct catalogue_segment *s,
    const struct run *r, const uint8_t *bytes)
{
	uint32_t begin = r->begin, n = direct_bytes(r, bytes);
	off_t base = place(d, s, 0);
	int fd;

	if (n > 0 && (fd = data_file_direct(d, s->file, 1)) != -1) {
		if (write_bytes(fd, bytes, begin, begin + n, base) == 0)
			begin += n;
		else if (errno != EINVAL)
			return -1;
	}
	if (begin == r->end)
		return 0;
	if ((fd = data_file_open(d, s->file, 1)) == -1 ||
	    write_bytes(fd, bytes, begin, r->end, base) == -1)
		return -1;
	data_file_wrote(d, s->file, base + begin, r->end - begin);
	return 0;
}

/* Its bytes; `sum` is what they make of the one that it was. */
static uint32_t
sum_runs(const struct data *d, const struct catalogue_segment *s,
    unsigned part, const uint8_t *bytes, uint32_t length, uint64_t *sum)
{
	struct run r = first_run(part, 1);
	uint32_t n = 0;

	*sum = begin_sum(s, part);
	while (next_run(d, s, length, &r)) {
		*sum = XXH3_64bits_withSeed(bytes + r.begin, r.end - r.begin,
		    *sum);
		n += r.end - r.begin;
	}
	*sum = end_sum(*sum, n);
	return n;
}

int
data_write_parts(struct data *d, struct catalogue_segment *s, unsigned part,
    unsigned n, const uint8_t *bytes, uint32_t length)
{
	struct run r = first_run(part, n);
	unsigned i;

	while (next_run(d, s, length, &r))
		if (write_run(d, s, &r, bytes) == -1)
			return -1;
	for (i = part; i < part + n; i++)
		s->bytes += sum_runs(d, s, i, bytes, length, &s->sums[i]);
	return 0;
}

int
data_write(struct data *d, struct catalogue_segment *s, const uint8_t *bytes,
    uint32_t length)
{
	s->bytes = 0;
	return data_write_parts(d, s, 0, CATALOGUE_PARTS, bytes, length);
}

/* Reads [at, end).  What the disk does not give back is as bad as what it gives
 * back wrong. */
static int
read_bytes(int fd, uint8_t *to, uint32_t at, uint32_t end, off_t base)
{
	uint32_t left;
	ssize_t n;

	while ((left = end - at) > 0) {
		n = pread(fd, to + at, left < AT_ONCE ? left : AT_ONCE,
		    base + at);
		if (n == 0 || (n == -1 && errno == EIO))
			errno = EBADMSG;
		if (n == 0 || (n == -1 && errno != EINTR))
			return -1;
		if (n > 0)
			at += (uint32_t)n;
	}
	return 0;
}

/* What was read will not be read again soon.  The kernel reads ahead in folios
 * that end elsewhere than parts do, and drops a folio only as a whole. */
static void
drop_read(int fd, off_t at, uint32_t size)
{
	off_t begin = at > FOLIO ? at - FOLIO : 0;

	posix_fadvise(fd, begin, at + size - begin, POSIX_FADV_DONTNEED);
}

static int
read_run(struct data *d, const struct catalogue_segment *s,
    const struct run *r, uint8_t *to)
{
	uint32_t begin = r->begin, n = direct_bytes(r, to);
	off_t base = place(d, s, 0);
	int fd;

	if (n > 0 && (fd = data_file_direct(d, s->file, 0)) != -1) {
		if (read_bytes(fd, to, begin, begin + n, base) == 0)
			begin += n;
		else if (errno != EINVAL)
			return -1;
	}
	if (begin == r->end)
		return 0;
	if ((fd = data_file_open(d, s->file, 0)) == -1 ||
	    read_bytes(fd, to, begin, r->end, base) == -1)
		return -1;
	drop_read(fd, base + begin, r->end - begin);
	return 0;
}

int64_t
data_read_parts(struct data *d, const struct catalogue_segment *s,
    unsigned part, unsigned n, uint8_t *to, uint32_t length)
{
	struct run r = first_run(part, n);
	int64_t bytes = 0;
	uint64_t sum;
	unsigned i;

	while (next_run(d, s, length, &r))
		if (read_run(d, s, &r, to) == -1)
			return -1;
	for (i = part; i < part + n; i++) {
		bytes += sum_runs(d, s, i, to, length, &sum);
		if (s->sums[i] != sum) {
			errno = EBADMSG;
			return -1;
		}
	}
	return bytes;
}

int64_t
data_read(struct data *d, const struct catalogue_segment *s, unsigned part,
    uint8_t *to, uint32_t length)
{
	return data_read_parts(d, s, part, 1, to, length);
}

int
data_is_bad(int error)
{
	switch (error) {
	case EBADMSG:
	case EIO:
	case ENOENT:
	case ENOTDIR:		/* something else has its name */
	case EISDIR:
	case ELOOP:
		return 1;
	default:
		return 0;
	}
}

void
data_read_ahead(struct data *d, const struct catalogue_segment *s)
{
	int fd;

	/* reads past the page cache would not find it there */
	if (d->segment_size / SEGMENT_BLOCKS % DATA_ALIGN == 0 &&
	    data_file_direct(d, s->file, 0) != -1)
		return;
	if ((fd = data_file_open(d, s->file, 0)) != -1)
		posix_fadvise(fd, place(d, s, 0), d->segment_size,
		    POSIX_FADV_WILLNEED);
}
