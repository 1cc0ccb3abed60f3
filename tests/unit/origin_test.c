/* SPDX-License-Identifier: ISC */
/* origin_test -- the scripted source does what its script says, and counts */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <criterion/criterion.h>
#include <curl/curl.h>

#include "../helper/data.h"
#include "../helper/multipart.h"
#include "../helper/now.h"
#include "../helper/scripted.h"
#include "../helper/viewer.h"

#define MB	(1024 * 1024)

static struct origin *origin;

static void
start(void)
{
	origin = origin_start("-6", NULL);
}

static void
stop(void)
{
	origin_stop(&origin);
}

/* GET of `target`, compared from `offset`; `range` may be NULL. */
static struct viewer_result *
get(const char *target, const char *range, uint64_t offset)
{
	char path[256];

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(target, "?"),
	    target);
	return fetch(&(struct viewer_want){
	    .url = origin_url(origin, "%s", target), .range = range,
	    .check = 1, .seed = data_seed(path, 1), .offset = offset,
	    .keep = 64 * 1024, .timeout_ms = 20000 });
}

static int
header_is(const struct viewer_result *res, const char *name,
    const char *value)
{
	const char *got = viewer_header(res, name);

	return got != NULL && strcmp(got, value) == 0;
}

/* The data itself. */

Test(data, any_piece_equals_the_whole)
{
	unsigned char whole[512], piece[512];
	uint64_t seed = data_seed("/f/a", 1);
	size_t from, len;

	data_fill(seed, 1000, whole, sizeof(whole));
	for (from = 0; from < 40; from++) {
		for (len = 0; len < 40; len++) {
			data_fill(seed, 1000 + from, piece, len);
			cr_assert(memcmp(piece, whole + from, len) == 0,
			    "%zu bytes at %zu", len, from);
		}
	}
	cr_assert_eq(data_check(seed, 1000, whole, sizeof(whole)), -1);
}

Test(data, a_shift_a_flip_and_another_version_show)
{
	unsigned char buf[4096 * 3];
	uint64_t seed = data_seed("/f/a", 1);

	data_fill(seed, 0, buf, sizeof(buf));
	cr_assert_geq(data_check(seed, 1, buf, 64), 1);
	cr_assert_geq(data_check(seed, 8, buf, 64), 8);
	cr_assert_geq(data_check(data_seed("/f/a", 2), 0, buf, 64), 0);
	cr_assert_geq(data_check(data_seed("/f/b", 1), 0, buf, 64), 0);
	buf[10007] ^= 1;
	cr_assert_eq(data_check(seed, 0, buf, sizeof(buf)), 10007);
}

TestSuite(origin, .init = start, .fini = stop, .timeout = 30);

Test(origin, sends_the_whole_and_any_range)
{
	struct viewer_result *res = get("/f/a?size=10M", NULL, 0);

	cr_assert_eq(res->curl, CURLE_OK, "%s", res->error);
	cr_assert_eq(res->status, 200);
	cr_assert_eq(res->bytes, 10 * MB);
	cr_assert_eq(res->wrong_at, -1);
	cr_assert(header_is(res, "Accept-Ranges", "bytes"));
	viewer_result_destroy(res);

	res = get("/f/a?size=10M", "1000003-2000000", 1000003);
	cr_assert_eq(res->status, 206);
	cr_assert_eq(res->bytes, 999998);
	cr_assert_eq(res->wrong_at, -1);
	cr_assert(header_is(res, "Content-Range",
	    "bytes 1000003-2000000/10485760"));
	viewer_result_destroy(res);

	res = get("/f/a?size=10M", "-7", 10 * MB - 7);
	cr_assert_eq(res->bytes, 7);
	cr_assert_eq(res->wrong_at, -1);
	viewer_result_destroy(res);

	res = get("/f/a?size=10M", "10485760-", 0);
	cr_assert_eq(res->status, 416);
	cr_assert(header_is(res, "Content-Range", "bytes */10485760"));
	viewer_result_destroy(res);

	cr_assert_eq(origin_stat(origin, "/f/a", "requests"), 4);
	cr_assert_eq(origin_stat(origin, "/f/a", "ranged"), 3);
	cr_assert_eq(origin_stat(origin, "/f/a", "status.206"), 2);
	cr_assert_eq(origin_stat(origin, "/f/a", "bytes"),
	    10 * MB + 999998 + 7);
	cr_assert_eq(origin_stat(origin, "/f/a", "distinct"), 10 * MB);
	cr_assert_eq(origin_stat(origin, NULL, "connections"), 4);
	cr_assert_eq(origin_stat(origin, NULL, "peak"), 1);
}

