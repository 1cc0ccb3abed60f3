/* SPDX-License-Identifier: ISC */
/* http_caching_test -- RFC 9111 (5861, 8246) as tables: kept? served? */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "reeld/caching.h"
#include "reeld/date.h"
#include "reeld/header.h"

#define T	INT64_C(1700000000)	/* when answers come */
#define EVER	INT64_C(2147483648)
#define DAY	86400
#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/*
 * Heads are lines, each with its newline.  In them {+60} is the date a minute
 * after the answer came, {-60} one before it.  Whatever a table leaves out is
 * 0, but for a status, which is 200 then, and a ttl, which is not set then.
 */

/* Puts the dates in; the text is good until the call after the next. */
static const char *
expand(const char *head)
{
	static char texts[2][1024];
	static unsigned turn;
	char *out = texts[turn++ % 2], *p = out;

	for (; head != NULL && *head != '\0'; head++) {
		cr_assert_lt(p - out, 900);
		if (*head != '{') {
			*p++ = *head;
			continue;
		}
		date_print(T + atoll(head + 1), p);
		p += DATE_LEN;
		head = strchr(head, '}');
	}
	*p = '\0';
	return out;
}

/* Calls `see` with each line of a head. */
static void
each_line(const char *head, void (*see)(void *, struct span, struct span),
    void *arg)
{
	const char *line, *end;
	struct span name, value;

	for (line = expand(head); *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		cr_assert_not_null(end, "no newline: %s", line);
		cr_assert_eq(header_split(line, (size_t)(end - line), &name,
		    &value), 0, "%s", line);
		see(arg, name, value);
	}
}

static void
see_answer(void *arg, struct span name, struct span value)
{
	caching_note(arg, name, value, T);
}

static void
see_wish(void *arg, struct span name, struct span value)
{
	caching_wish_note(arg, name, value);
}

/* ---- kept? and how long is it fresh? ---- */

struct kept {
	const char	*rfc, *head;
	enum caching_verdict verdict;
	int64_t		 fresh;		/* s from the answer on */
	int64_t		 age;		/* s when it came */
	uint32_t	 flags;
	int		 status, authorized, force;
	int64_t		 ttl;		/* s + 1; 0: not set */
	int64_t		 delay;		/* s from request to answer */
};

#define NO_CACHE	CACHING_NO_CACHE
#define MUST		CACHING_MUST
#define UNSAID		CACHING_UNSAID
#define EXPIRES		CACHING_EXPIRES
#define STORE		CACHING_STORE
#define TTL(s)		.ttl = (s) + 1

