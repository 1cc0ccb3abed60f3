/* SPDX-License-Identifier: ISC */
/* reload -- a new configuration in the place of the one in force; master */
#include "config.h"

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include "reeld/log.h"
#include "load.h"
#include "reload.h"

/* What was decided when reeld started: arena, processes, listeners, ids. */
static const struct kept {
	const char	*name;
	size_t		 at, size;
	int		 text;
} table[] = {
#define VALUE(field) { #field, offsetof(struct conf, field), \
	sizeof(((struct conf *)0)->field), 0 }
#define TEXT(field) { #field, offsetof(struct conf, field), \
	sizeof(char *), 1 }
	VALUE(workers),
	VALUE(arena_size),
	VALUE(segment_size),
	VALUE(prefault),
	VALUE(worker_connections),
	TEXT(user),
	TEXT(control),
	TEXT(log),
	TEXT(pidfile),
#undef VALUE
#undef TEXT
};

static void
exchange(void *a, void *b, size_t size)
{
	char keep[sizeof(uint64_t)];

	memcpy(keep, a, size);
	memcpy(a, b, size);
	memcpy(b, keep, size);
}

static int
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static int
same_listen(const struct conf_listen *a, const struct conf_listen *b)
{
	return same_text(a->address, b->address) && a->serve == b->serve &&
	    a->tls == b->tls && a->proxy_protocol == b->proxy_protocol &&
	    same_text(a->certificate, b->certificate) &&
	    same_text(a->key, b->key);
}

static int
same_listens(const struct conf *a, const struct conf *b)
{
	size_t i;

	for (i = 0; i < a->nlistens && i < b->nlistens; i++)
		if (!same_listen(&a->listens[i], &b->listens[i]))
			return 0;
	return a->nlistens == b->nlistens;
}

static void
warn_kept(FILE *out, const struct conf *conf, int line, const char *name)
{
	char text[128];

	snprintf(text, sizeof(text),
	    "%s has changed, which takes effect only with a restart", name);
	load_print(out, 1, conf->file, line, text);
}

/* Gives `fresh` what `old` has of all that is kept, and the other way round:
 * both stay whole, and can be destroyed. */
static void
keep(struct conf *fresh, struct conf *old, FILE *out)
{
	const struct kept *k;
	char *a, *b;
	size_t i;
	int same;

	for (k = table; k < table + sizeof(table) / sizeof(*k); k++) {
		a = (char *)fresh + k->at;
		b = (char *)old + k->at;
		if (k->text)
			same = same_text(*(char **)a, *(char **)b);
		else
			same = memcmp(a, b, k->size) == 0;
		if (!same)
			warn_kept(out, fresh, 0, k->name);
		exchange(a, b, k->size);
	}
	if (!same_listens(fresh, old))
		warn_kept(out, fresh, fresh->nlistens > 0 ?
		    fresh->listens[0].line : 0, "listen");
	exchange(&fresh->listens, &old->listens, sizeof(fresh->listens));
	exchange(&fresh->nlistens, &old->nlistens, sizeof(fresh->nlistens));
	/* the text of a file name belongs to the one that goes */
	for (i = 0; i < fresh->nlistens; i++)
		fresh->listens[i].file = NULL;
	exchange(&fresh->workers_auto, &old->workers_auto,
	    sizeof(fresh->workers_auto));
}

static size_t
log_lines(const char *text, int failed)
{
	const char *end;
	size_t n = 0;

	for (; *text != '\0'; text = end + 1, n++) {
		end = strchr(text, '\n');
		if (failed)
			log_err("%.*s", (int)(end - text), text);
		else
			log_warn("%.*s", (int)(end - text), text);
	}
	return n;
}

static void
conclude(const char *text, int failed, FILE *answer)
{
	size_t n = log_lines(text, failed);

	if (failed)
		log_err("configuration not changed");
	else
		log_info("configuration read again");
	if (answer == NULL)
		return;
	if (failed)
		fprintf(answer, "error: configuration not changed, %zu line%s "
		    "to see to\n%s", n, n == 1 ? "" : "s", text);
	else
		fprintf(answer, "ok\n%sconfiguration read again\n", text);
}

int
reload_conf(const struct master_start *start, struct conf **conf, FILE *answer)
{
	struct conf *fresh;
	FILE *out;
	char *text = NULL;
	size_t len;

	if ((out = open_memstream(&text, &len)) == NULL) {
		log_err("reload: %s", strerror(errno));
		return -1;
	}
	if ((fresh = load_conf(start, LOAD_RUN, out)) != NULL) {
		keep(fresh, *conf, out);
		conf_destroy(*conf);
		*conf = fresh;
	}
	if (fclose(out) == 0)
		conclude(text, fresh == NULL, answer);
	free(text);
	return fresh == NULL ? -1 : 0;
}

static int
write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len > 0; text += n, len -= (size_t)n)
		if ((n = write(fd, text, len)) == -1)
			return -1;
	return 0;
}

/* Sealed: one role must not change what the others read. */
static int
sealed_copy(const char *text, size_t len)
{
	int fd, saved;

	fd = memfd_create("reeld-conf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1)
		return -1;
	if (write_all(fd, text, len) == -1 || fcntl(fd, F_ADD_SEALS,
	    F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == -1)
		goto undo_fd;
	return fd;

undo_fd:
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
reload_text(const struct conf *conf)
{
	FILE *out;
	char *text = NULL;
	size_t len = 0;
	int rc, fd = -1;

	if ((out = open_memstream(&text, &len)) == NULL)
		return -1;
	rc = conf_print(conf, out, CONF_SECRETS);
	if (fclose(out) == 0 && rc == 0)
		fd = sealed_copy(text, len);
	freezero(text, len);
	return fd;
}
