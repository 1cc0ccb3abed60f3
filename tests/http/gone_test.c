/* SPDX-License-Identifier: ISC */
/* gone_test -- clients that leave, at any moment and in any way: nothing of
 * them stays */
#include "config.h"

#include <sys/socket.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/gauges.h"
#include "../helper/h2wire.h"
#include "../helper/wire.h"

#define GONE_MS		100	/* until a client that left is gone */
#define SETTLE_MS	3000	/* ... and all that was done for it */
#define COME_MS		5000	/* for what is sure to come */
#define STALL		300000	/* bytes that come before the source stalls */
#define VISITS		300
#define VISITS_SOAK	1000
#define GUESTS		8	/* at once */
#define TASTE_MAX	400000	/* bytes that a guest reads at a time */
#define WAIT_MAX	15	/* ms */
#define FILM		20000000

static void
start(void)
{
	exam_start("segment_size = 1M", "fill = none retries = 0 "
	    "max_connections = 32");
}

TestSuite(gone, .init = start, .fini = exam_stop, .timeout = 120);

/* ---- what must not be left ---- */

/* Nobody was ever here. */
static void
expect_nothing(struct gauges *g)
{
	json_t *clients = exam_ctl_json(exam.reeld, "-j clients");

	cr_expect_eq(json_array_size(clients), 0);
	json_decref(clients);
	cr_expect(AWAIT(gauges_pins(exam.reeld, NULL) == 0, SETTLE_MS),
	    "something is still pinned");
	exam_audit(exam.reeld);
	gauges_look(g);
	cr_expect_eq(gauges_value(g, "viewers"), 0);
	cr_expect_eq(gauges_value(g, "pulls"), 0);
	cr_expect_eq(gauges_value(g, "connections_total"),
	    gauges_value(g, "connections_closed_total") + 1);
}

/* ---- a parked client ---- */

enum leaving { LEAVE_FIN, LEAVE_RST, LEAVE_HALF, LEAVE_STREAM };

struct parting {
	const char	*title;
	const char	*knobs;		/* of the source */
	int64_t		 bytes;		/* that come before it is parked */
	int		 h2;
	const char	*more;		/* HTTP/1: said behind the request */
	enum leaving	 how;
};

#define SILENT	"size=8388608&delay=60s"
#define STALLED	"size=8388608&stall=300000"

static const struct parting partings[] = {
	{ "HTTP/1, FIN", STALLED, STALL, 0, "", LEAVE_FIN },
	{ "HTTP/1, RST", STALLED, STALL, 0, "", LEAVE_RST },
	{ "HTTP/1, half-close", STALLED, STALL, 0, "", LEAVE_HALF },
	{ "HTTP/1, FIN before the head", SILENT, 0, 0, "", LEAVE_FIN },
	{ "HTTP/1, RST before the head", SILENT, 0, 0, "", LEAVE_RST },
	{ "HTTP/1, FIN behind a second request", STALLED, STALL, 0,
	    "GET /f/a HTTP/1.1\r\nHost: test\r\n\r\n", LEAVE_FIN },
	{ "HTTP/1, RST behind half a request", STALLED, STALL, 0,
	    "GET /f/a HTTP/1.1\r\nHo", LEAVE_RST },
	{ "HTTP/2, FIN", STALLED, STALL, 1, NULL, LEAVE_FIN },
	{ "HTTP/2, RST", STALLED, STALL, 1, NULL, LEAVE_RST },
	{ "HTTP/2, half-close", STALLED, STALL, 1, NULL, LEAVE_HALF },
	{ "HTTP/2, RST_STREAM", STALLED, STALL, 1, NULL,
	    LEAVE_STREAM },
	{ "HTTP/2, FIN before the head", SILENT, 0, 1, NULL,
	    LEAVE_FIN },
	{ "HTTP/2, RST_STREAM before the head", SILENT, 0, 1, NULL,
	    LEAVE_STREAM },
};

/* A client that has read what there was. */
struct client {
	int		 fd;		/* -1: HTTP/2 */
	struct h2wire	*h2;
};

static struct client
come_by_h1(const struct parting *p, const char *film)
{
	struct client c = { wire_connect(reeld_port(exam.reeld), 0), NULL };
	char head[4096];

	cr_assert_neq(c.fd, -1);
	cr_assert_neq(wire_say(c.fd, "GET %s?%s HTTP/1.1\r\nHost: test\r\n"
	    "\r\n%s", film, p->knobs, p->more), -1);
	if (p->bytes == 0)
		return c;
	cr_assert_eq(wire_head(c.fd, head, sizeof(head), COME_MS), 200);
	cr_assert_eq(wire_content(c.fd, p->bytes, data_seed(film, 1), 0,
	    COME_MS), p->bytes, "%s: wrong bytes, or too few", p->title);
	return c;
}

