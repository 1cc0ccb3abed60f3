/* SPDX-License-Identifier: ISC */
/* attack_http1_test -- clients that are slow on purpose, idle or half gone */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/gauges.h"
#include "../helper/h2wire.h"
#include "../helper/siege.h"
#include "../helper/wire.h"

#define SLOW		32	/* slow clients at once */
#define HEAD_MS		10000	/* what a head may take */
#define H2_MS		60000	/* ... an HTTP/2 client without a request */
#define SLACK_MS	3000	/* for clocks that look now and then */
#define DRIP_MS		500	/* between two bytes */
#define H2_DRIP_MS	4000
#define GOODBYE_MS	2000	/* half closed: until the end */
#define IDLE		1000
#define IDLE_SOAK	5000
#define LINE		4096	/* of a head that never ends */
#define LOOK_MS		20	/* between two looks at who was cut */

static struct siege siege;

static void
start(void)
{
	siege_start(&siege, "");
}

TestSuite(attack_http1, .init = start, .fini = siege_stop, .timeout = 200);

/* ---- who waits until he is cut ---- */

/* Connections that say the same and then as little as they can. */
struct crowd {
	const char	*title;
	int		 n;
	const char	*hello;		/* said at once */
	const char	*text;		/* then a byte at a time; said again */
	size_t		 len;		/* of it; 0: all there is */
	int		 pace_ms;	/* between two bytes; 0: silence */
	int64_t		 least, most;	/* ms that each may last */

	struct patient {
		int	 fd;		/* -1: none, or cut */
		int64_t	 since;		/* us: it began */
		size_t	 said;		/* bytes of `text` */
	}		*all;
	int64_t		 next;		/* us: another byte is due */
	int		 connected, cuts;
	int64_t		 first, last;	/* us that a cut one had lasted */
};

static int
crowd_open(struct crowd *c, const struct siege *s)
{
	struct patient *p;

	c->first = INT64_MAX;
	c->last = 0;
	c->connected = c->cuts = 0;
	c->next = now_us();
	if (c->len == 0 && c->text != NULL)
		c->len = strlen(c->text);
	if ((c->all = calloc((size_t)c->n, sizeof(*c->all))) == NULL)
		return -1;
	for (p = c->all; p < c->all + c->n; p++) {
		p->since = now_us();
		if ((p->fd = wire_connect(s->port, 0)) == -1)
			continue;
		wire_send(p->fd, c->hello, strlen(c->hello), GOODBYE_MS);
		c->connected++;
	}
	return 0;
}

/* One more byte from each that is still there. */
static void
crowd_speak(struct crowd *c)
{
	struct patient *p;

	for (p = c->all; p < c->all + c->n; p++)
		if (p->fd != -1)
			wire_send(p->fd, c->text + p->said++ % c->len, 1, 0);
	c->next += (int64_t)c->pace_ms * 1000;
}

/* Which have been cut?  What they are answered does not matter. */
static void
crowd_look(struct crowd *c)
{
	struct patient *p;
	int64_t lasted;

	for (p = c->all; p < c->all + c->n; p++) {
		if (p->fd == -1 || !wire_closed(p->fd, 0))
			continue;
		lasted = now_us() - p->since;
		if (lasted < c->first)
			c->first = lasted;
		if (lasted > c->last)
			c->last = lasted;
		close(p->fd);
		p->fd = -1;
		c->cuts++;
	}
}

static void
crowd_close(struct crowd *c)
{
	struct patient *p;

	for (p = c->all; p < c->all + c->n; p++)
		if (p->fd != -1)
			close(p->fd);
	free(c->all);
}

