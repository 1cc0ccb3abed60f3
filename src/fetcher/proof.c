/* SPDX-License-Identifier: ISC */
/* proof -- bytes to compare another source's file with; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "reeld/arena.h"
#include "proof.h"

/* Copies what one segment has of the proof; 0, or -1 if not all is there. */
static int
copy_piece(struct proof *p, struct object_ref object, uint32_t done,
    uint32_t want)
{
	uint64_t at = p->at + done;
	uint32_t offset = (uint32_t)(at % arena_segment_size());
	struct segment_ref seg;
	int there;

	if (segment_find(object, (uint32_t)(at / arena_segment_size()),
	    &seg) == -1)
		return -1;
	there = segment_ready(seg, offset, want) == want;
	if (there)
		memcpy(p->bytes + done, segment_bytes(seg) + offset, want);
	segment_unpin(&seg);
	return there ? 0 : -1;
}

static int
copy(struct proof *p, struct object_ref object)
{
	uint32_t done, room, want, size = arena_segment_size();

	for (done = 0; done < p->n; done += want) {
		room = size - (uint32_t)((p->at + done) % size);
		want = p->n - done < room ? p->n - done : room;
		if (copy_piece(p, object, done, want) == -1)
			return -1;
	}
	return 0;
}

/* The last bytes of an extent before `until`; 0, or -1 if it has too few. */
static int
take(struct proof *p, const struct coverage *c, const struct extent *e,
    uint64_t until)
{
	uint64_t end = until > e->begin && until < e->end ? until : e->end;

	if (end - e->begin < p->n)
		return -1;
	p->at = end - p->n;
	return copy(p, c->object);
}

struct proof *
proof_create(const struct coverage *c, uint64_t near, int whole)
{
	struct proof *p;
	size_t i;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->n = c->size >= 0 && c->size < PROOF_BYTES ? (uint32_t)c->size :
	    PROOF_BYTES;
	for (i = 0; i < c->n && !whole; i++)
		if (c->extents[i].begin < near && near <= c->extents[i].end &&
		    take(p, c, &c->extents[i], near) == 0)
			return p;
	for (i = 0; i < c->n; i++) {
		if (whole && c->extents[i].begin != 0)
			break;
		if (take(p, c, &c->extents[i], whole ? p->n : near) == 0)
			return p;
	}
	free(p);
	return NULL;
}

void
proof_destroy(struct proof *p)
{
	free(p);
}

int
proof_compare(struct proof *p, const void *bytes, size_t len)
{
	size_t left = p->n - p->seen;

	if (len > left)
		len = left;
	if (memcmp(p->bytes + p->seen, bytes, len) != 0)
		return -1;
	p->seen += (uint32_t)len;
	return p->seen == p->n;
}
