/* SPDX-License-Identifier: ISC */
/* pass_ask -- what a request that passes asks of its source; fetcher */
#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "reeld/allow.h"
#include "reeld/clock.h"
#include "reeld/header.h"
#include "reeld/hop.h"
#include "reeld/log.h"
#include "reeld/url.h"
#include "lines.h"
#include "option.h"
#include "pass_part.h"

/* ---- from the worker ---- */

/* Up to `len` bytes: how many, 0 when none is there yet, -1 at the end. */
static ssize_t
receive(int fd, void *to, size_t len)
{
	ssize_t n;

	do
		n = recv(fd, to, len, 0);
	while (n == -1 && errno == EINTR);
	if (n == 0 || (n == -1 && errno != EAGAIN))
		return -1;
	return n == -1 ? 0 : n;
}

static int
take_words(struct pass *p)
{
	struct span rest = { p->payload, p->frame.len };

	p->origin_name = passage_word(&rest);
	p->method = passage_word(&rest);
	p->url = passage_word(&rest);
	if (p->url == NULL || passage_number(&rest, &p->length) == -1 ||
	    (rest.len > 0 && rest.base[rest.len - 1] != '\0'))
		return -1;
	p->fields = rest;
	return 1;
}

int
pass_read(struct pass *p)
{
	const size_t head = sizeof(p->frame);
	ssize_t n = 1;

	while (n > 0 && p->got < head) {
		n = receive(p->fd, (char *)&p->frame + p->got, head - p->got);
		p->got += n > 0 ? (size_t)n : 0;
	}
	if (p->got < head)
		return (int)n;
	if (p->frame.kind != PASSAGE_ASK || !passage_sound(&p->frame))
		return -1;
	if (p->payload == NULL &&
	    (p->payload = malloc(p->frame.len)) == NULL)
		return -1;
	while (n > 0 && p->got < head + p->frame.len) {
		n = receive(p->fd, p->payload + p->got - head,
		    head + p->frame.len - p->got);
		p->got += n > 0 ? (size_t)n : 0;
	}
	return p->got < head + p->frame.len ? (int)n : take_words(p);
}

/* ---- may it pass? ---- */

/* The worker has asked itself the same; but it is the one that strangers talk
 * to. */
static const char *
fault(const struct pass *p, const struct url *u)
{
	const struct conf_origin *o = p->origin;
	char host[URL_HOST_MAX + 1];

	if (!conf_passes(o, p->method, strlen(p->method)))
		return "its method does not pass";
	url_host(u, host);
	if (o->type == CONF_OPEN)
		return allow_name(o->allow.v, o->allow.n, host, u->port) ?
		    NULL : "the host is not allowed";
	return url_same_server(p->url, o->url) ? NULL :
	    "it is not the source's";
}

int
pass_permit(struct pass *p, const struct conf *conf)
{
	const char *why = "its origin is no longer configured";
	struct url u;

	p->origin = conf_origin(conf, p->origin_name);
	if (p->origin != NULL &&
	    url_parse(p->url, strlen(p->url), &u, &why) == 0 &&
	    (why = fault(p, &u)) == NULL) {
		p->seat = seat_of(p->origin->account,
		    p->origin->max_connections);
		return 0;
	}
	pass_fail(p, p->origin == NULL ? 502 : 403, 0,
	    p->origin == NULL ? "destination_unavailable" :
	    "destination_ip_prohibited", "%s", why);
	return -1;
}

/* ---- to the source ---- */

/* After DNS: may this address be connected to (connection_policy)? */
static int
may_connect(void *arg, const struct sockaddr *sa)
{
	const struct pass *p = arg;

	return connection_allowed(&p->socket, p->origin, sa);
}

static size_t
on_content(char *to, size_t size, size_t count, void *arg)
{
	struct pass *p = arg;
	size_t room = size * count;
	ssize_t n;

	if (p->sent >= p->length)
		return 0;
	if (room > (size_t)(p->length - p->sent))
		room = (size_t)(p->length - p->sent);
	if ((n = receive(p->fd, to, room)) == -1)
		return CURL_READFUNC_ABORT;
	p->heard = clock_ms();
	p->hungry = n == 0;
	if (n == 0) {
		pass_watch(p);
		return CURL_READFUNC_PAUSE;
	}
	p->sent += n;
	return (size_t)n;
}

/* What the configuration sets, the client does not. */
static int
is_set(const struct conf_origin *o, struct span name)
{
	struct span other, value;
	size_t i;

	for (i = 0; i < o->set_header.n; i++)
		if (header_split(o->set_header.v[i],
		    strlen(o->set_header.v[i]), &other, &value) == 0 &&
		    other.len == name.len &&
		    strncasecmp(other.base, name.base, name.len) == 0)
			return 1;
	return header_is(name, "user-agent");
}

/* A field without a value is `Name;` to libcurl, and any that it would write
 * itself is taken off by `Name:`. */
static int
add_field(struct pass *p, const char *line)
{
	struct span name, value;
	char empty[256];

	if (header_split(line, strlen(line), &name, &value) == -1 ||
	    hop_ends(name, NULL, 0) || header_is(name, "host") ||
	    header_is(name, "content-length") || header_is(name, "expect") ||
	    is_set(p->origin, name))
		return 0;
	if (value.len > 0)
		return lines_add(&p->headers, line);
	if (name.len + 2 > sizeof(empty))
		return 0;
	memcpy(empty, name.base, name.len);
	memcpy(empty + name.len, ";", 2);
	return lines_add(&p->headers, empty);
}

static int
set_headers(struct pass *p)
{
	static const char *const not_ours[] = { "Accept:", "Content-Type:",
		"Expect:" };
	struct span rest = p->fields;
	const char *line;
	size_t i;

	for (i = 0; i < sizeof(not_ours) / sizeof(not_ours[0]); i++)
		if (lines_add(&p->headers, not_ours[i]) == -1)
			return -1;
	while ((line = passage_word(&rest)) != NULL)
		if (add_field(p, line) == -1)
			return -1;
	return lines_add_all(&p->headers, &p->origin->set_header);
}

static void
set_content(struct pass *p)
{
	CURL *e = p->easy;

	if (p->length >= 0) {
		curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE,
		    (curl_off_t)p->length);
		curl_easy_setopt(e, CURLOPT_READFUNCTION, on_content);
		curl_easy_setopt(e, CURLOPT_READDATA, p);
	}
	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, p->method);
}

static void
set_options(struct pass *p)
{
	CURL *e = p->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, p);
	curl_easy_setopt(e, CURLOPT_URL, p->url);
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, pass_on_head);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, p);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, pass_on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, p);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, p->reason);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, p->headers);
}

int
pass_prepare(struct pass *p)
{
	if ((p->easy = curl_easy_init()) == NULL || set_headers(p) == -1)
		return -1;
	set_options(p);
	/* Its redirects are the client's: it asks the origin's own server. */
	if (option_set(p->easy, p->origin, p->url) == -1)
		return -1;
	set_content(p);
	p->socket.seat = p->seat;
	p->socket.policy = p->origin->type == CONF_OPEN ? may_connect : NULL;
	p->socket.arg = p;
	connection_aim(&p->socket, p->url);
	connection_watch(p->easy, &p->socket);
	return 0;
}
