/* SPDX-License-Identifier: ISC */
/* body -- stores what a source sends, as far as it is wanted; fetcher */
#include "config.h"

#include <errno.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/counter.h"
#include "body.h"
#include "stranger.h"
#include "verdict.h"
#include "verify.h"

#define DRAIN_MAX	(64u << 10)	/* of a body that nobody wants */

/* Where the segment begins that the first reader ahead stands in; UINT64_MAX:
 * no reader is ahead. */
static uint64_t
wanted_segment(const struct pull *p)
{
	return p->wanted_from == UINT64_MAX ? UINT64_MAX :
	    p->wanted_from - p->wanted_from % arena_segment_size();
}

static enum segment_room
room_here(const struct pull *p)
{
	uint64_t at = p->fill.position;

	if (p->fill.skip && at >= wanted_segment(p) && at < p->wanted_until)
		return SEGMENT_EVICT;
	if (at < p->evict_until)
		return SEGMENT_EVICT;
	/* with a spool nothing goes that is not on disk as well */
	return p->has_reader || p->target->spooled ? SEGMENT_EVICT_IDLE :
	    SEGMENT_FREE_ROOM;
}

/* Stores what it can of the bytes; how many were taken, and errno: 0, EEXIST,
 * ENOSPC, EDEADLK. */
static size_t
store(struct pull *p, const char *bytes, size_t n)
{
	size_t taken = 0;
	ssize_t got;
	int looked = 0;

	do {
		p->fill.room = room_here(p);
		verify_writes(p, p->fill.position,
		    p->fill.position + (n - taken));
		errno = 0;
		got = fill_write(&p->fill, bytes + taken, n - taken,
		    p->info.end);
		taken += got > 0 ? (size_t)got : 0;
		if (errno != ENOSPC || looked++)
			break;
		arena_wait_room();	/* announce, then look again */
	} while (taken < n);
	return taken;
}

/* The same, but without room it lets go what no reader will want: no range can
 * be asked of such a source, and all its readers are further on (P9). */
static size_t
take(struct pull *p, const char *bytes, size_t n)
{
	size_t taken = store(p, bytes, n), pass = n - taken;
	uint64_t wanted = wanted_segment(p);

	if (taken == n || errno != ENOSPC || !p->fill.skip || p->has_reader ||
	    p->fill.position >= wanted)
		return taken;
	if (pass > wanted - p->fill.position)
		pass = (size_t)(wanted - p->fill.position);
	fill_pass(&p->fill, pass);
	taken += pass;
	return taken < n ? taken + store(p, bytes + taken, n - taken) : n;
}

/* How many of `n` bytes belong to the body that the head announced. */
static size_t
within_body(const struct pull *p, size_t n)
{
	uint64_t at = p->fill.position;
	uint64_t left = p->body_end > at ? p->body_end - at : 0;

	return left < n ? (size_t)left : n;
}

void
body_resized(struct pull *p)
{
	if (verdict_changed(p) == 0)
		p->done = 1;
}

/* Bytes came that the region does not take: why.  What body_take() returns. */
static size_t
refuse(struct pull *p, size_t used)
{
	if (p->fill.position >= p->info.end || errno == EEXIST) {
		p->done = 1;
		if (errno != EEXIST && p->body_end == UINT64_MAX &&
		    p->info.end == (uint64_t)p->fill.size)
			body_resized(p);
	} else if (p->fill.position >= p->body_end) {
		p->over = 1;
	} else if (errno == ENOSPC) {
		p->redo = used;
		p->state = PLAN_NO_ROOM;
		connection_pause(&p->socket, 1);
		counter_add(COUNTER_PULL_PAUSES, 1);
		return CURL_WRITEFUNC_PAUSE;
	} else {
		pull_break(p, "proxy_internal_error", 502,
		    "the arena is condemned");
		p->final = 1;
	}
	return 0;
}

/* What a stranger sends is compared, and not stored; of a body that is all of
 * the file the rest is not read. */
static size_t
compare(struct pull *p, const char *bytes, size_t n)
{
	size_t skip = p->skip < n ? (size_t)p->skip : n;
	int equal = stranger_compare(p, bytes + skip, n - skip);

	p->skip -= skip;
	return equal == 0 || (equal == 1 && p->ranged) ? n : 0;
}

size_t
body_take(char *bytes, size_t size, size_t count, void *arg)
{
	struct pull *p = arg;
	size_t n = size * count, from, taken;

	if (!p->judged) {
		p->peek = (const uint8_t *)bytes;
		p->npeek = n;
		verdict_take(p);
		p->npeek = 0;
	}
	p->heard = clock_ms();
	if (p->comparing)
		return compare(p, bytes, n);
	if (!p->takes) {
		p->dropped += n;
		return p->trouble[0] == '\0' && p->dropped <= DRAIN_MAX ? n : 0;
	}
	/* What was taken of a write that paused comes again. */
	from = p->redo < n ? p->redo : n;
	p->redo -= from;
	if (p->skip > 0 && from < n) {
		taken = p->skip < n - from ? p->skip : n - from;
		p->skip -= taken;
		from += taken;
	}
	errno = 0;
	taken = from < n ?
	    take(p, bytes + from, within_body(p, n - from)) : 0;
	p->pulled += taken;
	counter_add(COUNTER_PULL_BYTES, taken);
	return from + taken == n ? n : refuse(p, from + taken);
}