static const struct kept kept[] = {
	/* what may be kept */
	{ "9111 3", "Cache-Control: max-age=60\n", STORE, .fresh = 60 },
	{ "9111 3", "Cache-Control: max-age=60\n", STORE, .fresh = 60,
	    .status = 206 },
	{ "9111 3", "Cache-Control: max-age=60\n", CACHING_STATUS, .fresh = 60,
	    .status = 404 },
	{ "9111 3", "Cache-Control: max-age=60\n", CACHING_STATUS, .fresh = 60,
	    .status = 500 },
	{ "9111 3", "Cache-Control: public, max-age=60\n", CACHING_STATUS,
	    .fresh = 60, .status = 299 },
	{ "9111 3", "", STORE, .fresh = 0, .flags = UNSAID },
	{ "9111 5.2.2.5", "Cache-Control: no-store\n", CACHING_NO_STORE,
	    .fresh = 0, .flags = UNSAID },
	{ "9111 5.2.2.5", "Cache-Control: no-store, max-age=60\n",
	    CACHING_NO_STORE, .fresh = 60 },
	{ "9111 5.2", "cache-control: NO-STORE\n", CACHING_NO_STORE, .fresh = 0,
	    .flags = UNSAID },
	{ "9111 5.2", "Cache-Control: no-store=x\n", CACHING_NO_STORE,
	    .fresh = 0, .flags = UNSAID },
	{ "9111 5.2", "Cache-Control: max-age=60\nCache-Control: no-store\n",
	    CACHING_NO_STORE, .fresh = 60 },
	{ "9111 5.2", "Cache-Control: x-no-store, max-age=60\n", STORE,
	    .fresh = 60 },
	{ "9111 5.2.3", "Cache-Control: community=\"a, no-store\", max-age=9\n",
	    STORE, .fresh = 9 },
	{ "9111 5.2.3", "Cache-Control: a=\"\\\", no-store\", max-age=9\n",
	    STORE, .fresh = 9 },
	{ "9111 5.2.3", "Cache-Control: a=\"b, max-age=60\n", STORE,
	    .fresh = 60 },
	{ "9111 5.2.3", "Cache-Control: a=\"b, no-store\n", CACHING_NO_STORE,
	    .fresh = 0, .flags = UNSAID },
	{ "9111 5.2.2.3",
	    "Cache-Control: must-understand, no-store, max-age=60\n", STORE,
	    .fresh = 60 },
	{ "9111 5.2.2.3", "Cache-Control: must-understand=1, no-store\n",
	    CACHING_NO_STORE, .fresh = 0, .flags = UNSAID },
	{ "9111 5.2.2.3", "Cache-Control: must-understand, max-age=60\n",
	    CACHING_STATUS, .fresh = 60, .status = 203 },
	{ "9111 5.2.2.7", "Cache-Control: private, max-age=60\n",
	    CACHING_PRIVATE, .fresh = 60 },
	{ "9111 5.2.2.7", "Cache-Control: private, s-maxage=60\n",
	    CACHING_PRIVATE, .fresh = 60, .flags = MUST },
	{ "9111 5.2.2.7", "Cache-Control: private, public, max-age=1\n",
	    CACHING_PRIVATE, .fresh = 1 },
	{ "9111 5.2.2.7", "Cache-Control: private=\"set-cookie\", max-age=60\n",
	    STORE, .fresh = 60 },
	{ "9111 5.2.2.7", "Cache-Control: private=set-cookie, max-age=60\n",
	    STORE, .fresh = 60 },
	{ "9111 5.2.2.7", "Cache-Control: private=\"x, ETag\", max-age=60\n",
	    CACHING_PRIVATE, .fresh = 60 },
	{ "9111 5.2.2.7", "Cache-Control: private=\"\", max-age=60\n",
	    CACHING_PRIVATE, .fresh = 60 },
	{ "9111 3.5", "Cache-Control: max-age=60\n", CACHING_AUTHORIZED,
	    .fresh = 60, .authorized = 1 },
	{ "9111 3.5", "", CACHING_AUTHORIZED, .fresh = 0, .flags = UNSAID,
	    .authorized = 1 },
	{ "9111 3.5", "Expires: {+60}\n", CACHING_AUTHORIZED, .fresh = 60,
	    .flags = EXPIRES, .authorized = 1 },
	{ "9111 3.5", "Cache-Control: public, max-age=60\n", STORE, .fresh = 60,
	    .authorized = 1 },
	{ "9111 3.5", "Cache-Control: public=x, max-age=60\n",
	    CACHING_AUTHORIZED, .fresh = 60, .authorized = 1 },
	{ "9111 3.5", "Cache-Control: s-maxage=60\n", STORE, .fresh = 60,
	    .flags = MUST, .authorized = 1 },
	{ "9111 3.5", "Cache-Control: must-revalidate, max-age=60\n", STORE,
	    .fresh = 60, .flags = MUST, .authorized = 1 },
	{ "9111 3.5", "Cache-Control: public, no-store\n", CACHING_NO_STORE,
	    .fresh = 0, .flags = UNSAID, .authorized = 1 },
	{ "9111 4.1", "Vary: *\nCache-Control: max-age=60\n", CACHING_VARIES,
	    .fresh = 60 },
	{ "9111 4.1", "Vary: Accept, *\nCache-Control: max-age=60\n",
	    CACHING_VARIES, .fresh = 60 },
	{ "9111 4.1", "Vary: Accept\nVary: *\nCache-Control: max-age=60\n",
	    CACHING_VARIES, .fresh = 60 },
	{ "9111 4.1",
	    "Vary: Accept-Language, Cookie\nCache-Control: max-age=60\n", STORE,
	    .fresh = 60 },
	/* the lifetime that the source says */
	{ "9111 4.2.1", "Cache-Control: max-age=60, s-maxage=10\n", STORE,
	    .fresh = 10, .flags = MUST },
	{ "9111 4.2.1", "Cache-Control: s-maxage=10\nExpires: {+99}\n", STORE,
	    .fresh = 10, .flags = MUST },
	{ "9111 5.3", "Cache-Control: max-age=60\nExpires: {-99}\n", STORE,
	    .fresh = 60 },
	{ "9111 5.3", "Expires: {+99}\n", STORE, .fresh = 99,
	    .flags = EXPIRES },
	{ "9111 4.2.1", "Date: {-10}\nExpires: {+99}\n", STORE, .fresh = 99,
	    .age = 10, .flags = EXPIRES },
	{ "9111 4.2.1", "Date: {+10}\nExpires: {+99}\n", STORE, .fresh = 89,
	    .flags = EXPIRES },
	{ "9111 5.3", "Expires: 0\n", STORE, .fresh = 0, .flags = EXPIRES },
	{ "9111 5.3", "Expires: -1\n", STORE, .fresh = 0, .flags = EXPIRES },
	{ "9111 5.3", "Expires: soon\n", STORE, .fresh = 0, .flags = EXPIRES },
	{ "9111 5.3", "Expires: {-99}\n", STORE, .fresh = 0, .flags = EXPIRES },
	{ "9111 5.3", "Expires: {0}\n", STORE, .fresh = 0, .flags = EXPIRES },
	{ "9111 4.2.1", "Expires: {+60}\nExpires: {+99}\n", STORE, .fresh = 0,
	    .flags = EXPIRES },
	{ "9111 4.2.1", "Expires: {+60}\nExpires: {+60}\n", STORE, .fresh = 60,
	    .flags = EXPIRES },
	{ "9111 5.3", "Expires: 0\nLast-Modified: {-1000}\n", STORE, .fresh = 0,
	    .flags = EXPIRES },
	{ "9111 4.2.1", "Cache-Control: max-age=60, max-age=60\n", STORE,
	    .fresh = 60 },
	{ "9111 4.2.1", "Cache-Control: max-age=60, max-age=90\n", STORE,
	    .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age=60\nCache-Control: max-age=9\n",
	    STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age=9, max-age=5, max-age=5\n",
	    STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age=abc\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age=-1\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age=1.5\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age=60s\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age=\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age =60\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age= 60\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age:60\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age='60'\n", STORE, .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: max-age=abc\nExpires: {+99}\n", STORE,
	    .fresh = 0 },
	{ "9111 4.2.1", "Cache-Control: s-maxage=x, max-age=60\n", STORE,
	    .fresh = 0, .flags = MUST },
	{ "9111 5.2", "Cache-Control: max-age=\"60\"\n", STORE, .fresh = 60 },
	{ "9111 5.2", "Cache-Control: max-age=\"60\n", STORE, .fresh = 0 },
	{ "9111 5.2", "Cache-Control: MAX-AGE=60\n", STORE, .fresh = 60 },
	{ "9110 5.6.1", "Cache-Control: ,, max-age=60 ,\n", STORE,
	    .fresh = 60 },
	{ "9110 5.6.1", "Cache-Control:\n", STORE, .fresh = 0,
	    .flags = UNSAID },
	{ "9111 1.2.2", "Cache-Control: max-age=007\n", STORE, .fresh = 7 },
	{ "9111 1.2.2", "Cache-Control: max-age=0\n", STORE, .fresh = 0 },
	{ "9111 1.2.2", "Cache-Control: max-age=2147483647\n", STORE,
	    .fresh = EVER - 1 },
	{ "9111 1.2.2", "Cache-Control: max-age=2147483648\n", STORE,
	    .fresh = EVER },
	{ "9111 1.2.2", "Cache-Control: max-age=99999999999\n", STORE,
	    .fresh = EVER },
	{ "9111 1.2.2", "Cache-Control: max-age=99999999999999999999999999\n",
	    STORE, .fresh = EVER },
	/* ages */
	{ "9111 4.2.3", "Cache-Control: max-age=60\nAge: 20\n", STORE,
	    .fresh = 40, .age = 20 },
	{ "9111 4.2.3", "Cache-Control: max-age=60\nAge: 90\n", STORE,
	    .fresh = -30, .age = 90 },
	{ "9111 4.2.3", "Cache-Control: max-age=60\nDate: {-20}\n", STORE,
	    .fresh = 40, .age = 20 },
	{ "9111 4.2.3", "Cache-Control: max-age=60\nDate: {+20}\n", STORE,
	    .fresh = 60 },
	{ "9111 4.2.3", "Cache-Control: max-age=60\nDate: {-20}\nAge: 30\n",
	    STORE, .fresh = 30, .age = 30 },
	{ "9111 4.2.3", "Cache-Control: max-age=60\nDate: {-30}\nAge: 20\n",
	    STORE, .fresh = 30, .age = 30 },
	{ "9111 4.2.3", "Cache-Control: max-age=60\nAge: 20\n", STORE,
	    .fresh = 35, .age = 25, .delay = 5 },
	{ "9111 4.2.3", "Cache-Control: max-age=60\n", STORE, .fresh = 55,
	    .age = 5, .delay = 5 },
	{ "9111 4.2.3", "Cache-Control: max-age=60\n", STORE, .fresh = 60,
	    .delay = -5 },
	{ "9111 4.2.3", "Cache-Control: max-age=60\nDate: yesterday\n", STORE,
	    .fresh = 60 },
	{ "9111 5.1", "Cache-Control: max-age=60\nAge: x\n", STORE,
	    .fresh = 60 },
	{ "9111 5.1", "Cache-Control: max-age=60\nAge: -5\n", STORE,
	    .fresh = 60 },
	{ "9111 5.1", "Cache-Control: max-age=60\nAge: 1.5\n", STORE,
	    .fresh = 60 },
	{ "9111 5.1", "Cache-Control: max-age=60\nAge: 20, 30\n", STORE,
	    .fresh = 40, .age = 20 },
	{ "9111 5.1", "Cache-Control: max-age=60\nAge: 20\nAge: 50\n", STORE,
	    .fresh = 40, .age = 20 },
	{ "9111 5.1", "Cache-Control: max-age=60\nAge: x\nAge: 50\n", STORE,
	    .fresh = 60 },
	{ "9111 1.2.2", "Cache-Control: max-age=60\nAge: 99999999999999\n",
	    STORE, .fresh = 60 - EVER, .age = EVER },
	/* where the source says nothing */
	{ "9111 4.2.2", "Last-Modified: {-1000}\n", STORE, .fresh = 100,
	    .flags = UNSAID },
	{ "9111 4.2.2", "Last-Modified: {-1000}\nDate: {-100}\n", STORE,
	    .fresh = -10, .age = 100, .flags = UNSAID },
	{ "9111 4.2.2", "Last-Modified: {-1000}\nAge: 10\n", STORE, .fresh = 90,
	    .age = 10, .flags = UNSAID },
	{ "9111 4.2.2", "Last-Modified: {-9}\n", STORE, .fresh = 0,
	    .flags = UNSAID },
	{ "9111 4.2.2", "Last-Modified: {-99999999}\n", STORE, .fresh = DAY,
	    .flags = UNSAID },
	{ "9111 4.2.2", "Last-Modified: {+1000}\n", STORE, .fresh = 0,
	    .flags = UNSAID },
	{ "9111 4.2.2", "Last-Modified: lately\n", STORE, .fresh = 0,
	    .flags = UNSAID },
	{ "9111 4.2.2", "Last-Modified: {-1000}\nCache-Control: max-age=5\n",
	    STORE, .fresh = 5 },
	{ "9111 4.2.2", "Last-Modified: {-1000}\nCache-Control: public\n",
	    STORE, .fresh = 100, .flags = UNSAID },
	{ "9111 4.2.2", "Last-Modified: {-1000}\nCache-Control: no-cache\n",
	    STORE, .fresh = 100, .flags = UNSAID | NO_CACHE },
	{ "reeld ttl", "", STORE, .fresh = 500, .flags = UNSAID, TTL(500) },
	{ "reeld ttl", "Last-Modified: {-1000}\n", STORE, .fresh = 500,
	    .flags = UNSAID, TTL(500) },
	{ "reeld ttl", "Last-Modified: {-1000}\n", STORE, .fresh = 0,
	    .flags = UNSAID, TTL(0) },
	{ "reeld ttl", "Age: 100\n", STORE, .fresh = 500, .age = 100,
	    .flags = UNSAID, TTL(500) },
	{ "reeld ttl", "Cache-Control: max-age=5\n", STORE, .fresh = 5,
	    TTL(500) },
	{ "reeld ttl", "Expires: {+5}\n", STORE, .fresh = 5, .flags = EXPIRES,
	    TTL(500) },
	{ "reeld ttl", "Cache-Control: no-store\n", CACHING_NO_STORE,
	    .fresh = 500, .flags = UNSAID, TTL(500) },
	/* what the flags say */
	{ "9111 5.2.2.4", "Cache-Control: no-cache, max-age=60\n", STORE,
	    .fresh = 60, .flags = NO_CACHE },
	{ "9111 5.2.2.4",
	    "Cache-Control: no-cache=\"set-cookie\", max-age=60\n", STORE,
	    .fresh = 60 },
	{ "9111 5.2.2.4",
	    "Cache-Control: no-cache=\"content-type\", max-age=60\n", STORE,
	    .fresh = 60, .flags = NO_CACHE },
	{ "9111 5.4", "Pragma: no-cache\nCache-Control: max-age=60\n", STORE,
	    .fresh = 60 },
	{ "9111 5.4", "Pragma: no-cache\n", STORE, .fresh = 0,
	    .flags = UNSAID },
	{ "9111 5.2.2.2", "Cache-Control: must-revalidate, max-age=60\n", STORE,
	    .fresh = 60, .flags = MUST },
	{ "9111 5.2.2.8", "Cache-Control: proxy-revalidate, max-age=60\n",
	    STORE, .fresh = 60, .flags = MUST },
	{ "9111 5.2.2.10", "Cache-Control: s-maxage=60\n", STORE, .fresh = 60,
	    .flags = MUST },
	{ "8246 2", "Cache-Control: max-age=60, immutable\n", STORE,
	    .fresh = 60, .flags = CACHING_IMMUTABLE },
	{ "8246 2", "Cache-Control: max-age=60, immutable=1\n", STORE,
	    .fresh = 60 },
	{ "9111 5.2.2.6", "Cache-Control: no-transform, max-age=60\n", STORE,
	    .fresh = 60 },
	/* force_cache */
	{ "reeld force", "Cache-Control: no-store\n", STORE, .fresh = 3600,
	    .flags = UNSAID, .force = 1 },
	{ "reeld force", "Cache-Control: private, max-age=60\n", STORE,
	    .fresh = 3600, .force = 1 },
	{ "reeld force", "Cache-Control: no-cache\n", STORE, .fresh = 500,
	    .flags = UNSAID, .force = 1, TTL(500) },
	{ "reeld force", "Cache-Control: max-age=9000\n", STORE, .fresh = 9000,
	    .force = 1 },
	{ "reeld force", "Expires: 0\n", STORE, .fresh = 3600, .flags = EXPIRES,
	    .force = 1 },
	{ "reeld force", "Cache-Control: max-age=60\nAge: 90\n", STORE,
	    .fresh = 3600, .age = 90, .force = 1 },
	{ "reeld force", "Vary: *\n", CACHING_VARIES, .fresh = 3600,
	    .flags = UNSAID, .force = 1 },
	{ "reeld force", "", CACHING_AUTHORIZED, .fresh = 3600, .flags = UNSAID,
	    .force = 1, .authorized = 1 },
	{ "reeld force", "", CACHING_STATUS, .fresh = 3600, .flags = UNSAID,
	    .force = 1, .status = 500 },
};

