/* SPDX-License-Identifier: ISC */
/*
 * use -- whether what is stored will do for a request, or its source is asked
 *
 * Runs in:  worker.
 * Touches:  object records and regions, through the store.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef USE_H
#define USE_H

#include "reader.h"

/* Takes note of what the client says of caching. */
void use_note(struct reader *);

/* What to do with the object of a reader, which is known (RFC 9111, 4). */
enum caching_use use_decide(struct reader *);

/* 1 when the catalogue of the spool knows nothing of the object. */
int use_was_looked_up(const struct reader *);

/* 1 when the source has answered since the request came, or could not be
 * asked. */
int use_was_asked(const struct reader *);

/* 1 when the client wants what is stored or nothing (only-if-cached); refuses
 * it that, since there is not what it wants. */
int use_wants_stored(const struct reader *);
void use_refuse(struct reader *);

/* 1 when a newer generation has the key of its object, or nobody: it is for
 * this request only if it was made for it, and is to pass. */
int use_has_lost(const struct reader *, const struct object_info *);

/* From now on the request is about an object that no other finds. */
void use_alone(struct reader *);

#endif /* USE_H */
