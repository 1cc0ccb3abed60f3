/* SPDX-License-Identifier: ISC */
/*
 * origin_request -- the head of one HTTP/1 request
 *
 * Runs in:  the scripted source.
 * Touches:  the connection's input buffer.
 * Locks:    none.
 * Owns:     nothing; `head` points into the input buffer.
 * Fails:    -1 when the bytes are no request.
 */
#ifndef ORIGIN_REQUEST_H
#define ORIGIN_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#define REQUEST_MAX	16384

struct request {
	char		 method[16];
	char		 path[2048];	/* as sent, without the query */
	char		 query[4096];
	int		 minor;		/* HTTP/1.minor */
	int		 token;		/* 1: came as /t/<hops>-<ms>/path */
	int64_t		 token_hops;	/* redirects still to come */
	int64_t		 token_ms;	/* now_us() / 1000 when it was made */
	const char	*head;		/* "GET ... \r\n\r\n", not terminated */
	size_t		 head_len;
};

/* Reads one request from `len` bytes at `buf`: how many bytes it takes, its
 * body included, 0 when it is not whole yet, or -1. */
int64_t request_parse(struct request *, const char *buf, size_t len);

/* The value of header `name` into `buf`, cut to fit: 1, or 0 when it is not
 * there. */
int request_header(const struct request *, const char *name, char *buf,
    size_t len);

/* 1 when the client wants the connection closed after the answer. */
int request_closes(const struct request *);

#endif /* ORIGIN_REQUEST_H */
