/* SPDX-License-Identifier: ISC */
/* identity -- certificates and keys of TLS listeners; master */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bsd/stdlib.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "reeld/log.h"
#include "identity.h"
#include "load.h"
#include "sealed.h"

#define FILE_MOST	(1 << 20)	/* bytes of a certificate or key */

/* One listener's, and where to complain of it. */
struct identity {
	const struct conf_listen *listen;
	FILE		*errors;
	X509		*leaf;
	STACK_OF(X509)	*chain;		/* who vouches for it, in order */
	EVP_PKEY	*key;
};

/* A file in memory, which is wiped afterwards. */
struct text {
	char		*bytes;
	size_t		 len;
};

static int
complain(const struct identity *id, const char *what, const char *path,
    const char *why)
{
	load_complain(id->errors, 0, id->listen, "%s %s: %s", what,
	    log_vis(path), why);
	return -1;
}

/* The last error of OpenSSL in words. */
static const char *
reason(void)
{
	unsigned long e = ERR_peek_last_error();
	const char *why = ERR_reason_error_string(e);

	if (ERR_GET_LIB(e) == ERR_LIB_PEM &&
	    ERR_GET_REASON(e) == PEM_R_NO_START_LINE)
		return "there is none in the file (PEM)";
	return why != NULL ? why : "OpenSSL does not take it";
}

/* Reads `fd`, which is a plain file: 0, or -1 with `*why` in words. */
static int
read_all(int fd, struct text *text, const char **why)
{
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) == -1) {
		*why = strerror(errno);
		return -1;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > FILE_MOST) {
		*why = "is no plain file of at most 1 MiB";
		return -1;
	}
	text->len = 0;
	text->bytes = malloc((size_t)st.st_size + 1);
	while (text->bytes != NULL && text->len < (size_t)st.st_size && n > 0) {
		n = read(fd, text->bytes + text->len,
		    (size_t)st.st_size - text->len);
		if (n > 0)
			text->len += (size_t)n;
	}
	if (text->bytes != NULL && n != -1)
		return 0;
	*why = strerror(errno);
	freezero(text->bytes, text->len);
	return -1;
}

/* A pipe would have us wait. */
static BIO *
open_text(const char *path, struct text *text, const char **why)
{
	BIO *bio;
	int fd, rc;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1) {
		*why = strerror(errno);
		return NULL;
	}
	rc = read_all(fd, text, why);
	close(fd);
	if (rc == -1)
		return NULL;
	if ((bio = BIO_new_mem_buf(text->bytes, (int)text->len)) == NULL) {
		*why = reason();
		freezero(text->bytes, text->len);
	}
	return bio;
}

static void
close_text(BIO *bio, struct text *text)
{
	BIO_free(bio);
	freezero(text->bytes, text->len);
}

/* Nobody is there who could be asked for one. */
static int
no_password(char *buf, int size, int writing, void *asked)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(int *)asked = 1;
	return -1;
}

/* The certificates of a file, the listener's own first (RFC 8446, 4.4.2). */
static int
read_certificates(struct identity *id, BIO *bio)
{
	X509 *x;
	int asked;

	if ((id->leaf = PEM_read_bio_X509(bio, NULL, no_password, &asked)) ==
	    NULL || (id->chain = sk_X509_new_null()) == NULL)
		return -1;
	while ((x = PEM_read_bio_X509(bio, NULL, no_password, &asked)) != NULL)
		if (sk_X509_push(id->chain, x) == 0) {
			X509_free(x);
			return -1;
		}
	/* the end of the file, or a damaged one */
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return -1;
	ERR_clear_error();
	return 0;
}

static int
load_certificates(struct identity *id)
{
	const char *path = id->listen->certificate, *why;
	struct text text;
	BIO *bio;
	int rc = -1;

	if ((bio = open_text(path, &text, &why)) != NULL) {
		if ((rc = read_certificates(id, bio)) == -1)
			why = reason();
		close_text(bio, &text);
	}
	return rc == 0 ? 0 : complain(id, "certificate", path, why);
}

static int
load_key(struct identity *id)
{
	const char *path = id->listen->key, *why;
	struct text text;
	int asked = 0;
	BIO *bio;

	if ((bio = open_text(path, &text, &why)) != NULL) {
		id->key = PEM_read_bio_PrivateKey(bio, NULL, no_password,
		    &asked);
		if (id->key == NULL)
			why = asked ? "is encrypted" : reason();
		else if (X509_check_private_key(id->leaf, id->key) != 1)
			why = "is not the certificate's";
		else
			why = NULL;
		close_text(bio, &text);
	}
	return why == NULL ? 0 : complain(id, "key", path, why);
}