static enum caching_verdict
judge(const struct kept *row, struct freshness *f)
{
	struct caching_case c = {
		.status = row->status == 0 ? 200 : row->status,
		.authorized = row->authorized, .force = row->force,
		.requested = T - row->delay, .answered = T,
		.ttl = row->ttl - 1,
	};
	struct caching_head head;

	caching_init(&head);
	each_line(row->head, see_answer, &head);
	return caching_judge(&head, &c, f);
}

Test(http_caching, what_is_kept_and_how_long_it_is_fresh)
{
	const struct kept *row;
	enum caching_verdict verdict;
	struct freshness f;

	for (row = kept; row < kept + COUNT(kept); row++) {
		verdict = judge(row, &f);
		cr_expect(verdict == row->verdict &&
		    f.fresh_until - T == row->fresh &&
		    T - f.born == row->age && f.flags == row->flags,
		    "row %td (%s):\n%s"
		    "          is %s, fresh %" PRId64 " s, age %" PRId64
		    ", flags %x\n"
		    "should be %s, fresh %" PRId64 " s, age %" PRId64
		    ", flags %x", row - kept, row->rfc, expand(row->head),
		    caching_verdict_names[verdict], f.fresh_until - T,
		    T - f.born, f.flags, caching_verdict_names[row->verdict],
		    row->fresh, row->age, row->flags);
	}
}

