/* SPDX-License-Identifier: ISC */
/*
 * exam -- one reeld before one scripted source, and what is asked of answers
 *
 * Runs in:  test programs, from their first thread.
 * Touches:  the processes of struct exam.
 * Locks:    none.
 * Owns:     the two processes of `exam`, from exam_start() to exam_stop().
 * Fails:    the test.
 */
#ifndef TEST_EXAM_H
#define TEST_EXAM_H

#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "harness.h"
#include "viewer.h"

/* Every way in which a player may speak to reeld, under names for messages. */
struct exam_protocol {
	const char	*name;
	enum viewer_http http;
	int		 version;	/* of answers: 11, 20 */
};
#define EXAM_PROTOCOLS	4
extern const struct exam_protocol exam_protocols[EXAM_PROTOCOLS];

/* A test has one, which exam_start() fills in; a test that needs another reeld
 * does that itself. */
struct exam {
	struct origin	*origin;
	struct reeld	*reeld;
};
extern struct exam exam;

/* A source, and a reeld with `global` in its configuration and the source's
 * /f/ as its own, with `rules` for it. */
void exam_start(const char *global, const char *rules);

/* Audits reeld's memory and stops both. */
void exam_stop(void);

/* Fails the test, and goes on, unless `reelctl audit` finds all in order. */
void exam_audit(const struct reeld *);

/* 1 when the answer has the header, with just this value; with it as a part of
 * its value. */
int exam_header_is(const struct viewer_result *, const char *name,
    const char *value);
int exam_header_has(const struct viewer_result *, const char *name,
    const char *part);

/* The body must be a page, or JSON, and have the words; `who` is for
 * messages. */
void exam_says(const struct viewer_result *, int json, const char *words,
    const char *who);

/* 1 for an ETag that is strong and quoted. */
int exam_etag_strong(const struct viewer_result *);

/* A GET of `url` must bring the source's `path`: 200, all `size` bytes, each of
 * them right, and not a word of redirects.  How long that took in us. */
int64_t exam_intact(const char *url, const char *path, uint64_t size);

/* Status of a GET, whose body does not matter; 0 without an answer. */
int exam_status(const char *url);

/* The body of a GET that is answered 200, at most 1 MiB; the caller frees
 * it. */
char *exam_page(const char *url);

/* A metric of /metrics, which must be there; `name` without the `reeld_`. */
int64_t exam_metric(const struct reeld *, const char *name);

/* What reelctl prints, with exit status 0; good until the next call. */
const char *exam_ctl(const struct reeld *, const char *args);

/* The same two as JSON; the caller drops the reference. */
json_t *exam_json(const char *url);
json_t *exam_ctl_json(const struct reeld *, const char *args);

/* A member of an object, which must be such a one. */
int64_t exam_integer(const json_t *, const char *name);
const char *exam_string(const json_t *, const char *name);

/* 1 when a line of the text, or a part of one, is as the extended regular
 * expression says. */
int exam_matches(const char *text, const char *pattern);

/* A URL as /u/ wants it: base64url, not padded, in one of four buffers. */
const char *exam_base64(const char *url);

/* A URL as the value of a knob; good until the next call. */
const char *exam_escaped(const char *url);

#endif /* TEST_EXAM_H */
