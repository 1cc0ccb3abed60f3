/* SPDX-License-Identifier: ISC */
/* stray -- what lies in a data file and that no row names; spooler */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "stray.h"

#define PAGE		4096U

/* The rows of a file, made smaller. */
struct named {
	uint64_t	(*blocks)[SPOOL_WORDS];	/* by number of the segment */
	uint32_t	 segment_size;
	uint32_t	 unit;			/* a block, a page at least */
};

struct search {
	struct named	 named;
	struct data	*data;
	int64_t		 file;
	int64_t		 bytes;		/* found so far; -1: it failed */
	int		 punch;
};

static void
see_segment(void *arg, const struct catalogue_segment *s)
{
	struct named *n = arg;
	unsigned i;

	for (i = 0; i < SPOOL_WORDS; i++)
		n->blocks[s->number][i] = s->blocks[i];
}

/* Is any byte of the unit named that begins here? */
static int
is_named(const struct named *n, uint64_t at)
{
	uint32_t block = n->segment_size / SEGMENT_BLOCKS;
	uint64_t number = at / n->segment_size;
	unsigned i = (unsigned)(at % n->segment_size / block);
	unsigned end = i + n->unit / block;

	if (number >= SPOOL_SEGMENTS)
		return 0;
	for (; i < end; i++)
		if (n->blocks[number][i / 64] >> i % 64 & 1)
			return 1;
	return 0;
}

static void
found(struct search *s, uint64_t begin, uint64_t end)
{
	if (begin == end || s->bytes == -1)
		return;
	if (s->punch &&
	    data_punch_range(s->data, s->file, begin, end) == -1)
		s->bytes = -1;
	else
		s->bytes += (int64_t)(end - begin);
}

static void
see_extent(void *arg, uint64_t begin, uint64_t end)
{
	struct search *s = arg;
	uint64_t at, next, stray = begin;	/* since here, nothing named */

	for (at = begin; at < end; at = next) {
		next = at - at % s->named.unit + s->named.unit;
		if (is_named(&s->named, at - at % s->named.unit)) {
			found(s, stray, at);
			stray = next;
		}
	}
	if (stray < end)
		found(s, stray, end);
}

int64_t
stray_bytes(struct catalogue *c, struct data *d, int64_t file, int punch)
{
	struct search s = { .data = d, .file = file, .punch = punch };
	struct named *n = &s.named;
	uint32_t block;

	n->segment_size = catalogue_segment_size(c);
	block = n->segment_size / SEGMENT_BLOCKS;
	n->unit = block < PAGE ? PAGE : block;
	if ((n->blocks = calloc(SPOOL_SEGMENTS, sizeof(*n->blocks))) == NULL)
		return -1;
	if (catalogue_segments(c, file, see_segment, n) != CATALOGUE_OK) {
		s.bytes = -1;
		errno = EIO;
	} else if (data_extents(d, file, see_extent, &s) == -1)
		s.bytes = errno == ENOENT ? 0 : -1;
	free(n->blocks);
	return s.bytes;
}
