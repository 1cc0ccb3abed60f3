/* SPDX-License-Identifier: ISC */
/* map_test -- objects, their pulls and their maps, while players play */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>

#include "../helper/exam.h"

#define TEXT_MAX	8192
#define CELLS		60
#define CELL		(1024 * 1024)	/* of the file that maps show */
#define SIZE		((int64_t)CELLS * CELL)

static void
start(void)
{
	exam_start("segment_size = 1M", "retries = 0 fill = none");
}

static const char *
ctl(const char *args)
{
	return exam_ctl(exam.reeld, args);
}

/* Two viewers of one file, at its begin and in its middle, each with a pull,
 * until stop_two(). */
static struct viewer *two[2];

static void
start_two(void)
{
	origin_set(exam.origin, "/f/fred.ts", "size=60M&rate=3000000");
	two[0] = viewer_start(&(struct viewer_want){ .check = 1,
	    .seed = data_seed("/f/fred.ts", 1),
	    .url = reeld_url(exam.reeld, "/f/fred.ts") });
	cr_assert(AWAIT(viewer_progress(two[0]) > 0, 5000));
	two[1] = viewer_start(&(struct viewer_want){ .range = "31457280-",
	    .check = 1, .seed = data_seed("/f/fred.ts", 1), .offset = SIZE / 2,
	    .url = reeld_url(exam.reeld, "/f/fred.ts") });
	cr_assert(AWAIT(viewer_progress(two[1]) > CELL + CELL / 8, 5000));
}

static void
stop_two(void)
{
	struct viewer_result *res;
	int i;

	for (i = 0; i < 2; i++)
		viewer_stop(two[i]);
	for (i = 0; i < 2; i++) {
		res = viewer_wait(&two[i]);
		cr_expect_eq(res->wrong_at, -1);
		viewer_result_destroy(res);
	}
}

static void
check_pulls(json_t *pulls)
{
	json_t *pull;
	size_t i;

	cr_assert_eq(json_array_size(pulls), 2, "%zu pulls",
	    json_array_size(pulls));
	json_array_foreach(pulls, i, pull) {
		int64_t begin = exam_integer(pull, "begin");
		int64_t end = exam_integer(pull, "end");

		cr_expect((begin == 0 && end == SIZE / 2) ||
		    (begin == SIZE / 2 && end == SIZE), "[%d, %d)",
		    (int)begin, (int)end);
		cr_expect(exam_integer(pull, "position") > begin &&
		    exam_integer(pull, "position") < end);
		cr_expect_not_null(json_object_get(pull, "id"));
		cr_expect_not_null(json_object_get(pull, "source"));
		cr_expect_geq(exam_integer(pull, "rate"), 0);
	}
}

static void
check_object(json_t *o)
{
	json_t *map = json_object_get(o, "map");
	int i;

	cr_expect(exam_matches(exam_string(o, "key"), "^[0-9a-f]{64}$"));
	cr_expect_str_eq(exam_string(o, "url"), origin_url(exam.origin,
	    "/f/fred.ts"));
	cr_expect_eq(exam_integer(o, "size"), SIZE);
	cr_expect(exam_integer(o, "have") > CELL);
	cr_expect(exam_integer(o, "have") < SIZE);
	cr_expect_eq(exam_integer(o, "on_disk"), 0);
	cr_expect_eq(exam_integer(o, "generation"), 1);
	cr_expect_eq(exam_integer(o, "viewers"), 2);
	cr_expect_eq(exam_string(o, "etag")[0], '"');
	cr_expect_gt(strlen(exam_string(o, "state")), 0);
	check_pulls(json_object_get(o, "pulls"));
	cr_assert_eq(json_array_size(map), 2);
	for (i = 0; i < 2; i++)
		cr_expect_eq(strlen(json_string_value(json_array_get(map,
		    (size_t)i))), CELLS);
}

TestSuite(map, .init = start, .fini = exam_stop, .timeout = 30);

Test(map, objects)
{
	json_t *all, *one, *same;
	char target[128];

	start_two();
	all = exam_json(reeld_url(exam.reeld, "/_reeld/objects"));
	cr_assert_eq(json_array_size(all), 1);
	one = json_array_get(all, 0);
	check_object(one);
	snprintf(target, sizeof(target), "/_reeld/objects/%s",
	    exam_string(one, "key"));
	same = exam_json(reeld_url(exam.reeld, "%s", target));
	check_object(same);
	json_decref(same);
	json_decref(all);

	same = exam_ctl_json(exam.reeld, "-j objects");
	cr_assert_eq(json_array_size(same), 1);
	check_object(json_array_get(same, 0));
	json_decref(same);
	cr_expect_not_null(strstr(ctl("objects"), "/f/fred.ts"));
	stop_two();

	target[strlen(target) - 1] ^= 1;
	cr_expect_eq(exam_status(reeld_url(exam.reeld, "%s", target)), 404);
	cr_expect_eq(exam_status(reeld_url(exam.reeld,
	    "/_reeld/objects/fred")), 404);
}

