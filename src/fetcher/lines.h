/* SPDX-License-Identifier: ISC */
/*
 * lines -- the header lines of a request, as libcurl takes them
 *
 * Runs in:  fetcher.
 * Touches:  the caller's list.
 * Locks:    none.
 * Owns:     nothing: curl_slist_free_all() is the caller's.
 * Fails:    -1: no memory, the list as far as it came.
 */
#ifndef LINES_H
#define LINES_H

#include <curl/curl.h>

#include "reeld/conf.h"

int lines_add(struct curl_slist **, const char *line);
int lines_add_all(struct curl_slist **, const struct conf_strings *);

#endif /* LINES_H */
