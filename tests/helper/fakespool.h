/* SPDX-License-Identifier: ISC */
/*
 * fakespool -- a spooler whose disk is memory, for tests of the store
 *
 * Runs in:  a child of the test, which may kill it at any time.
 * Touches:  what a spooler touches of the arena; its disk, which outlives it.
 * Locks:    as the store does.
 * Owns:     nothing.
 * Fails:    counts wrong bytes that it was to save.
 */
#ifndef TEST_FAKESPOOL_H
#define TEST_FAKESPOOL_H

#include <stdint.h>

#include "reeld/spool.h"
#include "storetest.h"

#define FAKESPOOL_FILES		2048
#define FAKESPOOL_SEGMENTS	64

/* Memory that the test and its children share.  Of a file it is enough to know
 * which blocks it has: what is in them follows from its seed. */
struct fakespool {
	uint64_t	 saved, loaded, dropped, purged, restored, wrong;
	int64_t		 files;		/* numbers given out */
	struct fakefile {
		uint64_t	 content;	/* seed of its bytes */
		int64_t		 size;		/* 0: dropped */
		uint8_t		 key[HASH_LEN];
		uint64_t	 blocks[FAKESPOOL_SEGMENTS][SPOOL_WORDS];
	}		 file[FAKESPOOL_FILES];
};

/* Works until `is_over` says so: saves, brings, drops, purges, releases, is
 * full, at random.  `content` is the seed of an object's bytes; only first
 * generations are restored. */
void fakespool_run(const struct storetest *, struct fakespool *, uint64_t seed,
    int (*is_over)(void), uint64_t (*content)(struct object_ref));

#endif /* TEST_FAKESPOOL_H */
