/* SPDX-License-Identifier: ISC */
/*
 * allow -- which hosts a client may name in an address
 *
 * Runs in:  worker (names), fetcher (names after redirects, and addresses).
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never: a pattern that cannot be read allows nothing.
 */
#ifndef REELD_ALLOW_H
#define REELD_ALLOW_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/*
 * A pattern is one of
 *	*			any public address, and any name as such
 *	name			a host
 *	*.example.net		the hosts below a domain
 *	10.1.2.3  [::1]  ::1	an address
 *	10.0.0.0/8  fd00::/8	a block of addresses
 * each but the block and the bare IPv6 address with `:port` if it is for one
 * port only.  Case and the final dot of a name do not matter.
 */

/* 1 when the text is a pattern. */
int allow_valid(const char *pattern);

/* 1 when `host` (a name or an address, without brackets) is listed for
 * `port`.  An address is listed by address, or by `*` if it is public; a name
 * that ends in a number never is. */
int allow_name(char *const *patterns, size_t n, const char *host,
    uint16_t port);

/* 1 when a connection for `host` may be made to the address it resolved to:
 * the host is listed, and the address is public or listed by address.  The
 * port of `sa` is not looked at. */
int allow_resolved(char *const *patterns, size_t n, const char *host,
    uint16_t port, const struct sockaddr *sa);

#endif /* REELD_ALLOW_H */
