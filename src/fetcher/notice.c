/* SPDX-License-Identifier: ISC */
/* notice -- what a hook is told of an error; fetcher */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "reeld/clock.h"
#include "reeld/query.h"
#include "reeld/template.h"
#include "reeld/url.h"
#include "notice.h"

#define NAME_MAX_LEN	512

static const char default_body[] =
    "{\"address\": \"%{address}\", \"source\": \"%{source}\", "
    "\"status\": %{status}, \"error\": \"%{error}\", "
    "\"reason\": \"%{reason}\", \"attempt\": %{attempt}, "
    "\"time\": \"%{time}\", \"name\": \"%{name}\", "
    "\"origin\": \"%{origin}\", \"count\": %{count}}\n";

/* The path of a URL that was parsed before; empty where it was not. */
static struct span
path_of(const char *url)
{
	struct url u;

	if (url_parse(url, strlen(url), &u, NULL) == -1)
		return (struct span){ "", 0 };
	return u.path;
}

/* What stands in `path` behind that of the origin's url; base NULL: that is not
 * where it begins. */
static struct span
rest_of(const struct conf_origin *o, struct span path)
{
	struct span none = { NULL, 0 }, base;
	char url[URL_MAX + 1];

	if (o->type == CONF_OPEN || o->url == NULL ||
	    url_join(o->url, (struct span){ "", 0 }, none, url, sizeof(url),
	    NULL) == -1)
		return none;
	base = path_of(url);
	if (path.len < base.len || memcmp(path.base, base.base, base.len) != 0)
		return none;
	return (struct span){ path.base + base.len, path.len - base.len };
}

void
notice_address(const struct conf_origin *o, const char *url, char *out,
    size_t outlen)
{
	size_t len = strlen(o->match);
	struct span path = path_of(url), rest = rest_of(o, path);

	if (rest.base == NULL)
		rest = url_last(path);
	while (rest.len > 0 && rest.base[0] == '/') {
		rest.base++;
		rest.len--;
	}
	snprintf(out, outlen, "%s%s%.*s", o->match,
	    len > 0 && o->match[len - 1] == '/' ? "" : "/", (int)rest.len,
	    rest.base);
}

void
notice_name(const char *url, char *out, size_t outlen)
{
	struct span name = url_last(path_of(url));

	if (name.len >= outlen)
		name.len = outlen - 1;
	out[query_unescape(name.base, name.len, out)] = '\0';
}

/* ISO 8601, in UTC. */
static void
print_time(char *out, size_t outlen)
{
	time_t now = (time_t)clock_wall();
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(out, outlen, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

char *
notice_body(const struct notice *n)
{
	char address[URL_MAX + 256], name[NAME_MAX_LEN], when[32];
	char status[16], attempt[16], count[16];
	const char *text = n->origin->on_error_body;
	const char *const values[TEMPLATE_FIELDS] = {
		[TEMPLATE_ADDRESS] = address,
		[TEMPLATE_ATTEMPT] = attempt,
		[TEMPLATE_COUNT] = count,
		[TEMPLATE_ERROR] = n->error,
		[TEMPLATE_NAME] = name,
		[TEMPLATE_ORIGIN] = n->origin->name,
		[TEMPLATE_REASON] = n->reason,
		[TEMPLATE_SOURCE] = n->source,
		[TEMPLATE_STATUS] = status,
		[TEMPLATE_TIME] = when,
	};

	notice_address(n->origin, n->url, address, sizeof(address));
	notice_name(n->url, name, sizeof(name));
	print_time(when, sizeof(when));
	snprintf(status, sizeof(status), "%d", n->status);
	snprintf(attempt, sizeof(attempt), "%u", n->attempt);
	snprintf(count, sizeof(count), "%u", n->count);
	return template_fill(text == NULL ? default_body : text, values);
}
