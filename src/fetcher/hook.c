/* SPDX-License-Identifier: ISC */
/* hook -- tells others of errors: POSTs to the URLs of on_error; fetcher */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <bsd/string.h>
#include <bsd/sys/queue.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/hash.h"
#include "reeld/log.h"
#include "reeld/url.h"
#include "hook.h"
#include "lines.h"
#include "loop.h"

#define HOOKS_MAX	64
#define HOOKS_OF_URL	16	/* who is slow leaves room for others */
#define TRIES		4
#define TIMEOUT		10000L	/* ms, of one try */
#define TOLD_MAX	256	/* errors that are remembered */
#define TOLD_MS		60000

struct hook {
	TAILQ_ENTRY(hook)	 next;
	char			*url;
	char			*body;
	struct curl_slist	*headers;
	CURL			*easy;		/* NULL: waits */
	unsigned		 tries;
	int64_t			 due;		/* ms, while it waits */
	char			 reason[CURL_ERROR_SIZE];
};

static TAILQ_HEAD(, hook) hooks = TAILQ_HEAD_INITIALIZER(hooks);
static unsigned nhooks;

/* ---- what was told of late ---- */

static struct told {
	uint8_t		 key[HASH_LEN];
	int64_t		 when;		/* ms; 0: free */
	unsigned	 merged;	/* errors since */
} told[TOLD_MAX];

/* The same error of the same object, or the one that was told longest ago. */
static struct told *
find_told(const uint8_t key[HASH_LEN])
{
	struct told *t, *oldest = told;

	for (t = told; t < told + TOLD_MAX; t++) {
		if (t->when != 0 && memcmp(t->key, key, HASH_LEN) == 0)
			return t;
		if (t->when < oldest->when)
			oldest = t;
	}
	oldest->when = 0;
	oldest->merged = 0;
	memcpy(oldest->key, key, HASH_LEN);
	return oldest;
}

/* How many errors there are to tell; 0: it was told just now. */
static unsigned
count_errors(const struct notice *n, int64_t now)
{
	struct hash_piece pieces[4] = {
		{ n->origin->name, strlen(n->origin->name) },
		{ n->url, strlen(n->url) },
		{ n->error, strlen(n->error) },
		{ &n->status, sizeof(n->status) },
	};
	uint8_t key[HASH_LEN];
	struct told *t;
	unsigned count;

	hash_key(pieces, 4, key);
	t = find_told(key);
	if (t->when != 0 && now - t->when < TOLD_MS) {
		t->merged++;
		return 0;
	}
	count = t->merged + 1;
	t->merged = 0;
	t->when = now;
	return count;
}

/* ---- one message ---- */

static void
destroy(struct hook *h)
{
	if (h->easy != NULL)
		loop_remove(h->easy);
	curl_easy_cleanup(h->easy);
	curl_slist_free_all(h->headers);
	free(h->url);
	free(h->body);
	TAILQ_REMOVE(&hooks, h, next);
	nhooks--;
	free(h);
}

/* The administrator's lines; the type is JSON unless they say another.  No
 * 100 is waited for. */
static int
set_headers(struct hook *h, const struct conf_strings *lines)
{
	static const char type[] = "Content-Type:";
	size_t i;
	int typed = 0;

	for (i = 0; i < lines->n; i++)
		if (strncasecmp(lines->v[i], type, strlen(type)) == 0)
			typed = 1;
	if (lines_add_all(&h->headers, lines) == -1 || (!typed &&
	    lines_add(&h->headers, "Content-Type: application/json") == -1))
		return -1;
	return lines_add(&h->headers, "Expect:");
}

static unsigned
count_waiting(const char *url)
{
	const struct hook *h;
	unsigned n = 0;

	TAILQ_FOREACH(h, &hooks, next)
		n += strcmp(h->url, url) == 0;
	return n;
}

