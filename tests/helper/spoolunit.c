/* SPDX-License-Identifier: ISC */
/* spoolunit -- the spooler's parts, called by a test; unit tests */
#include "config.h"

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "reeld/audit.h"
#include "reeld/clock.h"
#include "../../src/spooler/batch.h"
#include "../../src/spooler/health.h"
#include "../../src/spooler/janitor.h"
#include "../../src/spooler/save.h"
#include "../../src/spooler/work.h"
#include "keeper.h"
#include "spooled.h"
#include "spoolunit.h"

#define AGAIN	500	/* turns; the janitor needs fewer for a round */

static int
mount_at(const char *dir, const char *size)
{
	char options[32];

	snprintf(options, sizeof(options), "size=%s", size);
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("spool", dir, "tmpfs", 0, options) == 0)
		return 1;
	printf("SKIP: no file system can be mounted\n");
	fflush(stdout);
	return 0;
}

int
spoolunit_begin(struct spoolunit *u, uint64_t arena, int64_t size,
    const char *mount)
{
	struct conf_spool rules = { .max = 1 << 30, .low = 1 << 29,
	    .janitor_interval = 60000, .idle = 1000, .reload_ttl = 1000,
	    .save = CONF_SAVE_EARLY };
	const char *tmp = getenv("TMPDIR");

	memset(u, 0, sizeof(*u));
	snprintf(u->dir, sizeof(u->dir), "%s/spoolunit.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(u->dir));
	if (mount != NULL && !(u->mounted = mount_at(u->dir, mount))) {
		keeper_remove(u->dir);
		return 0;
	}
	u->object = spooled_begin(&u->t, arena, size);
	spool_bind(u->object, 0);
	health_here();
	rules.directory = u->dir;
	disk_init(&u->disk, &rules);
	cr_assert_eq(disk_open(&u->disk), 0);
	janitor_begin(clock_ms());
	return 1;
}

void
spoolunit_end(struct spoolunit *u)
{
	work_end(&u->disk);
	disk_close(&u->disk);
	spooled_end(&u->t, &u->object);
	if (u->mounted)
		umount2(u->dir, MNT_DETACH);
	keeper_remove(u->dir);
}

void
spoolunit_save(struct spoolunit *u, enum spool_why why)
{
	while (save_turn(&u->disk, why, 0))
		continue;
	batch_commit(&u->disk);
}

int
spoolunit_work(struct spoolunit *u, enum spool_state state, int turns)
{
	for (; turns > 0 && health_state() != state; turns--) {
		if (turns % AGAIN == 0)
			health_retry(clock_ms());
		work_turn(&u->disk, clock_ms(), 1);
	}
	return health_state() == state;
}

int64_t
spoolunit_write(struct spoolunit *u, const char *name, int64_t bytes)
{
	static const char noise[4096] = { 'x' };
	char path[400];
	int64_t done = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", u->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	while (done < bytes && (n = write(fd, noise, sizeof(noise))) > 0)
		done += n;
	close(fd);
	return done;
}

void
spoolunit_damage(struct spoolunit *u, uint32_t number)
{
	int64_t file = spool_bound(u->object);
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "%s/%02x/%lld", DATA_NAME,
	    (unsigned)(file & (DATA_FOLDERS - 1)), (long long)file);
	fd = openat(u->disk.fd, name, O_WRONLY);
	cr_assert_neq(fd, -1, "%s", name);
	cr_assert_eq(pwrite(fd, "damaged", 7, (off_t)number *
	    STORETEST_SEGMENT), 7);
	close(fd);
}

void
spoolunit_change(struct spoolunit *u, const char *sql)
{
	char name[300], *error = NULL;
	sqlite3 *db;

	work_end(&u->disk);
	disk_close(&u->disk);
	snprintf(name, sizeof(name), "%s/%s", u->dir, CATALOGUE_NAME);
	cr_assert_eq(sqlite3_open(name, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, &error), SQLITE_OK,
	    "%s", error);
	sqlite3_close(db);
	cr_assert_eq(disk_open(&u->disk), 0);
}

int
spoolunit_has_row(struct spoolunit *u, uint32_t number)
{
	struct catalogue_segment s;

	return catalogue_segment(u->disk.catalogue, spool_bound(u->object),
	    number, &s) == CATALOGUE_OK;
}

void
spoolunit_limit(uint64_t size)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = size;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
