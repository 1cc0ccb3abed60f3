/* SPDX-License-Identifier: ISC */
/*
 * intake -- parts of a segment, on their way from disk into memory
 *
 * Runs in:  spooler.
 * Touches:  data files; payload that nobody else has begun.
 * Locks:    one STRIPE at a time.
 * Owns:     memory of a segment's size, for what cannot be read in place.
 * Fails:    -1 with errno of data_read(); ENOMEM.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdint.h>

#include "reeld/object.h"
#include "catalogue.h"
#include "data.h"

/* A segment that is being brought; the caller pins it. */
struct intake {
	struct object_ref object;
	int64_t		 size;		/* of the object */
	const struct catalogue_segment *row;
};

/* How many parts from `part` on, `most` at most, can be brought together; at
 * least 1. */
unsigned intake_reach(const struct intake *, unsigned part, unsigned most);
/* Brings and publishes them.  What is wrong is not published, and nothing that
 * was there, or that somebody else has begun, is written.  Bytes read. */
int64_t intake_read(const struct intake *, struct data *, unsigned part,
    unsigned n);

#endif /* INTAKE_H */
