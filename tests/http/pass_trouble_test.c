/* SPDX-License-Identifier: ISC */
/* pass_trouble_test -- requests that pass where something goes wrong */
#include "config.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/echo.h"
#include "../helper/exam.h"
#include "../helper/h2wire.h"
#include "../helper/sender.h"
#include "../helper/wire.h"

#define MANY	40

static struct echo *echo;
static struct reeld *reeld;

static void
start_with(const char *global, const char *rules)
{
	echo = echo_start();
	reeld = reeld_start("%s\norigin \"e\" { match = \"/e/\" url ="
	    " \"http://127.0.0.1:%d/e/\" pass_methods = {\"POST\", \"DELETE\"}"
	    " stall_timeout = 2s connect_timeout = 2s retries = 0 %s }\n"
	    "origin \"dead\" { match = \"/dead/\" url ="
	    " \"http://127.0.0.1:%d/\" pass_methods = {\"POST\"} }", global,
	    echo_port(echo), rules, free_port());
}

static void
start(void)
{
	start_with("", "max_connections = 4");
}

static void
stop(void)
{
	char text[8192];

	cr_expect_eq(reeld_ctl(reeld, "audit", text, sizeof(text)), 0, "%s",
	    text);
	cr_expect(AWAIT(echo_count(echo).open == 0, 10000),
	    "%d connections stay open", echo_count(echo).open);
	reeld_stop(&reeld);
	echo_stop(&echo);
}

TestSuite(pass_trouble, .init = start, .fini = stop, .timeout = 100);

static void
post(const char *path, enum viewer_http http, struct sender_answer *a)
{
	sender_send(&(struct sender_want){ .body = "abc", .len = 3,
	    .http = http, .url = reeld_url(reeld, "%s", path) }, a);
}

/* It works as if nothing had been. */
static void
works(void)
{
	struct sender_answer a;

	post("/e/after", VIEWER_HTTP11, &a);
	cr_expect_eq(a.status, 200, "%d", a.status);
	cr_expect(a.len == 3 && memcmp(a.body, "abc", 3) == 0);
	sender_fini(&a);
}

static const struct {
	const char	*path;
	int		 status;
	const char	*error;		/* RFC 9209 */
} troubles[] = {
	{ "/dead/x", 502, "connection_refused" },
	{ "/e/x?drop=1", 502, "http_response_incomplete" },
	{ "/e/x?hang=1", 504, "http_response_timeout" },
};

Test(pass_trouble, no_answer)
{
	struct sender_answer a;
	size_t i;

	for (i = 0; i < 2 * sizeof(troubles) / sizeof(troubles[0]); i++) {
		post(troubles[i / 2].path, i % 2 == 0 ? VIEWER_HTTP11 :
		    VIEWER_H2C, &a);
		cr_expect_eq(a.status, troubles[i / 2].status, "%s: %d",
		    troubles[i / 2].path, a.status);
		cr_expect_not_null(strstr(a.head, troubles[i / 2].error),
		    "%s", a.head);
		sender_fini(&a);
	}
	works();
}

/* Whatever the source may have done with it, it is asked once: also where
 * libcurl has a connection to use again. */
Test(pass_trouble, never_twice)
{
	struct sender_answer a;
	int before;

	cr_assert_eq(exam_status(reeld_url(reeld, "/e/doc")), 200);
	before = echo_count(echo).requests;
	post("/e/x?drop=1", VIEWER_HTTP11, &a);
	cr_expect_eq(a.status, 502);
	sender_fini(&a);
	post("/e/x?status=503", VIEWER_HTTP11, &a);
	cr_expect_eq(a.status, 503);
	sender_fini(&a);
	cr_expect_eq(echo_count(echo).requests, before + 2);
}

/* What has begun cannot be told any more: it is cut, and seen to be. */
Test(pass_trouble, cut)
{
	static const char *const how[] = { "", "&chunked=1" };
	struct sender_answer a;
	size_t i;

	for (i = 0; i < 4; i++) {
		sender_send(&(struct sender_want){ .http = i < 2 ?
		    VIEWER_HTTP11 : VIEWER_H2C, .url = reeld_url(reeld,
		    "/e/x?reply=300000&cut=100000%s", how[i % 2]) }, &a);
		cr_expect_eq(a.status, 200, "%d", a.status);
		cr_expect_neq(a.curl, 0);
		cr_expect_leq(a.len, 100000);
		cr_expect_eq(data_check(data_seed("/e/x", 1), 0, a.body,
		    a.len), -1);
		sender_fini(&a);
	}
	works();
}

/* The source says what it has to say before it was sent all. */
Test(pass_trouble, early)
{
	struct sender_answer a;
	char *bytes = calloc(1, 1 << 20);

	sender_send(&(struct sender_want){ .body = bytes, .len = 1 << 20,
	    .url = reeld_url(reeld, "/e/x?early=1&status=403") }, &a);
	cr_expect(a.status == 403 || a.status == 502, "%d", a.status);
	sender_fini(&a);
	free(bytes);
	works();
}