/* ---- what may be done with it ---- */

#define SERVE	CACHING_SERVE
#define LEND	CACHING_SERVE_ASKING
#define ASK	CACHING_ASK
#define ERROR	CACHING_ERROR
#define GIVE_UP	CACHING_TIMEOUT

#define M60	"Cache-Control: max-age=60\n"
#define M60_AND(more)	"Cache-Control: max-age=60, " more "\n"
#define CC(wish)	"Cache-Control: " wish "\n"

static const struct used {
	const char	*rfc, *head, *wish;
	int64_t		 at;		/* s after the answer came */
	enum caching_use unasked, failed;
} used[] = {
	/* freshness alone */
	{ "9111 4.2", M60, "", 0, SERVE, SERVE },
	{ "9111 4.2", M60, "", 59, SERVE, SERVE },
	{ "9111 4.2", M60, "", 60, ASK, SERVE },
	{ "9111 4.2", M60, "", 99999, ASK, SERVE },
	{ "9111 4.2", M60 "Age: 30\n", "", 29, SERVE, SERVE },
	{ "9111 4.2", M60 "Age: 30\n", "", 30, ASK, SERVE },
	{ "9111 4.2", "", "", 0, ASK, SERVE },
	{ "9111 4.2", "", "", 99999, ASK, SERVE },
	{ "9111 4.2.2", "Last-Modified: {-1000}\n", "", 99, SERVE, SERVE },
	{ "9111 4.2.2", "Last-Modified: {-1000}\n", "", 100, ASK, SERVE },
	{ "9111 4.2.1", "Cache-Control: max-age=x\n", "", 0, ASK, SERVE },
	{ "9111 5.3", "Expires: {+60}\n", "", 59, SERVE, SERVE },
	{ "9111 5.3", "Expires: {+60}\n", "", 60, ASK, SERVE },
	{ "9111 5.3", "Expires: 0\n", "", 0, ASK, SERVE },
	/* never stale */
	{ "9111 5.2.2.2", M60_AND("must-revalidate"), "", 59, SERVE, SERVE },
	{ "9111 5.2.2.2", M60_AND("must-revalidate"), "", 60, ASK, ERROR },
	{ "9111 5.2.2.8", M60_AND("proxy-revalidate"), "", 60, ASK, ERROR },
	{ "9111 5.2.2.10", CC("s-maxage=60"), "", 59, SERVE, SERVE },
	{ "9111 5.2.2.10", CC("s-maxage=60"), "", 60, ASK, ERROR },
	{ "9111 5.2.2.4", M60_AND("no-cache"), "", 0, ASK, ERROR },
	{ "9111 5.2.2.4", M60_AND("no-cache"), "", 99, ASK, ERROR },
	{ "9111 5.2.2.4", M60_AND("no-cache=\"set-cookie\""), "", 0, SERVE,
	    SERVE },
	{ "9111 5.2.2.2", M60_AND("must-revalidate"), CC("max-stale"), 60,
	    ASK, ERROR },
	{ "9111 5.2.2.4", M60_AND("no-cache"), CC("max-stale"), 9, ASK,
	    ERROR },
	/* RFC 5861 */
	{ "5861 3", M60_AND("stale-while-revalidate=10"), "", 59, SERVE,
	    SERVE },
	{ "5861 3", M60_AND("stale-while-revalidate=10"), "", 60, LEND,
	    SERVE },
	{ "5861 3", M60_AND("stale-while-revalidate=10"), "", 69, LEND,
	    SERVE },
	{ "5861 3", M60_AND("stale-while-revalidate=10"), "", 70, ASK,
	    SERVE },
	{ "5861 3", M60_AND("stale-while-revalidate=x"), "", 60, ASK, SERVE },
	{ "5861 3", M60_AND("stale-while-revalidate"), "", 60, ASK, SERVE },
	{ "5861 3", M60_AND("stale-while-revalidate=9, must-revalidate"), "",
	    60, ASK, ERROR },
	{ "9111 4.2.4", CC("s-maxage=60, stale-while-revalidate=9"), "", 60,
	    ASK, ERROR },
	{ "5861 3", M60_AND("stale-while-revalidate=9"), CC("no-cache"), 60,
	    ASK, SERVE },
	{ "5861 3", M60_AND("stale-while-revalidate=9"), CC("max-age=5"), 60,
	    ASK, SERVE },
	{ "5861 3", M60_AND("stale-while-revalidate=9"), CC("min-fresh=1"),
	    60, ASK, SERVE },
	{ "5861 3", M60_AND("stale-while-revalidate=9"), CC("only-if-cached"),
	    60, LEND, SERVE },
	{ "5861 4", M60_AND("stale-if-error=10"), "", 60, ASK, SERVE },
	{ "5861 4", M60_AND("stale-if-error=10"), "", 69, ASK, SERVE },
	{ "5861 4", M60_AND("stale-if-error=10"), "", 70, ASK, ERROR },
	{ "5861 4", M60_AND("stale-if-error=0"), "", 60, ASK, ERROR },
	{ "5861 4", M60_AND("stale-if-error=x"), "", 60, ASK, ERROR },
	{ "5861 4", M60_AND("stale-if-error=99, must-revalidate"), "", 60,
	    ASK, ERROR },
	{ "5861 4", M60_AND("stale-if-error=99, no-cache"), "", 0, ASK,
	    ERROR },
	{ "5861 4", M60_AND("stale-if-error=0, stale-while-revalidate=9"), "",
	    61, LEND, SERVE },
	/* what a client says */
	{ "9111 5.2.1.4", M60, CC("no-cache"), 0, ASK, SERVE },
	{ "9111 5.2.1.4", M60, CC("no-cache"), 60, ASK, SERVE },
	{ "9111 5.2.1.4", M60_AND("must-revalidate"), CC("no-cache"), 1, ASK,
	    SERVE },
	{ "9111 5.2.1.4", M60_AND("must-revalidate"), CC("no-cache"), 60, ASK,
	    ERROR },
	{ "7234 5.4", M60, "Pragma: no-cache\n", 0, ASK, SERVE },
	{ "7234 5.4", M60, "Pragma: x, No-Cache\n", 0, ASK, SERVE },
	{ "7234 5.4", M60, "Pragma: no-cache\nCache-Control: max-age=9\n", 0,
	    SERVE, SERVE },
	{ "7234 5.4", M60, "Pragma: x\n", 0, SERVE, SERVE },
	{ "9111 5.2.1.1", M60, CC("max-age=0"), 0, SERVE, SERVE },
	{ "9111 5.2.1.1", M60, CC("max-age=0"), 1, ASK, SERVE },
	{ "9111 5.2.1.1", M60, CC("max-age=10"), 10, SERVE, SERVE },
	{ "9111 5.2.1.1", M60, CC("max-age=10"), 11, ASK, SERVE },
	{ "9111 5.2.1.1", M60 "Age: 5\n", CC("max-age=10"), 5, SERVE, SERVE },
	{ "9111 5.2.1.1", M60 "Age: 5\n", CC("max-age=10"), 6, ASK, SERVE },
	{ "9111 5.2.1.1", M60, CC("max-age=x"), 1, ASK, SERVE },
	{ "9111 5.2.1.1", M60, CC("max-age=99"), 60, ASK, SERVE },
	{ "9111 5.2.1.2", M60, CC("max-stale"), 99999, SERVE, SERVE },
	{ "9111 5.2.1.2", M60, CC("max-stale=10"), 70, SERVE, SERVE },
	{ "9111 5.2.1.2", M60, CC("max-stale=10"), 71, ASK, SERVE },
	{ "9111 5.2.1.2", M60, CC("max-stale=x"), 61, ASK, SERVE },
	{ "9111 5.2.1.2", M60, CC("max-stale=10, max-age=65"), 65, SERVE,
	    SERVE },
	{ "9111 5.2.1.2", M60, CC("max-stale=10, max-age=65"), 66, ASK,
	    SERVE },
	{ "9111 5.2.1.2", M60, CC("max-stale, no-cache"), 1, ASK, SERVE },
	{ "9111 5.2.1.2", M60, CC("max-stale, min-fresh=1"), 61, ASK, SERVE },
	{ "9111 5.2.1.3", M60, CC("min-fresh=10"), 50, SERVE, SERVE },
	{ "9111 5.2.1.3", M60, CC("min-fresh=10"), 51, ASK, SERVE },
	{ "9111 5.2.1.3", M60, CC("min-fresh=99"), 0, ASK, SERVE },
	{ "9111 5.2.1.3", M60, CC("min-fresh=x"), 0, ASK, SERVE },
	{ "9111 5.2.1.5", M60, CC("no-store"), 1, SERVE, SERVE },
	{ "9111 5.2.1.7", M60, CC("only-if-cached"), 1, SERVE, SERVE },
	{ "9111 5.2.1.7", M60, CC("only-if-cached"), 60, GIVE_UP, SERVE },
	{ "9111 5.2.1.7", M60, CC("only-if-cached, max-stale"), 99, SERVE,
	    SERVE },
	{ "9111 5.2.1.7", M60, CC("only-if-cached, no-cache"), 1, GIVE_UP,
	    SERVE },
	{ "9111 5.2.1.7", M60_AND("must-revalidate"), CC("only-if-cached"),
	    60, GIVE_UP, ERROR },
	{ "9111 5.2", M60, CC("proxy-revalidate, x=y"), 1, SERVE, SERVE },
	/* RFC 8246 */
	{ "8246 2", M60_AND("immutable"), CC("max-age=0"), 59, SERVE, SERVE },
	{ "8246 2", M60_AND("immutable"), CC("max-age=0"), 60, ASK, SERVE },
	{ "8246 2", M60_AND("immutable"), CC("max-age=5"), 9, ASK, SERVE },
	{ "8246 2", M60_AND("immutable"), CC("no-cache"), 1, ASK, SERVE },
	{ "8246 2", M60_AND("immutable"), "", 60, ASK, SERVE },
};

