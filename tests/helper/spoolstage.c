/* SPDX-License-Identifier: ISC */
/* spoolstage -- a stage whose reeld has a spool; runs in test programs */
#include "config.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/string.h>
#include <criterion/criterion.h>
#include <jansson.h>

#include "exam.h"
#include "proc.h"
#include "spoolstage.h"

#define PIDS_MAX	64
#define GONE_MS		5000
#define REPORT_MAX	16384

void
spoolstage_open(struct spoolstage *s, const char *conf, const char *spool,
    const char *rules)
{
	spooldir_make(&s->dir);
	spoolstage_open_in(s, conf, spool, rules);
}

void
spoolstage_open_in(struct spoolstage *s, const char *conf, const char *spool,
    const char *rules)
{
	memset(&s->stage, 0, sizeof(s->stage));
	s->rough = 0;
	snprintf(s->conf, sizeof(s->conf), "%s\nspool \"%s\" {\n\t%s\n}", conf,
	    s->dir.path, spool);
	strlcpy(s->rules, rules, sizeof(s->rules));
	stage_open(&s->stage, s->conf, rules);
}

void
spoolstage_close(struct spoolstage *s)
{
	char said[4096];
	int status;

	spoolstage_source(s, 1);
	if (s->stage.reeld != NULL) {
		status = reeld_ctl(s->stage.reeld, "audit", said,
		    sizeof(said));
		cr_expect_eq(status, 0, "audit: %s", said);
		cr_expect_eq(reeld_log_count(s->stage.reeld,
		    " was killed by signal "), s->stage.kills,
		    "a process died");
		reeld_stop(&s->stage.reeld);
	}
	if (!s->rough)
		spoolstage_fsck(s);
	origin_stop(&s->stage.direct);
	origin_stop(&s->stage.origin);
	spooldir_remove(&s->dir);
}

void
spoolstage_stop(struct spoolstage *s)
{
	reeld_stop(&s->stage.reeld);
	s->stage.kills = 0;
}

/* The master first: it would start the others again. */
void
spoolstage_kill(struct spoolstage *s)
{
	kill(reeld_pid(s->stage.reeld), SIGKILL);
	cr_assert(AWAIT(reeld_kill(s->stage.reeld, NULL, SIGKILL) == 0,
	    GONE_MS), "a process cannot be killed");
	reeld_stop(&s->stage.reeld);
	s->stage.kills = 0;
}

void
spoolstage_start(struct spoolstage *s)
{
	s->stage.reeld = reeld_start("%s\norigin \"films\" {\n\tmatch = "
	    "\"/f/\"\n\turl = \"http://127.0.0.1:%d/f/\"\n\t%s\n}", s->conf,
	    origin_port(s->stage.origin), s->rules);
}

void
spoolstage_fsck(struct spoolstage *s)
{
	char said[REPORT_MAX];
	int status = spooldir_fsck(&s->dir, "", said, sizeof(said));

	cr_assert_eq(status, 0, "fsck, status %d: %s", status, said);
}

void
spoolstage_source(struct spoolstage *s, int on)
{
	origin_listen(s->stage.origin, on);
}

void
spoolstage_watch(struct spoolstage *s, const struct film *f)
{
	struct watch w = stage_watch(&s->stage, f, 0, NULL);

	watch_end_all(&w, 1);
}

int64_t
spoolstage_on_disk(struct spoolstage *s, const struct film *f)
{
	json_t *all = exam_ctl_json(s->stage.reeld, "-j objects"), *object;
	char tail[80];
	int64_t bytes = 0;
	const char *url;
	size_t i;

	snprintf(tail, sizeof(tail), "%s?", f->path);
	json_array_foreach(all, i, object) {
		url = exam_string(object, "url");
		if (strstr(url, tail) != NULL)
			bytes = exam_integer(object, "on_disk");
	}
	json_decref(all);
	return bytes;
}

void
spoolstage_await_saved(struct spoolstage *s, const struct film *f, int ms)
{
	cr_assert(AWAIT(spoolstage_on_disk(s, f) == f->size, ms),
	    "%s: %" PRId64 " of %" PRId64 " bytes on disk after %d ms",
	    f->path, spoolstage_on_disk(s, f), f->size, ms);
}

int64_t
spoolstage_arena(struct spoolstage *s)
{
	pid_t pids[PIDS_MAX];
	int n = reeld_pids(s->stage.reeld, NULL, pids, PIDS_MAX);

	return proc_memfd_bytes(pids, n);
}

void
spoolstage_await_arena(struct spoolstage *s, int64_t most, int ms)
{
	cr_assert(AWAIT(spoolstage_arena(s) <= most, ms), "the arena has %"
	    PRId64 " bytes after %d ms", spoolstage_arena(s), ms);
}

static int64_t
used(struct spoolstage *s)
{
	json_t *all = exam_ctl_json(s->stage.reeld, "-j status");
	int64_t bytes = exam_integer(json_object_get(all, "arena"), "used");

	json_decref(all);
	return bytes;
}

void
spoolstage_await_empty(struct spoolstage *s, int ms)
{
	cr_assert(AWAIT(used(s) == 0, ms), "%" PRId64 " bytes are in memory "
	    "after %d ms", used(s), ms);
}

const char *
spoolstage_map(struct spoolstage *s, const struct film *f)
{
	static char text[8192];
	char command[128];

	snprintf(command, sizeof(command), "map %s", strrchr(f->path, '/') + 1);
	cr_assert_eq(reeld_ctl(s->stage.reeld, command, text, sizeof(text)), 0,
	    "%s", text);
	return text;
}

int
spoolstage_problem(struct spoolstage *s, const char *words)
{
	struct viewer_result *res = fetch(&(struct viewer_want){
	    .url = reeld_url(s->stage.reeld, "/health"), .keep = 65536 });
	const json_t *problem;
	json_t *health;
	int found = 0;
	size_t i;

	health = json_loads(res->body != NULL ? res->body : "", 0, NULL);
	cr_assert_not_null(health, "/health: status %d", res->status);
	json_array_foreach(json_object_get(health, "problems"), i, problem)
		found |= json_is_string(problem) &&
		    strcasestr(json_string_value(problem), words) != NULL;
	json_decref(health);
	viewer_result_destroy(res);
	return found;
}
