/* SPDX-License-Identifier: ISC */
/* origin_ctl -- the control port; runs in the source */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bsd/string.h>
#include <jansson.h>

#include "origin_conn.h"
#include "origin_ctl.h"
#include "origin_listen.h"

static void
say(struct answer *a, int status, const char *text)
{
	answer_text(a, status, "text/plain", strdup(text));
}

static void
stats(struct answer *a)
{
	json_t *all = conn_stats();

	json_object_set_new(all, "paths", path_stats());
	answer_text(a, 200, "application/json",
	    json_dumps(all, JSON_INDENT(1)));
	json_decref(all);
}

static void
set(struct answer *a, const struct request *r)
{
	char query[sizeof(r->query)], *rest = query, *name, why[256];

	strlcpy(query, r->query, sizeof(query));
	name = strsep(&rest, "&");
	if (strncmp(name, "path=/", 6) != 0 || rest == NULL) {
		say(a, 400, "wanted: path=/f/x&knob=value...\n");
		return;
	}
	if (script_apply(&path_find(name + 5)->over, rest, 1, why,
	    sizeof(why)) == -1) {
		strlcat(why, "\n", sizeof(why));
		say(a, 400, why);
		return;
	}
	say(a, 200, "ok\n");
}

static void
reset(struct answer *a, const struct request *r)
{
	conn_reset();
	path_reset(strcmp(r->query, "counts=1") != 0);
	say(a, 200, "ok\n");
}

void
ctl_answer(struct answer *a, const struct request *r)
{
	int post = strcmp(r->method, "POST") == 0;

	if (!post && strcmp(r->path, "/_stats") == 0) {
		stats(a);
	} else if (post && strcmp(r->path, "/_ctl") == 0) {
		set(a, r);
	} else if (post && strcmp(r->path, "/_reset") == 0) {
		reset(a, r);
	} else if (post && strcmp(r->path, "/_listen") == 0) {
		listen_media(strcmp(r->query, "on=0") != 0);
		say(a, 200, "ok\n");
	} else
		say(a, 400, "not one of /_stats /_ctl /_reset /_listen\n");
}
