/* SPDX-License-Identifier: ISC */
/* refuse -- answers that say why there is no other; worker */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

#include "clip.h"
#include "refuse.h"

static const struct phrase {
	int		 status;
	const char	*text;
} phrases[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 205, "Reset Content" },
	{ 206, "Partial Content" },
	{ 207, "Multi-Status" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 422, "Unprocessable Content" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 499, "Client Closed Request" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

const char *
refuse_phrase(int status)
{
	size_t i;

	for (i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].text;
	return "Error";
}

/* Why there is no other answer. */
struct refusal {
	int		 status, retry_after;
	int		 received;	/* the source's status; 0: none */
	const char	*error, *text;
};

static h2o_iovec_t
json_body(h2o_req_t *req, const struct refusal *why)
{
	h2o_iovec_t body;
	json_t *o;
	char *s;

	/* The reason under two names: clients of the range proxy look for
	 * `message`. */
	o = json_pack("{s:i, s:s, s:s*, s:s, s:s}", "status", why->status,
	    "error", refuse_phrase(why->status), "type", why->error, "reason",
	    why->text, "message", why->text);
	s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	body = h2o_strdup(&req->pool, s == NULL ? "{}" : s, SIZE_MAX);
	free(s);
	json_decref(o);
	return body;
}

/* In the colours that the reader's system has; nothing is fetched for it. */
static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>:root{color-scheme:light dark}"
    "body{font:1.05em/1.5 system-ui,sans-serif;max-width:40em;"
    "margin:18vh auto 0;padding:0 1.5em;overflow-wrap:anywhere}"
    "h1{font-size:1.6em;margin:0}"
    "h1 span{color:#d9534f;margin-right:.4em}"
    "footer{margin-top:2em;opacity:.6;font-size:.85em}</style>\n";

static h2o_iovec_t
html_body(h2o_req_t *req, const struct refusal *why)
{
	h2o_iovec_t safe = h2o_htmlescape(&req->pool, why->text,
	    strlen(why->text));
	const char *phrase = refuse_phrase(why->status);
	size_t room = sizeof(page_head) + safe.len + 256;
	char *page;
	int len;

	page = h2o_mem_alloc_pool(&req->pool, room);
	len = snprintf(page, room, "%s<title>%d %s</title></head>\n"
	    "<body><h1><span>%d</span>%s</h1>\n<p>%.*s</p>\n"
	    "<footer>reeld%s%s</footer></body></html>\n",
	    page_head, why->status, phrase, why->status, phrase,
	    (int)safe.len, safe.base, why->error == NULL ? "" : " &middot; ",
	    why->error == NULL ? "" : why->error);
	return h2o_iovec_init(page, (size_t)len);
}

/* RFC 9209; the text as a Structured Fields string (RFC 8941, 3.3.3). */
static void
add_proxy_status(h2o_req_t *req, const struct refusal *why)
{
	char value[640], quoted[512], received[32] = "";
	const char *p;
	size_t n = 0;

	if (why->error == NULL)
		return;
	for (p = why->text; *p != '\0' && n < sizeof(quoted) - 3; p++) {
		if (*p < 0x20 || *p > 0x7e)
			continue;
		if (*p == '"' || *p == '\\')
			quoted[n++] = '\\';
		quoted[n++] = *p;
	}
	quoted[n] = '\0';
	if (why->received != 0)
		snprintf(received, sizeof(received), "; received-status=%d",
		    why->received);
	snprintf(value, sizeof(value), "reeld; error=%s%s; details=\"%s\"",
	    why->error, received, quoted);
	worker_add(req, "proxy-status", value);
}

static void
send_text(h2o_req_t *req, const struct refusal *why)
{
	static h2o_generator_t nothing = { NULL, NULL };
	int json = clip_accepts(req, "application/json");
	h2o_iovec_t body = json ? json_body(req, why) : html_body(req, why);
	char seconds[16];

	req->res.status = why->status;
	req->res.reason = refuse_phrase(why->status);
	req->res.content_length = body.len;
	worker_add(req, "content-type", json ? "application/json" :
	    "text/html; charset=utf-8");
	if (why->retry_after > 0) {
		snprintf(seconds, sizeof(seconds), "%d", why->retry_after);
		worker_add(req, "retry-after", seconds);
	}
	h2o_start_response(req, &nothing);
	if (h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD")))
		body.len = 0;
	h2o_send(req, &body, body.len == 0 ? 0 : 1, H2O_SEND_STATE_FINAL);
}

static void
answer(h2o_req_t *req, const struct refusal *why)
{
	const struct clip *clip = clip_find(req, why->status, why->received,
	    why->error);

	worker_add(req, "cache-control", "no-store");
	worker_add(req, "via", "1.1 reeld");
	add_proxy_status(req, why);
	if (clip != NULL)
		clip_send(req, clip, why->status);
	else
		send_text(req, why);
}

void
refuse(h2o_req_t *req, int status, int retry_after, const char *error,
    const char *text)
{
	answer(req, &(struct refusal){ status, retry_after, 0, error, text });
}

void
refuse_forget(h2o_req_t *req)
{
	memset(&req->res.headers, 0, sizeof(req->res.headers));
	req->res.content_length = SIZE_MAX;
}

void
refuse_instead(h2o_req_t *req, int status, int retry_after, const char *error,
    const char *text)
{
	refuse_forget(req);
	refuse(req, status, retry_after, error, text);
}

void
refuse_failure(h2o_req_t *req, const struct object_failure *f)
{
	refuse_forget(req);
	answer(req, &(struct refusal){ f->status, f->retry_after, f->received,
	    f->error[0] == '\0' ? NULL : f->error, f->text });
}
