/* SPDX-License-Identifier: ISC */
/* hup_test -- listeners, certificates and workers come and go by HUP, and no
 * client is dropped */
#include "config.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <curl/curl.h>

#include "../helper/exam.h"
#include "../helper/identity.h"

#define VIEWERS		50
#define SIZE		3000000
#define RATE		(SIZE / 5)	/* five seconds each */
#define KNOCKS		40
#define TEXT_MAX	16384

#define SERVE	" serve = {\"media\", \"api\", \"status\", \"metrics\"} "

static struct origin *origin;
static struct reeld *reeld;
static int ports[3];

/* The text of a configuration with these workers and listeners; `more` is a
 * section, or more of them. */
static const char *
text_of(unsigned workers, unsigned listeners, const char *more)
{
	static char text[4096];
	size_t len;
	int i;

	len = (size_t)snprintf(text, sizeof(text), "workers = %u\n", workers);
	for (i = 0; i < 3; i++)
		if (listeners & 1u << i)
			len += (size_t)snprintf(text + len,
			    sizeof(text) - len, "listen \"127.0.0.1:%d\" {"
			    SERVE "}\n", ports[i]);
	snprintf(text + len, sizeof(text) - len, "%s\norigin \"f\" { match ="
	    " \"/f/\" url = \"http://127.0.0.1:%d/f/\" }\n", more,
	    origin_port(origin));
	return text;
}

/* Two workers, and the first two of three ports. */
static void
start(void)
{
	int i;

	for (i = 0; i < 3; i++)
		ports[i] = free_port();
	origin = origin_start(NULL, NULL);
	reeld = reeld_start("%s", text_of(2, 3, ""));
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
}

TestSuite(hup, .init = start, .fini = stop, .timeout = 60);

static void
set_conf(unsigned workers, unsigned listeners, const char *more)
{
	reeld_conf(reeld, "%s", text_of(workers, listeners, more));
}

/* Over HUP, and waits until it was obeyed. */
static void
hup(unsigned workers, unsigned listeners, const char *more)
{
	int before = reeld_log_count(reeld, "configuration read again");

	set_conf(workers, listeners, more);
	reeld_hup(reeld);
	cr_assert(AWAIT(reeld_log_count(reeld, "configuration read again") >
	    before, 5000));
}

static const char *
ctl_reload(int status)
{
	static char text[TEXT_MAX];
	int got = reeld_ctl(reeld, "reload", text, sizeof(text));

	cr_expect_eq(got, status, "status %d: %s", got, text);
	return text;
}

static const char *
url_at(int port, const char *target)
{
	static char urls[VIEWERS][256];
	static unsigned next;
	char *url = urls[next++ % VIEWERS];

	snprintf(url, sizeof(urls[0]), "http://127.0.0.1:%d%s", port, target);
	return url;
}

static struct viewer *
begin(int port, const char *name, int size, uint64_t rate, int http)
{
	char path[64], target[128];

	snprintf(path, sizeof(path), "/f/%s", name);
	snprintf(target, sizeof(target), "%s?size=%d", path, size);
	return viewer_start(&(struct viewer_want){ .check = 1, .rate = rate,
	    .seed = data_seed(path, 1), .url = url_at(port, target),
	    .http = http ? VIEWER_H2C : VIEWER_HTTP11 });
}

static int
is_whole(struct viewer **v, uint64_t size)
{
	struct viewer_result *res = viewer_wait(v);
	int whole = res->curl == 0 && res->bytes == size &&
	    res->wrong_at == -1;

	cr_expect(whole, "%s: %d bytes", res->error, (int)res->bytes);
	viewer_result_destroy(res);
	return whole;
}

/* 1 when the port answers with the right bytes. */
static int
answers(int port)
{
	struct viewer_result *res = fetch(&(struct viewer_want){ .check = 1,
	    .seed = data_seed("/f/small", 1), .timeout_ms = 3000,
	    .url = url_at(port, "/f/small?size=1000") });
	int ok = res->status == 200 && res->bytes == 1000 &&
	    res->wrong_at == -1;

	viewer_result_destroy(res);
	return ok;
}

