/* SPDX-License-Identifier: ISC */
/* pem -- certificates and private keys in files; master */
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

#include "pem.h"

#define FILE_MOST	(1 << 20)	/* bytes of a certificate or key */

/* A file in memory, which is wiped afterwards. */
struct text {
	char		*bytes;
	size_t		 len;
};

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

/* Up to the end of the text: 0, or -1 where it is none or is damaged. */
static int
read_certificates(BIO *bio, STACK_OF(X509) *chain)
{
	X509 *x;
	int asked;

	while ((x = PEM_read_bio_X509(bio, NULL, no_password, &asked)) != NULL)
		if (sk_X509_push(chain, x) == 0) {
			X509_free(x);
			return -1;
		}
	if (sk_X509_num(chain) == 0 ||
	    ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return -1;
	ERR_clear_error();
	return 0;
}

STACK_OF(X509) *
pem_certificates(const char *path, const char **why)
{
	STACK_OF(X509) *chain;
	struct text text;
	BIO *bio;
	int rc = -1;

	ERR_clear_error();
	if ((bio = open_text(path, &text, why)) == NULL)
		return NULL;
	if ((chain = sk_X509_new_null()) != NULL)
		rc = read_certificates(bio, chain);
	close_text(bio, &text);
	if (rc == 0)
		return chain;
	*why = reason();
	sk_X509_pop_free(chain, X509_free);
	return NULL;
}

EVP_PKEY *
pem_key(const char *path, X509 *leaf, const char **why)
{
	struct text text;
	int asked = 0;
	EVP_PKEY *key;
	BIO *bio;

	ERR_clear_error();
	if ((bio = open_text(path, &text, why)) == NULL)
		return NULL;
	key = PEM_read_bio_PrivateKey(bio, NULL, no_password, &asked);
	close_text(bio, &text);
	if (key == NULL) {
		*why = asked ? "is encrypted" : reason();
		return NULL;
	}
	if (X509_check_private_key(leaf, key) == 1)
		return key;
	*why = "is not the certificate's";
	EVP_PKEY_free(key);
	return NULL;
}

int
pem_try(STACK_OF(X509) *chain, EVP_PKEY *key, const char **why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	int i, ok;

	ok = ctx != NULL &&
	    SSL_CTX_use_certificate(ctx, sk_X509_value(chain, 0)) == 1;
	for (i = 1; ok && i < sk_X509_num(chain); i++)
		ok = SSL_CTX_add1_chain_cert(ctx, sk_X509_value(chain, i)) ==
		    1;
	ok = ok && SSL_CTX_use_PrivateKey(ctx, key) == 1;
	if (!ok)
		*why = reason();
	SSL_CTX_free(ctx);
	return ok ? 0 : -1;
}

const char *
pem_dates(const X509 *x, char date[PEM_DATE])
{
	const ASN1_TIME *begin = X509_get0_notBefore(x);
	const ASN1_TIME *end = X509_get0_notAfter(x);
	int late = X509_cmp_current_time(end) < 0;
	struct tm tm;

	if (!late && X509_cmp_current_time(begin) <= 0)
		return NULL;
	memcpy(date, "?", sizeof("?"));
	if (ASN1_TIME_to_tm(late ? end : begin, &tm) == 1)
		strftime(date, PEM_DATE, "%Y-%m-%d", &tm);
	return late ? "has expired on" : "is not valid before";
}

int
pem_write_certificates(BIO *bio, STACK_OF(X509) *chain)
{
	int i;

	for (i = 0; i < sk_X509_num(chain); i++)
		if (PEM_write_bio_X509(bio, sk_X509_value(chain, i)) != 1)
			return 0;
	return 1;
}

int
pem_write_key(BIO *bio, EVP_PKEY *key)
{
	return PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
}