Test(origin, several_ranges_are_multipart)
{
	struct viewer_result *res = get("/f/a?size=5000",
	    "0-0,10-19,-100,9999-", 0);
	struct multipart_part part[3];
	int i;

	cr_assert_eq(res->status, 206);
	cr_assert_eq(multipart_parse(res, data_seed("/f/a", 1), part, 3), 3);
	cr_assert_eq(part[1].first, 10);
	cr_assert_eq(part[1].last, 19);
	cr_assert_eq(part[2].first, 4900);
	for (i = 0; i < 3; i++) {
		cr_assert_eq(part[i].total, 5000);
		cr_assert_eq(part[i].wrong_at, -1);
	}
	cr_assert_eq(multipart_parse(res, data_seed("/f/b", 1), part, 3), 3);
	cr_assert_eq(part[1].wrong_at, 10);
	res->body[res->body_len - 20] ^= 1;
	cr_assert_eq(multipart_parse(res, 0, part, 3), -1);
	viewer_result_destroy(res);
	cr_assert_eq(origin_stat(origin, "/f/a", "bytes"), 111);
}

Test(origin, keeps_its_rate_on_each_connection)
{
	struct viewer *v[3];
	struct viewer_result *res;
	int i;

	for (i = 0; i < 3; i++)
		v[i] = viewer_start(&(struct viewer_want){
		    .url = origin_url(origin, "/f/a?size=10000000&"
		    "rate=10000000"), .check = 1,
		    .seed = data_seed("/f/a", 1) });
	for (i = 0; i < 3; i++) {
		res = viewer_wait(&v[i]);
		cr_assert_eq(res->bytes, 10000000);
		cr_assert_eq(res->wrong_at, -1);
		cr_assert(res->total_us > 900000 && res->total_us < 1100000,
		    "%d us for a second", (int)res->total_us);
		cr_assert_lt(res->first_byte_us, 100000);
		cr_assert_lt(res->longest_gap_us, 150000);
		viewer_result_destroy(res);
	}
	cr_assert_eq(origin_stat(origin, NULL, "peak"), 3);
	cr_assert_eq(origin_stat(origin, "/f/a", "peak"), 3);
	cr_assert_eq(origin_stat(origin, "/f/a", "bytes"), 30000000);
	cr_assert_eq(origin_stat(origin, "/f/a", "distinct"), 10000000);
}

Test(origin, a_paced_viewer_holds_it_back)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = origin_url(origin, "/f/a?size=100M&rate=200M"),
	    .rate = 10000000, .stop_after = 6000000, .check = 1,
	    .seed = data_seed("/f/a", 1) });

	cr_assert(res->stopped);
	cr_assert_eq(res->bytes, 6000000);
	cr_assert_eq(res->wrong_at, -1);
	cr_assert(res->total_us > 540000 && res->total_us < 660000,
	    "%d us for 0.6 s", (int)res->total_us);
	viewer_result_destroy(res);
	cr_assert_lt(origin_stat(origin, "/f/a", "bytes"), 7500000);
	cr_assert_eq(origin_stat(origin, "/f/a", "aborted"), 1);
	cr_assert_eq(origin_stat(origin, NULL, "open"), 0);
}