static enum caching_use
use(const struct used *row, enum caching_source source)
{
	const struct kept answer = { .head = row->head };
	struct caching_wish wish;
	struct freshness f;

	cr_assert_eq(judge(&answer, &f), CACHING_STORE, "%s", row->head);
	caching_wish_init(&wish);
	each_line(row->wish, see_wish, &wish);
	return caching_use(&f, &wish, source, T + row->at);
}

static void
expect_use(const struct used *row, const char *what,
    enum caching_source source, enum caching_use expected)
{
	enum caching_use is = use(row, source);

	cr_expect(is == expected, "row %td (%s), source %s:\n%s"
	    "  %" PRId64 " s later:\n%s  is \"%s\", should be \"%s\"",
	    row - used, row->rfc, what, expand(row->head), row->at,
	    row->wish, caching_use_names[is], caching_use_names[expected]);
}

Test(http_caching, what_it_is_used_for)
{
	const struct used *row;

	for (row = used; row < used + COUNT(used); row++) {
		expect_use(row, "unasked", CACHING_UNASKED, row->unasked);
		expect_use(row, "failed", CACHING_FAILED, row->failed);
		/* whoever waited for an answer gets it */
		expect_use(row, "answered", CACHING_ANSWERED, SERVE);
	}
}

/* ---- 304, and what clients are told ---- */

