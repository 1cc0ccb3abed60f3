/* SPDX-License-Identifier: ISC */
/* files -- the files that the master keeps; master */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <bsd/libutil.h>
#include <bsd/string.h>

#include "reeld/log.h"
#include "files.h"

static struct pidfh *pidfile;

void
files_make_folder(const char *path)
{
	char folder[PATH_MAX], *slash;

	if (geteuid() != 0 ||
	    strlcpy(folder, path, sizeof(folder)) >= sizeof(folder) ||
	    (slash = strrchr(folder, '/')) == NULL || slash == folder)
		return;
	*slash = '\0';
	if (mkdir(folder, 0755) == 0)
		log_info("made %s", log_vis(folder));
	/* what is still missing shows when the file itself is opened */
}

void
files_make_spool(const char *spool, const struct account *account)
{
	char path[PATH_MAX];
	size_t len = strlcpy(path, spool, sizeof(path));

	while (len > 1 && len < sizeof(path) && path[len - 1] == '/')
		path[--len] = '\0';
	files_make_folder(path);
	if (mkdir(path, 0750) == -1)
		return;
	log_info("made %s", log_vis(path));
	if (geteuid() == 0 && lchown(path, account->uid, account->gid) == -1)
		log_warn("%s: %s", log_vis(path), strerror(errno));
}

/* O_NONBLOCK matters for a pipe alone: without a reader it cannot be opened,
 * and a slow one must not stop a worker. */
int
files_open_log(const char *path)
{
	files_make_folder(path);
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK |
	    O_NOCTTY | O_CLOEXEC, 0640);
}

int
files_pid_take(const char *path, pid_t *other)
{
	files_make_folder(path);
	pidfile = pidfile_open(path, 0644, other);
	return pidfile == NULL ? -1 : 0;
}

void
files_pid_write(void)
{
	if (pidfile != NULL && pidfile_write(pidfile) == -1)
		log_warn("pid file: %s", strerror(errno));
}

void
files_pid_remove(void)
{
	if (pidfile != NULL)
		pidfile_remove(pidfile);
	pidfile = NULL;
}