/*
 * The two lines of a map, byte for byte as INTERFACE shows them:
 *
 *    fred.ts  220 f40000...
 *    (map)        000000...
 */
static void
check_map(const char *text, const char *figures, const char *fill,
    const char *owner)
{
	char wanted[256];
	int n;

	n = snprintf(wanted, sizeof(wanted), "   fred.ts  %s ", figures);
	cr_expect_eq(strncmp(text, wanted, (size_t)n), 0, "%s", text);
	cr_expect(exam_matches(text + n, fill), "%s: not %s", text, fill);
	snprintf(wanted, sizeof(wanted), "\n   (map)%*s%s\n", n - 8, "",
	    owner);
	cr_expect_str_eq(strchr(text, '\n'), wanted, "%s", text);
}

Test(map, of_two_viewers)
{
	static const char zeroes[] = "000000000000000000000000000000";
	static const char ones[] = "111111111111111111111111111111";
	char owner[CELLS + 1], target[512], fill[128], *text;

	start_two();
	snprintf(owner, sizeof(owner), "%s%s", zeroes, ones);
	/* Both have a full cell and are in one of the next. */
	snprintf(fill, sizeof(fill), "^f{1,9}[0-9]0{20,28}f{1,9}[0-9]0{20,28}"
	    "$");
	check_map(ctl("map fred.ts"), "220", fill, owner);
	check_map(ctl("map"), "220", fill, owner);
	check_map(ctl("map f*.ts"), "220", fill, owner);
	snprintf(target, sizeof(target), "/_reeld/map?url=%s",
	    origin_url(exam.origin, "/f/fred.ts"));
	text = exam_page(reeld_url(exam.reeld, "%s",
	    target));
	check_map(text, "220", fill, owner);
	free(text);
	text = exam_page(reeld_url(exam.reeld,
	    "/_reeld/map?url=%%2ff%%2ffred.ts"));
	check_map(text, "220", fill, owner);
	free(text);
	stop_two();
	/* Nobody plays, and nothing is to be filled. */
	cr_expect(AWAIT(strstr(ctl("map fred.ts"), "  000 ") != NULL, 3000),
	    "%s", ctl("map"));
	cr_expect_eq(reeld_ctl(exam.reeld, "map nothing.ts", target,
	    sizeof(target)), 1);
}

Test(map, of_a_whole_file)
{
	char owner[CELLS + 1], fill[] = "^f{60}$";

	memset(owner, '0', CELLS);
	owner[CELLS] = '\0';
	origin_set(exam.origin, "/f/fred.ts", "size=600000");
	cr_assert_eq(exam_status(reeld_url(exam.reeld, "/f/fred.ts")), 200);
	cr_assert(AWAIT(strstr(ctl("map"), "  000 ") != NULL, 2000));
	check_map(ctl("map fred.ts"), "000", fill, owner);
}

/* Of unknown size: one line of figures. */
Test(map, of_a_file_without_length)
{
	struct viewer *v;

	origin_set(exam.origin, "/f/live.ts", "nolen=1&norange=1&size=60M"
	    "&rate=3000000");
	v = viewer_start(&(struct viewer_want){
	    .url = reeld_url(exam.reeld, "/f/live.ts") });
	cr_assert(AWAIT(viewer_progress(v) > 100000, 5000));
	cr_expect_str_eq(ctl("map live.ts"), "   live.ts  110\n");
	viewer_stop(v);
	viewer_result_destroy(viewer_wait(&v));
}

Test(map, pulls)
{
	json_t *pulls;
	const char *text;

	start_two();
	pulls = exam_ctl_json(exam.reeld, "-j pulls");
	check_pulls(pulls);
	json_decref(pulls);
	text = ctl("pulls");
	cr_expect_not_null(strstr(text, "/f/fred.ts"), "%s", text);
	stop_two();
	cr_expect(AWAIT(strstr(ctl("pulls"), "fred.ts") == NULL, 3000));
}