static const struct renewed {
	const char	*rfc, *stored, *head, *text;
	int64_t		 fresh, age;
} renewed[] = {
	{ "9111 4.3.4", M60, "", "max-age=60", 60, 0 },
	{ "9111 4.3.4", M60, "Age: 5\n", "max-age=60", 55, 5 },
	{ "9111 4.3.4", M60 "Age: 5\n", "", "max-age=60", 60, 0 },
	{ "9111 3.2", M60, CC("max-age=9"), "max-age=9", 9, 0 },
	{ "9111 3.2", M60, CC("no-cache"), "no-cache", 0, 0 },
	{ "9111 3.2", M60, "Expires: {+9}\n", "max-age=60", 60, 0 },
	{ "9111 3.2", "Expires: {+60}\n", "Expires: {+9}\n", "max-age=9", 9,
	    0 },
	{ "9111 4.3.4", "Expires: {+60}\n", "", "max-age=60", 60, 0 },
	{ "9111 3.2", "Expires: {+60}\n", M60_AND("public"),
	    "max-age=60, public", 60, 0 },
	{ "9111 4.2.2", "Last-Modified: {-1000}\n", "", "", 100, 0 },
	{ "9111 4.2.2", "Last-Modified: {-1000}\n",
	    "Last-Modified: {-100}\n", "", 10, 0 },
	{ "9111 4.2.2", "", "", "", 0, 0 },
	{ "9111 3.2", M60 CC("must-revalidate"), "",
	    "max-age=60, must-revalidate", 60, 0 },
};

