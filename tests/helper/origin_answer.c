/* SPDX-License-Identifier: ISC */
/* origin_answer -- what one request gets; runs in the source */
#include "config.h"

#include <err.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "now.h"
#include "origin_answer.h"

#define BOUNDARY	"origin-c0ffee-boundary"

/* What an answer is made from. */
struct work {
	struct answer		*a;
	const struct request	*r;
	struct path		*p;
	struct script		 s;
};

static void add(struct answer *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct answer *a, const char *fmt, ...)
{
	size_t room = sizeof(a->head) - a->head_len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(a->head + a->head_len, room, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= room)
		errx(1, "an answer's head is longer than %zu bytes",
		    sizeof(a->head));
	a->head_len += (size_t)n;
}

static const char *
reason(int status)
{
	switch (status) {
	case 200: return "OK";
	case 206: return "Partial Content";
	case 302: return "Found";
	case 304: return "Not Modified";
	case 403: return "Forbidden";
	case 404: return "Not Found";
	case 405: return "Method Not Allowed";
	case 412: return "Precondition Failed";
	case 416: return "Range Not Satisfiable";
	case 503: return "Service Unavailable";
	default: return "Scripted";
	}
}

static void
begin(struct answer *a, int status, int minor)
{
	char date[64];

	a->status = status;
	a->head_len = 0;
	http_date(time(NULL), date, sizeof(date));
	add(a, "HTTP/1.%d %d %s\r\nDate: %s\r\n", minor, status,
	    reason(status), date);
}

static void
finish(struct answer *a)
{
	add(a, "%s\r\n", a->close ? "Connection: close\r\n" : "");
}

static void
add_text(struct answer *a, char *text)
{
	struct piece *p = &a->piece[a->pieces++];

	if (text == NULL)
		err(1, "answer");
	p->text = text;
	p->from = 0;
	p->to = (int64_t)strlen(text);
}

static void
add_extent(struct answer *a, int64_t from, int64_t to)
{
	a->piece[a->pieces++] = (struct piece){ NULL, from, to };
}

static int64_t
body_length(const struct answer *a)
{
	int64_t total = 0;
	int i;

	for (i = 0; i < a->pieces; i++)
		total += a->piece[i].to - a->piece[i].from;
	return total;
}

static void
drop_pieces(struct answer *a)
{
	while (a->pieces > 0)
		free(a->piece[--a->pieces].text);
}

static char *
text_of(const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		err(1, "answer");
	va_end(ap);
	return text;
}

void
answer_text(struct answer *a, int status, const char *type, char *text)
{
	memset(a, 0, sizeof(*a));
	a->content.fd = -1;
	a->cut_after = a->stall_after = INT64_MAX;
	a->close = 1;
	begin(a, status, 1);
	add_text(a, text);
	add(a, "Content-Type: %s\r\nContent-Length: %" PRId64 "\r\n", type,
	    body_length(a));
	finish(a);
}

void
answer_fini(struct answer *a)
{
	drop_pieces(a);
	content_fini(&a->content);
}

/* A short answer that is no content: an error, a redirect. */
static void
plain(struct work *w, int status, const char *header)
{
	struct answer *a = w->a;

	begin(a, status, w->s.v[KNOB_HTTP10] ? 0 : 1);
	add(a, "%s", header);
	if (status != 204 && status != 304) {
		add_text(a, text_of("%d %s\n", status, reason(status)));
		add(a, "Content-Type: text/plain\r\nContent-Length: %" PRId64
		    "\r\n", body_length(a));
	}
	if (strcmp(w->r->method, "HEAD") == 0)
		drop_pieces(a);
	finish(a);
}

