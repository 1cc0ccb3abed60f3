/* SPDX-License-Identifier: ISC */
/* trap_test -- moments that come seldom, and that once went wrong; tests */
#include "config.h"

#include <sys/resource.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <openssl/ssl.h>

#include "../helper/identity.h"
#include "../helper/proc.h"
#include "../helper/siege.h"
#include "../helper/wire.h"

#define ANSWER_MS	5000
#define SETTLE_US	300000	/* for reeld to get where it is wanted */
#define HOST		"Host: test\r\n"
#define GET_SMALL	"GET " SIEGE_SMALL " HTTP/1.1\r\n" HOST "\r\n"

static struct siege siege;

TestSuite(trap, .fini = siege_stop, .timeout = 60);

static int
open_client(int rcvbuf)
{
	int fd = wire_connect(siege.port, rcvbuf);

	cr_assert_neq(fd, -1, "nobody can connect");
	return fd;
}

/* The next head: its status, 0 without one. */
static int
read_head(int fd, char *head, size_t len)
{
	int status = wire_head(fd, head, len, ANSWER_MS);

	return status == -1 ? 0 : status;
}

/* A whole answer: its status, 0 without one.  Only /f/small is a 200 here. */
static int
read_answer(int fd)
{
	char head[4096], page[4096];
	int status = read_head(fd, head, sizeof(head));
	int64_t len = status == 0 ? -1 : wire_content_length(head);

	if (len < 0 || len > (int64_t)sizeof(page))
		return 0;
	if (status == 200)
		return wire_content(fd, len, data_seed("/f/small", 1), 0,
		    ANSWER_MS) == len ? status : 0;
	return wire_read_all(fd, page, (size_t)len, ANSWER_MS) == 0 ? status :
	    0;
}

/* ---- a kernel that takes no byte more ---- */

#define WINDOW		4096	/* of clients who do not read */
#define PROBES		16
#define ROOM_LEAST	1000
#define ROOM_STEP	65536	/* a power of PROBES */
#define ROOM_MOST	(ROOM_STEP * (PROBES - 1))
#define CLIENTS		28	/* the next answer is short of 0 to 27 bytes */

/* A client who has asked for `n` bytes, and reads none. */
static int
ask_unread(int64_t n)
{
	int fd = open_client(WINDOW);

	wire_say(fd, "GET " SIEGE_LARGE " HTTP/1.1\r\n" HOST
	    "Range: bytes=0-%lld\r\n\r\n", (long long)n - 1);
	return fd;
}

/* How many of some answers, each `step` longer than the last, the kernel takes
 * whole: behind those the next request gets as far as the source. */
static int
count_taken(int64_t least, int64_t step)
{
	static unsigned round;
	int fds[PROBES], i, n = 0;
	char path[32];

	round++;
	for (i = 0; i < PROBES; i++) {
		fds[i] = ask_unread(least + step * i);
		wire_say(fds[i], "GET /f/probe%u-%d?size=1 HTTP/1.1\r\n" HOST
		    "\r\n", round, i);
	}
	usleep(SETTLE_US);
	for (i = 0; i < PROBES; i++) {
		snprintf(path, sizeof(path), "/f/probe%u-%d", round, i);
		n += origin_stat(exam.origin, path, "requests") > 0;
		wire_reset(fds[i]);
	}
	return n;
}

/* The most content that the kernel takes, to the byte. */
static int64_t
measure_room(void)
{
	int64_t room = ROOM_LEAST, step;
	int n;

	for (step = ROOM_STEP; step > 0; step /= PROBES) {
		n = count_taken(room, step);
		cr_assert_gt(n, 0, "an answer of %lld bytes is not taken",
		    (long long)room);
		room += step * (n - 1);
	}
	cr_assert_lt(room, ROOM_MOST, "all answers are taken");
	return room;
}

/*
 * Clients who leave room for no byte, for one, for two... behind the content
 * that they do not read, and then say `text`: some bytes of what is answered
 * can be written, and some cannot.
 */
static int64_t
fill(int *fds, const char *text)
{
	int64_t room = measure_room();
	int i;

	for (i = 0; i < CLIENTS; i++)
		fds[i] = ask_unread(room - i);
	usleep(SETTLE_US);
	for (i = 0; i < CLIENTS; i++)
		wire_say(fds[i], "%s", text);
	usleep(SETTLE_US);
	return room;
}

