/* SPDX-License-Identifier: ISC */
/*
 * identity -- a certificate that signs itself, and its key, made for a test
 *
 * Runs in:  test programs.
 * Touches:  the two files.
 * Locks:    none.
 * Owns:     nothing; the files go with the directory they are in.
 * Fails:    the test.
 */
#ifndef TEST_IDENTITY_H
#define TEST_IDENTITY_H

/*
 * Writes, as PEM, the files `certificate` and `key` anew: a fresh P-256 key,
 * and a certificate for localhost, 127.0.0.1 and ::1 that is its own authority
 * (curl --cacert), good since last month and for `days` more (-1: until
 * yesterday).
 */
void identity_make(const char *certificate, const char *key, int days);

/* Appends one such file to another. */
void identity_append(const char *to, const char *from);

#endif /* TEST_IDENTITY_H */
