/* SPDX-License-Identifier: ISC */
/* boot -- everything before the first process is spawned; master */
#include "config.h"

#include <sys/resource.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reeld/account.h"
#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/passage.h"
#include "boot.h"
#include "files.h"
#include "load.h"
#include "logs.h"

#define SPARE_FDS	1024	/* beside connections and listeners */

/* A worker has its clients, the master the listeners of all workers.  Without
 * the right to raise the limit we go as high as it lets us. */
static void
raise_files(const struct conf *conf)
{
	rlim_t want = (rlim_t)conf->worker_connections +
	    conf->nlistens * conf->workers + SPARE_FDS;
	struct rlimit old, rl;

	if (getrlimit(RLIMIT_NOFILE, &old) == -1 || old.rlim_cur >= want)
		return;
	rl.rlim_cur = want;
	rl.rlim_max = old.rlim_max < want ? want : old.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &rl) == 0)
		return;
	rl.rlim_cur = rl.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	log_warn("worker_connections = %u takes %llu open files, the limit is "
	    "%llu", conf->worker_connections, (unsigned long long)want,
	    (unsigned long long)rl.rlim_cur);
}

/* Keys pass through the master: see limit_all() in sandbox.c. */
static void
leave_no_core(void)
{
	struct rlimit rl = { 1, 1 };

	if (setrlimit(RLIMIT_CORE, &rl) == -1) {
		rl.rlim_cur = rl.rlim_max = 0;
		setrlimit(RLIMIT_CORE, &rl);
	}
}

static int
choose_account(const struct conf *conf, struct account *account)
{
	account->uid = geteuid();
	account->gid = getegid();
	account->fallback = 0;
	if (account->uid != 0)
		return 0;
	if (account_find(conf->user, account) == -1) {
		log_err("user \"%s\": %s", log_vis(conf->user),
		    errno == ENOENT ? "no such user" : strerror(errno));
		return -1;
	}
	if (account->fallback)
		log_warn("there is no user \"%s\": running as %s", conf->user,
		    ACCOUNT_FALLBACK);
	return 0;
}

static int
take_pid(const struct conf *conf)
{
	pid_t other = -1;

	if (conf->pidfile == NULL || conf->pidfile[0] == '\0' ||
	    files_pid_take(conf->pidfile, &other) == 0)
		return 0;
	if (errno == EEXIST) {
		log_err("already running as pid %d", (int)other);
		return -1;
	}
	log_warn("pid file %s: %s", log_vis(conf->pidfile), strerror(errno));
	return 0;
}

static void
open_control(struct master *m, control_answer *answer)
{
	const struct account *account = &m->crew.kit.account;
	const char *path = m->conf->control;

	if (path == NULL || path[0] == '\0')
		return;
	/* the group of the stand-in has other members */
	m->control = control_open(path, account->fallback ? getegid() :
	    account->gid, answer, m);
	if (m->control == NULL)
		log_warn("control %s: %s", log_vis(path), strerror(errno));
}

/* One for the life of reeld: what waits in it outlives a fetcher. */
static int
make_passages(struct kit *kit)
{
	if (passage_channel(kit->passages) == 0)
		return 0;
	log_err("passages: %s", strerror(errno));
	return -1;
}

/* The folder stays, so that relative paths mean the same at a reload. */
static int
go_background(const struct master_start *start)
{
	if (!start->foreground && daemon(1, 0) == -1) {
		log_err("background: %s", strerror(errno));
		return -1;
	}
	return 0;
}

int
boot(struct master *m, const struct master_start *start,
    control_answer *answer)
{
	struct kit *kit = &m->crew.kit;

	memset(m, 0, sizeof(*m));
	kit->arena = kit->access_log = kit->error_log = -1;
	kit->passages[0] = kit->passages[1] = -1;
	supply_init(&kit->supply);
	m->start = start;
	m->began = clock_ms();
	if ((m->conf = load_conf(start, LOAD_RUN, stderr)) == NULL)
		return -1;
	raise_files(m->conf);
	leave_no_core();
	if (take_pid(m->conf) == -1 ||
	    crew_init(&m->crew, m->conf) == -1 ||
	    choose_account(m->conf, &kit->account) == -1 ||
	    make_passages(kit) == -1 ||
	    supply_replace(&kit->supply, m->conf, stderr) == -1)
		return -1;
	logs_open(kit, m->conf, start->foreground);
	open_control(m, answer);
	if (go_background(start) == -1)
		return -1;
	logs_begin(kit);
	files_pid_write();
	return 0;
}

void
boot_fini(struct master *m)
{
	struct kit *kit = &m->crew.kit;

	control_close(m->control);
	supply_fini(&kit->supply);
	crew_fini(&m->crew);
	if (kit->access_log != -1)
		close(kit->access_log);
	if (kit->error_log != -1)
		close(kit->error_log);
	if (kit->passages[0] != -1) {
		close(kit->passages[0]);
		close(kit->passages[1]);
	}
	files_pid_remove();
	conf_destroy(m->conf);
}
