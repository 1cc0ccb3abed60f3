/* SPDX-License-Identifier: ISC */
/*
 * absent -- addresses that did not answer of late
 *
 * One address is tried at a time (P4): a network whose IPv6 leads nowhere would
 * cost a connect_timeout for each request, and none would be left for IPv4.
 *
 * Runs in:  fetcher.
 * Touches:  a small table of the process.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    never; the oldest one is forgotten for a new one.
 */
#ifndef ABSENT_H
#define ABSENT_H

#include <sys/socket.h>

/* It is passed over for five minutes. */
void absent_note(const struct sockaddr *, socklen_t);

/* 1 when it is, port included. */
int absent_is(const struct sockaddr *, socklen_t);

/* It has answered. */
void absent_forget(const struct sockaddr *, socklen_t);

#endif /* ABSENT_H */
