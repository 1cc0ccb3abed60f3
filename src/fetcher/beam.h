/* SPDX-License-Identifier: ISC */
/*
 * beam -- what is special about a source of Filecoin pieces
 *
 * Runs in:  fetcher.
 * Touches:  nothing but its arguments and the list of pulls.
 * Locks:    none.
 * Owns:     nothing; reasons are static.
 * Fails:    never; each is of no effect on targets of other kinds.
 *
 * The address names the bytes, so every source of it is as good as another,
 * what it says of versions is of no interest, and one that has another size is
 * wrong: there is no new version.
 */
#ifndef BEAM_H
#define BEAM_H

#include "reeld/answer.h"
#include "reeld/piece.h"
#include "pull.h"

/* The piece that an address ends in; -1: in none. */
int beam_piece(const char *url, struct piece *);

/* What an answer means when it is about a piece: its size is what the name
 * says, and refusals get the reasons that Beam and providers have for them. */
void beam_check(const struct pull *, struct answer *);

/* 1 for a piece, which is fresh for ever whatever its source says; clients get
 * a Cache-Control of their own. */
int beam_keeps(const struct pull *, struct freshness *,
    char control[CACHING_TEXT]);

/* How a piece is described: its name is its ETag, its type is what its first
 * bytes are. */
void beam_describe(const struct pull *, struct object_answer *);

/* Whether the object lacks ranges now, where that was `said` of it.  Beam
 * answers whole to what its cache does not have, and in ranges a moment later:
 * so it is true of a piece while such an answer comes in, and no longer. */
int beam_no_ranges(const struct target *, int said);

#endif /* BEAM_H */