/* Content that passes may take longer than what libh2o gives a request. */
Test(pass_trouble, slow_content)
{
	const size_t len = 100000, step = len / 12;
	char *bytes = calloc(1, len), head[4096];
	int fd = wire_connect(reeld_port(reeld), 0);
	size_t at, n;

	wire_say(fd, "POST /e/x HTTP/1.1\r\nHost: t\r\nContent-Length: %zu"
	    "\r\n\r\n", len);
	for (at = 0; at < len; at += n) {
		n = len - at < step ? len - at : step;
		cr_assert_eq(wire_send(fd, bytes + at, n, 2000), 0);
		sleep(1);
	}
	cr_expect_eq(wire_head(fd, head, sizeof(head), 5000), 200);
	free(bytes);
	close(fd);
}

/* ---- who is gone ---- */

Test(pass_trouble, client_goes)
{
	int fd = wire_connect(reeld_port(reeld), 0);

	wire_say(fd, "POST /e/x?hang=1 HTTP/1.1\r\nHost: t\r\nContent-Length:"
	    " 1\r\n\r\nx");
	cr_assert(AWAIT(echo_count(echo).requests == 1, 5000));
	close(fd);
	/* at the next look at the clocks, long before stall_timeout */
	cr_expect(AWAIT(echo_count(echo).gone == 1, 1500));
	works();
}

static struct sender_answer answer;

static void *
post_hanging(void *arg)
{
	post(arg, VIEWER_HTTP11, &answer);
	return NULL;
}

/* Sends a request that hangs and kills the fetcher then. */
static void
kill_fetcher(const char *path)
{
	pthread_t thread;

	pthread_create(&thread, NULL, post_hanging, (void *)(uintptr_t)path);
	cr_assert(AWAIT(echo_count(echo).requests == 1, 5000));
	usleep(300000);
	cr_assert_eq(reeld_kill(reeld, "fetcher", SIGKILL), 1);
	pthread_join(thread, NULL);
}

Test(pass_trouble, fetcher_dies)
{
	kill_fetcher("/e/x?hang=1");
	cr_expect_eq(answer.status, 503, "%d", answer.status);
	cr_expect(sender_has(&answer, "retry-after: 1"), "%s", answer.head);
	sender_fini(&answer);
	works();
	cr_expect_eq(echo_count(echo).requests, 2);
}

/* It waits for the next one. */
Test(pass_trouble, no_fetcher)
{
	cr_assert_eq(reeld_kill(reeld, "fetcher", SIGKILL), 1);
	works();
	cr_expect_eq(echo_count(echo).requests, 1);
}

Test(pass_trouble, worker_dies)
{
	pthread_t thread;

	pthread_create(&thread, NULL, post_hanging,
	    (void *)(uintptr_t)"/e/x?hang=1");
	cr_assert(AWAIT(echo_count(echo).requests == 1, 5000));
	cr_assert_eq(reeld_kill(reeld, "worker", SIGKILL), 2);
	pthread_join(thread, NULL);
	cr_expect_eq(answer.status, 0);
	sender_fini(&answer);
	cr_expect(AWAIT(echo_count(echo).gone == 1, 1500));
	cr_assert(AWAIT(exam_status(reeld_url(reeld, "/health")) == 200,
	    10000));
	works();
}

/* ---- many ---- */

static void *
post_many(void *arg)
{
	size_t n = (size_t)(uintptr_t)arg, len = 1 + n * 7001;
	char *bytes = malloc(len);
	struct sender_answer a;

	data_fill(data_seed("many", n), 0, bytes, len);
	sender_send(&(struct sender_want){ .body = bytes, .len = len,
	    .http = n % 2 == 0 ? VIEWER_HTTP11 : VIEWER_H2C,
	    .url = reeld_url(reeld, "/e/x?slow=20") }, &a);
	n = a.status == 200 && a.len == len && memcmp(a.body, bytes, len) ==
	    0;
	sender_fini(&a);
	free(bytes);
	return (void *)(uintptr_t)n;
}

Test(pass_trouble, many_at_once)
{
	pthread_t threads[MANY];
	void *right;
	size_t i;

	for (i = 0; i < MANY; i++)
		pthread_create(&threads[i], NULL, post_many,
		    (void *)(uintptr_t)i);
	for (i = 0; i < MANY; i++) {
		pthread_join(threads[i], &right);
		cr_expect(right != NULL, "number %zu", i);
	}
	cr_expect_leq(echo_count(echo).peak, 4, "%d at once",
	    echo_count(echo).peak);
	cr_expect_eq(echo_count(echo).requests, MANY);
}

/* ---- memory ---- */

