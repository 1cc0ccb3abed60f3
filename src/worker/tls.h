/* SPDX-License-Identifier: ISC */
/*
 * tls -- what a listener shows of itself to TLS clients
 *
 * Runs in:  worker.
 * Touches:  a memfd of the master's, once.
 * Locks:    none.
 * Owns:     nothing: the context is the caller's.
 * Fails:    NULL after the reason was logged.
 */
#ifndef TLS_H
#define TLS_H

#include <openssl/ssl.h>

/* TLS 1.2 and 1.3 (RFC 8446) with ALPN h2 and http/1.1 (RFC 7301), from what
 * MSG_IDENTITY brings; `fd` is closed.  One context per identity: a session of
 * one cannot be resumed with another. */
SSL_CTX *tls_create(int fd, const char *address);

#endif /* TLS_H */
