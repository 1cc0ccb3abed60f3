/* SPDX-License-Identifier: ISC */
/* proxy_source_test -- sources behind proxies, and from an address of ours */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/identity.h"
#include "../helper/keeper.h"
#include "../helper/relay.h"

#define SIZE		600000
#define TEXT_MAX	8192

static struct origin *origin;
static struct reeld *reeld;
static struct relay *proxy, *source;
static char dir[64], certificate[80], key[80];

static void
start(void)
{
	snprintf(dir, sizeof(dir), "/tmp/reeld-proxy.XXXXXX");
	cr_assert_not_null(mkdtemp(dir));
	snprintf(certificate, sizeof(certificate), "%s/certificate", dir);
	snprintf(key, sizeof(key), "%s/key", dir);
	identity_make(certificate, key, 90);
	origin = origin_start(NULL, NULL);
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
	relay_stop(&proxy);
	relay_stop(&source);
	keeper_remove(dir);
}

/* An origin at `url`, by `scheme://account@` of the proxy. */
static void
start_reeld(const char *url, const char *scheme)
{
	reeld = reeld_start("segment_size = 64K\n"
	    "origin \"p\" { match = \"/p/\" url = \"%s\" retries = 0\n"
	    "max_connections = 1 connect_timeout = 3s ca_file = \"%s\"\n"
	    "set_header = {\"Cookie: s3cret\"}\n"
	    "proxy = \"%s127.0.0.1:%d\" }", url, certificate, scheme,
	    relay_port(proxy));
}

static void
start_proxy(enum relay_way way, const char *account, int tls)
{
	proxy = relay_start(&(struct relay_want){ .way = way,
	    .account = account, .certificate = tls ? certificate : NULL,
	    .key = tls ? key : NULL });
}

/* Seeks and a second film, all within the one place of the account, of which
 * the proxy saw `host` asked for. */
static void
check_films(const char *host)
{
	struct viewer_result *res;
	char asked[64];

	exam_intact(reeld_url(reeld, "/p/one?size=%d", SIZE), "/f/one", SIZE);
	res = fetch(&(struct viewer_want){ .check = 1, .range = "400000-",
	    .seed = data_seed("/f/two", 1), .offset = 400000,
	    .url = reeld_url(reeld, "/p/two?size=%d", SIZE) });
	cr_expect_eq(res->status, 206);
	cr_expect_eq(res->bytes, SIZE - 400000);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	exam_intact(reeld_url(reeld, "/p/two?size=%d", SIZE), "/f/two", SIZE);
	snprintf(asked, sizeof(asked), "%s:%d", host, source == NULL ?
	    origin_port(origin) : relay_port(source));
	cr_expect_str_eq(relay_asked(proxy), asked, "%s",
	    relay_asked(proxy));
	cr_expect_eq(origin_stat(origin, NULL, "peak"), 1);
	cr_expect_eq(origin_stat(origin, "/f/one", "bytes"), SIZE);
	cr_expect_eq(origin_stat(origin, "/f/two", "bytes"), SIZE);
}

static const char *
plain_url(const char *host)
{
	static char url[64];

	snprintf(url, sizeof(url), "http://%s:%d/f/", host,
	    origin_port(origin));
	return url;
}

/* The source itself speaks TLS. */
static const char *
tls_url(const char *host)
{
	static char url[64];

	source = relay_start(&(struct relay_want){
	    .port = origin_port(origin), .certificate = certificate,
	    .key = key });
	snprintf(url, sizeof(url), "https://%s:%d/f/", host,
	    relay_port(source));
	return url;
}

/* 502 and the words, and the source was never reached. */
static void
check_refused(const char *words)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .keep = TEXT_MAX, .timeout_ms = 15000,
	    .url = reeld_url(reeld, "/p/refused?size=%d", SIZE) });

	cr_expect_eq(res->status, 502, "status %d", res->status);
	if (res->body != NULL)
		cr_expect(exam_matches(res->body, words), "not \"%s\": %s",
		    words, res->body);
	viewer_result_destroy(res);
	cr_expect_eq(origin_stat(origin, NULL, "connections"), 0);
}

TestSuite(proxy_source, .init = start, .fini = stop, .timeout = 60);

Test(proxy_source, socks4)
{
	start_proxy(RELAY_SOCKS4, NULL, 0);
	start_reeld(plain_url("127.0.0.1"), "socks4://");
	check_films("127.0.0.1");
}

/* The proxy resolves the name: it is nobody's business here. */
Test(proxy_source, socks4a)
{
	start_proxy(RELAY_SOCKS4, NULL, 0);
	start_reeld(plain_url("films.invalid"), "socks4a://");
	check_films("films.invalid");
}

