/* SPDX-License-Identifier: ISC */
/*
 * object -- one stored representation, found by its key
 *
 * Runs in:  worker, fetcher, spooler.  Never master.
 * Touches:  stripes and object records in the arena.
 * Locks:    one STRIPE at a time, ARENA alone; calls nothing outside src/store
 *           while either is held.
 * Owns:     a pin per struct object_ref that was handed out, until unpinned;
 *           an id is good only while the pin lasts.
 * Fails:    -1 with errno: ENOSPC no record or string free, EDEADLK condemned.
 */
#ifndef REELD_OBJECT_H
#define REELD_OBJECT_H

#include <stdint.h>

#include "reeld/caching.h"
#include "reeld/hash.h"

#define OBJECT_CELLS	60	/* of the map's second row */
#define OBJECT_NOBODY	255	/* no pull owns this cell */
#define OBJECT_TEXT	9216	/* longest URL that is kept */
#define OBJECT_FIELDS	2048	/* of a client's header, passed on */
#define OBJECT_ENDLESS	INT64_MAX

struct object_ref {
	uint32_t	id, gen;	/* id 0: none */
};

enum object_state {
	OBJECT_ASKING,		/* no answer of the source yet */
	OBJECT_KNOWN,		/* size, type, validators are what they say */
	OBJECT_FAILED		/* the source refused; forgotten after 2 s */
};

/* Whether its bytes are those that its address names by a hash of them. */
enum object_verdict {
	OBJECT_UNTOLD,		/* nobody looks */
	OBJECT_UNVERIFIED,	/* not all of them were seen yet */
	OBJECT_VERIFIED,
	OBJECT_MISMATCH
};
extern const char *const object_verdict_names[];	/* UNTOLD: NULL */

/* What a source's answer says of an object. */
struct object_answer {
	int64_t		 size;		/* -1 unknown */
	int64_t		 answered;	/* wall s; 0: now */
	int64_t		 mtime;		/* Last-Modified, s; -1 none */
	struct freshness fresh;
	int		 no_ranges;	/* the source ignores Range */
	int		 made_etag;	/* ours, never sent to a source */
	int		 pass;		/* not to be kept: see object_known() */
	char		 etag[128];	/* what clients get: strong, quoted */
	char		 source_etag[128];	/* as the source wrote it; "" */
	char		 type[128];	/* Content-Type; "" */
	char		 control[CACHING_TEXT];	/* Cache-Control; "" */
};

struct object_failure {
	int		 status;	/* for the client */
	int		 retry_after;	/* s; 0 none */
	int		 received;	/* the source's status; 0 none */
	int64_t		 when;		/* ms, clock_ms() */
	uint64_t	 position;	/* the byte that cannot be had */
	char		 error[48];	/* RFC 9209 error type */
	char		 text[512];	/* source, attempt, reason */
};

/* A copy of everything about an object but its text. */
struct object_info {
	enum object_state state;
	int		 past;		/* a newer generation has the key */
	int		 purged;	/* enum spool_purged: has no key */
	int		 pass;		/* ... and is for its maker alone */
	int64_t		 size;		/* -1 unknown */
	int		 no_ranges;
	int		 filling;	/* to be made whole in the background */
	int		 spilled;	/* the disk had no room for all of it */
	unsigned	 queued;	/* its turn among those whose readers
					   wait for a connection; 0: none */
	enum object_verdict verdict;
	struct freshness fresh;
	int64_t		 answered;	/* wall s; 0 not yet */
	int64_t		 missed;	/* ms: it could not be asked; or 0 */
	uint32_t	 answers;	/* of its source, in vain or not */
	int64_t		 last_use;	/* ms */
	uint32_t	 segments;	/* linked in the arena */
	uint32_t	 generation;	/* 1 for the first of its key */
	uint32_t	 pulls;		/* pulls begun so far */
	uint8_t		 key[HASH_LEN];
	uint8_t		 owner[OBJECT_CELLS];
};

