/* SPDX-License-Identifier: ISC */
/*
 * conn -- what reeld keeps of a client's connection
 *
 * Runs in:  worker.
 * Touches:  the tally of its address, in the arena.
 * Locks:    none.
 * Owns:     every struct conn, from accept to the close of its socket, where
 *           it hangs at on_close.data.
 * Fails:    a connection that cannot be taken is closed.
 */
#ifndef CONN_H
#define CONN_H

#include <openssl/ssl.h>

#include <bsd/sys/queue.h>

#include "reeld/frame.h"
#include "reeld/message.h"
#include "again.h"
#include "client.h"
#include "worker.h"

enum conn_stage {
	CONN_PROXY,		/* its PROXY header is still to come */
	CONN_HANDSHAKE,		/* of TLS */
	CONN_SNIFF,		/* HTTP/1 or HTTP/2? */
	CONN_HTTP1,
	CONN_HTTP2
};

struct conn {
	TAILQ_ENTRY(conn) next;		/* among all of this worker */
	TAILQ_ENTRY(conn) paused_next;	/* see http2.c */
	h2o_socket_t	*sock;
	enum conn_stage	 stage;
	unsigned	 serve;		/* CONF_SERVE_ bits of its listener */
	SSL_CTX		*tls;		/* until the handshake; NULL: none */
	int		 local;		/* loopback or unix peer */
	int		 trusted;	/* what it says of its clients is */
	int		 counted;	/* in the tally of its address */
	char		 peer[CLIENT_NAME];	/* as the log prints it */
	uint64_t	 address[2];	/* its in6_addr; 0: unix */
	unsigned	 requests;	/* under way */
	int64_t		 engaged;	/* ms: had a reader, with own clocks */
	int64_t		 quiet;		/* ms: no request was under way since */

	/* how fast it takes what it is sent */
	uint64_t	 turn;		/* of `sent` */
	size_t		 sent;		/* bytes in that turn */
	int		 fast;		/* see conn_tune() */
	int		 cut;		/* by conn_cut() */
	int		 unsent;	/* in the kernel, at the last look */
	size_t		 written;	/* ... and handed to its socket */
	int64_t		 taken;		/* ms: it took something */

	/* between its socket and libh2o */
	h2o_timeout_entry_t timer;	/* the gate's, then HTTP/1's */
	h2o_socket_cb	 inner;		/* libh2o's, behind ours */
	h2o_buffer_t	*ahead;		/* HTTP/1: no whole request yet */
	struct again	 again;		/* ... the next one's turn */
	unsigned	 begun;		/* ... requests so far */
	int		 upgrading;	/* ... to HTTP/2: libh2o says so now */
	int		 copy;		/* see linger.h; -1: none */
	struct message	 message;	/* HTTP/1: the next request, or a bad
					   one, which has a status */
	int		 admitted;	/* ... it is one of content.h */
	struct frame_watch frames;	/* HTTP/2 */
	size_t		 walked;	/* ... bytes of the input */
	size_t		 content;	/* ... its share of content.h */
	int		 paused;	/* ... libh2o reads nothing now */
};

/* Takes an accepted socket; its peer is named by conn_name().  NULL: there is
 * no memory, and the socket was closed. */
struct conn *conn_create(h2o_socket_t *, unsigned serve);

/* Who is there: for the log, the limits, and whether it is this machine.  The
 * peer of the socket, or what its PROXY header says (not AF_UNSPEC). */
void conn_name(struct conn *, const struct sockaddr *);
/* Counts it in the tally of its address.  -1: it has too many. */
int conn_count(struct conn *);

/* The client takes `rate` bytes/s: how much may wait for it in the kernel.  A
 * fast one is sent to in whole pieces, a slow one costs little memory. */
void conn_tune(struct conn *, uint64_t rate);

/* Between the two libh2o is given bytes of the connection to parse: 0 when it
 * has closed it over them. */
void conn_lend(struct conn *);
int conn_is_back(void);

/* Ends the connection, whatever is under way on it: libh2o sees an error at
 * its next read or write.  Safe anywhere. */
void conn_cut(struct conn *);

/* A request begins, and ends. */
void conn_begin_request(struct conn *);
void conn_end_request(struct conn *, int persistent);

/* Looks at all: who takes nothing, asks nothing, or is to go.  After
 * reader_expire() of the same moment. */
void conn_expire(int64_t now);
/* Tells those that nothing is under way on to go. */
void conn_drain(void);

#endif /* CONN_H */
