/* SPDX-License-Identifier: ISC */
/* intake -- parts of a segment, on their way from disk into memory; spooler */
#include "config.h"

#include <sys/mman.h>

#include <errno.h>

#include "reeld/arena.h"
#include "reeld/fill.h"
#include "intake.h"
#include "part.h"

static uint8_t *bounce;			/* a segment */

static uint64_t
start_of(const struct intake *in)
{
	return (uint64_t)in->row->number * arena_segment_size();
}

unsigned
intake_reach(const struct intake *in, unsigned part, unsigned most)
{
	uint32_t length = part_length(in->size, in->row->number);
	unsigned n = 0;

	while (n < most && part + n < CATALOGUE_PARTS &&
	    part_is_full(in->row->blocks, part + n, length))
		n++;
	return n > 0 ? n : 1;
}

/* ---- by way of other memory ---- */

static int
make_bounce(void)
{
	void *p;

	if (bounce != NULL)
		return 0;
	p = mmap(NULL, arena_segment_size(), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return -1;
	bounce = p;
	return 0;
}

/* Publishes the blocks of a part that are on disk; those that somebody else
 * has brought meanwhile are passed over. */
static void
publish(const struct intake *in, unsigned part, uint32_t length)
{
	uint32_t block = part * PART_BLOCKS, last = block + PART_BLOCKS;
	uint32_t from, to;
	struct fill f;

	while (part_next_run(in->row->blocks, &block, last, &from, &to)) {
		if (to > length)
			to = length;
		if (from >= to)
			break;
		fill_init(&f, in->object, start_of(in) + from, in->size);
		f.skip = 1;
		fill_write(&f, bounce + from, to - from, start_of(in) + to);
		fill_fini(&f);
	}
}

static int64_t
read_bounced(const struct intake *in, struct data *d, unsigned part,
    uint32_t length)
{
	int64_t got;

	if (make_bounce() == -1)
		return -1;
	if ((got = data_read(d, in->row, part, bounce, length)) != -1)
		publish(in, part, length);
	return got;
}

/* ---- in place ---- */

/* 1 when it was ours to bring so; then `got` is what data_read() said. */
static int
read_in_place(const struct intake *in, struct data *d, unsigned part,
    unsigned n, uint32_t length, int64_t *got)
{
	uint32_t from = part * part_bytes(), to = from + n * part_bytes();
	struct fill f;
	uint8_t *at;
	int saved;

	if (!part_is_full(in->row->blocks, part, length))
		return 0;
	if (to > length)
		to = length;
	fill_init(&f, in->object, start_of(in) + from, in->size);
	if ((at = fill_claim(&f, to - from)) != NULL) {
		*got = data_read_parts(d, in->row, part, n, at - from, length);
		if (*got != -1)
			fill_publish(&f, to - from);
	}
	saved = errno;
	fill_fini(&f);
	errno = saved;
	return at != NULL;
}

int64_t
intake_read(const struct intake *in, struct data *d, unsigned part,
    unsigned n)
{
	uint32_t length = part_length(in->size, in->row->number);
	int64_t got, sum = 0;
	unsigned i;

	if (read_in_place(in, d, part, n, length, &got))
		return got;
	for (i = part; i < part + n; i++) {
		if ((got = read_bounced(in, d, i, length)) == -1)
			return -1;
		sum += got;
	}
	return sum;
}
