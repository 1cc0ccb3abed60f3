/* SPDX-License-Identifier: ISC */
/*
 * flood -- an attack by the same few HTTP/2 frames, over and over
 *
 * Runs in:  test programs, from their first thread; see siege.h.
 * Touches:  connections of its own.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    the test, as siege_attack() does.
 */
#ifndef TEST_FLOOD_H
#define TEST_FLOOD_H

#include <stddef.h>
#include <stdint.h>

#include "h2wire.h"
#include "siege.h"

#define FLOOD_BLOCK_MAX	512	/* bytes of a request made here */

struct flood {
	const char	*title;
	/* Frames that come once, on stream 1; NULL: none. */
	size_t		(*opening)(uint8_t *to);
	/* One round of it, at most 1 KiB; takes streams from `*next` on. */
	size_t		(*round)(uint8_t *to, uint32_t *next);
	int		 deaf;		/* does not read what is answered */
};

/* Preface, SETTINGS, the opening, and then rounds until it is cut. */
void flood_attack(struct siege *, const struct flood *);

/* Once by a client that reads, once by one that does not. */
void flood_attack_both(struct siege *, const struct flood *);

/* Frames for rounds: the bytes written.  A GET that is complete; a frame whose
 * payload is a number. */
size_t flood_put_get(uint8_t *to, uint32_t stream, const char *path);
size_t flood_put_number(uint8_t *to, enum h2_type, uint32_t stream,
    uint32_t number);

#endif /* TEST_FLOOD_H */
