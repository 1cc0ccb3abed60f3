/* SPDX-License-Identifier: ISC */
/*
 * permit -- addresses that carry their permission: checked, and made for
 * reelctl
 *
 * Runs in:  worker.
 * Touches:  nothing shared; the secrets of the configuration.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    answers 403, or says why an address cannot be signed.
 */
#ifndef PERMIT_H
#define PERMIT_H

#include "request.h"

#define PERMIT_LEN	2048		/* of an address that reelctl sends */
#define PERMIT_MAX	3155760000	/* seconds */

struct permit {
	int64_t		 expires;	/* unix seconds */
	const char	*client;	/* as the log has it; NULL: anybody */
	int		 in_path;	/* the form /t/<expires>.<sig>/rest */
};

/* 1 when the address has the signature that its origin wants, or it wants none;
 * 0 when the client was told what is wrong. */
int permit_check(h2o_req_t *, const struct request *);

/* Prints a path or a URL with the permission in it; one that it had is dropped,
 * the rest of its query stays.  NULL, or why it cannot be. */
const char *permit_print(const struct permit *, const char *address,
    char *out, size_t len);

#endif /* PERMIT_H */
