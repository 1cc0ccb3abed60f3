/* SPDX-License-Identifier: ISC */
/* ask -- makes requests, follows redirects, names errors; fetcher */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <bsd/string.h>

#include "reeld/date.h"
#include "reeld/etag.h"
#include "reeld/hash.h"
#include "reeld/log.h"
#include "reeld/url.h"
#include "ask.h"
#include "choice.h"
#include "fields.h"
#include "head.h"
#include "lines.h"
#include "option.h"

#define BUFFER		(256L << 10)	/* libcurl's, per transfer */

static const struct conf *conf;

const struct conf *
ask_conf(void)
{
	return conf;
}

void
ask_set_conf(const struct conf *c)
{
	conf = c;
}

/* ---- the request ---- */

/* After DNS: may this address be connected to (connection_policy)? */
static int
may_connect(void *arg, const struct sockaddr *sa)
{
	const struct pull *p = arg;

	return connection_allowed(&p->socket, p->target->origin, sa);
}

static int
add_header(struct pull *p, const char *fmt, const char *value)
{
	char line[512];

	snprintf(line, sizeof(line), fmt, value);
	return lines_add(&p->headers, line);
}

/* What it asks for: a check the first byte, a stranger what is compared. */
static void
choose_range(struct pull *p, int no_ranges)
{
	p->first = p->fill.position;
	p->last = p->info.end > INT64_MAX ? -1 : (int64_t)p->info.end - 1;
	if (p->check) {
		p->first = 0;
		p->last = 0;
	} else if (p->proof != NULL) {
		p->first = p->proof->at;
		p->last = (int64_t)(p->proof->at + p->proof->n) - 1;
	}
	p->ranged = !p->no_range && !no_ranges;
	if (!p->ranged)
		p->last = -1;
}

/* A check asks whether it is still the same. */
static int
set_condition(struct pull *p, const struct object_answer *a)
{
	char date[DATE_LEN + 1];

	if (a->source_etag[0] != '\0')
		return add_header(p, "If-None-Match: %s", a->source_etag);
	if (a->mtime == -1)
		return 0;
	date_print(a->mtime, date);
	return add_header(p, "If-Modified-Since: %s", date);
}

/* Range, and what makes the answer comparable. */
static int
set_range(struct pull *p)
{
	struct object_answer a;
	char range[64];
	int known = choice_known(p, &a) == 0;

	choose_range(p, known && a.no_ranges &&
	    !target_is_content_addressed(p->target));
	p->if_range = 0;
	if (!p->ranged) {
		curl_easy_setopt(p->easy, CURLOPT_RANGE, NULL);
		return p->check && known ? set_condition(p, &a) : 0;
	}
	if (p->last >= 0)
		snprintf(range, sizeof(range), "%llu-%lld",
		    (unsigned long long)p->first, (long long)p->last);
	else
		snprintf(range, sizeof(range), "%llu-",
		    (unsigned long long)p->first);
	curl_easy_setopt(p->easy, CURLOPT_RANGE, range);
	if (!known)
		return 0;
	if (p->check)
		return set_condition(p, &a);
	if (!p->no_if_range &&
	    etag_strong(a.source_etag, strlen(a.source_etag))) {
		p->if_range = 1;
		return add_header(p, "If-Range: %s", a.source_etag);
	}
	return 0;
}

/* 1 for a field that means nothing to another server, or must not be known to
 * it. */
static int
is_for_home(const char *line)
{
	return conf_is_credential(line) ||
	    strncasecmp(line, "Host:", strlen("Host:")) == 0;
}

static int
set_headers(struct pull *p)
{
	const struct source *from = pull_source(p);
	const struct conf_strings *set = &p->target->origin->set_header;
	int same = url_same_server(source_url(from), from->url);
	size_t i;

	curl_slist_free_all(p->headers);
	p->headers = NULL;
	if (lines_add(&p->headers, "Accept-Encoding: identity") == -1)
		return -1;
	for (i = 0; i < set->n; i++)
		if ((same || !is_for_home(set->v[i])) &&
		    lines_add(&p->headers, set->v[i]) == -1)
			return -1;
	/* What a client says to its source is for no other server. */
	return same ? fields_append(p->target->object, &p->headers) : 0;
}

static void
set_options(struct pull *p, curl_write_callback on_body)
{
	CURL *e = p->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, p);
	curl_easy_setopt(e, CURLOPT_URL, source_url(pull_source(p)));
	curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, p->fresh ? 1L : 0L);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, BUFFER);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, p);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, head_line);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, p);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, p->reason);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, p->headers);
}

int
ask_prepare(struct pull *p, curl_write_callback on_body)
{
	const struct source *from = pull_source(p);
	const char *url = source_url(from);
	const struct conf_origin *o = p->target->origin;
	int home = url_same_server(url, from->url);

	if (p->easy == NULL && (p->easy = curl_easy_init()) == NULL)
		return -1;
	p->redirected = from->resolved != NULL;
	p->turn = from->turn;
	memset(&p->head, 0, sizeof(p->head));
	p->head.retry_after = -1;
	if (set_headers(p) == -1 || set_range(p) == -1)
		return -1;
	set_options(p, on_body);
	if (option_set(p->easy, o, home ? from->url : NULL) == -1)
		return -1;
	p->socket.seat = p->target->seat;
	p->socket.policy = o->type == CONF_OPEN ? may_connect : NULL;
	p->socket.arg = p;
	p->socket.tag = hash_mix(connection_aim(&p->socket, url) ^
	    option_tag(o, home));
	connection_watch(p->easy, &p->socket);
	connection_make_room(p->target->seat, p->fresh ? 0 : p->socket.tag);
	return 0;
}

