/* SPDX-License-Identifier: ISC */
/* fetcher -- one curl pull per active region; the process's main loop */
#include "config.h"

#include <stdlib.h>

#include "reeld/arena.h"
#include "reeld/child.h"
#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/object.h"
#include "reeld/roles.h"
#include "reeld/sandbox.h"
#include "reeld/slot.h"
#include "ask.h"
#include "connection.h"
#include "hook.h"
#include "loop.h"
#include "pass.h"
#include "pull.h"
#include "target.h"
#include "trust.h"
#include "turn.h"
#include "verify.h"

#define IDLE_CLOSE	3000	/* ms that an idle connection is kept */

/* What a fetcher that died was filling is found again in the objects. */
static int
adopt(void *arg, struct object_ref object)
{
	struct object_info info;

	object_info(object, &info);
	if (info.filling && !info.past && info.state == OBJECT_KNOWN)
		target_of(object, arg);
	return 0;
}

/* The transfers that are over. */
static int
collect(void)
{
	struct pull *p;
	CURLcode code;
	CURL *easy;
	int n = 0;

	while ((easy = loop_ended(&code)) != NULL) {
		n++;
		if (hook_ended(easy, code) || pass_ended(easy, code))
			continue;
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &p);
		pull_ended(p, code);
	}
	return n;
}

/* Tells which sockets are busy, closes those idle too long. */
static void
sweep_sockets(void)
{
	struct pull *p;

	connections_idle();
	TAILQ_FOREACH(p, &pulls, next)
		if (p->asking)
			connection_in_use(p->socket.fd);
	pass_in_use();
	connections_sweep(IDLE_CLOSE);
}

static void
tick(int64_t now)
{
	struct pull *p, *next;

	TAILQ_FOREACH_SAFE(p, &pulls, next, next)
		pull_tick(p, now);
	hook_tick(now);
	slot_beat();
}

/* 1 while some readers are still owed a ring. */
static int
ring(void)
{
	struct pull *p;
	int64_t now = clock_us();
	int owed = 0;

	TAILQ_FOREACH(p, &pulls, next)
		owed |= pull_ring(p, now);
	return owed;
}

static void
set_conf(struct child *c)
{
	ask_set_conf(c->conf);
	trust_replace(c->trust, c->conf);
	c->trust = -1;
}

/* What the master says; 0: it is time to end. */
static int
hear(struct child *c)
{
	struct pull *p, *next;
	enum child_event event;

	while ((event = child_read(c)) != CHILD_NOTHING) {
		switch (event) {
		case CHILD_CONF:
			set_conf(c);
			target_reload(c->conf);
			pass_reload(c->conf);
			TAILQ_FOREACH_SAFE(p, &pulls, next, next)
				pull_reload(p);
			break;
		case CHILD_STOP:
		case CHILD_DRAIN:
			return 0;
		case CHILD_NOTHING:
		case CHILD_LOG:
		case CHILD_CONTROL:
			break;
		}
	}
	return 1;
}

static void
stop_all(void)
{
	struct pull *p;
	struct target *t;

	pass_fini();
	while ((p = TAILQ_FIRST(&pulls)) != NULL)
		pull_stop(p);
	while ((t = TAILQ_FIRST(&targets)) != NULL)
		target_destroy(t);
	hook_fini();
}

int
fetcher_main(struct child *c)
{
	int64_t ticked = 0, due = 0, now;
	int rung = 1, told = 0, owed = 0, running = 1;
	int turned, hashing = 0;

	loop_init(c->bells[c->slot], c->sock);
	pass_init(c->passages);
	set_conf(c);
	target_reload(c->conf);
	object_each(adopt, c->conf);
	arena_fetcher_here();
	sandbox_enter(c->role);
	child_ready(c);
	while (running && !arena_condemned()) {
		/* The first turn does not wait: who rang before this process
		 * was there rang for nobody. */
		now = clock_ms();
		loop_turn(rung || hashing || due <= now ? 0 :
		    owed ? 1 : (int)(due - now), &rung, &told);
		if (told)
			running = hear(c);
		told = 0;
		owed = ring();
		if (collect() > 0)
			rung = 1;
		now = clock_ms();
		if (now - ticked >= TURN_TICK) {
			tick(now);
			ticked = now;
			rung = 1;
		}
		if (now >= due)
			rung = 1;
		turned = rung;
		if (rung) {
			sweep_sockets();
			pass_queue();
			due = turn_take(c->conf);
			rung = 0;
			owed |= ring();
		}
		if (pass_tick(now) && due > now + TURN_TICK)
			due = now + TURN_TICK;
		hashing = verify_turn(turned);
	}
	stop_all();
	return 0;
}
