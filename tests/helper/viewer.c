/* SPDX-License-Identifier: ISC */
/* viewer -- one HTTP request in a thread of its own; runs in test programs */
#include "config.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <curl/curl.h>

#include "data.h"
#include "now.h"
#include "viewer.h"

#define PACED_RCVBUF	(128 * 1024)
#define SILENCE		2		/* seconds */

struct viewer {
	pthread_t		 thread;
	CURL			*easy;
	struct curl_slist	*headers;
	struct viewer_want	 want;		/* its pointers are not used */
	struct viewer_result	*res;
	size_t			 head_len;
	int64_t			 began, heard;	/* us */
	_Atomic uint64_t	 bytes;
	_Atomic int		 stop;
};

static void
init_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		errx(1, "libcurl does not start");
}

/* A line of the head: the newest answer's lines are kept. */
static size_t
on_header(char *line, size_t one, size_t len, void *arg)
{
	struct viewer *v = arg;
	struct viewer_result *res = v->res;
	size_t n = len;

	(void)one;
	if (n > 5 && strncmp(line, "HTTP/", 5) == 0)
		v->head_len = 0;
	while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
		n--;
	/* Two bytes stay for the terminators. */
	if (n > 0 && v->head_len + n + 2 <= sizeof(res->head)) {
		memcpy(res->head + v->head_len, line, n);
		v->head_len += n;
		res->head[v->head_len++] = '\0';
		res->head[v->head_len] = '\0';
	}
	return len;
}

static void
compare(struct viewer *v, const char *data, size_t len, uint64_t at)
{
	long status = 0;

	if (!v->want.check || v->res->wrong_at != -1)
		return;
	curl_easy_getinfo(v->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status / 100 == 2)
		v->res->wrong_at = data_check(v->want.seed,
		    v->want.offset + at, data, len);
}

static void
keep(struct viewer *v, const char *data, size_t len)
{
	struct viewer_result *res = v->res;
	size_t room = v->want.keep - res->body_len;

	if (len > room)
		len = room;
	if (len == 0)
		return;
	memcpy(res->body + res->body_len, data, len);
	res->body_len += len;
	res->body[res->body_len] = '\0';
}

static size_t
on_body(char *data, size_t one, size_t len, void *arg)
{
	struct viewer *v = arg;
	struct viewer_result *res = v->res;
	int64_t now = now_us();
	uint64_t at = v->bytes;
	size_t n = len;

	(void)one;
	if (now - v->heard > res->longest_gap_us)
		res->longest_gap_us = now - v->heard;
	if (res->first_byte_us == -1)
		res->first_byte_us = now - v->began;
	if (v->want.stop_after > 0 && at + n >= v->want.stop_after) {
		n = (size_t)(v->want.stop_after - at);
		v->stop = 1;
	}
	compare(v, data, n, at);
	keep(v, data, n);
	v->bytes = at + n;
	if (v->stop)
		return CURL_WRITEFUNC_ERROR;
	if (v->want.rate > 0)
		now_sleep_until(v->began + res->first_byte_us +
		    (int64_t)(v->bytes * 1000000 / v->want.rate));
	v->heard = now_us();
	return len;
}

static int
on_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow,
    curl_off_t ultotal, curl_off_t ulnow)
{
	const struct viewer *v = arg;

	(void)dltotal;
	(void)dlnow;
	(void)ultotal;
	(void)ulnow;
	return v->stop;
}

/* What a slow reader has not read must not hide in its socket. */
static int
on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	int size = PACED_RCVBUF;

	(void)arg;
	(void)purpose;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return CURL_SOCKOPT_OK;
}

static long
curl_version_of(enum viewer_http http)
{
	switch (http) {
	case VIEWER_HTTP10:
		return CURL_HTTP_VERSION_1_0;
	case VIEWER_H2C:
		return CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
	case VIEWER_UPGRADE:
		return CURL_HTTP_VERSION_2_0;
	case VIEWER_HTTP11:
		break;
	}
	return CURL_HTTP_VERSION_1_1;
}

static void
ask(struct viewer *v, const struct viewer_want *w)
{
	CURL *e = v->easy;
	const char *const *line;
	char range[512];

	if (w->range != NULL) {
		/* As a line, so that malformed ones pass as well. */
		snprintf(range, sizeof(range), "Range: bytes=%s", w->range);
		v->headers = curl_slist_append(v->headers, range);
	}
	for (line = w->headers; line != NULL && *line != NULL; line++)
		v->headers = curl_slist_append(v->headers, *line);
	curl_easy_setopt(e, CURLOPT_URL, w->url);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, v->headers);
	if (w->method != NULL)
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, w->method);
	curl_easy_setopt(e, CURLOPT_NOBODY, (long)w->head);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, curl_version_of(w->http));
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, (long)w->follow);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS,
	    w->timeout_ms > 0 ? (long)w->timeout_ms : 60000L);
	if (w->rate > 0)
		curl_easy_setopt(e, CURLOPT_SOCKOPTFUNCTION, on_socket);
}

