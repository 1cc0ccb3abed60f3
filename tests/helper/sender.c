/* SPDX-License-Identifier: ISC */
/* sender -- one HTTP request with content; runs in tests */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <curl/curl.h>

#include "sender.h"

struct sending {
	const struct sender_want *want;
	struct sender_answer	*answer;
	size_t			 at;
};

static size_t
on_content(char *to, size_t size, size_t count, void *arg)
{
	struct sending *s = arg;
	size_t n = size * count, left = s->want->len - s->at;

	if (n > left)
		n = left;
	if (n > 0)
		memcpy(to, s->want->body + s->at, n);
	s->at += n;
	return n;
}

static size_t
on_line(char *line, size_t size, size_t count, void *arg)
{
	struct sender_answer *a = ((struct sending *)arg)->answer;
	size_t n = size * count, used = strlen(a->head);

	if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
		used = 0;
	if (used + n < sizeof(a->head)) {
		memcpy(a->head + used, line, n);
		a->head[used + n] = '\0';
	}
	return n;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct sender_answer *a = ((struct sending *)arg)->answer;
	size_t n = size * count;
	char *more = realloc(a->body, a->len + n + 1);

	if (more == NULL)
		return 0;
	a->body = more;
	memcpy(a->body + a->len, bytes, n);
	a->len += n;
	a->body[a->len] = '\0';
	return n;
}

static struct curl_slist *
headers_of(const struct sender_want *w)
{
	struct curl_slist *lines = curl_slist_append(NULL, "Expect:");
	size_t i;

	if (w->chunked)
		lines = curl_slist_append(lines, "Transfer-Encoding: chunked");
	for (i = 0; w->headers != NULL && w->headers[i] != NULL; i++)
		lines = curl_slist_append(lines, w->headers[i]);
	return lines;
}

static void
set_content(CURL *c, struct sending *s)
{
	if (s->want->body == NULL)
		return;
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_content);
	curl_easy_setopt(c, CURLOPT_READDATA, s);
	if (!s->want->chunked)
		curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)s->want->len);
}

void
sender_send(const struct sender_want *w, struct sender_answer *a)
{
	struct sending s = { w, a, 0 };
	struct curl_slist *lines = headers_of(w);
	CURL *c = curl_easy_init();
	long status = 0;

	memset(a, 0, sizeof(*a));
	curl_easy_setopt(c, CURLOPT_URL, w->url);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, w->timeout_ms > 0 ?
	    (long)w->timeout_ms : 30000L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION, w->http == VIEWER_H2C ?
	    (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE :
	    w->http == VIEWER_HTTP10 ? (long)CURL_HTTP_VERSION_1_0 :
	    (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_line);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, &s);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, &s);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, lines);
	set_content(c, &s);
	curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, w->method == NULL ?
	    "POST" : w->method);
	a->curl = (int)curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	a->status = (int)status;
	curl_slist_free_all(lines);
	curl_easy_cleanup(c);
}

void
sender_fini(struct sender_answer *a)
{
	free(a->body);
	a->body = NULL;
}

int
sender_status(const struct sender_want *w)
{
	struct sender_answer a;

	sender_send(w, &a);
	sender_fini(&a);
	return a.status;
}

int
sender_has(const struct sender_answer *a, const char *line)
{
	size_t n = strlen(line);
	const char *at = a->head;

	while ((at = strcasestr(at, line)) != NULL) {
		if (at > a->head && at[-1] == '\n' &&
		    (at[n] == '\r' || at[n] == '\n'))
			return 1;
		at += n;
	}
	return 0;
}