Test(origin, cuts_where_and_as_often_as_told)
{
	struct viewer_result *res = get("/f/a?size=2M&cut=1000000", NULL, 0);

	cr_assert_eq(res->curl, CURLE_PARTIAL_FILE);
	cr_assert_eq(res->bytes, 1000000);
	cr_assert_eq(res->wrong_at, -1);
	viewer_result_destroy(res);

	res = get("/f/b?size=2M&cut=1000000&rst=1", NULL, 0);
	cr_assert_eq(res->curl, CURLE_RECV_ERROR);
	cr_assert_eq(res->bytes, 1000000);
	viewer_result_destroy(res);

	/* From behind the place it does not come again. */
	res = get("/f/c?size=2M&cutat=1500000", "1000000-", 1000000);
	cr_assert_eq(res->bytes, 500000);
	viewer_result_destroy(res);
	res = get("/f/c?size=2M&cutat=1500000", "1500000-", 1500000);
	cr_assert_eq(res->curl, CURLE_OK);
	viewer_result_destroy(res);

	origin_set(origin, "/f/d", "cut=0&cutonce=1");
	res = get("/f/d", NULL, 0);
	cr_assert_eq(res->bytes, 0);
	cr_assert_eq(res->status, 200);
	viewer_result_destroy(res);
	res = get("/f/d", NULL, 0);
	cr_assert_eq(res->bytes, MB);
	viewer_result_destroy(res);
	cr_assert_eq(origin_stat(origin, "/f/d", "cuts"), 1);
	cr_assert_eq(origin_stat(origin, "/f/d", "bytes"), MB);
}

Test(origin, stalls_and_delays)
{
	struct viewer_result *res = get(
	    "/f/a?delay=100ms&stall=500000&stallms=200ms", NULL, 0);

	cr_assert_eq(res->bytes, MB);
	cr_assert_eq(res->wrong_at, -1);
	cr_assert_geq(res->first_byte_us, 100000);
	cr_assert_geq(res->total_us, 300000);
	/* What came before the stall may have been read late. */
	cr_assert_geq(res->longest_gap_us, 150000);
	cr_assert_lt(res->longest_gap_us, 350000);
	viewer_result_destroy(res);
}

Test(origin, lies_about_length_and_framing)
{
	struct viewer_result *res = get("/f/a?wronglen=+5", NULL, 0);

	cr_assert_eq(res->curl, CURLE_PARTIAL_FILE);
	cr_assert_eq(res->bytes, MB);
	viewer_result_destroy(res);
	res = get("/f/a?wronglen=-5", NULL, 0);
	cr_assert_eq(res->bytes, MB - 5);
	viewer_result_destroy(res);
	res = get("/f/a?short=5", NULL, 0);
	cr_assert_eq(res->curl, CURLE_PARTIAL_FILE);
	cr_assert_eq(res->bytes, MB - 5);
	viewer_result_destroy(res);
	res = get("/f/a?nolen=1", NULL, 0);
	cr_assert_eq(res->curl, CURLE_OK);
	cr_assert_null(viewer_header(res, "Content-Length"));
	cr_assert_eq(res->bytes, MB);
	viewer_result_destroy(res);
	res = get("/f/a?chunked&trailers", NULL, 0);
	cr_assert_eq(res->curl, CURLE_OK);
	cr_assert(header_is(res, "Transfer-Encoding", "chunked"));
	cr_assert_eq(res->bytes, MB);
	cr_assert_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
}

Test(origin, bends_ranges)
{
	struct viewer_result *res = get("/f/a?norange=1", "100-199", 0);

	cr_assert_eq(res->status, 200);
	cr_assert_eq(res->bytes, MB);
	cr_assert_null(viewer_header(res, "Accept-Ranges"));
	viewer_result_destroy(res);
	res = get("/f/a?crshift=10", "100-199", 100);
	cr_assert(header_is(res, "Content-Range", "bytes 110-209/1048576"));
	cr_assert_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	res = get("/f/a?early=60", "100-199", 40);
	cr_assert(header_is(res, "Content-Range", "bytes 40-199/1048576"));
	cr_assert_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	res = get("/f/a?badcr=text", "100-199", 100);
	cr_assert(header_is(res, "Content-Range", "bytes abc"));
	viewer_result_destroy(res);
	res = get("/f/a?lie416=bare", "100-199", 100);
	cr_assert_eq(res->status, 416);
	cr_assert_null(viewer_header(res, "Content-Range"));
	viewer_result_destroy(res);
}