static void
create(const struct notice *n, const char *url)
{
	struct hook *h;

	if (nhooks == HOOKS_MAX || count_waiting(url) == HOOKS_OF_URL) {
		counter_add(COUNTER_HOOKS_DROPPED, 1);
		return;
	}
	if ((h = calloc(1, sizeof(*h))) == NULL)
		fatal("no memory");
	TAILQ_INSERT_TAIL(&hooks, h, next);
	nhooks++;
	h->url = strdup(url);
	h->body = notice_body(n);
	if (h->url == NULL || h->body == NULL ||
	    set_headers(h, &n->origin->on_error_header) == -1)
		fatal("no memory");
}

/* ---- transfers ---- */

static size_t
discard(char *bytes, size_t size, size_t n, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * n;
}

/* Its connection is its own: libcurl's pool is for pulls, whose accounts count
 * what they have there. */
static void
start(struct hook *h)
{
	CURL *e = curl_easy_init();

	if (e == NULL)
		fatal("no memory");
	h->easy = e;
	h->tries++;
	h->reason[0] = '\0';
	curl_easy_setopt(e, CURLOPT_URL, h->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, TIMEOUT);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "reeld");
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, h->headers);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, h->body);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, discard);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, h->reason);
	loop_add(e);
}

/* One at a time for each URL: who is slow is not flooded. */
static int
is_busy(const char *url)
{
	struct hook *h;

	TAILQ_FOREACH(h, &hooks, next)
		if (h->easy != NULL && strcmp(h->url, url) == 0)
			return 1;
	return 0;
}

void
hook_tick(int64_t now)
{
	struct hook *h;

	TAILQ_FOREACH(h, &hooks, next)
		if (h->easy == NULL && now >= h->due && !is_busy(h->url))
			start(h);
}

/* Names the host alone: in the rest of such a URL there is often a secret. */
static void
complain(const struct hook *h, long status)
{
	static struct log_limit limit = { .burst = 3 };
	char host[URL_HOST_MAX + 1] = "?";
	struct url u;

	if (!log_allow(&limit))
		return;
	if (url_parse(h->url, strlen(h->url), &u, NULL) == 0)
		url_host(&u, host);
	if (status != 0)
		log_warn("on_error: %s answers %ld: given up after %d tries",
		    log_vis(host), status, TRIES);
	else
		log_warn("on_error: %s: %s: given up after %d tries",
		    log_vis(host), log_vis(h->reason), TRIES);
}

int
hook_ended(CURL *easy, CURLcode code)
{
	static const int64_t waits[TRIES - 1] = { 1000, 4000, 16000 };
	int64_t now = clock_ms();
	struct hook *h;
	long status = 0;

	TAILQ_FOREACH(h, &hooks, next)
		if (h->easy == easy)
			break;
	if (h == NULL)
		return 0;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (h->reason[0] == '\0')
		strlcpy(h->reason, curl_easy_strerror(code),
		    sizeof(h->reason));
	curl_easy_cleanup(easy);
	h->easy = NULL;
	/* Who has said yes got it, whatever became of the rest. */
	if (status >= 200 && status < 300) {
		counter_add(COUNTER_HOOKS_SENT, 1);
		destroy(h);
	} else if (h->tries == TRIES) {
		counter_add(COUNTER_HOOKS_FAILED, 1);
		complain(h, status);
		destroy(h);
	} else {
		h->due = now + waits[h->tries - 1];
	}
	hook_tick(now);
	return 1;
}

void
hook_tell(struct notice *n)
{
	const struct conf_strings *urls = &n->origin->on_error;
	int64_t now = clock_ms();
	size_t i;

	if (urls->n == 0 || (n->count = count_errors(n, now)) == 0)
		return;
	for (i = 0; i < urls->n; i++)
		create(n, urls->v[i]);
	hook_tick(now);
}

void
hook_fini(void)
{
	struct hook *h, *next;

	TAILQ_FOREACH_SAFE(h, &hooks, next, next)
		destroy(h);
}
