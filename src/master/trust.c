/* SPDX-License-Identifier: ISC */
/* trust -- authorities, certificates and keys for TLS sources; master */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "reeld/log.h"
#include "reeld/msg.h"
#include "load.h"
#include "pem.h"
#include "sealed.h"
#include "trust.h"

#define COMPLAINT	1024	/* bytes, more than a name and a path take */

/* One origin's. */
struct trust {
	const struct conf_origin *origin;
	FILE		*errors;
	STACK_OF(X509)	*authorities;
	STACK_OF(X509)	*chain;		/* ours, who vouches for it, ... */
	EVP_PKEY	*key;
};

static void __attribute__((format(printf, 3, 4)))
complain(const struct trust *t, int warning, const char *fmt, ...)
{
	char text[COMPLAINT];
	va_list ap;
	int n;

	n = snprintf(text, sizeof(text), "origin \"%s\": ",
	    log_vis(t->origin->name));
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	load_print(t->errors, warning, t->origin->file, t->origin->line, text);
}

static int
refuse(const struct trust *t, const char *what, const char *path,
    const char *why)
{
	complain(t, 0, "%s %s: %s", what, log_vis(path), why);
	return -1;
}

static int
read_authorities(struct trust *t)
{
	const char *path = t->origin->ca_file, *why;

	if (path == NULL ||
	    (t->authorities = pem_certificates(path, &why)) != NULL)
		return 0;
	return refuse(t, "ca_file", path, why);
}

/* Many have the key in the file of the certificate. */
static int
read_own(struct trust *t)
{
	const char *path = t->origin->client_certificate, *why;
	const char *key = t->origin->client_key;
	char date[PEM_DATE];

	if (path == NULL)
		return 0;
	if ((t->chain = pem_certificates(path, &why)) == NULL)
		return refuse(t, "client_certificate", path, why);
	if (key == NULL)
		key = path;
	t->key = pem_key(key, sk_X509_value(t->chain, 0), &why);
	if (t->key == NULL)
		return refuse(t, "client_key", key, why);
	if (pem_try(t->chain, t->key, &why) == -1)
		return refuse(t, "client_certificate", path, why);
	if ((why = pem_dates(sk_X509_value(t->chain, 0), date)) != NULL)
		complain(t, 1, "client_certificate %s: %s %s", log_vis(path),
		    why, date);
	return 0;
}

/* ---- as MSG_TRUST wants it, whatever else stands in the files ---- */

/* One part of it as PEM, empty without one; the number of its bytes goes into
 * `*len`.  OpenSSL wipes the memory of a BIO. */
static BIO *
print_part(const struct trust *t, enum msg_trust_part part, uint32_t *len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int ok = bio != NULL;
	char *text;

	if (ok && part == MSG_TRUST_AUTHORITIES)
		ok = pem_write_certificates(bio, t->authorities);
	else if (ok && part == MSG_TRUST_CERTIFICATE)
		ok = pem_write_certificates(bio, t->chain);
	else if (ok && t->key != NULL)
		ok = pem_write_key(bio, t->key);
	if (!ok) {
		BIO_free(bio);
		return NULL;
	}
	*len = (uint32_t)BIO_get_mem_data(bio, &text);
	return bio;
}

/* Appends what the origin has, if it has anything: 0, or -1. */
static int
pack(const struct trust *t, uint32_t origin, BIO *all)
{
	struct msg_trust head = { .origin = origin };
	BIO *parts[MSG_TRUST_PARTS];
	char *text;
	int i, ok = 1;

	if (t->authorities == NULL && t->chain == NULL)
		return 0;
	for (i = 0; i < MSG_TRUST_PARTS; i++)
		if ((parts[i] = print_part(t, (enum msg_trust_part)i,
		    &head.len[i])) == NULL)
			ok = 0;
	ok = ok && BIO_write(all, &head, sizeof(head)) == sizeof(head);
	for (i = 0; i < MSG_TRUST_PARTS; i++) {
		if (ok && BIO_get_mem_data(parts[i], &text) > 0)
			ok = BIO_write(all, text, (int)head.len[i]) ==
			    (int)head.len[i];
		BIO_free(parts[i]);
	}
	return ok ? 0 : -1;
}

static int
load_one(const struct conf_origin *o, uint32_t number, BIO *all, FILE *errors)
{
	struct trust t = { .origin = o, .errors = errors };
	int rc = -1;

	if (read_authorities(&t) + read_own(&t) == 0) {
		rc = pack(&t, number, all);
		if (rc == -1)
			complain(&t, 0, "its certificates take too much room");
	}
	EVP_PKEY_free(t.key);
	sk_X509_pop_free(t.chain, X509_free);
	sk_X509_pop_free(t.authorities, X509_free);
	ERR_clear_error();
	return rc;
}

static int
seal(const struct conf *conf, BIO *all, FILE *errors)
{
	struct sealed_part part = { NULL, 0 };
	char *text = NULL;
	int fd;

	part.len = (size_t)BIO_get_mem_data(all, &text);
	part.bytes = text;
	if ((fd = sealed_create("reeld-trust", &part, 1)) == -1)
		load_print(errors, 0, conf->file, 0, strerror(errno));
	return fd;
}

int
trust_load(const struct conf *conf, int *fd, FILE *errors)
{
	BIO *all = BIO_new(BIO_s_mem());
	size_t i;
	int rc = 0;

	*fd = -1;
	if (all == NULL)
		fatal("no memory");
	for (i = 0; i < conf->norigins; i++)
		if (load_one(&conf->origins[i], (uint32_t)i, all, errors) == -1)
			rc = -1;
	if (rc == 0 && (*fd = seal(conf, all, errors)) == -1)
		rc = -1;
	BIO_free(all);
	return rc;
}

int
trust_check(const struct conf *conf, FILE *errors)
{
	int fd, rc;

	if ((rc = trust_load(conf, &fd, errors)) == 0)
		close(fd);
	return rc;
}