/* All were cut, none too early, none too late. */
static void
crowd_judge(const struct crowd *c)
{
	fprintf(stderr, "%s: %d of %d cut, after %.2f to %.2f s\n", c->title,
	    c->cuts, c->connected, (double)c->first / 1000000,
	    (double)c->last / 1000000);
	cr_expect_eq(c->connected, c->n, "%s: %d of %d could connect",
	    c->title, c->connected, c->n);
	cr_expect_eq(c->cuts, c->n, "%s: %d were not cut", c->title,
	    c->n - c->cuts);
	cr_expect_geq(c->first, c->least * 1000, "%s: too early", c->title);
	cr_expect_leq(c->last, c->most * 1000, "%s: too late", c->title);
}

/* Two crowds at once, so that it takes half the time. */
static int
wait_for_cuts(struct siege *s, void *arg)
{
	struct crowd *c = arg;
	int64_t end;
	int i;

	if (crowd_open(&c[0], s) == -1 || crowd_open(&c[1], s) == -1)
		return -1;
	end = now_us() + c->most * 1000;
	while (c[0].cuts + c[1].cuts < c[0].n + c[1].n && now_us() < end) {
		for (i = 0; i < 2; i++) {
			if (c[i].pace_ms > 0 && now_us() >= c[i].next)
				crowd_speak(&c[i]);
			crowd_look(&c[i]);
		}
		usleep(LOOK_MS * 1000);
	}
	crowd_close(&c[0]);
	crowd_close(&c[1]);
	while (!siege_over(s))		/* once is enough */
		usleep(LOOK_MS * 1000);
	return c[0].cuts + c[1].cuts;
}

static void
attack_patiently(const char *title, struct crowd *two)
{
	siege_attack(&siege, &(struct siege_attack){ .title = title,
	    .strike = wait_for_cuts, .arg = two, .ms = HEAD_MS });
	crowd_judge(&two[0]);
	crowd_judge(&two[1]);
}

/* ---- slowloris ---- */

#define GET		"GET " SIEGE_SMALL " HTTP/1.1\r\nHost: test\r\n"
#define POST		"POST " SIEGE_SMALL " HTTP/1.1\r\nHost: test\r\n"
#define FIELD		"X-A: b\r\n"
/* SETTINGS, then PINGs; SETTINGS, then a HEADERS of a kilobyte. */
#define PINGS		"\0\0\0\4\0\0\0\0\0"				\
    "\0\0\10\6\0\0\0\0\0" "12345678"
#define BLOCKS		"\0\0\0\4\0\0\0\0\0"				\
    "\0\4\0\1\0\0\0\0\1" "\x82\x84\x86"
#define PIECE		"1\r\nx\r\n"
#define GET_HEAD	"HEAD " SIEGE_SMALL " HTTP/1.1\r\nHost: test\r\n\r\n"

/* That the first request was answered gives the second no more time. */
Test(attack_http1, slow_head)
{
	struct crowd two[2] = {
		{ .title = "slow first head", .n = SLOW, .hello = GET,
		    .text = FIELD, .pace_ms = DRIP_MS,
		    .least = HEAD_MS - SLACK_MS, .most = HEAD_MS + SLACK_MS },
		{ .title = "slow second head", .n = SLOW,
		    .hello = GET "\r\n" GET, .text = FIELD,
		    .pace_ms = DRIP_MS, .least = HEAD_MS - SLACK_MS,
		    .most = HEAD_MS + SLACK_MS },
	};

	attack_patiently("slow heads", two);
}

/* Refused at once because nothing here takes a body, or cut in time. */
Test(attack_http1, slow_body)
{
	struct crowd two[2] = {
		{ .title = "slow body", .n = SLOW,
		    .hello = POST "Content-Length: 60000\r\n\r\n",
		    .text = "x", .pace_ms = DRIP_MS,
		    .most = HEAD_MS + SLACK_MS },
		{ .title = "slow chunked body", .n = SLOW,
		    .hello = POST "Transfer-Encoding: chunked\r\n\r\n",
		    .text = PIECE, .pace_ms = DRIP_MS,
		    .most = HEAD_MS + SLACK_MS },
	};

	attack_patiently("slow bodies", two);
}

/*
 * libh2o 2.2.5 gives an HTTP/2 client more time for every byte; the minute
 * after which reeld ends that is waited for in the long form.
 */
