/* SPDX-License-Identifier: ISC */
/*
 * control -- answers a line of reelctl that the master passed on
 *
 * Runs in:  worker.
 * Touches:  what report.h looks at; the audit takes every lock in turn.
 * Locks:    none but those the store takes.
 * Owns:     the connection, until the answer is written.
 * Fails:    `error: text` as the first line.
 */
#ifndef WORKER_CONTROL_H
#define WORKER_CONTROL_H

/* Answers `line` on `fd` and closes it. */
void control_answer(int fd, const char *line);

#endif /* WORKER_CONTROL_H */