/* ---- redirects ---- */

int
ask_redirect(struct pull *p)
{
	char *to = NULL;
	const char *why;

	curl_easy_getinfo(p->easy, CURLINFO_REDIRECT_URL, &to);
	if (to == NULL) {
		pull_break(p, "destination_not_found", 502,
		    "the source redirects to nowhere");
		p->hopeless = 1;
		return -1;
	}
	if (++p->redirects > PULL_REDIRECTS) {
		pull_break(p, "destination_not_found", 502,
		    "the source redirects more than %d times",
		    PULL_REDIRECTS);
		p->hopeless = 1;
		return -1;
	}
	if (!target_may_ask(p->target, to, &why)) {
		pull_break(p, "destination_ip_prohibited",
		    p->target->origin != NULL &&
		    p->target->origin->type == CONF_OPEN ? 403 : 502,
		    "the source redirects to where it may not: %s", why);
		p->hopeless = 1;
		return -1;
	}
	source_redirect(pull_source(p), to);
	return 0;
}

/* ---- errors ---- */

static const struct ask_reason reasons[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, 502, "dns_error",
	    "its name does not resolve" },
	{ CURLE_COULDNT_CONNECT, 502, "connection_refused",
	    "it cannot be connected to" },
	{ CURLE_OPERATION_TIMEDOUT, 504, "connection_timeout",
	    "connecting took too long" },
	{ CURLE_COULDNT_RESOLVE_PROXY, 502, "dns_error",
	    "the name of its proxy does not resolve" },
	{ CURLE_PROXY, 502, "destination_unavailable",
	    "its proxy does not connect to it" },
	{ CURLE_INTERFACE_FAILED, 502, "proxy_configuration_error",
	    "bind_address is none of this machine" },
	{ CURLE_SSL_CACERT_BADFILE, 502, "proxy_configuration_error",
	    "the authorities that should vouch for it cannot be read" },
	{ CURLE_SSL_CERTPROBLEM, 502, "proxy_configuration_error",
	    "it cannot be shown our certificate" },
	{ CURLE_PEER_FAILED_VERIFICATION, 502, "tls_certificate_error",
	    "its certificate is not to be trusted" },
	{ CURLE_SSL_CONNECT_ERROR, 502, "tls_protocol_error",
	    "TLS failed" },
	{ CURLE_GOT_NOTHING, 502, "http_response_incomplete",
	    "it closed without an answer" },
	{ CURLE_PARTIAL_FILE, 502, "http_response_incomplete",
	    "it closed before the end of the body" },
	{ CURLE_RECV_ERROR, 502, "connection_terminated",
	    "the connection broke" },
	/* one that was made for this request, before it could be sent */
	{ CURLE_ABORTED_BY_CALLBACK, 502, "connection_terminated",
	    "the connection broke" },
	{ CURLE_SEND_ERROR, 502, "connection_terminated",
	    "the connection broke" },
};

const struct ask_reason *
ask_reason(CURLcode code)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return &reasons[i];
	return NULL;
}

void
ask_why(struct pull *p, CURLcode code)
{
	const struct ask_reason *r = ask_reason(code);
	const char *detail = option_detail(p->easy, code, p->reason);

	if (p->socket.refused) {
		pull_break(p, "destination_ip_prohibited", 403,
		    "its address is not allowed");
		p->hopeless = 1;
		return;
	}
	if (r != NULL)
		pull_break(p, r->error, r->status, "%s (%s)", r->text, detail);
	else
		pull_break(p, "http_protocol_error", 502, "%s", detail);
}

/* What people see of a path: folders may be a provider's name for its customer
 * and his password. */
static void
print_path(struct span path, int whole, char *buf, size_t len)
{
	struct span last = url_last(path);

	if (whole || last.base <= path.base + 1)
		snprintf(buf, len, "%.*s", (int)path.len, path.base);
	else
		snprintf(buf, len, "/.../%.*s", (int)last.len, last.base);
}

static void
print_name(const char *url, int whole, char *buf, size_t len)
{
	char host[URL_HOST_MAX + 1], path[URL_MAX + 1];
	struct url u;

	if (url_parse(url, strlen(url), &u, NULL) == -1) {
		strlcpy(buf, "source", len);
		return;
	}
	url_host(&u, host);
	print_path(u.path, whole, path, sizeof(path));
	snprintf(buf, len, "%s://%s%s%s:%u%s", u.https ? "https" : "http",
	    u.literal6 ? "[" : "", host, u.literal6 ? "]" : "", u.port, path);
}

void
ask_url_name(const char *url, char *buf, size_t len)
{
	print_name(url, 0, buf, len);
}

void
ask_source_name(const struct pull *p, char *buf, size_t len)
{
	print_name(source_url(pull_source(p)), 1, buf, len);
}
