/* SPDX-License-Identifier: ISC */
/*
 * forwarded -- what trusted proxies say of the client behind them
 *
 * Runs in:  worker.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing; what is told points into the fields.
 * Fails:    what cannot be read is as if it were not there.
 */
#ifndef REELD_FORWARDED_H
#define REELD_FORWARDED_H

#include <sys/socket.h>

#include "reeld/network.h"
#include "reeld/span.h"

/* The fields of a request, several lines of one name joined by ", "; base NULL
 * where there is none. */
struct forwarded_fields {
	struct span	 forwarded;	/* RFC 7239 */
	struct span	 x_for, x_proto, x_host, x_prefix;
};

struct forwarded {
	/* AF_UNSPEC: not told.  Port 0; an IPv4 address mapped into IPv6 is
	 * the IPv4 address. */
	struct sockaddr_storage	 client;
	struct span	 proto;		/* "http" or "https"; base NULL */
	struct span	 host;		/* a valid host[:port]; base NULL */
	struct span	 prefix;	/* begins with /, ends without */
};

/*
 * Reads them from right to left, as the proxies wrote them: the client is the
 * first address that is in none of the `n` trusted networks, or the leftmost
 * where all are.  An address that cannot be read ("unknown", "_hidden") ends
 * the walk: the client is not told.  The caller asks only where the peer
 * itself is trusted.
 *
 * Proto, host and prefix are those that stand rightmost in the X- fields, and
 * of Forwarded those that stand beside the client.  A proxy that writes one of
 * the two families passes on what its client says in the other: where they
 * contradict each other, nothing is told.
 */
void forwarded_read(const struct forwarded_fields *,
    const struct network *trusted, size_t n, struct forwarded *);

#endif /* REELD_FORWARDED_H */
