/* SPDX-License-Identifier: ISC */
/* fsck -- checks a spool that no spooler has; reelctl */
#include "config.h"

#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "reeld/fsck.h"
#include "reeld/log.h"
#include "catalogue.h"
#include "data.h"
#include "stray.h"

#define AT_A_TIME	256	/* files of the catalogue */
#define PAGE		4096

struct fsck {
	const char	*path;
	FILE		*out;
	int		 repair;
	int		 fd, lock;	/* -1: none */
	struct catalogue *catalogue;
	struct data	*data;
	uint8_t		*bytes;		/* of one segment */
	struct catalogue_segment *segments;	/* of one file */
	size_t		 n;
	uint64_t	 bad, left;	/* how many were found */
	int		 failed;	/* something could not be done */
};

/* What the spool has, and what of it is not right. */
static void
say(struct fsck *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct fsck *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(f->out, fmt, ap);
	va_end(ap);
	fputc('\n', f->out);
}

/* What could not be looked at, or changed. */
static void
fail(struct fsck *f, const char *what, const char *why)
{
	say(f, "%s: %s", what, why);
	f->failed = 1;
}

static void
check_result(struct fsck *f, enum catalogue_result result)
{
	if (result != CATALOGUE_OK && result != CATALOGUE_NONE)
		fail(f, CATALOGUE_NAME, catalogue_error(f->catalogue));
}

static void
check_done(struct fsck *f, int64_t file, int result)
{
	char what[48];

	if (result != -1)
		return;
	snprintf(what, sizeof(what), "file %lld", (long long)file);
	fail(f, what, strerror(errno));
}

/* ---- segments ---- */

/* Why a segment is bad, or could not be looked at, with errno; or NULL. */
static const char *
read_segment(struct fsck *f, const struct catalogue_segment *s)
{
	uint32_t end = catalogue_end(s, catalogue_segment_size(f->catalogue));
	unsigned part;

	for (part = 0; part < CATALOGUE_PARTS; part++)
		if (data_read(f->data, s, part, f->bytes, end) == -1)
			return errno == EBADMSG ?
			    "its bytes are not what was saved" :
			    strerror(errno);
	return NULL;
}

static void
check_segment(struct fsck *f, const struct catalogue_segment *s)
{
	const char *why = read_segment(f, s);
	char url[256];

	if (why == NULL)
		return;
	if (!data_is_bad(errno)) {
		check_done(f, s->file, -1);
		return;
	}
	catalogue_url(f->catalogue, s->file, url, sizeof(url));
	say(f, "file %lld: segment %u of %s: %s", (long long)s->file,
	    s->number, log_vis(url), why);
	f->bad++;
	if (!f->repair)
		return;
	check_result(f, catalogue_drop(f->catalogue, s->file, s->number));
	check_done(f, s->file, data_punch(f->data, s->file, s->number));
}

static void
see_segment(void *arg, const struct catalogue_segment *s)
{
	struct fsck *f = arg;

	if (f->n < SPOOL_SEGMENTS)
		f->segments[f->n++] = *s;
}

static void
check_strays(struct fsck *f, int64_t file)
{
	int64_t n = stray_bytes(f->catalogue, f->data, file, f->repair);

	check_done(f, file, n == -1 ? -1 : 0);
	if (n <= 0)
		return;
	say(f, "file %lld: %lld bytes are left over", (long long)file,
	    (long long)n);
	f->left++;
}

static void
drop_file(struct fsck *f, int64_t file)
{
	check_result(f, catalogue_remove(f->catalogue, file));
	check_done(f, file, data_remove(f->data, file));
}

static void
check_file(struct fsck *f, int64_t file)
{
	size_t i;

	f->n = 0;
	check_result(f, catalogue_segments(f->catalogue, file, see_segment,
	    f));
	for (i = 0; i < f->n; i++)
		check_segment(f, &f->segments[i]);
	check_strays(f, file);
	if (f->n == 0) {
		say(f, "file %lld: left over, it has no segment",
		    (long long)file);
		f->left++;
		if (f->repair)
			drop_file(f, file);
	}
}

/* Files whose last segment was bad. */
static void
drop_empty(struct fsck *f)
{
	int64_t files[AT_A_TIME];
	size_t i, n = 1;

	while (!f->failed && n > 0) {
		if (catalogue_empty(f->catalogue, files, AT_A_TIME, &n) !=
		    CATALOGUE_OK)
			fail(f, CATALOGUE_NAME,
			    catalogue_error(f->catalogue));
		for (i = 0; i < n; i++)
			drop_file(f, files[i]);
	}
}

/* ---- files ---- */

