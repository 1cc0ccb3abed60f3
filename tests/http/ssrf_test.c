/* SPDX-License-Identifier: ISC */
/* ssrf_test -- addresses that clients name and reeld must not ask: 403, and not
 * one connection, whether they are named, redirected to or resolved to */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"
#include "../helper/names.h"

#define TEXT_MAX	8192
#define SIZE		100000

/* `allow` has "*", allowed.test and the first source; the second one listens
 * on both loopback addresses and must never hear of anybody. */
static struct origin *origin, *victim;
static struct reeld *reeld;

/* What names resolve to: see resolver_preload.c. */
static const char names[] = "allowed.test=127.0.0.1"
    ";four.test=127.0.0.1;six.test=::1;ip6-localhost=::1"
    ";both.test=127.0.0.1,::1;mixed.test=::1,127.0.0.1"
    ";ten.test=10.0.0.1;private.test=192.168.1.1;carrier.test=100.64.0.1"
    ";metadata.test=169.254.169.254;metadata6.test=fd00:ec2::254"
    ";zero.test=0.0.0.0;zero6.test=::;many.test=224.0.0.1"
    ";all.test=255.255.255.255;mapped.test=::ffff:127.0.0.1"
    ";compatible.test=::127.0.0.1;nat64.test=64:ff9b::7f00:1"
    ";sixtofour.test=2002:7f00:1::;teredo.test=2001:0:7f00:1::"
    ";link.test=fe80::1;local.test=fc00::1;many6.test=ff02::1"
    ";rebind.test=127.0.0.1|::1|127.0.0.2";

/* `@` stands for the port of the second source. */
static const char *const targets[] = {
	/* IPv4: loopback, this network, private, shared, link-local, ... */
	"http://127.0.0.1:@/f/x",
	"http://127.0.0.2:@/f/x",
	"http://127.255.255.254:@/f/x",
	"http://0.0.0.0:@/f/x",
	"http://0.1.2.3/f/x",
	"http://10.0.0.1/f/x",
	"http://100.64.0.1/f/x",
	"http://100.100.100.200/latest/meta-data/",
	"http://168.63.129.16/f/x",
	"http://169.254.169.254/latest/meta-data/",
	"http://172.16.0.1/f/x",
	"http://172.31.255.255/f/x",
	"http://192.0.0.192/opc/v1/instance/",
	"http://192.0.2.1/f/x",
	"http://192.168.1.1/f/x",
	"http://198.18.0.1/f/x",
	"http://224.0.0.1/f/x",
	"http://240.0.0.1/f/x",
	"http://255.255.255.255/f/x",
	/* IPv6, and IPv4 in it */
	"http://[::1]:@/f/x",
	"http://[0:0:0:0:0:0:0:1]:@/f/x",
	"http://[::]:@/f/x",
	"http://[::ffff:127.0.0.1]:@/f/x",
	"http://[::ffff:7f00:1]:@/f/x",
	"http://[::ffff:169.254.169.254]/latest/meta-data/",
	"http://[::127.0.0.1]:@/f/x",
	"http://[64:ff9b::7f00:1]:@/f/x",
	"http://[64:ff9b::a9fe:a9fe]/f/x",
	"http://[64:ff9b:1::1]/f/x",
	"http://[2002:7f00:1::]:@/f/x",
	"http://[2001:0:7f00:1::]:@/f/x",
	"http://[fe80::1]:@/f/x",
	"http://[fe80::1%25lo]:@/f/x",
	"http://[fc00::1]/f/x",
	"http://[fd00:ec2::254]/latest/meta-data/",
	"http://[fec0::1]/f/x",
	"http://[ff02::1]/f/x",
	"http://[::1%lo]:@/f/x",
	/* other spellings */
	"http://2130706433:@/f/x",
	"http://4294967297:@/f/x",
	"http://0x7f000001:@/f/x",
	"http://0x7f.0.0.1:@/f/x",
	"http://0x7f.1:@/f/x",
	"http://0177.0.0.1:@/f/x",
	"http://017700000001:@/f/x",
	"http://127.1:@/f/x",
	"http://127.0.1:@/f/x",
	"http://0:@/f/x",
	"http://127.0.0.1.:@/f/x",
	"http://127.000.000.001:@/f/x",
	"http://127%2e0%2e0%2e1:@/f/x",
	"http://%31%32%37.0.0.1:@/f/x",
	"http://127\xe3\x80\x82""0\xe3\x80\x82""0\xe3\x80\x82""1:@/f/x",
	"http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1:@/f/x",
	"http://\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1:@/f/x",
	/* names */
	"http://localhost:@/f/x",
	"http://LOCALHOST:@/f/x",
	"http://localhost.:@/f/x",
	"http://ip6-localhost:@/f/x",
	"http://four.test:@/f/x",
	"http://Four.Test.:@/f/x",
	"http://six.test:@/f/x",
	"http://both.test:@/f/x",
	"http://mixed.test:@/f/x",
	"http://ten.test/f/x",
	"http://private.test/f/x",
	"http://carrier.test/f/x",
	"http://metadata.test/latest/meta-data/",
	"http://metadata6.test/latest/meta-data/",
	"http://zero.test:@/f/x",
	"http://zero6.test:@/f/x",
	"http://many.test/f/x",
	"http://all.test/f/x",
	"http://mapped.test:@/f/x",
	"http://compatible.test:@/f/x",
	"http://nat64.test:@/f/x",
	"http://sixtofour.test:@/f/x",
	"http://teredo.test:@/f/x",
	"http://link.test:@/f/x",
	"http://local.test/f/x",
	"http://many6.test/f/x",
	/* who is the host? */
	"http://allowed.test@127.0.0.1:@/f/x",
	"http://allowed.test:80@127.0.0.1:@/f/x",
	"http://allowed.test%2f@127.0.0.1:@/f/x",
	"http://allowed.test%23@127.0.0.1:@/f/x",
	"http://allowed.test#@127.0.0.1:@/f/x@",
	"http://a@b@127.0.0.1:@/f/x",
	"http://127.0.0.1:@\\@allowed.test/f/x",
	"http://allowed.test\\@127.0.0.1:@/f/x",
	"http://127.0.0.1:@%00.allowed.test/f/x",
	"http://127.0.0.1\t:@/f/x",
	"http://127.0.0.1 :@/f/x",
	"http://\t127.0.0.1:@/f/x",
	"http://127.0.0.1\r\n:@/f/x",
	"http://user:word@allowed.test/f/x",
	"http://@127.0.0.1:@/f/x",
	"http://:@127.0.0.1/f/x",
	"http:///127.0.0.1:@/f/x",
	"http:\\\\127.0.0.1:@/f/x",
	"http:/127.0.0.1:@/f/x",
	"http:127.0.0.1:@/f/x",
	/* ports of what is allowed */
	"http://127.0.0.1:0/f/x",
	"http://127.0.0.1:65536/f/x",
	"http://127.0.0.1:x/f/x",
	"http://127.0.0.1:-1/f/x",
	"https://127.0.0.1/f/x",
	/* schemes */
	"file:///etc/passwd",
	"FILE://localhost/etc/passwd",
	"gopher://127.0.0.1:@/_GET%20/f/x",
	"ftp://127.0.0.1:@/f/x",
	"dict://127.0.0.1:@/f/x",
	"ldap://127.0.0.1:@/f/x",
	"telnet://127.0.0.1:@/f/x",
	"ws://127.0.0.1:@/f/x",
	"unix:///run/x.sock",
	"jar:http://127.0.0.1:@/f/x",
};
#define TARGETS (sizeof(targets) / sizeof(targets[0]))