/* 1 when the answer is a redirect, or the end of its token's life. */
static int
redirected(struct work *w)
{
	const struct request *r = w->r;
	const char *to = script_text(&w->s, KNOB_TO);
	int64_t now = now_us() / 1000, hops = w->s.v[KNOB_REDIRECT];
	char header[REQUEST_MAX / 2], host[256];

	if (r->token) {
		if (w->s.v[KNOB_TOKENMS] > 0 &&
		    now - r->token_ms >= w->s.v[KNOB_TOKENMS]) {
			plain(w, 403, "");
			return 1;
		}
		hops = r->token_hops;
	} else if (*to != '\0') {
		snprintf(header, sizeof(header), "Location: %s\r\n", to);
		plain(w, (int)w->s.v[KNOB_REDIRSTATUS], header);
		return 1;
	}
	if (hops <= 0)
		return 0;
	if (!request_header(r, "Host", host, sizeof(host)))
		host[0] = '\0';
	snprintf(header, sizeof(header), "Location: http://%s/t/%" PRId64 "-%"
	    PRId64 "%s%s%s\r\n", host, hops - 1, now, r->path,
	    r->query[0] != '\0' ? "?" : "", r->query);
	plain(w, (int)w->s.v[KNOB_REDIRSTATUS], header);
	return 1;
}

/* 1 when the script wants a status instead of content this time. */
static int
scripted_status(struct work *w)
{
	int64_t n = w->p->finals - w->s.v[KNOB_STATUSAFTER];
	char header[64] = "";

	if (w->s.v[KNOB_STATUS] == 0 || n <= 0 ||
	    (w->s.v[KNOB_STATUSONCE] > 0 && n > w->s.v[KNOB_STATUSONCE]))
		return 0;
	if (w->s.v[KNOB_RETRYAFTER] >= 0)
		snprintf(header, sizeof(header), "Retry-After: %" PRId64
		    "\r\n", w->s.v[KNOB_RETRYAFTER]);
	plain(w, (int)w->s.v[KNOB_STATUS], header);
	return 1;
}

static int
method_refused(struct work *w)
{
	int head = strcmp(w->r->method, "HEAD") == 0;

	if (head ? !w->s.v[KNOB_HEAD405] : strcmp(w->r->method, "GET") == 0)
		return 0;
	plain(w, 405, "Allow: GET\r\n");
	return 1;
}

/* A Content-Range line for `e`, true or as the script bends it. */
static void
content_range(const struct work *w, const struct extent *e, char *buf,
    size_t len)
{
	int64_t size = w->a->content.size, shift = w->s.v[KNOB_CRSHIFT];
	int64_t first = e->from + shift, last = e->to - 1 + shift;
	const char *fmt = "Content-Range: bytes %" PRId64 "-%" PRId64 "/%"
	    PRId64 "\r\n";

	switch (w->s.v[KNOB_BADCR]) {
	case BADCR_TEXT:
		snprintf(buf, len, "Content-Range: bytes abc\r\n");
		return;
	case BADCR_MISSING:
		buf[0] = '\0';
		return;
	case BADCR_REVERSED:
		snprintf(buf, len, fmt, last + 1, first, size);
		return;
	case BADCR_TOTAL:
		snprintf(buf, len, fmt, first, last, last);
		return;
	case BADCR_STAR:
		snprintf(buf, len, "Content-Range: bytes %" PRId64 "-%" PRId64
		    "/*\r\n", first, last);
		return;
	}
	snprintf(buf, len, fmt, first, last, size);
}

/* 206 that starts early or ends soon, both told truly. */
static void
bend_extent(const struct work *w, struct extent *e)
{
	int64_t max = w->s.v[KNOB_RANGEMAX];

	e->from -= w->s.v[KNOB_EARLY];
	if (e->from < 0)
		e->from = 0;
	if (e->from >= e->to)
		e->from = e->to - 1;
	if (max > 0 && e->to - e->from > max)
		e->to = e->from + max;
}

