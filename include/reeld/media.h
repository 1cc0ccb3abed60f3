/* SPDX-License-Identifier: ISC */
/*
 * media -- the Content-Type that players are told
 *
 * Runs in:  fetcher, worker.
 * Touches:  nothing.
 * Locks:    none.
 * Owns:     nothing; what is returned is static or an argument.
 * Fails:    never.
 */
#ifndef REELD_MEDIA_H
#define REELD_MEDIA_H

/* What the source says if that is of use, else what the end of the file's name
 * stands for (Safari plays no application/octet-stream), else
 * application/octet-stream.  `name` may end in a query. */
const char *media_type(const char *said, const char *name);

/* 1 for what a source says when it does not know. */
int media_is_vague(const char *type);

#endif /* REELD_MEDIA_H */
