/* SPDX-License-Identifier: ISC */
/* worker -- HTTP/1.1 and HTTP/2 by libh2o; the process's main loop */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/roles.h"
#include "reeld/sandbox.h"
#include "reeld/slot.h"
#include "accept.h"
#include "access.h"
#include "again.h"
#include "conn.h"
#include "content.h"
#include "control.h"
#include "cors.h"
#include "expire.h"
#include "gate.h"
#include "http1.h"
#include "http2.h"
#include "linger.h"
#include "pass.h"
#include "prefetch.h"
#include "purge.h"
#include "reader.h"
#include "recheck.h"
#include "refuse.h"
#include "request.h"
#include "trust.h"
#include "watch.h"

#define TICK		250	/* ms between two looks at the clocks */

struct worker worker;

struct conn *
worker_conn(h2o_req_t *req)
{
	return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

h2o_iovec_t
worker_header(h2o_req_t *req, const char *name)
{
	ssize_t i = h2o_find_header_by_str(&req->headers, name, strlen(name),
	    -1);

	return i == -1 ? h2o_iovec_init(NULL, 0) :
	    req->headers.entries[i].value;
}

void
worker_add(h2o_req_t *req, const char *name, const char *value)
{
	h2o_iovec_t copy = h2o_strdup(&req->pool, value, SIZE_MAX);

	h2o_add_header_by_str(&req->pool, &req->res.headers, name,
	    strlen(name), 1, NULL, copy.base, copy.len);
}

/* ---- bell and master ---- */

static void
on_bell(h2o_socket_t *sock, const char *err)
{
	uint64_t count;

	if (err == NULL &&
	    read(h2o_socket_get_fd(sock), &count, sizeof(count)) > 0) {
		purge_look_all();
		reader_look_all();
		prefetch_look_all();
		recheck_look_all();
	}
}

/*
 * Tells the clients of HTTP/2 to go.  libh2o 2.2.5 would follow a NULL if a
 * connection were on its way from HTTP/1 to 2, so that is waited for.  Its
 * second GOAWAY is not sent: behind that it closes with bytes unsent, and takes
 * CONTINUATION frames for ever.  Who asks no more is told by conn_expire().
 */
static void
say_goodbye(void)
{
	if (!worker.draining || worker.context.shutdown_requested ||
	    worker.upgrading > 0)
		return;
	h2o_context_request_shutdown(&worker.context);
	h2o_timeout_unlink(&worker.context.http2._graceful_shutdown_timeout);
}

static void
drain(void)
{
	if (worker.draining)
		return;
	worker.draining = 1;
	prefetch_end_all();
	accept_drain();
	conn_drain();
	say_goodbye();
}

static void
on_master(h2o_socket_t *sock, const char *err)
{
	enum child_event event;

	(void)sock;
	if (err != NULL)
		_exit(0);
	while ((event = child_read(worker.child)) != CHILD_NOTHING) {
		switch (event) {
		case CHILD_CONF:
			worker.conf = worker.child->conf;
			trust_read();
			content_conf();
			accept_conf();
			break;
		case CHILD_DRAIN:
			drain();
			break;
		case CHILD_STOP:
			access_flush();
			_exit(0);
		case CHILD_CONTROL:
			control_answer(worker.child->control,
			    worker.child->line);
			break;
		case CHILD_LOG:
		case CHILD_NOTHING:
			break;
		}
	}
}

static h2o_socket_t *
listen_to(int fd, h2o_socket_cb cb)
{
	h2o_socket_t *sock = h2o_evloop_socket_create(worker.context.loop, fd,
	    H2O_SOCKET_FLAG_DONT_READ);

	h2o_socket_read_start(sock, cb);
	return sock;
}

/* ---- libh2o ---- */

static int
on_request(h2o_handler_t *self, h2o_req_t *req)
{
	struct conn *c = worker_conn(req);
	const char *fault = NULL;

	if (req->version >= 0x200 && c->stage == CONN_HTTP1)
		http2_upgrade(c);
	else if (req->version >= 0x200)
		fault = http2_fault(req);
	conn_begin_request(c);
	if (c->cut)		/* what libh2o had read before is not served */
		refuse(req, 503, 0, NULL, "the connection was cut");
	else if (c->message.status != 0)
		refuse(req, c->message.status, 0, NULL, c->message.why);
	else if (fault != NULL)
		refuse(req, 400, 0, NULL, fault);
	else
		return request_on(self, req);
	return 0;
}

static void
configure(void)
{
	h2o_hostconf_t *host;
	h2o_pathconf_t *path;

	h2o_config_init(&worker.config);
	worker.config.server_name = h2o_iovec_init(H2O_STRLIT("reeld"));
	content_conf();
	worker.config.http2.idle_timeout = 30000;
	/* http1_expire() has shorter clocks */
	worker.config.http1.req_timeout = 2 * HTTP1_CONTENT_TIME;
	host = h2o_config_register_host(&worker.config,
	    h2o_iovec_init(H2O_STRLIT("default")), 65535);
	/* What a source recommends (Link) is no request of the client. */
	host->http2.push_preload = 0;
	path = h2o_config_register_path(host, "/", 0);
	h2o_create_handler(path, sizeof(h2o_handler_t))->on_req = on_request;
	access_init(path);
	cors_init(path);
	worker.accept.ctx = &worker.context;
	worker.accept.hosts = worker.config.hosts;
}

/* ---- clocks ---- */

static h2o_timeout_t clock_timeout;
static h2o_timeout_entry_t clock_tick;

/* Inside the event loop, as all that sends must be. */
static void
on_tick(h2o_timeout_entry_t *tick)
{
	int64_t now = clock_ms();

	slot_beat();
	reader_look_roomless();
	expire_readers(now);
	pass_expire(now);
	prefetch_expire(now);
	recheck_expire(now);
	purge_look_all();
	conn_expire(now);
	say_goodbye();
	if (arena_condemned())
		drain();
	h2o_timeout_link(worker.context.loop, &clock_timeout, tick);
}

int
worker_main(struct child *c)
{
	h2o_socket_t *bell, *master;

	signal(SIGPIPE, SIG_IGN);
	worker.child = c;
	worker.conf = c->conf;
	configure();
	h2o_context_init(&worker.context, h2o_evloop_create(),
	    &worker.config);
	watch_init();
	again_init();
	gate_init();
	linger_init();
	trust_read();
	h2o_timeout_init(worker.context.loop, &clock_timeout, TICK);
	clock_tick.cb = on_tick;
	h2o_timeout_link(worker.context.loop, &clock_timeout, &clock_tick);
	http1_init();
	bell = listen_to(c->bells[c->slot], on_bell);
	/* A copy: the master takes the end of its socket for our death. */
	master = listen_to(fcntl(c->sock, F_DUPFD_CLOEXEC, 0), on_master);
	accept_conf();
	sandbox_enter(c->role);
	child_ready(c);
	while (!worker.draining || worker.connections > 0 || linger_any()) {
		if (h2o_evloop_run(worker.context.loop, INT32_MAX) != 0 &&
		    errno != EINTR)
			fatal("the event loop failed: %m");
		worker.turn++;
		worker.senders_before = worker.senders;
		worker.senders = 0;
		http2_look_again();
		access_flush();
	}
	h2o_socket_close(bell);
	h2o_socket_close(master);
	watch_fini();
	again_fini();
	h2o_evloop_run(worker.context.loop, 0);	/* frees what was closed */
	return 0;
}
