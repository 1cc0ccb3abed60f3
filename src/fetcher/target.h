/* SPDX-License-Identifier: ISC */
/*
 * target -- an object that somebody reads or that is being filled, as the
 * fetcher sees it: where it comes from and how that went
 *
 * Runs in:  fetcher.
 * Touches:  object records, through the store.
 * Locks:    none.
 * Owns:     a pin on the object, until target_destroy().
 * Fails:    NULL where the object or its origin is gone.
 */
#ifndef TARGET_H
#define TARGET_H

#include <bsd/sys/queue.h>

#include "reeld/conf.h"
#include "reeld/object.h"
#include "reeld/segment.h"
#include "seat.h"
#include "source.h"

struct target {
	TAILQ_ENTRY(target)	 next;
	struct object_ref	 object;	/* pinned */
	const struct conf_origin *origin;	/* NULL: no longer configured */
	struct seat		*seat;
	char			 origin_name[64];
	char			*url;		/* at its first source */
	struct sources		 sources;
	struct coverage		 coverage;
	int64_t			 changed;	/* ms: a new generation */
	int64_t			 quiet_until;	/* ms: failed, let it rest */
	struct verify		*verify;	/* NULL: see verify.h */
	uint64_t		 gave;		/* who gave bytes: bits */
	unsigned		 version;	/* of its sources */
	unsigned		 pulls;		/* that work for it now */
	unsigned		 queued;	/* its turn to get a place; 0 */
	unsigned		 readers;	/* in this turn's picture */
	unsigned		 index;		/* in this turn's picture */
	int			 spooled;	/* there: the disk takes all */
};
TAILQ_HEAD(targets, target);
extern struct targets targets;

/* The target of `object`, made if need be. */
struct target *target_of(struct object_ref object, const struct conf *);
void target_destroy(struct target *);

/* Source `i` has described the object, or its file is the same: that is
 * remembered beyond this process. */
void target_set_home(struct target *, uint32_t i);

/* Looks the origins up again after a reload.  Pulls of those whose sources
 * changed have to begin anew: `version` is another then. */
void target_reload(const struct conf *);

/* 1 when this version of the configuration lets the fetcher ask for `url`
 * (a client's own or a redirect's); `why` says why not. */
int target_may_ask(const struct target *, const char *url, const char **why);

/* 1 when the last picture had all of it, in the arena or on disk. */
int target_is_whole(const struct target *);

/* 1 when its address says which bytes it has: all its sources are equal, and
 * going from one to another needs no look at their validators. */
int target_is_content_addressed(const struct target *);

#endif /* TARGET_H */
