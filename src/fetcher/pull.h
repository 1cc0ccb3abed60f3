/* SPDX-License-Identifier: ISC */
/*
 * pull -- one transfer from a source into the segments of a region
 *
 * Runs in:  fetcher.
 * Touches:  its region record; payload through fill.h.
 * Locks:    none but those the store takes.
 * Owns:     its region of the object, one curl easy handle, a fill.
 * Fails:    by itself: what breaks is tried again, then told to the object.
 */
#ifndef PULL_H
#define PULL_H

#include <curl/curl.h>

#include "reeld/caching.h"
#include "reeld/fill.h"
#include "reeld/region.h"
#include "connection.h"
#include "planner.h"
#include "proof.h"
#include "target.h"

#define PULL_REDIRECTS	10

/* What the head of an answer said; see head.h. */
struct head {
	int		 status;
	int		 lines;		/* since the status line */
	int64_t		 length;	/* -1 none */
	int		 bad_length;
	int64_t		 modified;	/* -1 none */
	int64_t		 date;		/* -1 none */
	int64_t		 retry_after;	/* s; -1 none */
	int		 encoded, multipart;
	char		 etag[128], type[128], range[96];
	struct caching_head caching;
};

struct pull {
	TAILQ_ENTRY(pull)	 next;
	struct target		*target;
	struct region_info	 info;
	int			 region;	/* its record */
	struct fill		 fill;
	CURL			*easy;
	struct curl_slist	*headers;
	struct connection_use socket;
	struct head		 head;
	/* who is asked */
	uint32_t		 source;	/* of the target's */
	unsigned		 version;	/* of these, when chosen */
	uint64_t		 tried;		/* bits of those that failed */
	int			 hope;		/* of one of them */
	int			 renewed;	/* its redirects were */
	int			 obeyed;	/* it waited as it was told */
	struct proof		*proof;		/* of a stranger; NULL: none */
	/* the request under way */
	int			 asking;	/* a transfer is under way */
	int			 judged;	/* its answer was */
	const uint8_t		*peek;		/* while it is: body bytes */
	size_t			 npeek;
	int			 takes;		/* its body is the object's */
	int			 done;		/* the region is complete */
	int			 over;		/* longer than it was told */
	int			 hopeless;	/* it is not asked again */
	int			 final;		/* nor is any other */
	int			 comparing;	/* it is, with the proof */
	int			 fresh;		/* on a connection of its own */
	size_t			 dropped;	/* body bytes nobody wants */
	int			 no_if_range, no_range;	/* once more without */
	int			 again;		/* it is to be repeated */
	int			 if_range, ranged;	/* were sent */
	int			 redirected;	/* to where redirects led */
	unsigned		 turn;		/* ... by then */
	uint64_t		 first;		/* asked */
	int64_t			 last;		/* asked; -1 open */
	uint64_t		 skip;		/* body bytes to drop */
	uint64_t		 body_end;	/* of the body, if known */
	size_t			 redo;		/* of a paused write: taken */
	unsigned		 redirects, repeats;
	char			 reason[CURL_ERROR_SIZE];
	/* how it goes */
	enum plan_state		 state;
	int			 check;		/* only looks for a change */
	int			 has_reader;	/* one stands behind it */
	uint64_t		 evict_until;	/* end of a reader's window */
	uint64_t		 wanted_from;	/* first reader ahead; or MAX */
	uint64_t		 wanted_until;	/* end of its window */
	unsigned		 attempt;	/* 1 for the first */
	int64_t			 retry_at;	/* ms, while resting */
	int64_t			 held;		/* ms: failed, not told; 0 */
	int64_t			 begun;		/* ms: the region */
	int64_t			 asked_us;	/* us: the request */
	int64_t			 heard;		/* ms: a byte or an unpause */
	uint64_t		 pulled;	/* bytes of this region */
	uint64_t		 asked_pulled;	/* ... when the request began */
	uint64_t		 reached;	/* where the furthest broke */
	int64_t			 rated;		/* ms of the last sample */
	uint64_t		 rated_pulled;
	int64_t			 rung;		/* us of the last ring */
	char			 trouble[256];	/* why it broke */
	const char		*error;		/* RFC 9209 type of that */
	int			 status;	/* for the client, of that */
	struct object_failure	 told;		/* what its readers will be: */
	unsigned		 told_attempt;	/* ... at which, */
	char			 told_source[200];	/* ... of whom */
	char			 told_reason[256];	/* ... and why */
};
TAILQ_HEAD(pulls, pull);
extern struct pulls pulls;

/* Begins to pull [begin, end) of the target (end UINT64_MAX: unknown). */
struct pull *pull_start(struct target *, uint64_t begin, uint64_t end,
    int has_reader);
/* Asks the source whether the object is still the same. */
struct pull *pull_check(struct target *);
/* Ends it at once: closes its connection if it is busy.  What was published
 * stays, its last block as an orphan. */
void pull_stop(struct pull *);

/* After a reload: gives it up when its origin is no longer configured, begins
 * anew when its sources are others. */
void pull_reload(struct pull *);

/* Whom it asks. */
struct source *pull_source(const struct pull *);

/* The region ends at `end` from now on. */
void pull_cut(struct pull *, uint64_t end);
void pull_pause(struct pull *, enum plan_state why);
/* Goes on after a pause or a rest. */
void pull_resume(struct pull *);

/* Asks (again) for what is missing of the region. */
void pull_ask(struct pull *);
/* libcurl is done with the transfer. */
void pull_ended(struct pull *, CURLcode);

/* Once in a while: stall clocks, retries, rates, region records. */
void pull_tick(struct pull *, int64_t now);
/* Rings the readers of what came: at once for the first bytes, then every
 * 256 KiB or ms.  1 when some are still owed a ring. */
int pull_ring(struct pull *, int64_t now_us);

/* Bytes per second of late; 0: not known yet. */
uint64_t pull_rate(const struct pull *, int64_t now);

/* No request until `when` (ms), then the planner wakes it; one that is final
 * is told to its readers at the next tick. */
void pull_rest(struct pull *, int64_t when);

/* ---- for head.c, inside libcurl's callbacks ---- */

/* Notes why this attempt is over.  `error` is an RFC 9209 type, `status` what
 * a client gets if no attempt succeeds. */
void pull_break(struct pull *, const char *error, int status,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The pull goes on for another object (the new generation); its target. */
struct target *pull_move(struct pull *, struct object_ref);
/* The body that comes begins at `position`, of an object of `size`. */
void pull_reset(struct pull *, uint64_t position, int64_t size);

#endif /* PULL_H */