static void
start(void)
{
	char conf[512];

	origin = origin_start(NULL, NULL);
	victim = origin_start("-6", NULL);
	snprintf(conf, sizeof(conf), "segment_size = 64K\n"
	    "origin \"open\" { match = \"/u/\" type = open retries = 0\n"
	    "allow = {\"*\", \"allowed.test\", \"127.0.0.1:%d\","
	    " \"rebind.test\"} }", origin_port(origin));
	reeld = names_start(names, conf);
}

static void
stop(void)
{
	exam_audit(reeld);
	reeld_stop(&reeld);
	origin_stop(&origin);
	origin_stop(&victim);
}

static const char *
target(size_t i)
{
	static char url[256];
	size_t n = 0;
	const char *s;

	for (s = targets[i]; *s != '\0'; s++)
		if (s[0] == '@' && s > targets[i] && s[-1] == ':')
			n += (size_t)snprintf(url + n, sizeof(url) - n, "%d",
			    origin_port(victim));
		else
			url[n++] = *s;
	url[n] = '\0';
	return url;
}

/* 403 in `url`'s place, with a reason. */
static void
check_refused(const char *url, const char *who)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .keep = TEXT_MAX, .timeout_ms = 15000,
	    .url = reeld_url(reeld, "/u/%s", exam_base64(url)) });

	cr_expect_eq(res->status, 403, "%s: status %d: %s", who, res->status,
	    res->body != NULL ? res->body : "");
	viewer_result_destroy(res);
}

static void
check_intact(const char *url, const char *path)
{
	exam_intact(reeld_url(reeld, "/u/%s", exam_base64(url)), path, SIZE);
}

static void
check_unheard(void)
{
	cr_expect_eq(origin_stat(victim, NULL, "connections"), 0, "%d",
	    (int)origin_stat(victim, NULL, "connections"));
}