/* The status of a ranged GET with one more header line. */
static int
conditional(const char *target, const char *line)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = origin_url(origin, "%s", target), .range = "5-9",
	    .headers = (const char *const []){ line, NULL } });
	int status = res->status;

	viewer_result_destroy(res);
	return status;
}

Test(origin, validators_and_preconditions)
{
	struct viewer_result *res = get("/f/a?size=100", NULL, 0);
	char line[128];

	snprintf(line, sizeof(line), "If-Range: %s",
	    viewer_header(res, "ETag"));
	cr_assert_eq(conditional("/f/a?size=100", line), 206);
	cr_assert_eq(conditional("/f/a?size=100&etag=weak", line), 200);
	cr_assert_eq(conditional("/f/a?size=100&version=2", line), 200);
	cr_assert_eq(conditional("/f/a?size=100&version=2&ifrangeignore=1",
	    line), 206);
	snprintf(line, sizeof(line), "If-Range: %s",
	    viewer_header(res, "Last-Modified"));
	cr_assert_eq(conditional("/f/a?size=100", line), 206);
	cr_assert_eq(conditional("/f/a?size=100&version=2", line), 200);
	snprintf(line, sizeof(line), "If-None-Match: \"x\", W/%s",
	    viewer_header(res, "ETag"));
	cr_assert_eq(conditional("/f/a?size=100", line), 304);
	snprintf(line, sizeof(line), "If-Modified-Since: %s",
	    viewer_header(res, "Last-Modified"));
	cr_assert_eq(conditional("/f/a?size=100", line), 304);
	cr_assert_eq(conditional("/f/a", "If-Match: \"no\""), 412);
	viewer_result_destroy(res);
}

Test(origin, changes_its_content)
{
	struct viewer_result *one, *two;

	one = get("/f/a?size=1000&changeafter=1", NULL, 0);
	two = get("/f/a?size=1000&changeafter=1", NULL, 0);
	cr_assert_eq(one->wrong_at, -1);
	cr_assert_eq(data_check(data_seed("/f/a", 2), 0, two->body,
	    two->body_len), -1);
	cr_assert(!header_is(two, "ETag", viewer_header(one, "ETag")));
	viewer_result_destroy(one);
	viewer_result_destroy(two);
}

Test(origin, statuses_redirects_and_tokens)
{
	struct viewer_result *res;
	char *location;

	res = get("/f/a?status=503&retryafter=7&statusonce=1", NULL, 0);
	cr_assert_eq(res->status, 503);
	cr_assert(header_is(res, "Retry-After", "7"));
	viewer_result_destroy(res);
	res = get("/f/a?status=503&statusonce=1", NULL, 0);
	cr_assert_eq(res->status, 200);
	viewer_result_destroy(res);

	res = fetch(&(struct viewer_want){ .follow = 1, .check = 1,
	    .url = origin_url(origin, "/f/b?redirect=3"),
	    .seed = data_seed("/f/b", 1) });
	cr_assert_eq(res->status, 200);
	cr_assert_eq(res->bytes, MB);
	cr_assert_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	cr_assert_eq(origin_stat(origin, "/f/b", "status.302"), 3);

	res = get("/f/c?redirect=1&tokenms=50", NULL, 0);
	location = strdup(viewer_header(res, "Location"));
	viewer_result_destroy(res);
	res = fetch(&(struct viewer_want){ .url = location });
	cr_assert_eq(res->status, 200);
	viewer_result_destroy(res);
	now_sleep_until(now_us() + 80000);
	res = fetch(&(struct viewer_want){ .url = location });
	cr_assert_eq(res->status, 403);
	viewer_result_destroy(res);
	free(location);

	res = get("/f/d?to=http%3a%2f%2fexample.net%2fx", NULL, 0);
	cr_assert(header_is(res, "Location", "http://example.net/x"));
	viewer_result_destroy(res);
}