static void
check_files(struct fsck *f)
{
	int64_t files[AT_A_TIME], last = 0;
	size_t i, n = 1;

	while (!f->failed && n > 0) {
		if (catalogue_files(f->catalogue, last, files, AT_A_TIME,
		    &n) != CATALOGUE_OK)
			fail(f, CATALOGUE_NAME,
			    catalogue_error(f->catalogue));
		for (i = 0; i < n; i++)
			check_file(f, last = files[i]);
	}
	if (f->repair)
		drop_empty(f);
}

static void
see_file(void *arg, int64_t file, uint64_t bytes)
{
	struct fsck *f = arg;

	if (f->catalogue != NULL && catalogue_has(f->catalogue, file))
		return;
	say(f, "file %lld: left over, %llu bytes", (long long)file,
	    (unsigned long long)bytes);
	f->left++;
	if (f->repair)
		check_done(f, file, data_remove(f->data, file));
}

static void
each_file(struct fsck *f)
{
	if (data_each(f->data, see_file, f) == -1)
		fail(f, DATA_NAME, strerror(errno));
}

/* ---- the spool ---- */

static enum fsck_verdict
print_verdict(struct fsck *f)
{
	struct catalogue_totals t = { 0, 0, 0, 0 };

	if (f->catalogue != NULL)
		catalogue_totals(f->catalogue, &t);
	say(f, "%llu objects, %llu segments, %llu bytes: %llu bad, "
	    "%llu left over%s", (unsigned long long)t.files,
	    (unsigned long long)t.segments, (unsigned long long)t.bytes,
	    (unsigned long long)f->bad, (unsigned long long)f->left,
	    f->repair && !f->failed && f->bad + f->left > 0 ?
	    ", repaired" : "");
	return f->failed ? FSCK_FAILED : f->bad > 0 ? FSCK_BAD : FSCK_CLEAN;
}

/* Nothing of a corrupt catalogue counts: its data belong to nobody. */
static void
begin_anew(struct fsck *f)
{
	say(f, "%s: %s", CATALOGUE_NAME, catalogue_error(f->catalogue));
	f->bad++;
	catalogue_close(f->catalogue);
	f->catalogue = NULL;
	if (!f->repair)
		return;
	if (catalogue_set_aside(f->path) == -1)
		fail(f, CATALOGUE_NAME, strerror(errno));
	else
		each_file(f);
}

static int
take_buffers(struct fsck *f)
{
	uint32_t size = catalogue_segment_size(f->catalogue);

	f->bytes = aligned_alloc(PAGE, size);
	f->segments = reallocarray(NULL, SPOOL_SEGMENTS,
	    sizeof(*f->segments));
	data_destroy(f->data);
	f->data = data_create(f->fd, size);
	if (f->bytes != NULL && f->segments != NULL && f->data != NULL)
		return 0;
	fail(f, f->path, strerror(ENOMEM));
	return -1;
}

/* Data files can be listed without a catalogue, and of any segment size. */
static void
check_spool(struct fsck *f)
{
	enum catalogue_result result;

	if ((f->data = data_create(f->fd, SEGMENT_BLOCKS)) == NULL) {
		fail(f, f->path, strerror(ENOMEM));
		return;
	}
	result = catalogue_open(f->path, 0, !f->repair, &f->catalogue);
	if (result == CATALOGUE_OK)
		result = catalogue_check(f->catalogue);
	if (result == CATALOGUE_CORRUPT) {
		begin_anew(f);
	} else if (result == CATALOGUE_NONE) {
		if (faccessat(f->fd, DATA_NAME, F_OK, 0) == 0)
			each_file(f);
		else if (f->lock == -1)
			fail(f, f->path, "there is no spool in it");
	} else if (result != CATALOGUE_OK) {
		fail(f, CATALOGUE_NAME, catalogue_error(f->catalogue));
	} else if (take_buffers(f) == 0) {
		each_file(f);
		check_files(f);
	}
}

/* A spool whose spooler never ran has no lock. */
static int
take_lock(struct fsck *f)
{
	f->fd = open(f->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd == -1)
		return -1;
	f->lock = openat(f->fd, "lock", O_RDONLY | O_CLOEXEC);
	if (f->lock == -1)
		return errno == ENOENT ? 0 : -1;
	return flock(f->lock, LOCK_EX | LOCK_NB);
}

enum fsck_verdict
fsck_spool(const char *path, int repair, FILE *out)
{
	struct fsck f = { .path = path, .out = out, .repair = repair,
	    .fd = -1, .lock = -1 };
	enum fsck_verdict verdict;

	if (take_lock(&f) == -1)
		fail(&f, path, errno == EWOULDBLOCK ? "a reeld uses it" :
		    strerror(errno));
	else
		check_spool(&f);
	verdict = f.fd == -1 || f.failed ? FSCK_FAILED : print_verdict(&f);
	catalogue_close(f.catalogue);
	data_destroy(f.data);
	free(f.bytes);
	free(f.segments);
	if (f.fd != -1)
		close(f.fd);
	if (f.lock != -1)
		close(f.lock);
	return verdict;
}