Test(proxy_source, socks5)
{
	start_proxy(RELAY_SOCKS5, NULL, 0);
	start_reeld(plain_url("127.0.0.1"), "socks5://");
	check_films("127.0.0.1");
}

Test(proxy_source, socks5h_with_an_account)
{
	start_proxy(RELAY_SOCKS5, "user:pass@word", 0);
	start_reeld(plain_url("films.invalid"), "socks5h://user:pass%40word@");
	check_films("films.invalid");
}

Test(proxy_source, socks5_with_another_account)
{
	start_proxy(RELAY_SOCKS5, "user:word", 0);
	start_reeld(plain_url("films.invalid"), "socks5h://user:other@");
	check_refused("proxy");
	cr_expect_eq(relay_led(proxy), 0);
}

Test(proxy_source, http)
{
	start_proxy(RELAY_HTTP, "user:word", 0);
	start_reeld(plain_url("films.invalid"), "http://user:word@");
	check_films("films.invalid");
}

Test(proxy_source, http_with_another_account)
{
	start_proxy(RELAY_HTTP, "user:word", 0);
	start_reeld(plain_url("films.invalid"), "http://user:other@");
	check_refused("the proxy before it wants");
}

/* The proxy sees neither the source's credentials nor its answers; what it
 * says of itself is none of the object's. */
Test(proxy_source, http_connect)
{
	struct viewer_result *res;

	start_proxy(RELAY_HTTP, "user:word", 0);
	start_reeld(tls_url("localhost"), "http://user:word@");
	check_films("localhost");
	cr_expect_not_null(strstr(relay_head(proxy), "CONNECT localhost:"));
	cr_expect_null(strstr(relay_head(proxy), "s3cret"));
	res = fetch(&(struct viewer_want){ .head = 1,
	    .url = reeld_url(reeld, "/p/one?size=%d", SIZE) });
	cr_expect_not(exam_header_has(res, "ETag", "proxy"));
	viewer_result_destroy(res);
}

Test(proxy_source, http_connect_with_another_account)
{
	start_proxy(RELAY_HTTP, "user:word", 0);
	start_reeld(tls_url("localhost"), "http://user:other@");
	check_refused("407");
}

Test(proxy_source, https)
{
	start_proxy(RELAY_HTTP, NULL, 1);
	start_reeld(tls_url("localhost"), "https://");
	check_films("localhost");
}

Test(proxy_source, that_is_not_there)
{
	start_proxy(RELAY_SOCKS5, NULL, 0);
	start_reeld(plain_url("127.0.0.1"), "socks5://");
	relay_stop(&proxy);
	check_refused("cannot be connected to");
}

/* What the environment says is for other programs. */
Test(proxy_source, not_by_the_environment)
{
	start_proxy(RELAY_HTTP, NULL, 0);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	setenv("no_proxy", "*", 1);
	start_reeld(plain_url("films.invalid"), "http://");
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	unsetenv("no_proxy");
	check_films("films.invalid");
}

/* Where clients name the source the allow list holds for addresses. */
Test(proxy_source, not_where_the_type_is_open)
{
	char text[TEXT_MAX];

	start_proxy(RELAY_SOCKS5, NULL, 0);
	start_reeld(plain_url("127.0.0.1"), "socks5://");
	reeld_conf(reeld, "origin \"p\" { match = \"/u/\" type = open"
	    " allow = {\"*\"} proxy = \"socks5://127.0.0.1:1\" }");
	cr_expect_eq(reeld_ctl(reeld, "reload", text, sizeof(text)), 1);
	cr_expect_not_null(strstr(text, "proxy: where type is open"), "%s",
	    text);
}

Test(proxy_source, from_an_address_of_ours)
{
	source = relay_start(&(struct relay_want){
	    .port = origin_port(origin) });
	reeld = reeld_start("origin \"b\" { match = \"/b/\" retries = 0"
	    " url = \"http://localhost:%d/f/\" bind_address = \"127.0.0.9\" }\n"
	    "origin \"none\" { match = \"/none/\" retries = 0"
	    " url = \"http://127.0.0.1:%d/f/\" bind_address = \"192.0.2.1\" }",
	    relay_port(source), relay_port(source));
	exam_intact(reeld_url(reeld, "/b/one?size=%d", SIZE), "/f/one", SIZE);
	cr_expect_str_eq(relay_peer(source), "127.0.0.9", "%s",
	    relay_peer(source));
	cr_expect_eq(exam_status(reeld_url(reeld, "/none/one?size=10")), 502);
	cr_expect_eq(relay_connections(source), 1);
}
