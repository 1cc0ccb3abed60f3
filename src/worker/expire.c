/* SPDX-License-Identifier: ISC */
/* expire -- readers that waited too long, clients that take nothing; worker */
#include "config.h"

#include <stdio.h>

#include "reeld/counter.h"
#include "conn.h"
#include "expire.h"
#include "reader.h"
#include "reader_row.h"
#include "refuse.h"

#define RETRY_QUEUED	10	/* s: a few turns later */

/* Waited longer than wait_max without one new byte; or twice that for a disk,
 * so that a source has a chance when it turns out that it cannot be read. */
static int
is_late(const struct reader *r, int64_t now)
{
	int64_t most = worker.conf->wait_max;

	return r->parked && now - r->waiting_since >= most &&
	    (now - r->waiting_since >= 2 * most || !reader_waits_for_disk(r));
}

/* Others of its account had all connections for as long as it waited. */
static void
refuse_queued(struct reader *r, unsigned place)
{
	char text[160];

	snprintf(text, sizeof(text), "all connections that the source of "
	    "origin \"%s\" allows are in use, %u in the queue come first",
	    r->origin, place - 1);
	refuse_instead(r->req, 503, RETRY_QUEUED, "connection_limit_reached",
	    text);
}

static void
expire_waiting(struct reader *r)
{
	struct object_info info;

	if (r->started) {
		reader_cut(r);
		return;
	}
	reader_unpark(r);
	counter_add(COUNTER_CLIENTS_CUT, 1);
	object_info(r->object, &info);
	reader_give_row(r);
	if (info.queued > 0)
		refuse_queued(r, info.queued);
	else
		refuse_instead(r->req, 504, 0, "http_response_timeout",
		    "the source did not answer in time");
}

/* ms since the client took something of what is in flight, 0 when nothing is.
 * libh2o has no such clock. */
static int64_t
stalled(const struct reader *r, int64_t now)
{
	int64_t since = r->conn->taken > r->progress ? r->conn->taken :
	    r->progress;

	return r->started && !r->parked && !r->again.queued ? now - since : 0;
}

/* A paused player of a file may take nothing for long, nobody else; but what
 * is in front of it is not kept for it. */
static void
expire_stalled(struct reader *r, int64_t ms)
{
	if (ms >= (r->endless ? worker.conf->send_timeout :
	    worker.conf->pause_max)) {
		counter_add(COUNTER_CLIENTS_STALLED, 1);
		conn_cut(r->conn);
	} else if (ms >= worker.conf->send_timeout) {
		reader_give_row(r);
	}
}

static void
expire(struct reader *r, int64_t now)
{
	if (r->parked || r->again.queued || r->started)
		r->conn->engaged = now;
	if (is_late(r, now))
		expire_waiting(r);
	else
		expire_stalled(r, stalled(r, now));
}

void
expire_readers(int64_t now)
{
	readers_each(expire, now);
}
