/* SPDX-License-Identifier: ISC */
/*
 * reader_row -- what a reader says of itself to those who bring bytes
 *
 * Runs in:  worker.
 * Touches:  a reader row, the bells of fetcher and spooler.
 * Locks:    none but those the store takes.
 * Owns:     the row of a reader, until it is given back.
 * Fails:    -1: no row is free.
 */
#ifndef READER_ROW_H
#define READER_ROW_H

#include <stdint.h>

struct reader;

/* Writes the row, opening it if need be; -1 when there is none free. */
int reader_row(struct reader *, uint64_t position, int waiting);
/* It wants no byte any more, though its answer may go on for long. */
void reader_give_row(struct reader *);

/* 1 when it stands in what is on disk alone. */
int reader_waits_for_disk(const struct reader *);
/* Wakes whoever can bring what it waits for. */
void reader_ring(const struct reader *);

#endif /* READER_ROW_H */
