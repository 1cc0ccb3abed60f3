/* SPDX-License-Identifier: ISC */
/*
 * clip -- errors as short films, for players that show nothing else
 *
 * Runs in:  worker.
 * Touches:  the request.
 * Locks:    none.
 * Owns:     nothing: the clips are part of the program (contrib/clips).
 * Fails:    never.
 */
#ifndef CLIP_H
#define CLIP_H

#include "worker.h"

struct clip;

/*
 * The clip that answers this request where its error is `status`, or NULL: then
 * text does.  `received` is the source's status, 0: none; `error` the type of
 * Proxy-Status (RFC 9209, 2.3), NULL: none.
 *
 * There is one where the origin has error_clip and the player was promised
 * MPEG-TS (a live stream) or asks for it: Accept names video/mp2t, or the path
 * ends in .ts.  There is none for who accepts HTML or JSON by name, none for
 * who has a part already (he would take it for the rest), and none for errors
 * of the request itself.
 */
const struct clip *clip_find(h2o_req_t *, int status, int received,
    const char *error);

/* Sends it as a 200 with `status` in X-Reeld-Error; other fields may have been
 * added before. */
void clip_send(h2o_req_t *, const struct clip *, int status);

/* 1 when a field that lists media types (RFC 9110, 12.5.1) names `type`. */
int clip_accepts(h2o_req_t *, const char *type);

#endif /* CLIP_H */