static struct client
come_by_h2(const struct parting *p, const char *film)
{
	struct client c = { -1, h2wire_open(reeld_port(exam.reeld)) };
	struct h2answer a = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "%s?%s", film, p->knobs);
	cr_assert_not_null(c.h2);
	cr_assert_eq(h2wire_get(c.h2, 1, path, NULL), 0);
	if (p->bytes == 0)
		return c;
	a = h2wire_taste(c.h2, 1, data_seed(film, 1), 0, p->bytes, COME_MS);
	cr_assert_eq(a.status, 200, "%s: %d", p->title, a.status);
	cr_assert_eq(a.wrong_at, -1, "%s: a wrong byte", p->title);
	cr_assert_eq(a.bytes, p->bytes, "%s: %" PRId64 " bytes", p->title,
	    a.bytes);
	return c;
}

static void
leave(struct client *c, enum leaving how)
{
	switch (how) {
	case LEAVE_FIN:
	case LEAVE_RST:
		if (c->h2 != NULL)
			h2wire_close(&c->h2, how == LEAVE_RST);
		else if (how == LEAVE_RST)
			wire_reset(c->fd);
		else
			close(c->fd);
		c->fd = -1;
		break;
	case LEAVE_HALF:
		shutdown(c->h2 != NULL ? h2wire_fd(c->h2) : c->fd, SHUT_WR);
		break;
	case LEAVE_STREAM:
		h2wire_rst(c->h2, 1, H2_CANCEL);
		break;
	}
}

/* Waits until nothing tells of a client any more but `stays` connections: ms
 * since it left, or -1.  The fetcher keeps its own pin for a while, for who
 * comes back. */
static int64_t
await_gone(struct gauges *g, const char *title, int stays)
{
	int64_t begun = now_us();

	if (AWAIT(gauges_clients(g, 0, stays) &&
	    gauges_pins(exam.reeld, "worker") == 0, GONE_MS * 10))
		return (now_us() - begun) / 1000;
	fprintf(stderr, "%s: %" PRId64 " viewers, %" PRId64 " connections, %d "
	    "pins are left\n", title, gauges_value(g, "viewers"),
	    gauges_value(g, "client_connections") - 1,
	    gauges_pins(exam.reeld, "worker"));
	return -1;
}

/* Comes for a film that nobody has seen, is parked, leaves: ms until it was
 * gone, or -1. */
static int64_t
part(struct gauges *g, const struct parting *p)
{
	static unsigned films;
	struct client c;
	char film[32];
	int64_t ms;

	snprintf(film, sizeof(film), "/f/parked%u", films++);
	c = p->h2 ? come_by_h2(p, film) : come_by_h1(p, film);
	cr_assert(AWAIT(gauges_clients(g, 1, 1), COME_MS), "%s: not there",
	    p->title);
	cr_expect_gt(gauges_pins(exam.reeld, "worker"), 0);
	leave(&c, p->how);
	ms = await_gone(g, p->title, p->how == LEAVE_STREAM);
	h2wire_close(&c.h2, 0);
	if (c.fd != -1)
		close(c.fd);
	cr_expect(AWAIT(gauges_clients(g, 0, 0), COME_MS), "%s: still open",
	    p->title);
	return ms;
}

Test(gone, parked)
{
	const struct parting *p;
	struct gauges g;
	int64_t ms;
	size_t i;

	gauges_open(&g, reeld_port(exam.reeld));
	for (i = 0; i < sizeof(partings) / sizeof(partings[0]); i++) {
		p = &partings[i];
		ms = part(&g, p);
		if (ms > GONE_MS)	/* the machine may have been busy */
			ms = part(&g, p);
		fprintf(stderr, "%s: gone after %" PRId64 " ms\n", p->title,
		    ms);
		cr_expect(ms >= 0 && ms <= GONE_MS, "%s: %" PRId64 " ms",
		    p->title, ms);
	}
	expect_nothing(&g);
	gauges_close(&g);
}

/* ---- many visits ---- */

static const char *const films[] = {
	"/f/fast?size=20000000", "/f/slow?size=20000000&rate=4000000",
	"/f/stalling?size=20000000&stall=500000",
	"/f/late?size=20000000&delay=300ms",
};
#define FILMS	(sizeof(films) / sizeof(films[0]))

struct guest {
	struct client	 client;
	uint32_t	 stream;	/* HTTP/2 */
	unsigned	 film;
	uint64_t	 at;		/* offset of what comes next */
	int64_t		 left;		/* HTTP/1: after the head */
	int		 answered;	/* HTTP/1: the head came */
};

