/* SPDX-License-Identifier: ISC */
/* pause_test -- clients that take no byte: who may stay, how long, and what it
 * costs */
#include "config.h"

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

#define SEND_MS		500	/* send_timeout */
#define PAUSE_MS	4000	/* pause_max */
#define SLACK_MS	2000	/* for clocks that look now and then */
#define COME_MS		5000	/* for what is sure to come */
#define RCVBUF		4096	/* of who does not read */
#define OBJECTS		300
#define NAME_LEN	800	/* of an object, so that the list is long */
#define FILM		30000000
#define SEEN		2000000	/* of a film before the pause */
#define RCVBUF_FILM	(64 * 1024)

static struct gauges gauges;

static void
open_all(const char *pause_max)
{
	char conf[256];

	snprintf(conf, sizeof(conf), "workers = 1\narena_size = 64M\n"
	    "segment_size = 1M\nsend_timeout = %dms\npause_max = %s", SEND_MS,
	    pause_max);
	exam_start(conf, "");
	gauges_open(&gauges, reeld_port(exam.reeld));
}

static void
stop(void)
{
	gauges_close(&gauges);
	exam_stop();
}

TestSuite(pause, .fini = stop, .timeout = 60);

/* ---- who takes nothing at all ---- */

struct idler {
	const char	*path;
	int		 h2;
	uint32_t	 window;	/* HTTP/2: of a stream */
	struct h2wire	*wire;
	int		 fd;
};

static void
ask_h2(struct idler *i)
{
	uint8_t settings[6];

	i->wire = h2wire_connect(reeld_port(exam.reeld), RCVBUF);
	cr_assert_not_null(i->wire);
	h2wire_preface(i->wire);
	h2wire_frame(i->wire, H2_SETTINGS, 0, 0, settings,
	    h2wire_put_setting(settings, H2_INITIAL_WINDOW_SIZE, i->window));
	cr_assert_eq(h2wire_get(i->wire, 1, i->path, NULL), 0);
}

static void
ask_h1(struct idler *i)
{
	i->fd = wire_connect(reeld_port(exam.reeld), RCVBUF);
	cr_assert_neq(i->fd, -1);
	cr_assert_neq(wire_say(i->fd, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n",
	    i->path), -1);
}

/* Lets `n` of them ask and read nothing: all stay for `least` ms, none longer
 * than `most`.  What they do not read hides that they were cut, so reeld is
 * asked. */
static void
idle_away(const char *title, struct idler *all, int n, int least, int most)
{
	int64_t begun = now_us(), stayed;
	int i;

	for (i = 0; i < n; i++)
		if (all[i].h2)
			ask_h2(&all[i]);
		else
			ask_h1(&all[i]);
	gauges_look(&gauges);
	while (gauges_value(&gauges, "client_connections") == n + 1 &&
	    now_us() < begun + least * 1000) {
		usleep(20000);
		gauges_look(&gauges);
	}
	stayed = (now_us() - begun) / 1000;
	cr_expect_geq(stayed, least, "%s: one was cut after %" PRId64 " ms",
	    title, stayed);
	cr_expect(AWAIT((gauges_look(&gauges),
	    gauges_value(&gauges, "client_connections") == 1), most - least),
	    "%s: %" PRId64 " are still there", title,
	    gauges_value(&gauges, "client_connections") - 1);
	fprintf(stderr, "%s: all gone after %" PRId64 " ms\n", title,
	    (now_us() - begun) / 1000);
	for (i = 0; i < n; i++)
		if (all[i].h2)
			h2wire_close(&all[i].wire, 1);
		else
			wire_reset(all[i].fd);
}

static void
start_cutting(void)
{
	open_all("4s");
}

/* A paused player. */
Test(pause, media_of_known_size, .init = start_cutting)
{
	struct idler all[] = {
		{ .path = "/f/film?size=30000000" },
		{ .path = "/f/film?size=30000000", .h2 = 1,
		    .window = H2_WINDOW },
		{ .path = "/f/film?size=30000000", .h2 = 1,
		    .window = 0x7fffffff },
		{ .path = "/f/film?size=30000000", .h2 = 1, .window = 0 },
	};

	idle_away("media of known size", all, 4, PAUSE_MS - SEND_MS,
	    PAUSE_MS + SLACK_MS);
}

