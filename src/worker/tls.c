/* SPDX-License-Identifier: ISC */
/* tls -- what a listener shows of itself to TLS clients; worker */
#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <limits.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "reeld/log.h"
#include "reeld/msg.h"
#include "tls.h"

/* Only ciphers that HTTP/2 may use (RFC 9113, 9.2.2), for TLS 1.2. */
#define CIPHERS	"ECDHE+AESGCM:ECDHE+CHACHA20"

/* RFC 7301, 3.2: none in common is an error. */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	static const unsigned char ours[] = "\x02h2\x08http/1.1";

	(void)ssl;
	(void)arg;
	return SSL_select_next_proto((unsigned char **)out, outlen, ours,
	    sizeof(ours) - 1, in, inlen) == OPENSSL_NPN_NEGOTIATED ?
	    SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* The key, its certificate, and those that lead to the root. */
static int
use_pem(SSL_CTX *ctx, const char *text, size_t len)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	X509 *cert = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL);
	X509 *issuer;
	int ok;

	ok = key != NULL && cert != NULL &&
	    SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    SSL_CTX_use_PrivateKey(ctx, key) == 1;
	while (ok && (issuer = PEM_read_bio_X509(bio, NULL, NULL, NULL)) !=
	    NULL) {
		ok = SSL_CTX_add1_chain_cert(ctx, issuer) == 1;
		X509_free(issuer);
	}
	ERR_clear_error();	/* the end of the text is one */
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok ? 0 : -1;
}

/* Sessions live in tickets alone, which every worker can read. */
static int
use_tickets(SSL_CTX *ctx, const char *keys)
{
	unsigned char id[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (X509_digest(SSL_CTX_get0_certificate(ctx), EVP_sha256(), id,
	    &len) != 1)
		return -1;
	return SSL_CTX_set_tlsext_ticket_keys(ctx, (void *)(uintptr_t)keys,
	    MSG_TICKET_KEYS) == 1 &&
	    SSL_CTX_set_session_id_context(ctx, id, len) == 1 ? 0 : -1;
}

static int
set_up(SSL_CTX *ctx, const char *text, size_t len)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION |
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
	    SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	if (SSL_CTX_set_cipher_list(ctx, CIPHERS) != 1 ||
	    len <= MSG_TICKET_KEYS || len > INT_MAX ||
	    use_pem(ctx, text + MSG_TICKET_KEYS, len - MSG_TICKET_KEYS) == -1)
		return -1;
	return use_tickets(ctx, text);
}

SSL_CTX *
tls_create(int fd, const char *address)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct stat st;
	char *text = MAP_FAILED;

	if (fstat(fd, &st) == 0 && st.st_size > 0)
		text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
		    fd, 0);
	close(fd);
	if (ctx != NULL && (text == MAP_FAILED ||
	    set_up(ctx, text, (size_t)st.st_size) == -1)) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	if (text != MAP_FAILED)
		munmap(text, (size_t)st.st_size);
	if (ctx == NULL)
		log_err("listen \"%s\": its certificate cannot be used",
		    log_vis(address));
	return ctx;
}
