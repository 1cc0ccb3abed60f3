/* SPDX-License-Identifier: ISC */
/*
 * wire -- a bare TCP connection to what is tested, and HTTP/1 spoken by hand
 *
 * For clients that no library would be: those that stop half way, do not read,
 * or leave at a moment that the test chooses.
 *
 * Runs in:  test programs, in any thread; one thread at a time for each.
 * Touches:  one socket, which never blocks longer than it was told.
 * Locks:    none.
 * Owns:     nothing: the descriptor is the caller's.
 * Fails:    -1 with errno; ETIMEDOUT when the time is over.
 */
#ifndef TEST_WIRE_H
#define TEST_WIRE_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/* Connects to 127.0.0.1:`port`: a descriptor.  `rcvbuf` bytes wait for a
 * client that does not read; 0: as many as the kernel likes. */
int wire_connect(int port, int rcvbuf);

/* Sends all of it, for at most `ms`: 0. */
int wire_send(int fd, const void *data, size_t len, int ms);

/* The same `step` bytes at a time, as much as the peer takes: it may have gone;
 * `ms` for each step. */
void wire_send_by(int fd, const char *bytes, size_t len, size_t step, int ms);

/* wire_send() of text, for at most 2 s. */
int wire_say(int fd, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Up to `len` bytes as soon as there are some, after `ms` at most: how many;
 * 0 when the peer has closed. */
ssize_t wire_read(int fd, void *buf, size_t len, int ms);

/* Just `len` bytes: 0; ECONNRESET when the peer closed before. */
int wire_read_all(int fd, void *buf, size_t len, int ms);

/* Reads away what comes until the peer closes: 1; 0 after `ms`. */
int wire_closed(int fd, int ms);

/* The head of an answer and not a byte more, terminated: its status. */
int wire_head(int fd, char *buf, size_t len, int ms);

/* The value of its Content-Length, or -1. */
int64_t wire_content_length(const char *head);

/*
 * Reads `len` bytes of content that should be those at `offset`, as data.h
 * has it; `ms` may pass without a byte: how many came before the peer closed or
 * the time was over; -1 when one was wrong.
 */
int64_t wire_content(int fd, int64_t len, uint64_t seed, uint64_t offset,
    int ms);

/* Asks for a path and compares the whole body of the answer: its status, 0
 * when a byte was wrong or missing. */
int wire_get(int fd, const char *path, uint64_t seed, int ms);

/* close(2), with a RST for goodbye. */
void wire_reset(int fd);

#endif /* TEST_WIRE_H */
