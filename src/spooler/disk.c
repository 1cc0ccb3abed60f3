/* SPDX-License-Identifier: ISC */
/* disk -- the directory of the spool; spooler */
#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/string.h>

#include "reeld/arena.h"
#include "reeld/clock.h"
#include "reeld/log.h"
#include "reeld/slot.h"
#include "disk.h"
#include "health.h"

#define LOCK_NAME	"lock"
#define TRIAL_NAME	"trial"
#define TRIAL_BYTES	(256u << 10)
#define MARGIN		(4u << 20)	/* bytes for the catalogue's WAL */

void
disk_init(struct disk *d, const struct conf_spool *rules)
{
	memset(d, 0, sizeof(*d));
	d->fd = d->lock = -1;
	if (strlcpy(d->path, rules->directory, sizeof(d->path)) >=
	    sizeof(d->path))
		fatal("spool: the path of its directory is too long");
	disk_set_rules(d, rules);
}

void
disk_set_rules(struct disk *d, const struct conf_spool *rules)
{
	if (rules->directory == NULL ||
	    strcmp(rules->directory, d->path) != 0)
		return;
	d->rules = *rules;
	d->rules.directory = NULL;
	d->rules.file = NULL;
}

/* ---- opening ---- */

static int
open_folder(struct disk *d)
{
	struct stat st;

	d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->fd == -1 || fstat(d->fd, &st) == -1) {
		health_bad(SPOOL_BROKEN, "%s: %s", log_vis(d->path),
		    strerror(errno));
		return -1;
	}
	d->device = st.st_dev;
	d->folder = st.st_ino;
	return 0;
}

static int
take_lock(struct disk *d)
{
	d->lock = openat(d->fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC,
	    0600);
	if (d->lock == -1) {
		health_bad(SPOOL_BROKEN, "%s/%s: %s", log_vis(d->path),
		    LOCK_NAME, strerror(errno));
		return -1;
	}
	if (flock(d->lock, LOCK_EX | LOCK_NB) == -1) {
		health_bad(SPOOL_BROKEN, "%s: %s", log_vis(d->path),
		    errno == EWOULDBLOCK ? "another reeld uses it" :
		    strerror(errno));
		return -1;
	}
	return 0;
}

static int
set_aside(struct disk *d)
{
	if (catalogue_set_aside(d->path) == -1) {
		health_bad(SPOOL_BROKEN, "the catalogue cannot be moved "
		    "aside: %s", strerror(errno));
		return -1;
	}
	log_warn("spool: the catalogue is moved aside, a new one begun");
	return 0;
}

/* 1 when no row of the catalogue counts: there is none, or it is of segments of
 * another size.  Then the data files are strays, all of them. */
static int
names_nothing(const struct disk *d)
{
	struct catalogue *c = NULL;
	enum catalogue_result result = catalogue_open(d->path, 0, 1, &c);
	int nothing = result == CATALOGUE_NONE || result == CATALOGUE_CORRUPT ||
	    (result == CATALOGUE_OK &&
	    catalogue_segment_size(c) != arena_segment_size());

	catalogue_close(c);
	return nothing;
}

struct strays {
	struct data	*data;
	uint64_t	 bytes;		/* removed so far */
};

static void
remove_stray(void *arg, int64_t file, uint64_t bytes)
{
	struct strays *strays = arg;

	slot_beat();
	if (data_remove(strays->data, file) == 0)
		strays->bytes += bytes;
}

static enum catalogue_result
try_open(struct disk *d)
{
	return catalogue_open(d->path, arena_segment_size(), 0,
	    &d->catalogue);
}

/* A catalogue that cannot be made for want of room gets that of strays, and
 * the janitor sees to the rest of them.  What catalogue_open() says last. */
static enum catalogue_result
open_in_strays(struct disk *d)
{
	enum catalogue_result result = CATALOGUE_FULL;
	struct strays strays = { .bytes = 0 };
	uint64_t before;
	unsigned i;

	if (!names_nothing(d) || (strays.data = data_create(d->fd,
	    arena_segment_size())) == NULL)
		return result;
	for (i = 0; i < DATA_FOLDERS && result == CATALOGUE_FULL; i++) {
		before = strays.bytes;
		data_each_in(strays.data, i, remove_stray, &strays);
		if (strays.bytes > before)
			result = try_open(d);
	}
	data_destroy(strays.data);
	if (strays.bytes > 0)
		log_warn("spool: no room for a new catalogue: %llu bytes that "
		    "an older one named are removed",
		    (unsigned long long)strays.bytes);
	return result;
}

