/* SPDX-License-Identifier: ISC */
/*
 * purge -- takes objects away, from memory and from disk
 *
 * Runs in:  worker.
 * Touches:  object records; rings the spooler.
 * Locks:    none but those the store takes.
 * Owns:     a pin on each object that the catalogue is told of, for 5 s.
 * Fails:    -1 with `*why` when the address is none.
 *
 * Who reads such an object goes on to its end, what he lacks is brought or
 * pulled for him; who asks for it from now on gets what its source has then.
 */
#ifndef PURGE_H
#define PURGE_H

/* How many objects there were; -1: the spool does not answer. */
typedef void purge_told(void *arg, int n);
#include "reeld/conf.h"

/* The object of an address, be it on disk alone, or all in the arena that a
 * pattern fits as it does for report_map().  How many there were, or that
 * `tell` is called once the catalogue knows of it, not before this returns. */
#define PURGE_LATER	(-2)
int purge_run(const char *what, purge_told *tell, void *arg, const char **why);

/* The bell rang, or a while has gone: looks again at what the spooler was asked
 * for. */
void purge_look_all(void);

/* The object that an origin has at an address of its source, in whatever form
 * it is stored. */
void purge_object(const struct conf_origin *, const char *url);

#endif /* PURGE_H */