/* The content comes at last, and behind it the head of a `status`. */
static void
expect_behind(int fd, int64_t content, int status)
{
	char head[4096];
	int64_t got;

	cr_expect_eq(read_head(fd, head, sizeof(head)), 206);
	got = wire_content(fd, content, data_seed("/f/large", 1), 0,
	    ANSWER_MS);
	cr_expect_eq(got, content, "%lld bytes of %lld", (long long)got,
	    (long long)content);
	cr_expect_eq(read_head(fd, head, sizeof(head)), status);
}

/* RFC 9110, 10.1.1: the content may come before all of the 100 is written. */
Test(trap, a_continue_that_is_partly_written)
{
	int fds[CLIENTS], i;
	int64_t room;

	siege_start(&siege, "");
	room = fill(fds, "POST " SIEGE_SMALL " HTTP/1.1\r\n" HOST
	    "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
	for (i = 0; i < CLIENTS; i++)
		wire_say(fds[i], "hello");
	usleep(SETTLE_US);
	for (i = 0; i < CLIENTS; i++) {
		expect_behind(fds[i], room - i, 100);
		cr_expect_eq(read_answer(fds[i]), 405);
		close(fds[i]);
	}
	siege_serves(&siege);
}

/* Neither HTTP/1 nor HTTP/2 (RFC 7540, 3.2) when all clients are told to go. */
Test(trap, an_upgrade_that_is_partly_written)
{
	int fds[CLIENTS], i;
	int64_t room;

	siege_start(&siege, "drain = 5s");
	room = fill(fds, "GET " SIEGE_SMALL " HTTP/1.1\r\n" HOST
	    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
	    "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
	kill(reeld_pid(exam.reeld), SIGTERM);
	usleep(SETTLE_US);
	for (i = 0; i < CLIENTS; i++) {
		expect_behind(fds[i], room - i, 101);
		close(fds[i]);
	}
	cr_expect(AWAIT(reeld_pids(exam.reeld, NULL, (pid_t[1]){ 0 },
	    1) == 0, ANSWER_MS));
}

/* ---- behind an answer that a clock gave ---- */

/* What is pipelined behind a request that nobody answers. */
static const struct behind {
	const char	*at_once, *later;
	int		 status[2];
} behinds[] = {
	{ GET_SMALL, "GET /nowhere HTTP/1.1\r\n" HOST "\r\n", { 200, 404 } },
	{ "", GET_SMALL GET_SMALL, { 200, 200 } },
	/* RFC 9112, 3.2 */
	{ "", "GET " SIEGE_SMALL " HTTP/1.1\r\n\r\n", { 400, 0 } },
	{ GET_SMALL, "GET " SIEGE_SMALL " HTTP/1.1\r\n" HOST HOST "\r\n",
	    { 200, 400 } },
	/* RFC 9112, 6.3 */
	{ "", "POST " SIEGE_SMALL " HTTP/1.1\r\n" HOST "Content-Length: 5\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", { 400, 0 } },
};
#define BEHINDS	(sizeof(behinds) / sizeof(behinds[0]))

Test(trap, requests_behind_one_that_waits_too_long)
{
	int fds[BEHINDS];
	size_t i, k;

	siege_start(&siege, "wait_max = 1s");
	for (i = 0; i < BEHINDS; i++) {
		fds[i] = open_client(0);
		wire_say(fds[i], "GET /f/stuck%zu?delay=1m HTTP/1.1\r\n" HOST
		    "\r\n%s", i, behinds[i].at_once);
	}
	usleep(SETTLE_US);
	for (i = 0; i < BEHINDS; i++)
		wire_say(fds[i], "%s", behinds[i].later);
	for (i = 0; i < BEHINDS; i++) {
		cr_expect_eq(read_answer(fds[i]), 504, "row %zu", i);
		for (k = 0; k < 2 && behinds[i].status[k] != 0; k++)
			cr_expect_eq(read_answer(fds[i]),
			    behinds[i].status[k], "row %zu, answer %zu", i, k);
		close(fds[i]);
	}
}

/* ---- the end of a connection ---- */

#define CLOSED_SIZE	3000000
#define CLOSED_TAIL	100000	/* the kernel's when reeld closes */

/* In the clear, or over TLS. */
struct line {
	int	 fd;
	SSL	*ssl;
};

static void
line_say(const struct line *l, const char *text)
{
	int len = (int)strlen(text);

	if (l->ssl != NULL)
		cr_expect_eq(SSL_write(l->ssl, text, len), len);
	else
		cr_expect_eq(wire_say(l->fd, "%s", text), 0);
}

static ssize_t
line_read(const struct line *l, void *buf, size_t len)
{
	return l->ssl != NULL ? SSL_read(l->ssl, buf, (int)len) :
	    wire_read(l->fd, buf, len, ANSWER_MS);
}

/* Reads away the head of an answer: 1. */
static int
line_head(const struct line *l)
{
	static const char end[] = "\r\n\r\n";
	int seen = 0;
	char c;

	while (seen < 4 && line_read(l, &c, 1) == 1)
		seen = c == end[seen] ? seen + 1 : c == '\r';
	return seen == 4;
}

/* Reads `len` bytes of content, from `offset` on: how many came. */
static size_t
line_content(const struct line *l, size_t offset, size_t len)
{
	size_t got = 0;
	char buf[16384];
	ssize_t n;

	for (; got < len; got += (size_t)n) {
		n = line_read(l, buf, len - got < sizeof(buf) ? len - got :
		    sizeof(buf));
		if (n <= 0)
			break;
		cr_expect_eq(data_check(data_seed("/f/large", 1), offset + got,
		    buf, (size_t)n), -1);
	}
	return got;
}

/* A client says more than it should, and has not read all yet when reeld
 * closes: that must be no reset (RFC 9112, 9.6). */
static void
expect_whole_before_the_end(const struct line *l)
{
	char request[256];
	size_t first = CLOSED_SIZE - CLOSED_TAIL, got;

	snprintf(request, sizeof(request), "GET " SIEGE_LARGE " HTTP/1.1\r\n"
	    HOST "Range: bytes=0-%d\r\nConnection: close\r\n\r\n",
	    CLOSED_SIZE - 1);
	line_say(l, request);
	usleep(SETTLE_US);
	line_say(l, "\r\n");
	cr_expect(line_head(l));
	cr_expect_eq(line_content(l, 0, first), first);
	usleep(SETTLE_US);
	got = line_content(l, first, CLOSED_TAIL);
	cr_expect_eq(got, CLOSED_TAIL, "%zu bytes of the last %d", got,
	    CLOSED_TAIL);
	cr_expect_eq(line_read(l, request, 1), 0);
}

Test(trap, the_last_bytes_before_a_close)
{
	struct line l = { .fd = -1 };

	siege_start(&siege, "");
	l.fd = open_client(WINDOW);
	expect_whole_before_the_end(&l);
	close(l.fd);
}

/* A second listener, over TLS: its port. */
static int
add_tls(void)
{
	const char *dir = reeld_dir(exam.reeld);
	char certificate[512], key[512];
	int port = free_port();

	snprintf(certificate, sizeof(certificate), "%s/certificate", dir);
	snprintf(key, sizeof(key), "%s/key", dir);
	identity_make(certificate, key, 90);
	reeld_conf(exam.reeld, "workers = 1\n"
	    "listen \"127.0.0.1:%d\" { serve = {\"media\", \"metrics\"} }\n"
	    "listen \"127.0.0.1:%d\" { tls = true certificate = \"%s\""
	    " key = \"%s\" }\norigin \"f\" { match = \"/f/\" fill = none"
	    " url = \"http://127.0.0.1:%d/f/\" }", siege.port, port,
	    certificate, key, origin_port(exam.origin));
	reeld_hup(exam.reeld);
	return port;
}

Test(trap, the_last_bytes_before_a_close_over_tls)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	struct line l = { .ssl = SSL_new(context) };
	int port;

	signal(SIGPIPE, SIG_IGN);	/* OpenSSL knows no MSG_NOSIGNAL */
	siege_start(&siege, "");
	port = add_tls();
	cr_assert(AWAIT((l.fd = wire_connect(port, WINDOW)) != -1,
	    ANSWER_MS));
	SSL_set_fd(l.ssl, l.fd);
	cr_assert_eq(SSL_connect(l.ssl), 1);
	expect_whole_before_the_end(&l);
	SSL_free(l.ssl);
	SSL_CTX_free(context);
	close(l.fd);
}

/* RFC 9112, 6.3: without a length and without chunks the content ends with the
 * connection, whatever the client has said. */
static void
expect_end_as_length(const char *path, const char *line)
{
	const int64_t size = 200000;
	char head[4096];
	int fd = open_client(0);
	int64_t got;

	wire_say(fd, "GET %s?size=%lld&norange=1&chunked=1&stall=100000"
	    "&stallms=300 HTTP/1.0\r\n%s\r\n", path, (long long)size, line);
	cr_expect_eq(read_head(fd, head, sizeof(head)), 200);
	cr_expect_eq(wire_content_length(head), -1, "%s", head);
	got = wire_content(fd, size, data_seed(path, 1), 0, ANSWER_MS);
	cr_expect_eq(got, size, "%lld bytes", (long long)got);
	cr_expect(wire_closed(fd, 1000), "%s: stays open", path);
	close(fd);
}

Test(trap, content_without_a_length_for_http10)
{
	siege_start(&siege, "");
	expect_end_as_length("/f/once", "");
	expect_end_as_length("/f/kept", "Connection: keep-alive\r\n");
}

/* ---- an object that becomes another one ---- */

/* The first answer has its bytes but no length, so that the whole is sent: what
 * is asked for the beginning tells of another version, which has a length. */
Test(trap, a_range_of_what_had_no_length)
{
	const int64_t first = 100000, len = 50000;
	struct origin *o;
	char head[4096];
	int fd;

	siege_start(&siege, "");
	o = exam.origin;
	origin_set(o, "/f/turned", "size=300000&badcr=star&delay=300");
	fd = open_client(0);
	wire_say(fd, "GET /f/turned HTTP/1.1\r\n" HOST "Range: bytes=%lld-%lld"
	    "\r\n\r\n" GET_SMALL, (long long)first,
	    (long long)(first + len - 1));
	cr_assert(AWAIT(origin_stat(o, "/f/turned", "requests") > 0,
	    ANSWER_MS));
	origin_set(o, "/f/turned", "badcr=&version=2");
	cr_expect_eq(read_head(fd, head, sizeof(head)), 206);
	cr_expect_eq(wire_content_length(head), len);
	cr_expect_eq(wire_content(fd, len, data_seed("/f/turned", 2),
	    (uint64_t)first, ANSWER_MS), len);
	cr_expect_eq(read_answer(fd), 200, "there is more behind the range");
	cr_expect_gt(origin_stat(o, "/f/turned", "requests"), 1);
	close(fd);
}

/* ---- no descriptors ---- */

#define FEW		20	/* connections that a worker has files for */
#define PARKED		300000	/* bytes of SIEGE_PARKED that come */

static rlim_t
open_files(pid_t pid)
{
	char path[64];
	rlim_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	cr_assert_not_null(dir = opendir(path));
	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2;		/* `.` and `..` */
}

static void
leave_few_files(pid_t pid)
{
	struct rlimit files;

	files.rlim_cur = files.rlim_max = open_files(pid) + FEW;
	cr_assert_eq(prlimit(pid, RLIMIT_NOFILE, &files, NULL), 0);
}

static void
expect_parked(int fd)
{
	char head[4096];

	cr_expect_eq(read_head(fd, head, sizeof(head)), 200);
	cr_expect_eq(wire_content(fd, PARKED, data_seed("/f/parked", 1), 0,
	    ANSWER_MS), PARKED);
}

/* Those for whom there is none wait in the queue, and the worker rests. */
Test(trap, a_worker_without_files)
{
	int fds[2 * FEW], i;
	int64_t before;

	/* whose limits we may change */
	siege_start(&siege, "user = \"root\"");
	leave_few_files(siege.worker);
	for (i = 0; i < 2 * FEW; i++) {
		fds[i] = open_client(0);
		wire_say(fds[i], "GET " SIEGE_PARKED " HTTP/1.1\r\n" HOST
		    "\r\n");
	}
	for (i = 0; i < FEW; i++)
		expect_parked(fds[i]);
	cr_expect_gt(reeld_log_count(exam.reeld,
	    "no descriptor for another"), 0);
	before = proc_cpu_ms(siege.worker);
	usleep(1000000);
	cr_expect_lt(proc_cpu_ms(siege.worker) - before, 300, "%lld ms",
	    (long long)(proc_cpu_ms(siege.worker) - before));
	for (i = 0; i < FEW; i++)
		close(fds[i]);
	for (; i < 2 * FEW; i++) {
		expect_parked(fds[i]);
		close(fds[i]);
	}
	siege_serves(&siege);
}
