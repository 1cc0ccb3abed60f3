/* SPDX-License-Identifier: ISC */
/* log -- what the program tells its operator; every process */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LIBBSD_OPENBSD_VIS	/* strnvis(dst, size, src, flags) */
#include <bsd/string.h>
#include <bsd/vis.h>

#include "reeld/clock.h"
#include "reeld/log.h"

static enum log_target target = LOG_TO_STDERR;
static char ident[48] = "reeld";

void
log_init(enum log_target t, const char *name)
{
	target = t;
	strlcpy(ident, name, sizeof(ident));
	if (t == LOG_TO_SYSLOG)
		openlog(ident, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

static void
emit(int priority, const char *fmt, va_list ap)
{
	char line[1024], stamp[32];
	struct timespec ts;
	struct tm tm;
	int saved = errno;

	vsnprintf(line, sizeof(line), fmt, ap);
	if (target == LOG_TO_SYSLOG) {
		syslog(priority, "%s", line);
	} else {
		clock_gettime(CLOCK_REALTIME, &ts);
		localtime_r(&ts.tv_sec, &tm);
		strftime(stamp, sizeof(stamp), "%H:%M:%S", &tm);
		dprintf(STDERR_FILENO, "%s.%03ld %s[%d]: %s\n", stamp,
		    ts.tv_nsec / 1000000, ident, (int)getpid(), line);
	}
	errno = saved;
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_INFO, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_WARNING, fmt, ap);
	va_end(ap);
}

void
log_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_ERR, fmt, ap);
	va_end(ap);
}

void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(LOG_CRIT, fmt, ap);
	va_end(ap);
	exit(1);
}

const char *
log_vis(const char *s)
{
	static char bufs[4][1024];
	static unsigned turn;
	char *buf = bufs[turn++ % 4];

	strnvisx(buf, sizeof(bufs[0]), s, strnlen(s, 255),
	    VIS_CSTYLE | VIS_NL | VIS_TAB);
	return buf;
}

int
log_allow(struct log_limit *limit)
{
	int64_t second = clock_ms() / 1000;

	if (limit->second != second) {
		limit->second = second;
		limit->used = 0;
	}
	if (limit->used < limit->burst) {
		limit->used++;
		return 1;
	}
	limit->held++;
	return 0;
}