static void
multipart_pieces(struct work *w, const struct extent *e, int n)
{
	char line[256];
	int i;

	for (i = 0; i < n; i++) {
		content_range(w, &e[i], line, sizeof(line));
		add_text(w->a, text_of("\r\n--" BOUNDARY
		    "\r\nContent-Type: %s\r\n%s\r\n",
		    script_text(&w->s, KNOB_TYPE), line));
		add_extent(w->a, e[i].from, e[i].to);
	}
	add_text(w->a, text_of("\r\n--" BOUNDARY "--\r\n"));
}

static void
unsatisfiable(struct work *w, int64_t total)
{
	char header[64] = "";

	if (total >= 0)
		snprintf(header, sizeof(header), "Content-Range: bytes */%"
		    PRId64 "\r\n", total);
	plain(w, 416, header);
}

/* 1 when a ranged request was refused, rightly or as a lie. */
static int
range_refused(struct work *w, int ranges)
{
	int64_t size = w->a->content.size;

	if (ranges < 0)
		return 0;
	switch (w->s.v[KNOB_LIE416]) {
	case LIE416_NONE:
		if (ranges > 0)
			return 0;
		/* FALLTHROUGH */
	case LIE416_SIZE:
		unsatisfiable(w, size);
		break;
	case LIE416_BARE:
		unsatisfiable(w, -1);
		break;
	case LIE416_WRONG:
		unsatisfiable(w, size + 1000);
		break;
	}
	return 1;
}

/* Length or framing, with the lies about it. */
static void
add_framing(struct work *w)
{
	struct answer *a = w->a;
	int old = w->r->minor == 0 || w->s.v[KNOB_HTTP10];
	int64_t length = body_length(a) + w->s.v[KNOB_WRONGLEN];
	struct piece *last = &a->piece[a->pieces - 1];

	a->chunked = w->s.v[KNOB_CHUNKED] && !old;
	a->trailers = (int)w->s.v[KNOB_TRAILERS];
	if (a->chunked)
		add(a, "Transfer-Encoding: chunked\r\n%s",
		    a->trailers ? "Trailer: X-Trailer\r\n" : "");
	else if (w->s.v[KNOB_NOLEN] || w->s.v[KNOB_CHUNKED])
		a->close = 1;
	else
		add(a, "Content-Length: %" PRId64 "\r\n", length);
	if (w->s.v[KNOB_WRONGLEN] != 0)
		a->close = 1;
	if (w->s.v[KNOB_SHORT] > 0) {
		a->close = 1;
		last->to -= w->s.v[KNOB_SHORT];
		if (last->to < last->from)
			last->to = last->from;
	}
}

static void
add_validators(struct work *w)
{
	struct answer *a = w->a;

	if (a->content.etag[0] != '\0')
		add(a, "ETag: %s\r\n", a->content.etag);
	if (a->content.modified[0] != '\0')
		add(a, "Last-Modified: %s\r\n", a->content.modified);
	if (!w->s.v[KNOB_NORANGE])
		add(a, "Accept-Ranges: bytes\r\n");
	if (script_text(&w->s, KNOB_HDR)[0] != '\0')
		add(a, "%s\r\n", script_text(&w->s, KNOB_HDR));
	if (script_text(&w->s, KNOB_HDR2)[0] != '\0')
		add(a, "%s\r\n", script_text(&w->s, KNOB_HDR2));
	if (w->s.v[KNOB_GZIP])
		add(a, "Content-Encoding: gzip\r\n");
}

