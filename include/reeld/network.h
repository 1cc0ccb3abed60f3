/* SPDX-License-Identifier: ISC */
/*
 * network -- blocks of IP addresses, and which addresses are public
 *
 * Runs in:  every process.
 * Touches:  nothing but its arguments.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 for text that is not an address or a block of them.
 */
#ifndef REELD_NETWORK_H
#define REELD_NETWORK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct network {
	int		 family;	/* AF_INET or AF_INET6 */
	unsigned	 bits;		/* 0 to 32 or 128 */
	uint8_t		 address[16];	/* 4 of them for AF_INET */
};

/* Reads "10.0.0.0/8", "fd00::/8", "192.0.2.1", "::1" (`len` bytes).  0 or -1;
 * address bits behind the prefix are an error. */
int network_parse(const char *s, size_t len, struct network *);

/* The socket address, port 0, of a literal IPv4 or IPv6 address without
 * brackets or zone.  0 or -1. */
int network_literal(const char *s, size_t len, struct sockaddr_storage *);

/* 1 when the address lies in the network; an IPv4 address mapped into IPv6
 * (::ffff:a.b.c.d) is the IPv4 address. */
int network_holds(const struct network *, const struct sockaddr *);

/* 1 when it lies in any of the `n` networks. */
int network_any(const struct network *, size_t n, const struct sockaddr *);

/*
 * 1 for an address that belongs to the public internet (the IANA special
 * purpose registries, RFC 6890).  0 for loopback, private, link-local, shared
 * (RFC 6598), unique local, multicast, documentation and metadata addresses,
 * for IPv6 addresses that carry such an IPv4 address (mapped, 6to4, NAT64),
 * and for families other than IP.
 */
int network_public(const struct sockaddr *);

#endif /* REELD_NETWORK_H */