/* Finds the object of `key` and pins it, or inserts one that is asking, for
 * `url` of the origin called `origin`.  `*created` tells which.  0 or -1. */
int object_obtain(const uint8_t key[HASH_LEN], const char *origin,
    const char *url, struct object_ref *, int *created);
/* The same, for one that `fields` of a client's header are passed on for: lines
 * with their newlines, shorter than OBJECT_FIELDS.  They are a part of the key,
 * stay in the arena, and are for the fetcher alone. */
int object_obtain_for(const uint8_t key[HASH_LEN], const char *origin,
    const char *url, const char *fields, struct object_ref *, int *created);
/* Finds and pins; -1 with ENOENT. */
int object_find(const uint8_t key[HASH_LEN], struct object_ref *);
/* Pins the object that `ref` names if it is still that one; -1 with ESTALE. */
int object_pin(struct object_ref ref);
void object_unpin(struct object_ref *);

void object_info(struct object_ref, struct object_info *);
/* State and size alone, without the copy; acquire. */
enum object_state object_state(struct object_ref, int64_t *size);
/* Origin name and URL; `url` has OBJECT_TEXT bytes, `origin` 64. */
void object_url(struct object_ref, char *origin, char *url);
/* What object_obtain_for() was given, else "". */
void object_fields(struct object_ref, char fields[OBJECT_FIELDS]);
/* The answer it is known by; only once it is OBJECT_KNOWN.  0 or -1. */
int object_answer(struct object_ref, struct object_answer *);
void object_failure(struct object_ref, struct object_failure *);
void object_touch(struct object_ref);
/* 1 when, at `since` (ms) or later, a pull gave up that was to bring the byte
 * at `position`: who waits for it since then waits in vain. */
int object_broken(struct object_ref, uint64_t position, int64_t since);

/* Sets this process's waiter bit for state, size and failure.  Look again
 * after it. */
void object_wait(struct object_ref);

/* Fetcher only: the source is the one to answer for an object that is ASKING.
 * -1 with EEXIST when the catalogue does, or has. */
int object_claim(struct object_ref);
/* Fetcher only; the spooler says the first for what it restores.  EEXIST: the
 * spooler says it at this moment.  One that is to `pass` has lost its key
 * before it is known, so that nobody finds it but who made it. */
int object_known(struct object_ref, const struct object_answer *);
void object_sized(struct object_ref, int64_t size);	/* at EOF */
/* The source has answered: it is still the same, and good for so long. */
void object_fresh(struct object_ref, const struct freshness *,
    const char *control);
/* It could not be asked whether it is. */
void object_missed(struct object_ref, const struct object_failure *);
void object_set_filling(struct object_ref, int filling);
void object_set_queued(struct object_ref, unsigned place);
/* Which of several sources has described it, as a mark that the next fetcher
 * understands as well; 0: nobody knows. */
void object_set_home(struct object_ref, uint32_t mark);
uint32_t object_home(struct object_ref);
/* Of an object that is known; MISMATCH once it is past or purged. */
void object_set_verdict(struct object_ref, enum object_verdict);
/* The first answer failed (state FAILED), or bytes of a known object cannot
 * be had (its state stays, `broken` is set).  Rings all who wait. */
void object_fail(struct object_ref, const struct object_failure *);
/* The source changed: a new, asking object takes the key, the old one becomes
 * past.  The new one is pinned; when another pull saw the change first, or
 * somebody asked again, it is theirs, in whatever state. */
int object_renew(struct object_ref old, struct object_ref *fresh);
/* The pull numbered `pull` owns [begin, end) from now on: the map's second
 * row.  object_new_pull() hands out the numbers. */
uint32_t object_new_pull(struct object_ref);
void object_own(struct object_ref, uint32_t pull, uint64_t begin,
    uint64_t end);

/* Calls `see` with each live object, pinned for the call; stops when it
 * returns non-zero.  Takes no lock while `see` runs. */
void object_each(int (*see)(void *, struct object_ref), void *arg);

#endif /* REELD_OBJECT_H */