#define HELD_MAX	64	/* MiB of content in a worker: reeld.conf(5) */

static void
start_one_worker(void)
{
	start_with("workers = 1", "");
}

TestSuite(pass_memory, .init = start_one_worker, .fini = stop,
    .timeout = 100);

/* Who announces as much as is left may send it, nobody else. */
Test(pass_memory, announced)
{
	static char content[1 << 20];
	int fds[HELD_MAX + 6], i, expected;
	char head[4096];

	for (i = 0; i < HELD_MAX + 6; i++) {
		fds[i] = wire_connect(reeld_port(reeld), 0);
		wire_say(fds[i], "POST /e/x HTTP/1.1\r\nHost: t\r\n"
		    "Content-Length: %d\r\nExpect: 100-continue\r\n\r\n",
		    1 << 20);
		expected = i < HELD_MAX ? 100 : 503;
		cr_expect_eq(wire_head(fds[i], head, sizeof(head), 5000),
		    expected, "number %d: %s", i, head);
	}
	works();		/* what is small needs none of it */
	for (i = 0; i < HELD_MAX + 6; i++)
		close(fds[i]);
	cr_expect(AWAIT(sender_status(&(struct sender_want){ .url =
	    reeld_url(reeld, "/e/x"), .body = content, .len =
	    sizeof(content) }) == 200, 5000));
}

/* HTTP/2: what is sent and not ended, on as many streams as there may be. */
Test(pass_memory, not_ended)
{
	static const struct h2field fields[] = { { ":method", "POST" },
		{ ":scheme", "http" }, { ":authority", "t" },
		{ ":path", "/e/x" }, { NULL, NULL } };
	static char piece[H2_FRAME_MAX];
	struct h2wire *w[8];
	struct h2frame f;
	int i, n, cut = 0;
	uint32_t stream;

	for (i = 0; i < 8; i++) {
		cr_assert_not_null(w[i] = h2wire_open(reeld_port(reeld)));
		for (stream = 1; stream < 32 && !cut; stream += 2) {
			h2wire_headers(w[i], stream, 0, fields);
			for (n = 0; n < 60 && !cut; n++) {
				cut = h2wire_frame(w[i], H2_DATA, 0, stream,
				    piece, sizeof(piece)) == -1;
				while (!cut && h2wire_read(w[i], &f, 0) == 1)
					;
			}
		}
		cr_expect(!cut || i >= 4, "cut at %d", i);
	}
	cr_expect(cut);
	for (i = 0; i < 8; i++)
		h2wire_close(&w[i], 0);
	works();
}

/* ---- places ---- */

static void
start_one_place(void)
{
	start_with("wait_max = 30s", "max_connections = 1");
}

TestSuite(pass_place, .init = start_one_place, .fini = stop, .timeout = 100);

/* A turn's time is the longest that it waits for a reader (P4). */
Test(pass_place, beside_a_reader)
{
	struct viewer *v;
	struct viewer_result *res;
	struct origin *film = origin_start(NULL, NULL);
	struct reeld *r = reeld_start("segment_size = 256K\norigin \"f\" {"
	    " match = \"/f/\" url = \"http://127.0.0.1:%d/f/\" account = \"a\""
	    " max_connections = 1 }\norigin \"e\" { match = \"/e/\" url ="
	    " \"http://127.0.0.1:%d/e/\" account = \"a\" max_connections = 1"
	    " pass_methods = {\"POST\"} }", origin_port(film),
	    echo_port(echo));
	int64_t began;
	int status;

	v = viewer_start(&(struct viewer_want){ .check = 1, .seed =
	    data_seed("/f/film", 1), .url = reeld_url(r,
	    "/f/film?size=24000000&rate=2M") });
	cr_assert(AWAIT(viewer_progress(v) > 100000, 10000));
	began = now_us();
	status = sender_status(&(struct sender_want){ .body = "x", .len = 1,
	    .url = reeld_url(r, "/e/x") });
	cr_expect_eq(status, 200, "%d", status);
	cr_expect_lt(now_us() - began, 9000000);
	res = viewer_wait(&v);
	cr_expect_eq(res->wrong_at, -1);
	cr_expect_eq(res->bytes, 24000000, "%s", res->error);
	viewer_result_destroy(res);
	exam_audit(r);
	reeld_stop(&r);
	origin_stop(&film);
}

/* Two that hang have the one place one after the other, and a reader waits. */
Test(pass_place, one_after_the_other)
{
	pthread_t threads[3];
	void *right;
	size_t i;

	for (i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, post_many,
		    (void *)(uintptr_t)i);
	cr_expect_eq(exam_status(reeld_url(reeld, "/e/doc")), 200);
	for (i = 0; i < 3; i++) {
		pthread_join(threads[i], &right);
		cr_expect(right != NULL, "number %zu", i);
	}
	cr_expect_eq(echo_count(echo).peak, 1);
}
