/* SPDX-License-Identifier: ISC */
/* purge_test -- what an administrator takes away, and has brought */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define SIZE	(4 << 20)
#define FILM	"/f/fred.ts"

static void
start(void)
{
	exam_start("segment_size = 256K", "retries = 0");
	origin_set(exam.origin, FILM, "size=4M");
}

/* A viewer of the film who compares it with that version of it. */
static struct viewer *
watch(uint64_t version, uint64_t rate)
{
	return viewer_start(&(struct viewer_want){ .check = 1, .rate = rate,
	    .seed = data_seed(FILM, version),
	    .url = reeld_url(exam.reeld, FILM) });
}

static void
end(struct viewer **v, int64_t bytes)
{
	struct viewer_result *res = viewer_wait(v);

	cr_expect_eq(res->status, 200, "%d", res->status);
	cr_expect_eq(res->curl, 0, "%s", res->error);
	cr_expect_eq(res->wrong_at, -1, "wrong at %lld",
	    (long long)res->wrong_at);
	cr_expect_eq((int64_t)res->bytes, bytes);
	viewer_result_destroy(res);
}

static void
play(uint64_t version)
{
	struct viewer *v = watch(version, 0);

	end(&v, SIZE);
}

/* What reelctl answers, its exit status aside. */
static const char *
told(const char *args, int status)
{
	static char text[8192];

	cr_expect_eq(reeld_ctl(exam.reeld, args, text, sizeof(text)), status,
	    "%s: %s", args, text);
	return text;
}

static int64_t
have(void)
{
	json_t *all = exam_ctl_json(exam.reeld, "-j objects");
	int64_t n = json_array_size(all) == 0 ? 0 :
	    exam_integer(json_array_get(all, 0), "have");

	json_decref(all);
	return n;
}

TestSuite(purge, .init = start, .fini = exam_stop, .timeout = 40);

/* By whatever name: it is pulled anew, as it is now. */
Test(purge, by_address_or_pattern)
{
	char line[256];
	const char *names[4];
	uint64_t i;

	names[0] = FILM;
	names[1] = "fred.ts";
	names[2] = "f*d.ts";
	snprintf(line, sizeof(line), "%s", origin_url(exam.origin, FILM));
	names[3] = line;
	for (i = 0; i < 4; i++) {
		char order[300], knobs[64];

		play(i + 1);
		snprintf(order, sizeof(order), "purge %s", names[i]);
		cr_expect_str_eq(told(order, 0), "1 object purged\n");
		snprintf(knobs, sizeof(knobs), "size=4M&version=%d",
		    (int)i + 2);
		origin_set(exam.origin, FILM, knobs);
		play(i + 2);
		cr_expect_str_eq(told("purge " FILM, 0), "1 object purged\n");
	}
	cr_expect_eq(origin_stat(exam.origin, FILM, "bytes"), 8 * SIZE);
	cr_expect(AWAIT(have() == 0, 3000));
}

Test(purge, of_nothing)
{
	cr_expect_not_null(strstr(told("purge nothing.ts", 1), "no object"));
	cr_expect_not_null(strstr(told("purge " FILM, 1), "no object"));
	cr_expect_not_null(strstr(told("purge /elsewhere", 1), "no origin"));
	told("purge /f/../x", 1);
	play(1);
	/* An address is no pattern. */
	told("purge /f/", 1);
	told("purge /f/fred", 1);
	cr_expect_eq(have(), SIZE);
}

/* Its readers end intact, with bytes of one version; who comes then gets the
 * other. */
Test(purge, of_what_is_read)
{
	struct viewer *early, *late;

	origin_set(exam.origin, FILM, "size=4M&rate=2000000");
	early = watch(1, 0);
	cr_assert(AWAIT(viewer_progress(early) > 100000, 5000));
	cr_expect_str_eq(told("purge " FILM, 0), "1 object purged\n");
	late = watch(1, 0);
	end(&early, SIZE);
	end(&late, SIZE);
	cr_expect_geq(origin_stat(exam.origin, FILM, "bytes"), 2 * SIZE -
	    SIZE / 8);
	cr_expect(AWAIT(have() == SIZE, 3000));
}

Test(purge, in_json)
{
	json_t *said;

	play(1);
	said = exam_ctl_json(exam.reeld, "-j purge " FILM);
	cr_expect_eq(exam_integer(said, "purged"), 1);
	json_decref(said);
}

TestSuite(prefetch, .init = start, .fini = exam_stop, .timeout = 40);

Test(prefetch, of_all)
{
	cr_expect_not_null(strstr(told("prefetch " FILM, 0), "has begun"));
	cr_expect(AWAIT(have() == SIZE, 5000), "%lld", (long long)have());
	play(1);
	cr_expect_eq(origin_stat(exam.origin, FILM, "bytes"), SIZE);
	cr_expect(AWAIT(strstr(told("clients", 0), "fred.ts") == NULL, 2000));
	/* What is there is not brought again. */
	told("prefetch " FILM, 0);
	cr_expect(AWAIT(reeld_log_count(exam.reeld, ": done") == 2, 2000));
	cr_expect_eq(origin_stat(exam.origin, FILM, "bytes"), SIZE);
}

/* A range is a range: no whole fill begins. */
Test(prefetch, of_a_range)
{
	struct viewer_result *res;

	told("prefetch " FILM " 0-1048575", 0);
	cr_expect(AWAIT(have() >= 1048576, 5000));
	told("prefetch " FILM " -- -524288", 0);
	cr_expect(AWAIT(have() >= 1048576 + 524288, 5000));
	cr_expect(AWAIT(reeld_log_count(exam.reeld, ": done") == 2, 2000));
	usleep(300000);
	cr_expect_leq(have(), 2 << 20, "%lld", (long long)have());
	origin_listen(exam.origin, 0);
	res = fetch(&(struct viewer_want){ .range = "3670016-4194303",
	    .check = 1, .seed = data_seed(FILM, 1), .offset = 3670016,
	    .url = reeld_url(exam.reeld, FILM) });
	cr_expect_eq(res->status, 206);
	cr_expect_eq(res->bytes, 524288);
	cr_expect_eq(res->wrong_at, -1);
	viewer_result_destroy(res);
	origin_listen(exam.origin, 1);
}

Test(prefetch, that_cannot_be)
{
	cr_expect_not_null(strstr(told("prefetch fred.ts", 1), "no address"));
	cr_expect_not_null(strstr(told("prefetch " FILM " ten", 1),
	    "no range"));
	origin_set(exam.origin, FILM, "status=404");
	told("prefetch " FILM, 0);
	cr_expect(AWAIT(reeld_log_count(exam.reeld, "cannot be had") == 1,
	    5000));
	cr_expect(AWAIT(strstr(told("clients", 0), "fred.ts") == NULL, 2000));
}