static void
listen_to(struct viewer *v)
{
	CURL *e = v->easy;

	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
	/* Of what comes with the 101, libcurl 7.88 has room for 32 KiB. */
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, v->want.rate > 0 ||
	    v->want.http == VIEWER_UPGRADE ? 16L * 1024 : 512L * 1024);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, v->res->error);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, v);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, v);
	curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(e, CURLOPT_XFERINFODATA, v);
}

static void
note_version(struct viewer *v)
{
	long version = 0;

	curl_easy_getinfo(v->easy, CURLINFO_HTTP_VERSION, &version);
	v->res->http = version == CURL_HTTP_VERSION_1_0 ? 10 :
	    version == CURL_HTTP_VERSION_1_1 ? 11 :
	    version == CURL_HTTP_VERSION_2_0 ? 20 : 0;
}

static void *
view(void *arg)
{
	struct viewer *v = arg;
	struct viewer_result *res = v->res;
	int64_t now;
	long status = 0;

	v->began = v->heard = now_us();
	res->curl = (int)curl_easy_perform(v->easy);
	now = now_us();
	res->total_us = now - v->began;
	/* A silence before the end is one as well. */
	if (now - v->heard > res->longest_gap_us)
		res->longest_gap_us = now - v->heard;
	curl_easy_getinfo(v->easy, CURLINFO_RESPONSE_CODE, &status);
	res->status = (int)status;
	note_version(v);
	res->bytes = v->bytes;
	if (v->stop) {
		res->stopped = 1;
		res->curl = CURLE_OK;
	}
	/* Leaving closes the connection, at once and not in viewer_wait(). */
	curl_easy_cleanup(v->easy);
	return NULL;
}

struct viewer *
viewer_start(const struct viewer_want *want)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct viewer *v;

	pthread_once(&once, init_curl);
	if ((v = calloc(1, sizeof(*v))) == NULL ||
	    (v->res = calloc(1, sizeof(*v->res))) == NULL ||
	    (v->easy = curl_easy_init()) == NULL)
		err(1, "viewer");
	v->want = *want;
	v->res->wrong_at = v->res->first_byte_us = -1;
	if (want->keep > 0 && (v->res->body = calloc(1, want->keep + 1)) ==
	    NULL)
		err(1, "viewer");
	ask(v, want);
	listen_to(v);
	if (pthread_create(&v->thread, NULL, view, v) != 0)
		errx(1, "no thread for a viewer");
	return v;
}

uint64_t
viewer_progress(const struct viewer *v)
{
	return v->bytes;
}

void
viewer_stop(struct viewer *v)
{
	v->stop = 1;
}

struct viewer_result *
viewer_wait(struct viewer **vp)
{
	struct viewer *v = *vp;
	struct viewer_result *res = v->res;

	pthread_join(v->thread, NULL);
	curl_slist_free_all(v->headers);
	free(v);
	*vp = NULL;
	return res;
}

void
viewer_result_destroy(struct viewer_result *res)
{
	if (res == NULL)
		return;
	free(res->body);
	free(res);
}

const char *
viewer_header(const struct viewer_result *res, const char *name)
{
	const char *line;
	size_t n = strlen(name);

	for (line = res->head; *line != '\0'; line += strlen(line) + 1)
		if (strncasecmp(line, name, n) == 0 && line[n] == ':')
			return line + n + 1 + strspn(line + n + 1, " \t");
	return NULL;
}

struct viewer_result *
fetch(const struct viewer_want *want)
{
	struct viewer *v = viewer_start(want);

	return viewer_wait(&v);
}

static int
connect_loopback(int port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct timeval silence = { SILENCE, 0 };
	int fd;

	if ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof(silence));
	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

long
raw_exchange(int port, const char *text, char *buf, size_t len)
{
	size_t total = 0, left = strlen(text);
	ssize_t n;
	int fd;

	if ((fd = connect_loopback(port)) == -1)
		return -1;
	/* A peer that refuses half way may still have said why. */
	for (; left > 0; text += n, left -= (size_t)n)
		if ((n = send(fd, text, left, MSG_NOSIGNAL)) <= 0)
			break;
	while (total + 1 < len) {
		n = recv(fd, buf + total, len - 1 - total, 0);
		if (n <= 0)
			break;
		total += (size_t)n;
	}
	buf[total] = '\0';
	close(fd);
	return (long)total;
}