/* There is more that OpenSSL may have against them: too short a key, too weak
 * a signature. */
static int
try_out(struct identity *id)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	const char *why = NULL;

	if (ctx == NULL || SSL_CTX_use_certificate(ctx, id->leaf) != 1 ||
	    SSL_CTX_set1_chain(ctx, id->chain) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, id->key) != 1)
		why = reason();
	SSL_CTX_free(ctx);
	return why == NULL ? 0 : complain(id, "certificate",
	    id->listen->certificate, why);
}

static void
warn_of_dates(const struct identity *id)
{
	const ASN1_TIME *begin = X509_get0_notBefore(id->leaf);
	const ASN1_TIME *end = X509_get0_notAfter(id->leaf);
	int late = X509_cmp_current_time(end) < 0;
	char date[32] = "?";
	struct tm tm;

	if (!late && X509_cmp_current_time(begin) <= 0)
		return;
	if (ASN1_TIME_to_tm(late ? end : begin, &tm) == 1)
		strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	load_complain(id->errors, 1, id->listen, "certificate %s: %s %s",
	    log_vis(id->listen->certificate),
	    late ? "has expired on" : "is not valid before", date);
}

/* As MSG_IDENTITY wants it, whatever else stands in the files.  OpenSSL wipes
 * the memory of a BIO. */
static int
pack(const struct identity *id, const unsigned char *ticket_keys)
{
	struct sealed_part parts[2] = { { ticket_keys, MSG_TICKET_KEYS } };
	BIO *bio = BIO_new(BIO_s_mem());
	int i, ok, fd = -1;
	char *pem;

	ok = bio != NULL && PEM_write_bio_PrivateKey(bio, id->key, NULL, NULL,
	    0, NULL, NULL) == 1 && PEM_write_bio_X509(bio, id->leaf) == 1;
	for (i = 0; ok && i < sk_X509_num(id->chain); i++)
		ok = PEM_write_bio_X509(bio, sk_X509_value(id->chain, i)) == 1;
	if (ok) {
		parts[1].len = (size_t)BIO_get_mem_data(bio, &pem);
		parts[1].bytes = pem;
		fd = sealed_create("reeld-identity", parts, 2);
	}
	BIO_free(bio);
	return fd;
}

/* The memfd of one listener, or -1 after the reason was told. */
static int
load_one(const struct conf_listen *listen, const unsigned char *ticket_keys,
    FILE *errors)
{
	struct identity id = { .listen = listen, .errors = errors };
	int fd = -1;

	ERR_clear_error();
	if (load_certificates(&id) == 0 && load_key(&id) == 0 &&
	    try_out(&id) == 0) {
		warn_of_dates(&id);
		if ((fd = pack(&id, ticket_keys)) == -1)
			complain(&id, "key", listen->key, strerror(errno));
	}
	EVP_PKEY_free(id.key);
	sk_X509_pop_free(id.chain, X509_free);
	X509_free(id.leaf);
	ERR_clear_error();
	return fd;
}

int
identity_load(struct identities *ids, const struct conf *conf,
    const unsigned char ticket_keys[MSG_TICKET_KEYS], FILE *errors)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < CHILD_LISTENS; i++) {
		ids->fds[i] = -1;
		if (i >= conf->nlistens || !conf->listens[i].tls)
			continue;
		ids->fds[i] = load_one(&conf->listens[i], ticket_keys, errors);
		if (ids->fds[i] == -1)
			rc = -1;
	}
	if (rc == -1)
		identity_close(ids);
	return rc;
}

void
identity_close(struct identities *ids)
{
	size_t i;

	for (i = 0; i < CHILD_LISTENS; i++) {
		if (ids->fds[i] != -1)
			close(ids->fds[i]);
		ids->fds[i] = -1;
	}
}

int
identity_check(const struct conf *conf, FILE *errors)
{
	static const unsigned char none[MSG_TICKET_KEYS];
	struct identities ids;
	int rc;

	if ((rc = identity_load(&ids, conf, none, errors)) == 0)
		identity_close(&ids);
	return rc;
}
