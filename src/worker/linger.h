/* SPDX-License-Identifier: ISC */
/*
 * linger -- closes a connection so that its last bytes arrive (RFC 9112, 9.6)
 *
 * close(2) with bytes unread, or read too late, makes the kernel send a RST,
 * which throws away what it still had to send.  So the descriptor is copied,
 * our direction is closed, and what the client says is read away until it
 * closes too.
 *
 * Runs in:  worker.
 * Touches:  nothing shared.
 * Locks:    none.
 * Owns:     the copies, for LINGER_TIME at most.
 * Fails:    without a descriptor for it the connection is just closed.
 */
#ifndef LINGER_H
#define LINGER_H

#define LINGER_TIME	2000	/* ms */

void linger_init(void);

/* 1 while the kernel has bytes of the connection that we have not read, or the
 * client has not taken. */
int linger_pending(int fd);

/* A copy of the descriptor of a connection that is about to be closed by us;
 * -1 where there is nothing to wait for. */
int linger_copy(int fd);
/* The connection was closed: the copy, which is used up, stays for a while. */
void linger_begin(int copy);
/* 1 while there are some. */
int linger_any(void);

#endif /* LINGER_H */
