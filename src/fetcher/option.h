/* SPDX-License-Identifier: ISC */
/*
 * option -- how the server of an origin is reached: clocks, TLS, proxy,
 * credentials
 *
 * Runs in:  fetcher.
 * Touches:  an easy handle.
 * Locks:    none.
 * Owns:     nothing; libcurl copies what it is told.
 * Fails:    -1: no memory.
 */
#ifndef OPTION_H
#define OPTION_H

#include <stdint.h>

#include <curl/curl.h>

#include "reeld/conf.h"

/*
 * Sets all of it for the next request.  `home` is the address whose server the
 * credentials in it and the client's certificate are for; NULL where the
 * request goes to another server, which gets neither.
 */
int option_set(CURL *, const struct conf_origin *, const char *home);

/* The same number for connections that may serve one another's requests:
 * nobody asks over a connection that was made under other terms. */
uint64_t option_tag(const struct conf_origin *, int home);

/* What went wrong, in words: with the server's certificate, or else what
 * libcurl wrote to its error buffer, `reason`. */
const char *option_detail(CURL *, CURLcode, const char *reason);

#endif /* OPTION_H */
