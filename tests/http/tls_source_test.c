/* SPDX-License-Identifier: ISC */
/* tls_source_test -- sources that speak TLS: who is believed, who is not */
#include "config.h"

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/identity.h"
#include "../helper/keeper.h"
#include "../helper/relay.h"

#define SIZE		300000
#define TEXT_MAX	8192
#define CONF_MAX	8192

static struct origin *origin;
static struct reeld *reeld;
static struct relay *good, *expired, *elsewhere, *mutual;
static char dir[64];

/* A file of the test, in one of eight buffers. */
static const char *
file(const char *name)
{
	static char names[8][128];
	static unsigned next;
	char *path = names[next++ % 8];

	snprintf(path, sizeof(names[0]), "%s/%s", dir, name);
	return path;
}

static void
identity(const char *name, int days)
{
	char key[32];

	snprintf(key, sizeof(key), "%s.key", name);
	identity_make(file(name), file(key), days);
}

static struct relay *
tls(const char *name, const char *address, const char *clients)
{
	char key[32];

	snprintf(key, sizeof(key), "%s.key", name);
	return relay_start(&(struct relay_want){ .address = address,
	    .port = origin_port(origin), .certificate = file(name),
	    .key = file(key), .clients = clients });
}

/* An origin called `name` before a relay, with more rules. */
static size_t
add(char *conf, size_t n, const char *name, const struct relay *r,
    const char *host, const char *rules)
{
	return n + (size_t)snprintf(conf + n, CONF_MAX - n, "origin \"%s\" {"
	    " match = \"/%s/\" retries = 0 url = \"https://%s:%d/f/\" %s }\n",
	    name, name, host, relay_port(r), rules);
}

static const char *
rule(const char *fmt, const char *a, const char *b)
{
	static char rules[16][400];
	static unsigned next;
	char *text = rules[next++ % 16];

	snprintf(text, sizeof(rules[0]), fmt, file(a), file(b));
	return text;
}

/* `more` is for the origin "change". */
static const char *
conf_text(const char *more)
{
	static char conf[CONF_MAX];
	size_t n;

	n = add(conf, 0, "ca", good, "127.0.0.1", rule("account = \"one\""
	    " max_connections = 1 pass_methods = {\"POST\"}"
	    " ca_file = \"%s\"", "good", ""));
	n = add(conf, n, "none", good, "127.0.0.1", "account = \"one\""
	    " max_connections = 1 pass_methods = {\"POST\"}");
	n = add(conf, n, "insecure", good, "127.0.0.1", "account = \"one\""
	    " max_connections = 1 insecure = true");
	n = add(conf, n, "wrong", good, "127.0.0.1",
	    rule("ca_file = \"%s\"", "other", ""));
	n = add(conf, n, "expired", expired, "127.0.0.1",
	    rule("ca_file = \"%s\"", "expired", ""));
	n = add(conf, n, "name", elsewhere, "127.0.0.2",
	    rule("ca_file = \"%s\"", "good", ""));
	n = add(conf, n, "mutual", mutual, "127.0.0.1",
	    rule("insecure = true client_certificate = \"%s\""
	    " client_key = \"%s\"", "client", "client.key"));
	n = add(conf, n, "both", mutual, "127.0.0.1",
	    rule("insecure = true client_certificate = \"%s\"", "client.both",
	    ""));
	n = add(conf, n, "unknown", mutual, "127.0.0.1",
	    rule("insecure = true client_certificate = \"%s\""
	    " client_key = \"%s\"", "other", "other.key"));
	n = add(conf, n, "shy", mutual, "127.0.0.1", "insecure = true");
	add(conf, n, "change", good, "127.0.0.1", more);
	return conf;
}

static void
start(void)
{
	snprintf(dir, sizeof(dir), "/tmp/reeld-tls.XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	identity("good", 90);
	identity("other", 90);
	identity("expired", -1);
	identity("client", 90);
	identity_append(file("client.both"), file("client"));
	identity_append(file("client.both"), file("client.key"));
	origin = origin_start(NULL, NULL);
	good = tls("good", NULL, NULL);
	expired = tls("expired", NULL, NULL);
	elsewhere = tls("good", "127.0.0.2", NULL);
	mutual = tls("good", NULL, file("client"));
	reeld = reeld_start("%s", conf_text(""));
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
	relay_stop(&good);
	relay_stop(&expired);
	relay_stop(&elsewhere);
	relay_stop(&mutual);
	keeper_remove(dir);
}

/* The whole film comes through the origin. */
static void
check_intact(const char *name, const char *film)
{
	char path[64];

	snprintf(path, sizeof(path), "/f/%s", film);
	exam_intact(reeld_url(reeld, "/%s/%s?size=%d", name, film, SIZE), path,
	    SIZE);
}

/* 502 of this type, and the reason in words: of another film each time, as a
 * failure is remembered. */
static void
check_refused(const char *name, const char *type, const char *words)
{
	static int n;
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .keep = TEXT_MAX, .timeout_ms = 15000,
	    .url = reeld_url(reeld, "/%s/no-%d?size=%d", name, ++n, SIZE) });

	cr_expect_eq(res->status, 502, "%s: status %d", name, res->status);
	if (res->status != 0) {
		cr_expect(exam_header_has(res, "Proxy-Status", type), "%s: %s",
		    name, viewer_header(res, "Proxy-Status"));
		cr_expect(exam_matches(res->body, words), "%s: %s", name,
		    res->body);
	}
	viewer_result_destroy(res);
}

