/* SPDX-License-Identifier: ISC */
/*
 * beam -- pieces of Filecoin, as clients see them
 *
 * Runs in:  worker.
 * Touches:  objects, through the store and reader.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    says why, or answers so.
 */
#ifndef BEAM_H
#define BEAM_H

#include "reader.h"
#include "request.h"

/* A piece's name is a hash of its bytes: they never change (RFC 8246). */
#define BEAM_CACHE_CONTROL	"public, max-age=31536000, immutable"

/* The address of the piece that `rest` names, what follows the origin's prefix
 * in the raw path: <pieceCid>[/name.ext].  0, or -1 with the reason. */
int beam_source(const struct conf_origin *, struct span rest, char *url,
    size_t urllen, const char **why);

/* The Content-Type, where the object's says nothing: of the bytes that are
 * there, or of the name that the client gave it.  Writes into `a`. */
void beam_type(const struct reader *, struct object_answer *a);

/* /metadata/<pieceCid>, unless an origin has that path or none has pieces: 1
 * when the request was answered, or will be. */
int beam_metadata(h2o_req_t *, struct request *);

/* The answer to it, once the object is known. */
void beam_size(struct reader *, int64_t size);

#endif /* BEAM_H */
