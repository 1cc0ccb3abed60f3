/* SPDX-License-Identifier: ISC */
/*
 * aim -- the object that an administrator names by an address
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     nothing; the origin is the configuration's.
 * Fails:    -1, and `*why` is a reason fit to read.
 */
#ifndef AIM_H
#define AIM_H

#include "reeld/conf.h"
#include "reeld/hash.h"
#include "reeld/url.h"

struct aim {
	const struct conf_origin *origin;
	char		 url[URL_MAX + 1];	/* at its source */
	uint8_t		 key[HASH_LEN];
};

/* 1 when the text is an address: a path, or a whole URL. */
int aim_is_address(const char *);

/*
 * The object that a request would get: of a path, or of a whole URL, at its
 * source or at reeld.  No signature is asked for.
 */
int aim_take(const char *address, struct aim *, const char **why);

#endif /* AIM_H */
