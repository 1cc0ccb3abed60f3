/* SPDX-License-Identifier: ISC */
/*
 * refuse -- answers that say why there is no other
 *
 * Runs in:  worker.
 * Touches:  the request.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never.
 */
#ifndef REFUSE_H
#define REFUSE_H

#include "reeld/object.h"
#include "worker.h"

/*
 * Answers `status` with `text` as the reason: HTML, JSON if that is asked for,
 * or a clip (clip.h).  `error` is the type of Proxy-Status (RFC 9209, 2.3),
 * NULL where reeld or the client is the cause; `retry_after` in seconds, 0:
 * none.
 */
void refuse(h2o_req_t *, int status, int retry_after, const char *error,
    const char *text);

/* The same where an answer was prepared and not begun: forgets that. */
void refuse_instead(h2o_req_t *, int status, int retry_after,
    const char *error, const char *text);
/* The same for what a pull failed of. */
void refuse_failure(h2o_req_t *, const struct object_failure *);
/* Forgets the head of an answer that was prepared and not begun. */
void refuse_forget(h2o_req_t *);

/* The reason phrase of a status. */
const char *refuse_phrase(int status);

#endif /* REFUSE_H */