Test(origin, other_manners)
{
	struct viewer_want head = { .head = 1,
	    .url = origin_url(origin, "/f/a?type=video/mp4") };
	struct viewer_result *res = fetch(&head);

	cr_assert(header_is(res, "Content-Length", "1048576"));
	cr_assert(header_is(res, "Content-Type", "video/mp4"));
	viewer_result_destroy(res);
	head.url = origin_url(origin, "/f/a?head405=1");
	res = fetch(&head);
	cr_assert_eq(res->status, 405);
	viewer_result_destroy(res);
	res = get("/f/a?http10=1", NULL, 0);
	cr_assert_eq(res->http, 10);
	viewer_result_destroy(res);
	res = get("/f/a?size=10&dribble=1ms", NULL, 0);
	cr_assert_eq(res->bytes, 10);
	cr_assert_geq(res->first_byte_us, 100000);
	viewer_result_destroy(res);
	res = get("/f/a?hangup=1", NULL, 0);
	cr_assert_eq(res->status, 0);
	viewer_result_destroy(res);
	res = get("/f/a?size=many", NULL, 0);
	cr_assert_eq(res->status, 500);
	viewer_result_destroy(res);
}

/* A client that closes one connection before it opens the next is never seen
 * with two, however fast it is. */
Test(origin, never_counts_a_closed_connection)
{
	char buf[4096];
	int i;

	for (i = 0; i < 500; i++)
		cr_assert_gt(raw_exchange(origin_port(origin),
		    i % 2 == 0 ? "GET /f/a?size=10 HTTP/1.0\r\n\r\n" :
		    "GET /f/a?size=1M HTTP/1.1\r\n\r\n",
		    buf, i % 2 == 0 ? sizeof(buf) : 512), 0);
	cr_assert_eq(origin_stat(origin, NULL, "connections"), 500);
	cr_assert_eq(origin_stat(origin, NULL, "peak"), 1);
	cr_assert_eq(origin_stat(origin, NULL, "open"), 0);
}

Test(origin, serves_real_files)
{
	char dir[] = "/tmp/origin-test.XXXXXX", file[64], want[3000];
	struct viewer_result *res;
	struct origin *o;
	FILE *f;

	data_fill(1, 0, want, sizeof(want));
	cr_assert_not_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/a.mp4", dir);
	cr_assert_not_null(f = fopen(file, "w"));
	fwrite(want, 1, sizeof(want), f);
	fclose(f);
	o = origin_start("-r", dir, NULL);
	res = fetch(&(struct viewer_want){ .range = "1000-1999", .check = 1,
	    .url = origin_url(o, "/real/a.mp4"), .seed = 1, .offset = 1000 });
	unlink(file);
	rmdir(dir);
	cr_assert_eq(res->status, 206);
	cr_assert(header_is(res, "Content-Range", "bytes 1000-1999/3000"));
	cr_assert_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	res = fetch(&(struct viewer_want){
	    .url = origin_url(o, "/real/../etc/passwd") });
	cr_assert_eq(res->status, 404);
	viewer_result_destroy(res);
	origin_stop(&o);
}

Test(origin, refuses_when_it_does_not_listen)
{
	struct viewer_result *res;

	origin_listen(origin, 0);
	res = get("/f/a", NULL, 0);
	cr_assert_eq(res->curl, CURLE_COULDNT_CONNECT);
	viewer_result_destroy(res);
	origin_listen(origin, 1);
	res = get("/f/a", NULL, 0);
	cr_assert_eq(res->status, 200);
	viewer_result_destroy(res);
	origin_reset(origin);
	cr_assert_eq(origin_stat(origin, "/f/a", "bytes"), 0);
	cr_assert_eq(origin_stat(origin, NULL, "connections"), 0);
}
