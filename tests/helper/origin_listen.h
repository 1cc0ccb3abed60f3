/* SPDX-License-Identifier: ISC */
/*
 * origin_listen -- the sockets on which the scripted source is found
 *
 * Runs in:  the scripted source.
 * Touches:  loopback addresses only.
 * Locks:    none.
 * Owns:     the listening sockets.
 * Fails:    ends the process when an address cannot be had.
 */
#ifndef ORIGIN_LISTEN_H
#define ORIGIN_LISTEN_H

enum listen_slot { LISTEN_V4, LISTEN_V6, LISTEN_CONTROL, LISTEN_SLOTS };

/* Listens there on `port` (0: a free one) and returns the port. */
int listen_open(enum listen_slot, int port);

/* The descriptor, or -1 when that slot does not listen. */
int listen_fd(enum listen_slot);

/* Closes the two media listeners, so that connecting is refused, or opens
 * them again on the ports they had. */
void listen_media(int on);

#endif /* ORIGIN_LISTEN_H */
