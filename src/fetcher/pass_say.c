/* SPDX-License-Identifier: ISC */
/* pass_say -- the answer to a request that passes, in frames; fetcher */
#include "config.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reeld/clock.h"
#include "reeld/counter.h"
#include "reeld/header.h"
#include "reeld/log.h"
#include "ask.h"
#include "option.h"
#include "pass_part.h"

/* ---- writing ---- */

/* How many bytes of the two the worker's socket takes now. */
static size_t
send_now(struct pass *p, const void *a, size_t alen, const void *b,
    size_t blen)
{
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)a, alen }, { (void *)(uintptr_t)b, blen },
	};
	struct msghdr hdr = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	do
		n = sendmsg(p->fd, &hdr, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno != EAGAIN)
		p->gone = 1;
	return n == -1 ? 0 : (size_t)n;
}

/* The frame in `out` is to go. */
static void
say(struct pass *p)
{
	p->out_at = 0;
	p->out_len = sizeof(p->out.frame) + p->out.frame.len;
}

int
pass_flush(struct pass *p)
{
	if (p->out_at == p->out_len && p->whole) {
		p->whole = 0;
		passage_begin(&p->out, PASSAGE_END);
		say(p);
	}
	if (p->out_at < p->out_len)
		p->out_at += send_now(p, (char *)&p->out + p->out_at,
		    p->out_len - p->out_at, NULL, 0);
	if (p->out_at == p->out_len && p->whole)
		return pass_flush(p);
	return p->gone || p->out_at == p->out_len;
}

/* ---- what libcurl brings ---- */

/* A head is whole: all but those of status 1xx are told. */
static size_t
end_head(struct pass *p, size_t len)
{
	if (p->status < 200)
		return len;
	if (p->out.full) {
		pass_fail(p, 502, 0, "http_response_header_section_size",
		    "the head of its answer is too large");
		return 0;
	}
	p->told = 1;
	say(p);
	pass_flush(p);
	return p->gone ? 0 : len;
}

size_t
pass_on_head(char *line, size_t size, size_t count, void *arg)
{
	struct pass *p = arg;
	struct span name, value;
	size_t len = size * count, n = len;
	long status = 0;

	p->heard = clock_ms();
	if (p->told)
		return len;		/* trailers: they end here */
	if (len > 5 && strncmp(line, "HTTP/", 5) == 0) {
		curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
		p->status = (int)status;
		passage_begin(&p->out, PASSAGE_HEAD);
		passage_put_number(&p->out, status);
		return len;
	}
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	if (n == 0)
		return end_head(p, len);
	if (header_split(line, n, &name, &value) == 0)
		passage_put(&p->out, (struct span){ line, n });
	return len;
}

size_t
pass_on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct pass *p = arg;
	struct passage_frame *f = &p->out.frame;
	size_t n = size * count, done;

	p->heard = clock_ms();
	if (n == 0 || n > PASSAGE_MAX)
		return 0;		/* libcurl's writes are shorter */
	if (!pass_flush(p)) {
		p->sated = 1;
		pass_watch(p);
		return CURL_WRITEFUNC_PAUSE;
	}
	f->kind = PASSAGE_BODY;
	f->len = (uint32_t)n;
	say(p);
	done = send_now(p, f, sizeof(*f), bytes, n);
	counter_add(COUNTER_PULL_BYTES, n);
	/* What is left is kept; there is room for it behind its frame. */
	if (done < p->out_len)
		memcpy(p->out.words, bytes, n);
	p->out_at = done;
	return p->gone ? 0 : n;
}

/* ---- the end of it ---- */

void
pass_fail(struct pass *p, int status, int retry_after, const char *error,
    const char *fmt, ...)
{
	static struct log_limit limit = { .burst = 10 };
	char name[200], text[512], why[256];
	va_list ap;

	if (p->state == PASS_LEAVING)
		return;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	ask_url_name(p->url, name, sizeof(name));
	snprintf(text, sizeof(text), "%s: %s: %s", name, p->method, why);
	if (log_allow(&limit))
		log_warn("%s", log_vis(text));
	p->state = PASS_LEAVING;
	if (p->told)
		return;			/* what has begun is cut */
	passage_begin(&p->out, PASSAGE_FAILURE);
	passage_put_number(&p->out, status);
	passage_put_number(&p->out, retry_after);
	passage_put(&p->out, span_of(error));
	passage_put(&p->out, span_of(text));
	say(p);
}

void
pass_fail_curl(struct pass *p, CURLcode code)
{
	const struct ask_reason *r = ask_reason(code);
	const char *detail = option_detail(p->easy, code, p->reason);

	if (p->socket.refused || p->socket.foreign)
		pass_fail(p, 403, 0, "destination_ip_prohibited",
		    "its address is not allowed");
	else if (r != NULL)
		pass_fail(p, r->status, 0, r->error, "%s (%s)", r->text,
		    detail);
	else
		pass_fail(p, 502, 0, "http_protocol_error", "%s", detail);
}

void
pass_end(struct pass *p)
{
	p->state = PASS_LEAVING;
	p->whole = 1;
}