static int
connects(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	sin.sin_port = htons((uint16_t)port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	rc = connect(fd, (struct sockaddr *)&sin, sizeof(sin));
	close(fd);
	return rc == 0;
}

static int
workers(void)
{
	pid_t pids[16];

	return reeld_pids(reeld, "worker", pids, 16);
}

/* Half of the viewers came by a listener that is taken away, two thirds sit
 * at workers that are. */
Test(hup, fifty_downloads)
{
	struct viewer *v[VIEWERS];
	int i;

	for (i = 0; i < VIEWERS; i++)
		v[i] = begin(ports[i % 2], "film", SIZE, RATE, i % 4 / 2);
	for (i = 0; i < VIEWERS; i++)
		cr_assert(AWAIT(viewer_progress(v[i]) > 0, 10000));
	cr_expect(!connects(ports[2]));
	hup(3, 1 | 2 | 4, "");
	cr_expect(AWAIT(answers(ports[2]), 3000));
	cr_expect(AWAIT(workers() == 3, 3000));
	hup(1, 1 | 4, "");
	cr_expect(AWAIT(!connects(ports[1]), 3000));
	cr_expect(answers(ports[0]));
	cr_expect(answers(ports[2]));
	for (i = 0; i < VIEWERS; i++)
		cr_expect_lt(viewer_progress(v[i]), SIZE);
	for (i = 0; i < VIEWERS; i++)
		is_whole(&v[i], SIZE);
	cr_expect(AWAIT(workers() == 1, 5000));
	cr_expect(answers(ports[0]));
	cr_expect(!connects(ports[1]));
	cr_expect_eq(reeld_log_count(reeld, "killed"), 0);
}

/* Each on a new connection, while everything changes. */
static void
knock(void)
{
	struct viewer *v[KNOCKS];
	int i;

	for (i = 0; i < KNOCKS; i++)
		v[i] = begin(ports[0], "small", 1000, 0, i % 2);
	for (i = 0; i < KNOCKS; i++)
		is_whole(&v[i], 1000);
}

Test(hup, workers_come_and_go_under_load)
{
	static const unsigned numbers[] = { 3, 1, 2, 4, 1, 3, 2 };
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		set_conf(numbers[i], 1 | (i % 2 ? 4 : 2), "");
		reeld_hup(reeld);
		knock();
		knock();
		cr_assert(AWAIT(workers() == (int)numbers[i], 5000),
		    "%d workers, not %u", workers(), numbers[i]);
		knock();
	}
	cr_expect_eq(reeld_log_count(reeld, "killed"), 0);
}

/* 1 when localhost is what the listeners of the test are. */
static int
has_another_name(void)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *ai = NULL;
	int is;

	is = getaddrinfo("localhost", "1", &hints, &ai) == 0 &&
	    ai->ai_family == AF_INET;
	if (ai != NULL)
		freeaddrinfo(ai);
	if (!is)
		fprintf(stderr, "SKIP: localhost is not 127.0.0.1 here\n");
	return is;
}

/* The sockets go on, in the places that they have among their sisters: by these
 * connections are kept from workers that leave. */
Test(hup, another_name_for_an_address)
{
	char section[128];
	int round, i;

	for (round = has_another_name() ? 0 : 3; round < 3; round++) {
		hup(3, 1 | 2, "");
		snprintf(section, sizeof(section),
		    "listen \"localhost:%d\" {" SERVE "}", ports[1]);
		hup(3, 1, section);
		hup(1, 1, section);
		for (i = 0; i < KNOCKS; i++)
			cr_assert(answers(ports[1]), "round %d, %d", round, i);
	}
}

/* Two names for one address, of which one is there to stay, are one too many,
 * whatever else goes. */
Test(hup, an_address_that_is_taken)
{
	char section[256];

	snprintf(section, sizeof(section),
	    "listen \"[::1]:%d\" {" SERVE "}", ports[0]);
	hup(2, 1, section);
	snprintf(section, sizeof(section),
	    "listen \"localhost:%d\" {" SERVE "}", ports[0]);
	set_conf(2, 1, section);
	if (has_another_name())
		cr_expect(strstr(ctl_reload(1), "in use") != NULL);
	cr_expect(answers(ports[0]));
}

/* HUP upon HUP, faster than workers come up: the last one counts. */
Test(hup, as_fast_as_it_can)
{
	int i;

	for (i = 0; i < 20; i++) {
		set_conf(1 + (unsigned)i % 3, 1 | (i % 2 ? 2 : 4), "");
		reeld_hup(reeld);
		usleep(10000);
	}
	hup(2, 1 | 4, "");
	cr_expect(AWAIT(answers(ports[2]), 5000));
	cr_expect(AWAIT(!connects(ports[1]), 5000));
	cr_expect(AWAIT(workers() == 2, 5000));
	for (i = 0; i < KNOCKS; i++)
		cr_expect(answers(ports[2]) && answers(ports[0]));
}

/* The configuration that stands in the file is refused for the reason, at the
 * line with `mark`, by reelctl and by HUP; two workers go on, and the first
 * two listeners. */
