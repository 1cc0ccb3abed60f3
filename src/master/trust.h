/* SPDX-License-Identifier: ISC */
/*
 * trust -- whom TLS sources are vouched for by, and what reeld shows them
 *
 * Runs in:  master.
 * Touches:  the files that the configuration names, as who started reeld.
 * Locks:    none.
 * Owns:     nothing: the memfd is the caller's.
 * Fails:    -1 after every file that is no good was told, at its origin's
 *           line.  What is in a key is never told.
 */
#ifndef MASTER_TRUST_H
#define MASTER_TRUST_H

#include <stdio.h>

#include "reeld/conf.h"

/*
 * Reads ca_file, client_certificate and client_key of each origin and makes
 * sure that OpenSSL takes them and that they belong together.  Warns of a
 * client's certificate that has expired or is not valid yet.  0 with the memfd
 * of MSG_TRUST in `*fd`, or -1.
 */
int trust_load(const struct conf *, int *fd, FILE *errors);

/* The same, only to see whether they are good: 0, or -1. */
int trust_check(const struct conf *, FILE *errors);

#endif /* MASTER_TRUST_H */