TestSuite(tls_source, .init = start, .fini = stop, .timeout = 60);

Test(tls_source, that_is_vouched_for)
{
	check_intact("ca", "vouched");
	check_intact("insecure", "unseen");
}

Test(tls_source, that_is_not)
{
	check_refused("none", "tls_certificate_error",
	    "not to be trusted.*self-signed certificate");
	check_refused("wrong", "tls_certificate_error",
	    "not to be trusted.*(self-signed|issuer)");
	check_refused("expired", "tls_certificate_error",
	    "not to be trusted.*expired");
	check_refused("name", "tls_certificate_error",
	    "not to be trusted.*another name");
	/* the other name is seen when all else is done */
	cr_expect_eq(relay_led(good) + relay_led(expired), 0);
	cr_expect_eq(origin_stat(origin, "/f/no-4", "requests"), 0);
}

/* A connection that was made under other terms is not used, though the account
 * is the same and has one place alone. */
Test(tls_source, over_a_connection_of_its_own)
{
	int i;

	for (i = 0; i < 3; i++) {
		char film[32];

		snprintf(film, sizeof(film), "own-%d", i);
		check_intact("insecure", film);
		check_refused("none", "tls_certificate_error", "self-signed");
		snprintf(film, sizeof(film), "ours-%d", i);
		check_intact("ca", film);
	}
	cr_expect_eq(relay_led(good), 6, "%d", relay_led(good));
	cr_expect_eq(origin_stat(origin, NULL, "peak"), 1);
}

Test(tls_source, that_wants_to_know_who_we_are)
{
	check_intact("mutual", "shown");
	check_intact("both", "in-one-file");
	/* TLS 1.3 tells it only when the client thinks all is well */
	check_refused("unknown", "", "alert|connection broke");
	check_refused("shy", "", "alert|connection broke");
	cr_expect_eq(origin_stat(origin, NULL, "connections"), 2);
}

static int
posted(const char *name)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .method = "POST", .url = reeld_url(reeld, "/%s/x", name) });
	int status = res->status;

	viewer_result_destroy(res);
	return status;
}

/* What passes goes the same way: the source itself refuses a POST. */
Test(tls_source, that_others_than_get_pass_to)
{
	cr_expect_eq(posted("ca"), 405, "%d", posted("ca"));
	cr_expect_eq(posted("none"), 502, "%d", posted("none"));
}

static void
reload(const char *more, int status, const char *pattern)
{
	char text[TEXT_MAX];
	int got;

	reeld_conf(reeld, "%s", conf_text(more));
	got = reeld_ctl(reeld, "reload", text, sizeof(text));
	cr_expect_eq(got, status, "status %d: %s", got, text);
	cr_expect(exam_matches(text, pattern), "not \"%s\": %s", pattern,
	    text);
	usleep(300000);		/* until the fetcher has heard of it */
}

/* The files are the master's to read, at every HUP, and for a fetcher that
 * comes later too. */
Test(tls_source, after_a_reload)
{
	check_refused("change", "tls_certificate_error", "self-signed");
	reload(rule("ca_file = \"%s\"", "good", ""), 0, "read again");
	check_intact("change", "new-file");
	cr_assert_eq(reeld_kill(reeld, "fetcher", SIGKILL), 1);
	check_intact("change", "new-fetcher");
	/* other bytes under the same name */
	identity("good", 90);
	reload(rule("ca_file = \"%s\"", "good", ""), 0, "read again");
	check_refused("change", "tls_certificate_error", "not to be trusted");
	check_refused("ca", "tls_certificate_error", "not to be trusted");
}

/* Said with file and line; what was in force goes on. */
Test(tls_source, with_files_that_are_no_good)
{
	FILE *f = fopen(file("empty"), "we");

	fclose(f);
	reload(rule("ca_file = \"%s\"", "absent", ""), 1,
	    "reeld.conf:[0-9]+: origin \"change\": ca_file .*absent: No such");
	reload(rule("ca_file = \"%s\"", ".", ""), 1, "ca_file .*no plain file");
	reload(rule("ca_file = \"%s\"", "empty", ""), 1,
	    "ca_file .*: there is none in the file");
	reload(rule("ca_file = \"%s\"", "good.key", ""), 1,
	    "ca_file .*: there is none in the file");
	reload(rule("client_certificate = \"%s\"", "good", ""), 1,
	    "client_key .*good: ");
	reload(rule("client_certificate = \"%s\" client_key = \"%s\"", "good",
	    "other.key"), 1, "client_key .*: is not the certificate's");
	reload(rule("client_certificate = \"%s\" client_key = \"%s\"",
	    "expired", "expired.key"), 0,
	    "warning: .*client_certificate .*: has expired on 2");
	reload(rule("ca_file = \"%s\" client_certificate = \"%s\"", "absent",
	    "empty"), 1, "2 lines to see to");
	reload("bind_address = \"127.0.0.1\" type = open", 1, "url");
	check_intact("ca", "still-there");
}