/* `host`:port of a source, and the rest. */
static const char *
at(const char *host, const struct origin *o, const char *rest)
{
	static char urls[4][256];
	static unsigned next;
	char *url = urls[next++ % 4];

	snprintf(url, sizeof(urls[0]), "http://%s:%d%s", host, origin_port(o),
	    rest);
	return url;
}

TestSuite(ssrf, .init = start, .fini = stop, .timeout = 120);

/* Without this one the others would prove nothing. */
Test(ssrf, what_is_allowed_comes)
{
	char knobs[64];

	snprintf(knobs, sizeof(knobs), "size=%d", SIZE);
	origin_set(origin, "/f/a", knobs);
	origin_set(origin, "/f/b", knobs);
	origin_set(origin, "/f/c", knobs);
	check_intact(at("127.0.0.1", origin, "/f/a"), "/f/a");
	check_intact(at("allowed.test", origin, "/f/b"), "/f/b");
	check_intact(origin_url(origin, "/f/d?to=%s", exam_escaped(
	    at("Allowed.Test.", origin, "/f/c"))), "/f/c");
}

Test(ssrf, named)
{
	size_t i;

	cr_assert_geq(TARGETS, 40);
	for (i = 0; i < TARGETS; i++)
		check_refused(target(i), targets[i]);
	check_unheard();
}

Test(ssrf, redirected_to)
{
	char path[32];
	size_t i;

	for (i = 0; i < TARGETS; i++) {
		if (strpbrk(targets[i], "\r\n") != NULL)
			continue;	/* no header can have that */
		snprintf(path, sizeof(path), "/f/hop-%zu", i);
		check_refused(origin_url(origin, "%s?to=%s", path,
		    exam_escaped(target(i))), targets[i]);
	}
	check_unheard();
}

/* Each hop is looked at, not the last one alone. */
Test(ssrf, redirected_to_by_and_by)
{
	char knobs[1100];

	snprintf(knobs, sizeof(knobs), "to=%s", exam_escaped(
	    at("127.0.0.1", victim, "/f/x")));
	origin_set(origin, "/f/third", knobs);
	origin_set(origin, "/f/second", "to=/f/third");
	check_refused(origin_url(origin, "/f/first?to=/f/second"), "a chain");
	snprintf(knobs, sizeof(knobs), "to=%s", exam_escaped(
	    at("four.test", victim, "/f/x")));
	origin_set(origin, "/f/last", knobs);
	check_refused(origin_url(origin, "/f/next?to=%s", exam_escaped(
	    at("allowed.test", origin, "/f/last"))), "by a name");
	check_unheard();
}

/* The name is looked up again for another port, and the answer is another one:
 * what is connected to is what is looked at. */
Test(ssrf, resolved_anew)
{
	char knobs[64];

	snprintf(knobs, sizeof(knobs), "size=%d", SIZE);
	origin_set(origin, "/f/r", knobs);
	check_intact(at("rebind.test", origin, "/f/r"), "/f/r");
	check_refused(at("rebind.test", victim, "/f/x"), "the second answer");
	cr_assert_eq(reeld_kill(reeld, "fetcher", 9), 1);
	check_refused(at("rebind.test", victim, "/f/y"),
	    "the first one, of a listed address at another port");
	check_unheard();
}

/* The rules are asked anew after a reload: what was allowed and pooled is not
 * asked any more. */
Test(ssrf, allowed_no_longer)
{
	char text[TEXT_MAX], knobs[64];

	snprintf(knobs, sizeof(knobs), "size=%d", SIZE);
	origin_set(origin, "/f/pooled", knobs);
	check_intact(at("allowed.test", origin, "/f/pooled"), "/f/pooled");
	reeld_conf(reeld, "segment_size = 64K\n"
	    "origin \"open\" { match = \"/u/\" type = open retries = 0\n"
	    "allow = {\"*\", \"allowed.test\"} }");
	cr_assert_eq(reeld_ctl(reeld, "reload", text, sizeof(text)), 0, "%s",
	    text);
	usleep(300000);
	check_refused(at("allowed.test", origin, "/f/after"), "by name");
	check_refused(at("127.0.0.1", origin, "/f/after"), "by address");
	cr_expect_eq(origin_stat(origin, "/f/after", "requests"), 0);
}

/* Nothing of all that costs a connection where nothing is listed. */
Test(ssrf, by_default)
{
	char text[TEXT_MAX];
	size_t i;

	reeld_conf(reeld, "segment_size = 64K\n"
	    "origin \"open\" { match = \"/u/\" type = open }");
	cr_assert_eq(reeld_ctl(reeld, "reload", text, sizeof(text)), 0, "%s",
	    text);
	usleep(300000);
	for (i = 0; i < TARGETS; i += 7)
		check_refused(target(i), targets[i]);
	check_refused(at("allowed.test", origin, "/f/x"), "a public name");
	check_unheard();
	cr_expect_eq(origin_stat(origin, NULL, "connections"), 0);
}