Test(attack_http1, slow_h2)
{
	struct crowd two[2] = {
		{ .title = "h2 that only pings", .n = SLOW,
		    .hello = H2_PREFACE, .text = PINGS,
		    .len = sizeof(PINGS) - 1, .pace_ms = H2_DRIP_MS,
		    .most = H2_MS + H2_MS / 2 },
		{ .title = "h2 with a slow head", .n = SLOW,
		    .hello = H2_PREFACE, .text = BLOCKS,
		    .len = sizeof(BLOCKS) - 1, .pace_ms = H2_DRIP_MS,
		    .most = H2_MS + H2_MS / 2 },
	};

	if (getenv("SOAK") == NULL)
		cr_skip("a minute and a half: SOAK=1\n");
	attack_patiently("slow h2", two);
}

Test(attack_http1, idle_connections)
{
	int n = (getenv("SOAK") != NULL ? IDLE_SOAK : IDLE) / 2;
	struct crowd two[2] = {
		{ .title = "idle from the start", .n = n, .hello = "",
		    .least = HEAD_MS - SLACK_MS, .most = HEAD_MS + SLACK_MS },
		{ .title = "idle after an answer", .n = n,
		    .hello = GET "\r\n",
		    .least = HEAD_MS - SLACK_MS, .most = HEAD_MS + SLACK_MS },
	};

	attack_patiently("idle connections", two);
}

/* ---- a head without an end ---- */

static int
endless_head(struct siege *s, void *arg)
{
	char line[LINE];
	int fd = wire_connect(s->port, 0), cut = 0;

	(void)arg;
	if (fd == -1)
		return -1;
	memset(line, 'x', sizeof(line));
	memcpy(line, "X-A: ", 5);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	wire_say(fd, GET);
	while (!cut && !siege_over(s))
		cut = wire_send(fd, line, sizeof(line), GOODBYE_MS) == -1 &&
		    errno != ETIMEDOUT;
	wire_reset(fd);
	return cut;
}

Test(attack_http1, endless_head)
{
	siege_attack(&siege, &(struct siege_attack){ .title = "endless head",
	    .strike = endless_head });
}

/* Thousands of requests in one breath, by one who reads no answer: back
 * pressure, nothing worse. */
static int
pipeline(struct siege *s, void *arg)
{
	static const char request[] = "GET " SIEGE_LARGE " HTTP/1.1\r\n"
	    "Host: test\r\n\r\n";
	int fd = wire_connect(s->port, LINE), cut = 0;

	(void)arg;
	if (fd == -1)
		return -1;
	while (!cut && !siege_over(s))
		cut = wire_send(fd, request, sizeof(request) - 1, 100) ==
		    -1 && errno != ETIMEDOUT;
	wire_reset(fd);
	return cut;
}

Test(attack_http1, endless_pipeline)
{
	siege_attack(&siege, &(struct siege_attack){
	    .title = "endless pipeline", .strike = pipeline, .uncut = 1 });
}

/* ---- small requests without a pause ---- */

#define BURST		40000	/* requests in the hand of one client */
#define CLIENTS		4

/* Clients who read what they are answered, and ask on. */
struct burst {
	const char	*title;
	int		 n;		/* of them */
	_Atomic int64_t	 answers;	/* bytes of them */
};

