/* SPDX-License-Identifier: ISC */
/* logs -- the access log, and where our own lines go; master */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "reeld/log.h"
#include "files.h"
#include "logs.h"

static int
open_log(const char *path)
{
	int fd;

	if ((fd = files_open_log(path)) == -1)
		log_warn("log %s: %s", log_vis(path), strerror(errno));
	return fd;
}

static int
open_access_log(const struct conf *conf)
{
	if (conf->access_log == NULL || conf->access_log[0] == '\0')
		return -1;
	return open_log(conf->access_log);
}

static int
is_file(const struct conf *conf)
{
	return conf->log[0] == '/';
}

void
logs_open(struct kit *kit, const struct conf *conf, int foreground)
{
	kit->access_log = open_access_log(conf);
	kit->error_log = -1;
	kit->syslog = 0;
	if (foreground)
		return;
	/* daemon(3) takes the stderr that was meant away */
	if (strcmp(conf->log, "stderr") == 0)
		kit->error_log = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	else if (is_file(conf))
		kit->error_log = open_log(conf->log);
	kit->syslog = kit->error_log == -1;
}

void
logs_begin(const struct kit *kit)
{
	if (kit->error_log != -1)
		dup2(kit->error_log, STDERR_FILENO);
	log_init(kit->syslog ? LOG_TO_SYSLOG : LOG_TO_STDERR, "reeld");
}

/* One that is switched off is written to nowhere: workers cannot be told that
 * there is none any more. */
static int
replace(int *log, int fresh, int off)
{
	if (off && *log != -1)
		fresh = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fresh == -1)
		return 0;
	if (*log != -1)
		close(*log);
	*log = fresh;
	return 1;
}

unsigned
logs_reopen(struct kit *kit, const struct conf *conf)
{
	unsigned owed = 0;

	if (replace(&kit->access_log, open_access_log(conf),
	    conf->access_log == NULL || conf->access_log[0] == '\0'))
		owed |= OWED_ACCESS_LOG;
	if (kit->error_log != -1 && is_file(conf) &&
	    replace(&kit->error_log, open_log(conf->log), 0)) {
		dup2(kit->error_log, STDERR_FILENO);
		owed |= OWED_ERROR_LOG;
	}
	return owed;
}
