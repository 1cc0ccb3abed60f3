/* SPDX-License-Identifier: ISC */
/*
 * pem -- certificates and private keys in files (RFC 7468)
 *
 * Runs in:  master.
 * Touches:  the files it is told, as who started reeld.
 * Locks:    none.
 * Owns:     nothing: what it returns is the caller's.
 * Fails:    NULL or -1 with `*why` in words, good until OpenSSL is called
 *           again.  What is in a key is never told.
 */
#ifndef MASTER_PEM_H
#define MASTER_PEM_H

#include <stddef.h>

#include <openssl/x509.h>

#define PEM_DATE	32	/* bytes that pem_dates() writes at most */

/* All certificates of a file, at least one, in their order. */
STACK_OF(X509) *pem_certificates(const char *path, const char **why);

/* The key of a file, which is that of the certificate. */
EVP_PKEY *pem_key(const char *path, X509 *, const char **why);

/* There is more that OpenSSL may have against them: too short a key, too weak
 * a signature.  The first certificate is the key's, the others lead to its
 * root (RFC 8446, 4.4.2).  0, or -1. */
int pem_try(STACK_OF(X509) *, EVP_PKEY *, const char **why);

/* NULL, or what is wrong with the dates of a certificate; `date` is when. */
const char *pem_dates(const X509 *, char date[PEM_DATE]);

/* Appends all of them to a BIO: 1, or 0. */
int pem_write_certificates(BIO *, STACK_OF(X509) *);
int pem_write_key(BIO *, EVP_PKEY *);

#endif /* MASTER_PEM_H */
