/* SPDX-License-Identifier: ISC */
/*
 * ask -- makes the request of a pull, follows redirects, names its errors
 *
 * Runs in:  fetcher.
 * Touches:  the pull's easy handle.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    -1 after pull_break() where a redirect may not be followed.
 */
#ifndef ASK_H
#define ASK_H

#include "pull.h"

/* Sets the easy handle up for what the pull needs next.  0; -1: no memory. */
int ask_prepare(struct pull *, curl_write_callback on_body);

/* Takes the redirect that was answered. */
int ask_redirect(struct pull *);

/* Breaks the pull for what libcurl says went wrong. */
void ask_why(struct pull *, CURLcode);

/* What clients are told when libcurl fails so; NULL: nothing special. */
struct ask_reason {
	CURLcode	 code;
	int		 status;
	const char	*error, *text;	/* RFC 9209 type; what happened */
};
const struct ask_reason *ask_reason(CURLcode);

/* The source for clients: no credentials, no folders, no query. */
void ask_url_name(const char *url, char *buf, size_t len);
/* The same for the log, with its folders. */
void ask_source_name(const struct pull *, char *buf, size_t len);

/* The configuration in force. */
const struct conf *ask_conf(void);
void ask_set_conf(const struct conf *);

#endif /* ASK_H */
