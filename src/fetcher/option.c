/* SPDX-License-Identifier: ISC */
/* option -- how the server of an origin is reached; fetcher */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509_vfy.h>

#include "reeld/hash.h"
#include "reeld/url.h"
#include "option.h"
#include "trust.h"

#define BUNDLE_AGE	3600L	/* s until the system's is read again */

/* A copy: HUP may take the original while a connection is being made. */
static CURLcode
set_part(CURL *e, CURLoption option, const struct trust_part *p)
{
	struct curl_blob blob = { p->text, p->len, CURL_BLOB_COPY };

	return curl_easy_setopt(e, option, p->len == 0 ? NULL : &blob);
}

/*
 * Debian's libcurl looks at the system's folder of authorities besides the one
 * that it is told: what a ca_file does not vouch for is not to be trusted.
 * Without the folder it keeps the system's bundle in memory, too.
 */
static CURLcode
set_tls(CURL *e, const struct conf_origin *o, int home)
{
	static const struct trust_part none;
	const struct trust *t = trust_of(o);
	const struct trust_part *own = t->parts;
	CURLcode bad;

	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_PROXY_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_CA_CACHE_TIMEOUT, BUNDLE_AGE);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, o->insecure ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, o->insecure ? 0L : 2L);
	bad = set_part(e, CURLOPT_CAINFO_BLOB, &own[MSG_TRUST_AUTHORITIES]);
	bad |= set_part(e, CURLOPT_PROXY_CAINFO_BLOB,
	    &own[MSG_TRUST_AUTHORITIES]);
	bad |= set_part(e, CURLOPT_SSLCERT_BLOB,
	    home ? &own[MSG_TRUST_CERTIFICATE] : &none);
	bad |= set_part(e, CURLOPT_SSLKEY_BLOB,
	    home ? &own[MSG_TRUST_KEY] : &none);
	return bad;
}

/* What the environment says of proxies is not asked. */
static CURLcode
set_way(CURL *e, const struct conf_origin *o)
{
	char interface[sizeof("host!") + 64];
	long family = CURL_IPRESOLVE_WHATEVER;
	CURLcode bad;

	bad = curl_easy_setopt(e, CURLOPT_PROXY,
	    o->proxy != NULL ? o->proxy : "");
	bad |= curl_easy_setopt(e, CURLOPT_NOPROXY, "");
	curl_easy_setopt(e, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (o->bind_address != NULL) {
		snprintf(interface, sizeof(interface), "host!%s",
		    o->bind_address);
		family = strchr(o->bind_address, ':') != NULL ?
		    CURL_IPRESOLVE_V6 : CURL_IPRESOLVE_V4;
	}
	bad |= curl_easy_setopt(e, CURLOPT_INTERFACE,
	    o->bind_address != NULL ? interface : NULL);
	curl_easy_setopt(e, CURLOPT_IPRESOLVE, family);
	return bad;
}

/* One half of user:password.  libcurl would take no length for the way to the
 * end of the text. */
static CURLcode
set_word(CURL *e, CURLoption option, struct span word)
{
	CURLcode bad = CURLE_OUT_OF_MEMORY;
	char *plain;

	if (word.len == 0)
		return curl_easy_setopt(e, option, "");
	plain = curl_easy_unescape(e, word.base, (int)word.len, NULL);
	if (plain != NULL)
		bad = curl_easy_setopt(e, option, plain);
	curl_free(plain);
	return bad;
}

/* What a redirect leads to on the same server has no credentials of its own:
 * it gets those of the address that redirected. */
static CURLcode
set_credentials(CURL *e, const char *home)
{
	struct span user, password;
	const char *colon;
	struct url u;
	CURLcode bad;

	bad = curl_easy_setopt(e, CURLOPT_USERNAME, NULL);
	bad |= curl_easy_setopt(e, CURLOPT_PASSWORD, NULL);
	if (home == NULL || url_parse(home, strlen(home), &u, NULL) == -1 ||
	    !u.credentials || u.userinfo.len == 0)
		return bad;
	user = u.userinfo;
	password = (struct span){ "", 0 };
	if ((colon = memchr(user.base, ':', user.len)) != NULL) {
		password.base = colon + 1;
		password.len = user.len - (size_t)(colon + 1 - user.base);
		user.len = (size_t)(colon - user.base);
	}
	bad |= set_word(e, CURLOPT_USERNAME, user);
	return bad | set_word(e, CURLOPT_PASSWORD, password);
}

static void
set_manners(CURL *e, const struct conf_origin *o)
{
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_USERAGENT, o->user_agent);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)o->connect_timeout);
	/* One address family at a time: a place is a socket (P4). */
	curl_easy_setopt(e, CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS,
	    (long)o->connect_timeout);
}

int
option_set(CURL *e, const struct conf_origin *o, const char *home)
{
	CURLcode bad;

	set_manners(e, o);
	bad = set_way(e, o);
	bad |= set_tls(e, o, home != NULL);
	bad |= set_credentials(e, home);
	return bad == CURLE_OK ? 0 : -1;
}

static struct hash_piece
piece_of(const char *text)
{
	return (struct hash_piece){ text == NULL ? "" : text,
	    text == NULL ? 0 : strlen(text) };
}

uint64_t
option_tag(const struct conf_origin *o, int home)
{
	const struct trust *t = trust_of(o);
	uint8_t digest[HASH_LEN], flags[2];
	struct hash_piece pieces[4];
	uint64_t tag;

	flags[0] = o->insecure != 0;
	flags[1] = home && t->parts[MSG_TRUST_CERTIFICATE].len > 0;
	pieces[0] = (struct hash_piece){ flags, sizeof(flags) };
	pieces[1] = (struct hash_piece){ &t->tag, sizeof(t->tag) };
	pieces[2] = piece_of(o->proxy);
	pieces[3] = piece_of(o->bind_address);
	hash_key(pieces, 4, digest);
	memcpy(&tag, digest, sizeof(tag));
	return tag;
}

/* What is wrong with the certificate of a server; NULL where that is not what
 * went wrong.  Before the names are compared libcurl has 1 for a result,
 * "unspecified". */
static const char *
certificate_fault(CURL *e, CURLcode code)
{
	long result = X509_V_OK;

	if (code != CURLE_PEER_FAILED_VERIFICATION ||
	    curl_easy_getinfo(e, CURLINFO_SSL_VERIFYRESULT, &result) !=
	    CURLE_OK || result == X509_V_OK)
		return NULL;
	if (result == X509_V_ERR_UNSPECIFIED)
		return "it is for another name";
	return X509_verify_cert_error_string(result);
}

/* libcurl's own words are those of what went wrong first in the transfer, and
 * that may be the end of another connection in its pool. */
const char *
option_detail(CURL *e, CURLcode code, const char *reason)
{
	const char *fault = certificate_fault(e, code);

	if (fault != NULL)
		return fault;
	return reason[0] != '\0' ? reason : curl_easy_strerror(code);
}
