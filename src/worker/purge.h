/* SPDX-License-Identifier: ISC */
/*
 * purge -- takes objects away, from memory and from disk
 *
 * Runs in:  worker.
 * Touches:  object records; rings the spooler.
 * Locks:    none but those the store takes.
 * Owns:     a pin on each object that the catalogue is asked for, for 5 s.
 * Fails:    -1 with `*why` when the address is none.
 *
 * Who reads such an object goes on to its end, and what he lacks is pulled for
 * him; who asks for it from now on gets what its source has then.
 */
#ifndef PURGE_H
#define PURGE_H

#include "reeld/conf.h"

/* The object of an address, be it on disk alone, or all in the arena that a
 * pattern fits as it does for report_map().  How many there were; one that may
 * be on disk alone counts. */
int purge_run(const char *what, const char **why);

/* The bell rang, or a while has gone: looks again at what the spooler was asked
 * for. */
void purge_look_all(void);

/* The object that an origin has at an address of its source, in whatever form
 * it is stored. */
void purge_object(const struct conf_origin *, const char *url);

#endif /* PURGE_H */