static int
open_catalogue(struct disk *d)
{
	enum catalogue_result result;
	struct stat st;

	if (health_take_corrupt() && set_aside(d) == -1)
		return -1;
	if ((result = try_open(d)) == CATALOGUE_CORRUPT) {
		health_check(NULL, result);
		if (!health_take_corrupt() || set_aside(d) == -1)
			return -1;
		result = try_open(d);
	}
	if (result == CATALOGUE_FULL)
		result = open_in_strays(d);
	if (health_check(NULL, result) == -1)
		return -1;
	if (fstatat(d->fd, CATALOGUE_NAME, &st, 0) == -1) {
		health_bad(SPOOL_BROKEN, "%s: %s", CATALOGUE_NAME,
		    strerror(errno));
		return -1;
	}
	d->file = st.st_ino;
	return 0;
}

int
disk_open(struct disk *d)
{
	if (open_folder(d) == -1 || take_lock(d) == -1 ||
	    open_catalogue(d) == -1)
		goto undo;
	if ((d->data = data_create(d->fd, arena_segment_size())) == NULL) {
		health_bad(SPOOL_BROKEN, "data: %s", strerror(errno));
		goto undo;
	}
	return 0;

undo:
	disk_close(d);
	return -1;
}

void
disk_close(struct disk *d)
{
	if (d->data != NULL)
		data_destroy(d->data);
	d->data = NULL;
	if (d->catalogue != NULL)
		catalogue_close(d->catalogue);
	d->catalogue = NULL;
	if (d->lock != -1)
		close(d->lock);
	if (d->fd != -1)
		close(d->fd);
	d->lock = d->fd = -1;
	health_closed();
}

int
disk_is_open(const struct disk *d)
{
	return d->data != NULL;
}

/* ---- what it is like ---- */

enum disk_place
disk_place(const struct disk *d)
{
	struct stat st;

	if (stat(d->path, &st) == -1) {
		health_bad(SPOOL_BROKEN, "%s: %s", log_vis(d->path),
		    strerror(errno));
		return DISK_MOVED;
	}
	if (st.st_dev != d->device || st.st_ino != d->folder) {
		health_bad(SPOOL_BROKEN, "%s is another directory now",
		    log_vis(d->path));
		return DISK_MOVED;
	}
	if (fstatat(d->fd, CATALOGUE_NAME, &st, 0) == -1 ||
	    st.st_ino != d->file) {
		health_bad(SPOOL_BROKEN, "%s/%s was taken away",
		    log_vis(d->path), CATALOGUE_NAME);
		return DISK_EMPTIED;
	}
	return DISK_HERE;
}

int
disk_is_read_only(const struct disk *d)
{
	struct statvfs fs;

	return fstatvfs(d->fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

int64_t
disk_spare(const struct disk *d)
{
	uint64_t size, kept, margin = MARGIN, spare;
	struct statvfs fs;

	if (fstatvfs(d->fd, &fs) == -1)
		return INT64_MAX;	/* writing will tell */
	size = (uint64_t)fs.f_blocks * fs.f_frsize;
	spare = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (margin > size / 16)
		margin = size / 16;
	kept = size / 100 * d->rules.min_free;
	if (kept < margin)
		kept = margin;
	return (int64_t)spare - (int64_t)kept;
}

int
disk_try(const struct disk *d)
{
	char *bytes;
	int fd, good = 0;

	if ((bytes = calloc(1, TRIAL_BYTES)) == NULL)
		return 0;
	fd = openat(d->fd, TRIAL_NAME, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0600);
	if (fd != -1) {
		good = pwrite(fd, bytes, TRIAL_BYTES, 0) ==
		    (ssize_t)TRIAL_BYTES && fdatasync(fd) == 0;
		close(fd);
		unlinkat(d->fd, TRIAL_NAME, 0);
	}
	free(bytes);
	return good;
}

int64_t
disk_now(void)
{
	static int64_t began;

	if (began == 0)
		began = clock_wall() * 1000 - clock_ms();
	return began + clock_ms();
}
