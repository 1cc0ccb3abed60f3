/* SPDX-License-Identifier: ISC */
/*
 * receiver -- takes what is POSTed to it, or does not
 *
 * Runs in:  test programs; a thread of its own.
 * Touches:  a port of 127.0.0.1.
 * Locks:    its own, around what it has received.
 * Owns:     thread, port and requests until receiver_stop().
 * Fails:    the test.
 */
#ifndef TEST_RECEIVER_H
#define TEST_RECEIVER_H

#include <stddef.h>

struct receiver;

struct receiver *receiver_start(void);
void receiver_stop(struct receiver **);

int receiver_port(const struct receiver *);

/* Answers `status` to the next `times` requests, then 200; status 0: hangs, the
 * connection open. */
void receiver_script(struct receiver *, int status, int times);

/* How many whole requests came so far. */
int receiver_count(struct receiver *);

/* The most connections that it had at a time. */
int receiver_peak(struct receiver *);

/* Head and body of the request numbered `i` from 0; good until
 * receiver_stop(). */
const char *receiver_head(struct receiver *, int i);
const char *receiver_body(struct receiver *, int i);

#endif /* TEST_RECEIVER_H */
