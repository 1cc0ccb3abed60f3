/* SPDX-License-Identifier: ISC */
/* stage -- a source, a reeld and who watches; runs in test programs */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include <jansson.h>

#include "stage.h"

#define ANSWER_MAX	(1024 * 1024)	/* of reelctl */

int
stage_soak(void)
{
	return getenv("SOAK") != NULL;
}

void
stage_open(struct stage *s, const char *conf, const char *rules)
{
	s->origin = origin_start(NULL, NULL);
	s->direct = origin_start(NULL, NULL);
	s->reeld = reeld_start("%s\norigin \"films\" {\n\tmatch = \"/f/\"\n"
	    "\turl = \"http://127.0.0.1:%d/f/\"\n\t%s\n}", conf,
	    origin_port(s->origin), rules);
}

void
stage_close(struct stage *s)
{
	char said[4096];
	int status;

	status = reeld_ctl(s->reeld, "audit", said, sizeof(said));
	cr_assert_eq(status, 0, "audit: %s", said);
	cr_assert_eq(reeld_log_count(s->reeld, " was killed by signal "),
	    s->kills, "a process died");
	reeld_stop(&s->reeld);
	origin_stop(&s->direct);
	origin_stop(&s->origin);
}

/* Films. */

struct film
stage_film(const char *name, int64_t size, int64_t rate, const char *knobs)
{
	struct film f = { .size = size };

	snprintf(f.path, sizeof(f.path), "/f/%s", name);
	snprintf(f.query, sizeof(f.query), "size=%" PRId64 "&rate=%" PRId64
	    "%s%s", size, rate, *knobs == '\0' ? "" : "&", knobs);
	return f;
}

struct film
stage_demo(const char *name)
{
	int64_t size = stage_soak() ? 300 * MB : 60 * MB;

	return stage_film(name, size, size / 10, "");
}

/* Viewers. */

static struct watch
begin(const char *url, const struct film *f, int64_t from,
    const struct viewer_want *how)
{
	static const struct viewer_want plain;
	struct viewer_want want = how != NULL ? *how : plain;
	struct watch w = { .expected = f->size - from };
	char range[32];

	if (want.stop_after > 0 && (int64_t)want.stop_after < w.expected) {
		w.expected = (int64_t)want.stop_after;
		w.leaves = 1;
	}
	snprintf(range, sizeof(range), "%" PRId64 "-", from);
	want.url = url;
	want.range = range;
	want.check = 1;
	want.seed = data_seed(f->path, 1);
	want.offset = (uint64_t)from;
	if (want.timeout_ms == 0)
		want.timeout_ms = 120000;
	w.viewer = viewer_start(&want);
	return w;
}

struct watch
stage_watch(const struct stage *s, const struct film *f, int64_t from,
    const struct viewer_want *how)
{
	return begin(reeld_url(s->reeld, "%s?%s", f->path, f->query), f, from,
	    how);
}

struct watch
stage_watch_direct(const struct stage *s, const struct film *f, int64_t from,
    const struct viewer_want *how)
{
	return begin(origin_url(s->direct, "%s?%s", f->path, f->query), f,
	    from, how);
}

int64_t
stage_first_direct(const struct stage *s, const struct film *f, int64_t from)
{
	struct watch w = stage_watch_direct(s, f, from,
	    &(struct viewer_want){ .stop_after = 1 });
	struct viewer_result *res = watch_end(&w);
	int64_t us = res->first_byte_us;

	viewer_result_destroy(res);
	return us;
}

struct viewer_result *
watch_end(struct watch *w)
{
	struct viewer_result *res = viewer_wait(&w->viewer);

	cr_assert_eq(res->wrong_at, -1, "wrong byte at %" PRId64,
	    res->wrong_at);
	cr_assert_eq(res->status, 206, "%d: %s", res->status, res->error);
	cr_assert_eq(res->curl, 0, "after %" PRIu64 " bytes: %s", res->bytes,
	    res->error);
	cr_assert_eq((int64_t)res->bytes, w->expected);
	return res;
}

void
watch_end_all(struct watch *w, int n)
{
	while (n-- > 0)
		viewer_result_destroy(watch_end(w++));
}

struct viewer_result *
watch_leave(struct watch *w)
{
	struct viewer_result *res;

	viewer_stop(w->viewer);
	res = viewer_wait(&w->viewer);
	cr_assert_eq(res->wrong_at, -1, "wrong byte at %" PRId64,
	    res->wrong_at);
	return res;
}

/* Counters. */

static json_t *
ask(const struct stage *s, const char *command)
{
	static char said[ANSWER_MAX];
	json_error_t error;
	json_t *answer;
	int status;

	status = reeld_ctl(s->reeld, command, said, sizeof(said));
	cr_assert_eq(status, 0, "reelctl %s: %s", command, said);
	answer = json_loads(said, 0, &error);
	cr_assert_not_null(answer, "reelctl %s: %s in %s", command,
	    error.text, said);
	return answer;
}

int64_t
stage_counter(const struct stage *s, const char *name)
{
	json_t *all = ask(s, "-j status"), *counter;
	int64_t value;

	counter = json_object_get(json_object_get(all, "counters"), name);
	cr_assert(json_is_integer(counter), "reeld has no counter %s", name);
	value = json_integer_value(counter);
	json_decref(all);
	return value;
}

int64_t
stage_have(const struct stage *s, const struct film *f)
{
	json_t *all = ask(s, "-j objects"), *object;
	const char *url;
	int64_t have = 0;
	size_t i;

	json_array_foreach(all, i, object) {
		url = json_string_value(json_object_get(object, "url"));
		if (url != NULL && strstr(url, f->path) != NULL)
			have = json_integer_value(json_object_get(object,
			    "have"));
	}
	json_decref(all);
	return have;
}

int64_t
stage_sent(const struct stage *s, const struct film *f)
{
	return origin_stat(s->origin, f->path, "bytes");
}

int64_t
stage_sent_all(const struct stage *s, const struct film *films, size_t n)
{
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < n; i++)
		bytes += stage_sent(s, &films[i]);
	return bytes;
}

double
stage_ratio(const struct stage *s, const struct film *f, const char *title)
{
	double ratio = (double)stage_sent(s, f) / (double)f->size;

	fprintf(stderr, "%s: the source sent %.4f x size, %" PRId64
	    " requests, %" PRId64 " connections, %" PRId64 " at once\n", title,
	    ratio, origin_stat(s->origin, f->path, "requests"),
	    origin_stat(s->origin, NULL, "connections"),
	    origin_stat(s->origin, NULL, "peak"));
	return ratio;
}