/* Sends and reads what there is room for; 0: the client was cut. */
static int
burst_turn(struct burst *b, const struct pollfd *p, const char *text,
    size_t *at)
{
	static const size_t size = sizeof(GET_HEAD) - 1;
	char answers[65536];
	ssize_t n;

	if (p->revents & POLLOUT) {
		n = send(p->fd, text + *at % size, size * (BURST - 1),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			*at += (size_t)n;
	}
	if (p->revents & (POLLIN | POLLERR | POLLHUP)) {
		if ((n = recv(p->fd, answers, sizeof(answers),
		    MSG_DONTWAIT)) == 0 || (n == -1 && errno != EAGAIN))
			return 0;
		b->answers += n > 0 ? n : 0;
	}
	return 1;
}

static char *
burst_text(void)
{
	static const size_t size = sizeof(GET_HEAD) - 1;
	char *text = malloc(size * BURST);
	int i;

	for (i = 0; text != NULL && i < BURST; i++)
		memcpy(text + size * (size_t)i, GET_HEAD, size);
	return text;
}

static int
burst(struct siege *s, void *arg)
{
	struct burst *b = arg;
	struct pollfd p[CLIENTS];
	char *text = burst_text();
	size_t at[CLIENTS] = { 0 };
	int i, good = text != NULL;

	for (i = 0; i < b->n; i++) {
		p[i].fd = wire_connect(s->port, 0);
		p[i].events = POLLIN | POLLOUT;
		good &= p[i].fd != -1;
	}
	while (good && !siege_over(s)) {
		poll(p, (nfds_t)b->n, LOOK_MS);
		for (i = 0; i < b->n && good; i++)
			good = burst_turn(b, &p[i], text, &at[i]);
	}
	for (i = 0; i < b->n; i++)
		if (p[i].fd != -1)
			wire_reset(p[i].fd);
	free(text);
	return good ? 0 : -1;
}

/* What one of them has sent takes turns with what others have. */
Test(attack_http1, small_requests_without_a_pause)
{
	struct burst bursts[] = {
		{ .title = "one pipeline of small requests", .n = 1 },
		{ .title = "four of them", .n = CLIENTS },
	};
	size_t i;

	for (i = 0; i < sizeof(bursts) / sizeof(bursts[0]); i++) {
		siege_attack(&siege, &(struct siege_attack){
		    .title = bursts[i].title, .strike = burst,
		    .arg = &bursts[i], .uncut = 1 });
		cr_expect_gt(bursts[i].answers, 1000000, "%s: %" PRId64
		    " bytes of answers", bursts[i].title,
		    (int64_t)bursts[i].answers);
	}
}

/* ---- half closed ---- */

/* Asks and says that it will say no more: a small answer may come whole
 * before the end, of others not a byte need come.  1: so it was; 0: the
 * connection stays open, or a byte is wrong; -1: there is none. */
static int
half_close(struct siege *s, const char *path, uint64_t seed)
{
	char head[4096];
	int64_t len = 0;
	int fd = wire_connect(s->port, 0), right = 1;

	if (fd == -1)
		return -1;
	wire_say(fd, "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", path);
	shutdown(fd, SHUT_WR);
	if (wire_head(fd, head, sizeof(head), GOODBYE_MS) == 200)
		len = wire_content_length(head);
	if (seed != 0 && len > 0)
		right = wire_content(fd, len, seed, 0, GOODBYE_MS) == len;
	right &= wire_closed(fd, GOODBYE_MS);
	close(fd);
	return right;
}

struct halves {
	_Atomic int	 wrong;		/* that half_close() says 0 of */
};

static int
half_closes(struct siege *s, void *arg)
{
	struct halves *h = arg;
	int small = half_close(s, SIEGE_SMALL, data_seed("/f/small", 1));
	int parked = half_close(s, SIEGE_PARKED, 0);

	if (small == -1 || parked == -1)
		return -1;
	h->wrong += !small + !parked;
	return small + parked;
}

Test(attack_http1, half_closed)
{
	const struct reeld *r = exam.reeld;
	struct halves h = { 0 };

	siege_attack(&siege, &(struct siege_attack){ .title = "half closed",
	    .strike = half_closes, .arg = &h });
	cr_expect_eq(h.wrong, 0, "%d were left open, or got wrong bytes",
	    h.wrong);
	cr_expect(AWAIT(strstr(exam_ctl(r, "-j clients"), "/f/") == NULL,
	    1000), "somebody is still there");
	cr_expect(AWAIT(gauges_pins(r, NULL) == 0, GOODBYE_MS),
	    "something is pinned");
}
