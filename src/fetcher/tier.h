/* SPDX-License-Identifier: ISC */
/*
 * tier -- how far the disk can be counted on before a source is asked
 *
 * Runs in:  fetcher.
 * Touches:  the spooler's state in the arena.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 *
 * A spooler that dies comes again at once: what it alone can tell or bring is
 * waited for until then, a while at most.
 */
#ifndef TIER_H
#define TIER_H

#include "reeld/conf.h"
#include "reeld/object.h"

/* 1 when no spooler is there and one is to come, until `*until` (ms). */
int tier_comes(const struct conf *, int64_t *until);
/* 1 when what is on disk is brought, or will be once that spooler is there. */
int tier_brings(const struct conf *);
/* 1 when the object is ASKING and the catalogue may yet know it. */
int tier_may_know(const struct conf *, struct object_ref);

#endif /* TIER_H */
