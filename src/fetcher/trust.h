/* SPDX-License-Identifier: ISC */
/*
 * trust -- whom TLS sources are vouched for by, and what reeld shows them
 *
 * Runs in:  fetcher.
 * Touches:  the memfd of MSG_TRUST.
 * Locks:    none.
 * Owns:     a copy of all that is in force.
 * Fails:    what the master sent and cannot be read is fatal: another
 *           authority than the configured one must not be asked.
 */
#ifndef TRUST_H
#define TRUST_H

#include <stddef.h>
#include <stdint.h>

#include "reeld/conf.h"
#include "reeld/msg.h"

/* PEM; len 0: none. */
struct trust_part {
	char		*text;
	size_t		 len;
};

struct trust {
	struct trust_part parts[MSG_TRUST_PARTS];
	uint64_t	 tag;		/* of the bytes of all parts */
};

/* Takes the place of what there was: of `conf`, which is in force from now on.
 * Closes `fd`. */
void trust_replace(int fd, const struct conf *conf);

/* What the origin, one of that configuration, has; never NULL. */
const struct trust *trust_of(const struct conf_origin *);

#endif /* TRUST_H */
