/* SPDX-License-Identifier: ISC */
/* refuse -- answers that say why there is no other; worker */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>

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

static int
wants_json(h2o_req_t *req)
{
	h2o_iovec_t accept = worker_header(req, "accept");

	return accept.base != NULL &&
	    memmem(accept.base, accept.len, "application/json", 16) != NULL;
}

static h2o_iovec_t
json_body(h2o_req_t *req, int status, const char *error, const char *text)
{
	h2o_iovec_t body;
	json_t *o;
	char *s;

	o = json_pack("{s:i, s:s, s:s*, s:s}", "status", status, "error",
	    refuse_phrase(status), "type", error, "reason", text);
	s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	body = h2o_strdup(&req->pool, s == NULL ? "{}" : s, SIZE_MAX);
	free(s);
	json_decref(o);
	return body;
}

static h2o_iovec_t
html_body(h2o_req_t *req, int status, const char *text)
{
	h2o_iovec_t safe = h2o_htmlescape(&req->pool, text, strlen(text));
	char *page;
	int len;

	page = h2o_mem_alloc_pool(&req->pool, safe.len + 512);
	len = snprintf(page, safe.len + 512,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<title>%d %s</title></head>\n"
	    "<body><h1>%d %s</h1>\n<p>%.*s</p>\n"
	    "<hr><p>reeld</p></body></html>\n",
	    status, refuse_phrase(status), status, refuse_phrase(status),
	    (int)safe.len, safe.base);
	return h2o_iovec_init(page, (size_t)len);
}

/* Proxy-Status: the text as a Structured Fields string (RFC 8941, 3.3.3). */
static void
add_proxy_status(h2o_req_t *req, const char *error, const char *text)
{
	char value[640], quoted[512];
	size_t n = 0;

	for (; *text != '\0' && n < sizeof(quoted) - 3; text++) {
		if (*text < 0x20 || *text > 0x7e)
			continue;
		if (*text == '"' || *text == '\\')
			quoted[n++] = '\\';
		quoted[n++] = *text;
	}
	quoted[n] = '\0';
	snprintf(value, sizeof(value), "reeld; error=%s; details=\"%s\"",
	    error, quoted);
	worker_add(req, "proxy-status", value);
}

void
refuse(h2o_req_t *req, int status, int retry_after, const char *error,
    const char *text)
{
	static h2o_generator_t nothing = { NULL, NULL };
	h2o_iovec_t body;
	char seconds[16];
	int json = wants_json(req);

	body = json ? json_body(req, status, error, text) :
	    html_body(req, status, text);
	req->res.status = status;
	req->res.reason = refuse_phrase(status);
	req->res.content_length = body.len;
	worker_add(req, "content-type", json ? "application/json" :
	    "text/html; charset=utf-8");
	worker_add(req, "cache-control", "no-store");
	worker_add(req, "via", "1.1 reeld");
	if (error != NULL && error[0] != '\0')
		add_proxy_status(req, error, text);
	if (retry_after > 0) {
		snprintf(seconds, sizeof(seconds), "%d", retry_after);
		worker_add(req, "retry-after", seconds);
	}
	h2o_start_response(req, &nothing);
	if (h2o_memis(req->method.base, req->method.len, H2O_STRLIT("HEAD")))
		body.len = 0;
	h2o_send(req, &body, body.len == 0 ? 0 : 1, H2O_SEND_STATE_FINAL);
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