static void
is_refused(const char *mark, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void
is_refused(const char *mark, const char *fmt, ...)
{
	char wanted[1024];
	const char *said;
	pid_t before[4], after[4];
	va_list ap;
	int n;

	cr_assert_eq(reeld_pids(reeld, "worker", before, 4), 2);
	n = snprintf(wanted, sizeof(wanted), "%s/reeld.conf:%d: ",
	    reeld_dir(reeld), reeld_conf_line(reeld, mark));
	va_start(ap, fmt);
	vsnprintf(wanted + n, sizeof(wanted) - (size_t)n, fmt, ap);
	va_end(ap);
	said = ctl_reload(1);
	cr_expect_not_null(strstr(said, wanted), "%s: no %s", said, wanted);
	cr_expect_eq(reeld_log_count(reeld, wanted), 1);
	reeld_hup(reeld);
	cr_expect(AWAIT(reeld_log_count(reeld, wanted) == 2, 3000));
	cr_expect(answers(ports[0]));
	cr_expect(answers(ports[1]));
	cr_expect(!connects(ports[2]));
	cr_expect_eq(reeld_pids(reeld, "worker", after, 4), 2);
	cr_expect_eq(memcmp(before, after, 2 * sizeof(pid_t)), 0);
}

Test(hup, a_broken_file)
{
	set_conf(3, 1 | 4, "wait_max = long\n");
	is_refused("wait_max = long", "wait_max: \"long\"");
}

Test(hup, a_port_in_use)
{
	int port = origin_port(origin);
	char more[128], mark[64];

	snprintf(mark, sizeof(mark), "listen \"127.0.0.1:%d\"", port);
	snprintf(more, sizeof(more), "%s { }\n", mark);
	set_conf(3, 1 | 4, more);
	is_refused(mark, "%s: Address already in use", mark);
	/* with a port that is free it is taken */
	hup(3, 1 | 4, "");
	cr_expect(AWAIT(answers(ports[2]), 3000));
	cr_expect(AWAIT(!connects(ports[1]), 3000));
}

/* ---- certificates ---- */

static char certificate[512], key[512];

/* 1 when the port answers with the right bytes, over TLS, to one who trusts
 * this certificate alone. */
static int
answers_tls(int port, const char *ca)
{
	char url[128], body[1001] = "";
	FILE *out = fmemopen(body, sizeof(body), "w");
	CURL *curl = curl_easy_init();
	unsigned char right[1000];
	CURLcode rc;
	long n;

	snprintf(url, sizeof(url), "https://127.0.0.1:%d/f/small?size=1000",
	    port);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 5000L);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	rc = curl_easy_perform(curl);
	n = ftell(out);
	curl_easy_cleanup(curl);
	fclose(out);
	data_fill(data_seed("/f/small", 1), 0, right, sizeof(right));
	return rc == CURLE_OK && n == 1000 &&
	    memcmp(body, right, sizeof(right)) == 0;
}

/* The third port, over TLS. */
static const char *
tls_section(void)
{
	static char text[2048];

	snprintf(certificate, sizeof(certificate), "%s/certificate",
	    reeld_dir(reeld));
	snprintf(key, sizeof(key), "%s/key", reeld_dir(reeld));
	snprintf(text, sizeof(text), "listen \"127.0.0.1:%d\" { tls = true\n"
	    "certificate = \"%s\"\nkey = \"%s\" }\n", ports[2], certificate,
	    key);
	return text;
}

/* The files are read again at every HUP, though their names are the same. */
Test(hup, a_new_certificate)
{
	const char *section = tls_section();
	char old[600];
	int i;

	identity_make(certificate, key, 90);
	hup(2, 1 | 2, section);
	cr_assert(AWAIT(answers_tls(ports[2], certificate), 5000));
	snprintf(old, sizeof(old), "%s.old", certificate);
	cr_assert_eq(rename(certificate, old), 0);
	identity_make(certificate, key, 90);
	cr_expect(!answers_tls(ports[2], certificate));
	cr_expect(answers_tls(ports[2], old));
	hup(2, 1 | 2, section);
	cr_expect(AWAIT(answers_tls(ports[2], certificate), 5000));
	cr_expect(AWAIT(!answers_tls(ports[2], old), 5000));
	/* by both workers */
	for (i = 0; i < 16; i++)
		cr_expect(answers_tls(ports[2], certificate));
	/* and by those that come later */
	cr_assert_eq(reeld_kill(reeld, "worker", SIGKILL), 2);
	for (i = 0; i < 16; i++)
		cr_expect(answers_tls(ports[2], certificate));
}

/* A listener becomes one with TLS, and back, on the same socket. */
Test(hup, tls_on_and_off)
{
	const char *section = tls_section();

	identity_make(certificate, key, 90);
	hup(2, 1 | 2 | 4, "");
	cr_expect(AWAIT(answers(ports[2]), 3000));
	hup(2, 1 | 2, section);
	cr_expect(AWAIT(answers_tls(ports[2], certificate), 3000));
	hup(2, 1 | 2 | 4, "");
	cr_expect(AWAIT(answers(ports[2]), 3000));
}

Test(hup, a_bad_certificate)
{
	const char *section = tls_section();
	char mark[64];

	snprintf(mark, sizeof(mark), "listen \"127.0.0.1:%d\"", ports[2]);
	identity_make(key, certificate, 90);	/* exchanged */
	set_conf(3, 1, section);
	is_refused(mark, "%s: certificate %s: there is none in the file",
	    mark, certificate);
}
