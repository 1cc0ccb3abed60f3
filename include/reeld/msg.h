/* SPDX-License-Identifier: ISC */
/*
 * msg -- typed messages with descriptors, between the master and a child
 *
 * Runs in:  master and every role.
 * Touches:  a SOCK_SEQPACKET socket pair; no shared memory.
 * Locks:    none.
 * Owns:     the descriptors of a received message, until taken out of it.
 * Fails:    -1 with errno; EPROTO when the peer sent what is no message.
 */
#ifndef REELD_MSG_H
#define REELD_MSG_H

#include <stddef.h>
#include <stdint.h>

#define MSG_BODY	1024	/* bytes at most */
#define MSG_FDS		64	/* descriptors at most */

enum msg_type {
#define MSG(name, text, fds, says) MSG_##name,
#include "reeld/msg.def"
#undef MSG
	MSG_TYPES
};

struct msg_hello {
	uint32_t	 slot;
	uint32_t	 index;		/* of the worker: 0, 1, ... */
	uint32_t	 uid, gid;	/* what to become, if started as root */
	uint32_t	 syslog;	/* log there; 0: to stderr */
};

struct msg {
	enum msg_type	 type;
	size_t		 len;
	char		 body[MSG_BODY + 1];	/* NUL-terminated */
	size_t		 nfds;
	int		 fds[MSG_FDS];
};

/*
 * The memfd of MSG_IDENTITY: MSG_TICKET_KEYS random bytes that encrypt session
 * tickets (RFC 5077, 4), the same for every identity and for all lives of all
 * workers, so that any of them resumes what another began.  Then PEM (RFC
 * 7468): the private key, its certificate, those that vouch for it.
 */
#define MSG_TICKET_KEYS	80	/* bytes */

/*
 * The memfd of MSG_TRUST: for each origin that has any of them, one of these,
 * and behind it its parts as PEM.  The key is alone; each certificate of ours
 * is followed by those that vouch for it.
 */
enum msg_trust_part {
	MSG_TRUST_AUTHORITIES,		/* ca_file */
	MSG_TRUST_CERTIFICATE,		/* client_certificate */
	MSG_TRUST_KEY,			/* client_key */
	MSG_TRUST_PARTS
};
struct msg_trust {
	uint32_t	 origin;	/* its number in the configuration */
	uint32_t	 len[MSG_TRUST_PARTS];	/* bytes; 0: it has none */
};

/* The bodies of MSG_LISTEN, MSG_IDENTITY and MSG_STUCK are one uint32_t, that
 * of MSG_LOG one of these. */
enum msg_log { MSG_ACCESS_LOG, MSG_ERROR_LOG };

/* Sends one message whole or not at all; the descriptors stay the caller's.
 * EINVAL when their number is not what msg.def says. */
int msg_send(int sock, enum msg_type, const void *body, size_t len,
    const int *fds, size_t nfds);
/* 1 a message, 0 the peer is gone, -1 with errno (EAGAIN: nothing there). */
int msg_recv(int sock, struct msg *);
/* Closes the descriptors that nobody took (set to -1 when taken). */
void msg_close(struct msg *);

const char *msg_name(enum msg_type);

#endif /* REELD_MSG_H */