/* Numbers that are the same in every run (Park and Miller's generator). */
static unsigned
draw(unsigned below)
{
	static uint64_t state = 20250311;

	state = state * 48271 % 2147483647;
	return (unsigned)(state % below);
}

static uint64_t
seed_of(const struct guest *g)
{
	char path[64];

	snprintf(path, sizeof(path), "%.*s",
	    (int)strcspn(films[g->film], "?"), films[g->film]);
	return data_seed(path, 1);
}

/* Asks for a film from anywhere on. */
static void
ask(struct guest *g)
{
	char range[64];
	const struct h2field extra[] = { { "range", range }, { NULL, NULL } };

	g->film = draw(FILMS);
	g->at = draw(FILM);
	g->answered = 0;
	snprintf(range, sizeof(range), "bytes=%" PRIu64 "-", g->at);
	if (g->client.h2 != NULL) {
		g->stream += 2;
		h2wire_get(g->client.h2, g->stream, films[g->film], extra);
	} else {
		wire_say(g->client.fd, "GET %s HTTP/1.1\r\nHost: test\r\n"
		    "Range: %s\r\n\r\n", films[g->film], range);
	}
}

static void
arrive(struct guest *g)
{
	memset(g, 0, sizeof(*g));
	g->client.fd = -1;
	g->stream = (uint32_t)-1;	/* the first is 1 */
	if (draw(2))
		g->client.h2 = h2wire_open(reeld_port(exam.reeld));
	else
		g->client.fd = wire_connect(reeld_port(exam.reeld), 0);
	cr_assert(g->client.h2 != NULL || g->client.fd != -1);
	ask(g);
}

static void
taste_h2(struct guest *g, int ms)
{
	struct h2answer a = h2wire_taste(g->client.h2, g->stream, seed_of(g),
	    g->at, draw(TASTE_MAX), ms);

	cr_assert_eq(a.wrong_at, -1, "%s: byte %" PRId64 " is wrong",
	    films[g->film], a.wrong_at);
	g->at += (uint64_t)a.bytes;
}

static void
taste_h1(struct guest *g, int ms)
{
	char head[4096];
	int64_t n = draw(TASTE_MAX);
	int status;

	if (!g->answered) {
		status = wire_head(g->client.fd, head, sizeof(head), ms);
		if (status == -1)
			return;
		cr_assert_eq(status, 206, "%s: %d", films[g->film], status);
		g->answered = 1;
		g->left = wire_content_length(head);
	}
	n = wire_content(g->client.fd, n < g->left ? n : g->left, seed_of(g),
	    g->at, ms);
	cr_assert_neq(n, -1, "%s: a wrong byte after %" PRIu64,
	    films[g->film], g->at);
	g->at += (uint64_t)n;
	g->left -= n;
}

static void
depart(struct guest *g, enum leaving how)
{
	leave(&g->client, how);
	if (how == LEAVE_HALF) {
		usleep(draw(WAIT_MAX) * 1000);
		leave(&g->client, LEAVE_FIN);
	}
}

/* From another place on: with HTTP/2 on the same connection, and sometimes
 * before the old stream is given up. */
static void
seek(struct guest *g)
{
	if (g->client.h2 == NULL) {
		depart(g, LEAVE_FIN);
		arrive(g);
		return;
	}
	if (draw(4) > 0)
		h2wire_rst(g->client.h2, g->stream, H2_CANCEL);
	ask(g);
}

/* Does what comes to its mind: 1 when it left. */
static int
amuse(struct guest *g)
{
	unsigned what = draw(10);
	int ms = (int)draw(WAIT_MAX) + 1;

	if (what < 3) {
		depart(g, (enum leaving)what);	/* not LEAVE_STREAM */
		return 1;
	}
	if (what < 5)
		seek(g);
	else if (g->client.h2 != NULL)
		taste_h2(g, ms);
	else
		taste_h1(g, ms);
	return 0;
}

Test(gone, thousand_visits)
{
	int visits = getenv("SOAK") != NULL ? VISITS_SOAK : VISITS;
	struct guest guests[GUESTS], *g;
	struct gauges gauges;
	int i, here = 0;

	gauges_open(&gauges, reeld_port(exam.reeld));
	while (here < GUESTS)
		arrive(&guests[here++]);
	for (i = GUESTS; i < visits; ) {
		g = &guests[draw(GUESTS)];
		if (amuse(g)) {
			arrive(g);
			i++;
		}
	}
	while (here > 0)
		depart(&guests[--here], LEAVE_FIN);
	cr_expect(AWAIT(gauges_clients(&gauges, 0, 0), COME_MS),
	    "%" PRId64 " requests, %" PRId64 " connections are left",
	    gauges_value(&gauges, "viewers"),
	    gauges_value(&gauges, "client_connections") - 1);
	expect_nothing(&gauges);
	gauges_close(&gauges);
}
