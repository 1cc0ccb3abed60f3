/* SPDX-License-Identifier: ISC */
/*
 * fields -- those of a client's header that its origin passes on
 *
 * Runs in:  fetcher.
 * Touches:  the text of an object record, through the store.
 * Locks:    none but those the store takes.
 * Owns:     nothing.
 * Fails:    -1 where there is no memory.
 */
#ifndef FIELDS_H
#define FIELDS_H

#include <curl/curl.h>

#include "reeld/object.h"

/* Adds them to the lines of a request. */
int fields_append(struct object_ref, struct curl_slist **lines);

/* 1 when an Authorization is among them (RFC 9111, 3.5). */
int fields_authorize(struct object_ref);

#endif /* FIELDS_H */