Test(http_caching, a_304_renews_what_it_says)
{
	struct caching_case c = { .status = 200, .requested = T,
		.answered = T, .ttl = -1 };
	const struct renewed *row;
	struct caching_head stored, head;
	char text[CACHING_TEXT];
	struct freshness f;

	for (row = renewed; row < renewed + COUNT(renewed); row++) {
		caching_init(&stored);
		each_line(row->stored, see_answer, &stored);
		caching_judge(&stored, &c, &f);
		caching_print(&stored, &c, text);
		caching_init(&head);
		each_line(row->head, see_answer, &head);
		caching_complete(&head, &f, text, stored.modified, T);
		cr_expect_eq(caching_judge(&head, &c, &f), STORE);
		caching_print(&head, &c, text);
		cr_expect(f.fresh_until - T == row->fresh &&
		    T - f.born == row->age && strcmp(text, row->text) == 0,
		    "row %td (%s): fresh %" PRId64 ", age %" PRId64 ", \"%s\"",
		    row - renewed, row->rfc, f.fresh_until - T, T - f.born,
		    text);
	}
}

/* What is too long, or no text, is told as the strictest that may be kept. */
Test(http_caching, cache_control_is_told_whole_or_not_at_all)
{
	struct caching_case c = { .status = 200, .answered = T, .ttl = -1 };
	char line[300], text[CACHING_TEXT];
	struct caching_head head;
	size_t n;

	for (n = 100; n < 200; n++) {
		memset(line, 'x', n);
		line[n] = '\0';
		caching_init(&head);
		caching_note(&head, span_of("Cache-Control"), span_of(line), T);
		caching_print(&head, &c, text);
		cr_expect_str_eq(text, n < CACHING_TEXT ? line : "no-cache");
	}
	caching_init(&head);
	caching_note(&head, span_of("Cache-Control"), span_of("a=\"\xfc\""), T);
	caching_print(&head, &c, text);
	cr_expect_str_eq(text, "no-cache");
}
