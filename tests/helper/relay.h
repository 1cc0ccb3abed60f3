/* SPDX-License-Identifier: ISC */
/*
 * relay -- what may stand between reeld and a source: TLS, a proxy
 *
 * Runs in:  test programs, a thread for each connection.
 * Touches:  loopback addresses only.
 * Locks:    its own.
 * Owns:     its sockets and threads, until relay_stop().
 * Fails:    the test, where it cannot listen or its files are no good.
 */
#ifndef TEST_RELAY_H
#define TEST_RELAY_H

enum relay_way {
	RELAY_STRAIGHT,		/* to one port, whatever is asked */
	RELAY_SOCKS4,		/* 4 and 4a */
	RELAY_SOCKS5,
	RELAY_HTTP		/* CONNECT, and GET of whole addresses */
};

struct relay_want {
	enum relay_way	 way;
	const char	*address;	/* to listen on; NULL: 127.0.0.1 */
	int		 port;		/* RELAY_STRAIGHT leads there */
	/* TLS towards the client; NULL: none.  `clients`: only for those who
	 * show a certificate that this one vouches for. */
	const char	*certificate, *key, *clients;
	const char	*account;	/* "user:password" that a proxy wants */
};

struct relay;

/* Names lead to 127.0.0.1, and so does every address: only the port counts. */
struct relay *relay_start(const struct relay_want *);
/* Once nobody is connected any more. */
void relay_stop(struct relay **);

int relay_port(const struct relay *);

/* How many have connected; how many of them got as far as to be led on. */
int relay_connections(struct relay *);
int relay_led(struct relay *);

/* "host:port" that the last one asked a proxy for, as it was asked; what an
 * HTTP proxy was sent for it; the address that it came from.  Good until the
 * next call. */
const char *relay_asked(struct relay *);
const char *relay_head(struct relay *);
const char *relay_peer(struct relay *);

#endif /* TEST_RELAY_H */