/* Where in this answer the mishaps come. */
static void
place_mishaps(struct work *w)
{
	struct answer *a = w->a;
	const struct script *s = &w->s;
	const struct piece *p = &a->piece[0];

	if (p->text != NULL)		/* multipart */
		p = &a->piece[1];
	if (s->v[KNOB_CUT] >= 0)
		a->cut_after = s->v[KNOB_CUT];
	if (s->v[KNOB_CUTAT] > p->from && s->v[KNOB_CUTAT] < p->to)
		a->cut_after = s->v[KNOB_CUTAT] - p->from;
	if (s->v[KNOB_STALL] >= 0)
		a->stall_after = s->v[KNOB_STALL];
	if (s->v[KNOB_STALLAT] > p->from && s->v[KNOB_STALLAT] < p->to)
		a->stall_after = s->v[KNOB_STALLAT] - p->from;
	a->cut_limit = s->v[KNOB_CUTONCE];
	if (s->v[KNOB_TOKENCUT] && w->r->token)
		a->cut_at = (w->r->token_ms + s->v[KNOB_TOKENMS]) * 1000;
	a->stall_limit = s->v[KNOB_STALLONCE];
	a->stall_us = s->v[KNOB_STALLMS] * 1000;
	a->rate = s->v[KNOB_RATE];
}

static void
content_answer(struct work *w, struct extent *e, int ranges)
{
	struct answer *a = w->a;
	int multipart = ranges > 1 || (ranges == 1 && w->s.v[KNOB_MULTIPART]);
	char line[256];

	begin(a, ranges > 0 ? 206 : 200, w->s.v[KNOB_HTTP10] ? 0 : 1);
	add_validators(w);
	if (multipart) {
		multipart_pieces(w, e, ranges);
		add(a, "Content-Type: multipart/byteranges; boundary="
		    BOUNDARY "\r\n");
	} else {
		add(a, "Content-Type: %s\r\n", script_text(&w->s, KNOB_TYPE));
		if (ranges > 0) {
			bend_extent(w, &e[0]);
			content_range(w, &e[0], line, sizeof(line));
			add(a, "%s", line);
			add_extent(a, e[0].from, e[0].to);
		} else
			add_extent(a, 0, a->content.size);
	}
	place_mishaps(w);
	add_framing(w);
	if (strcmp(w->r->method, "HEAD") == 0) {
		drop_pieces(a);
		a->chunked = 0;
	}
	finish(a);
}

static void
not_modified(struct work *w, int status)
{
	begin(w->a, status, w->s.v[KNOB_HTTP10] ? 0 : 1);
	add_validators(w);
	if (status != 304)
		add(w->a, "Content-Length: 0\r\n");
	finish(w->a);
}

static void
represent(struct work *w, const char *root)
{
	struct extent extents[RANGES_MAX];
	int status, ranges = -1;

	if (content_init(&w->a->content, w->p, &w->s, root) == -1) {
		plain(w, 404, "");
		return;
	}
	if ((status = content_preconditions(&w->a->content, w->r)) != 0) {
		not_modified(w, status);
		return;
	}
	if (strcmp(w->r->method, "GET") == 0 && !w->s.v[KNOB_NORANGE])
		ranges = content_ranges(&w->a->content, w->r,
		    !w->s.v[KNOB_IFRANGEIGNORE], extents);
	if (!range_refused(w, ranges))
		content_answer(w, extents, ranges);
}

void
answer_make(struct answer *a, const struct request *r, struct path *p,
    const char *root)
{
	struct work w = { .a = a, .r = r, .p = p };
	char why[256];

	memset(a, 0, sizeof(*a));
	a->content.fd = -1;
	a->cut_after = a->stall_after = INT64_MAX;
	script_init(&w.s);
	if (script_apply(&w.s, r->query, 0, why, sizeof(why)) == -1) {
		answer_text(a, 500, "text/plain", text_of("%s\n", why));
		return;
	}
	script_overlay(&w.s, &p->over);
	a->delay_us = w.s.v[KNOB_DELAY] * 1000;
	a->dribble_us = w.s.v[KNOB_DRIBBLE] * 1000;
	a->rst = (int)w.s.v[KNOB_RST];
	a->close = request_closes(r) || w.s.v[KNOB_HTTP10] ||
	    w.s.v[KNOB_NOKA];
	if (redirected(&w))
		return;
	p->finals++;
	if (w.s.v[KNOB_HANGUP])
		a->status = 0;
	else if (!scripted_status(&w) && !method_refused(&w))
		represent(&w, root);
}