/* Nobody pauses a stream that has no end. */
Test(pause, media_of_unknown_size, .init = start_cutting)
{
	static const char path[] =
	    "/f/endless?size=1000000000&nolen=1&norange=1&"
	    "rate=20000000";
	struct idler all[] = {
		{ .path = path },
		{ .path = path, .h2 = 1, .window = H2_WINDOW },
		{ .path = path, .h2 = 1, .window = 0 },
	};

	idle_away("media of unknown size", all, 3, 0, SEND_MS + SLACK_MS);
}

/* So many objects that what /_reeld/objects tells of them does not fit into
 * the kernel. */
static void
lengthen_list(void)
{
	char name[NAME_LEN + 1];
	int i;

	memset(name, 'n', NAME_LEN);
	name[NAME_LEN] = '\0';
	for (i = 0; i < OBJECTS; i++)
		cr_assert_eq(exam_status(reeld_url(exam.reeld,
		    "/f/%d%s?size=10", i, name)), 200);
}

/* Nor a page of reeld's own. */
Test(pause, pages, .init = start_cutting)
{
	struct idler all[] = {
		{ .path = "/_reeld/objects" },
		{ .path = "/_reeld/objects", .h2 = 1, .window = H2_WINDOW },
		{ .path = "/metrics", .h2 = 1, .window = 0 },
		{ .path = "/nowhere", .h2 = 1, .window = 0 },
	};

	lengthen_list();
	idle_away("pages", all, 4, 0, SEND_MS + SLACK_MS);
}

/* ---- who pauses and goes on ---- */

static void
start_waiting(void)
{
	open_all("1h");
}

/* Another film, whole: it takes the room of what nobody stands in. */
static void
show(const char *name)
{
	char path[64];
	struct viewer_result *res;

	snprintf(path, sizeof(path), "/f/%s", name);
	res = fetch(&(struct viewer_want){ .check = 1,
	    .seed = data_seed(path, 1),
	    .url = reeld_url(exam.reeld, "%s?size=%d", path, FILM) });
	cr_expect_eq(res->bytes, FILM);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
}

/* Nothing but the piece in flight is held for who pauses longer than
 * send_timeout: others have all the room, and take it. */
static void
others_watch(void)
{
	cr_expect(AWAIT(gauges_clients(&gauges, 0, 1), SEND_MS + SLACK_MS),
	    "%" PRId64 " are still counted as viewers",
	    gauges_value(&gauges, "viewers"));
	show("second");
	show("third");
	show("fourth");
}

/* Of the film that was paused, something is gone and came again. */
static void
was_evicted(void)
{
	gauges_look(&gauges);
	cr_expect_gt(gauges_value(&gauges, "evicted_bytes_total"), 0);
	cr_expect_gt(origin_stat(exam.origin, "/f/first", "bytes"), FILM);
}

Test(pause, resumed, .init = start_waiting)
{
	uint64_t seed = data_seed("/f/first", 1);
	int fd = wire_connect(reeld_port(exam.reeld), RCVBUF_FILM);
	char head[4096];

	wire_say(fd, "GET /f/first?size=%d HTTP/1.1\r\nHost: test\r\n\r\n",
	    FILM);
	cr_assert_eq(wire_head(fd, head, sizeof(head), COME_MS), 200);
	cr_assert_eq(wire_content(fd, SEEN, seed, 0, COME_MS), SEEN);
	others_watch();
	cr_expect_eq(wire_content(fd, FILM - SEEN, seed, SEEN, COME_MS),
	    FILM - SEEN, "wrong or missing bytes after the pause");
	was_evicted();
	close(fd);
}

Test(pause, resumed_h2, .init = start_waiting)
{
	struct h2wire *w = h2wire_open(reeld_port(exam.reeld));
	uint64_t seed = data_seed("/f/first", 1);
	struct h2answer a;
	char path[64];

	cr_assert_not_null(w);
	snprintf(path, sizeof(path), "/f/first?size=%d", FILM);
	h2wire_get(w, 1, path, NULL);
	a = h2wire_taste(w, 1, seed, 0, SEEN, COME_MS);
	cr_assert(a.bytes >= SEEN && a.wrong_at == -1);
	others_watch();
	cr_expect_eq(h2wire_answer(w, 1, seed, (uint64_t)a.bytes,
	    COME_MS).bytes, FILM - a.bytes);
	was_evicted();
	h2wire_close(&w, 0);
}
