/* SPDX-License-Identifier: ISC */
/*
 * check -- is this text a URL, an address, a header, a path?
 *
 * Runs in:  every process that parses a configuration.
 * Touches:  nothing: no file, no name service.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    each returns NULL for a good text, else what it must be, to be
 *           read after the parameter's name: "url: must begin with ...".
 *
 * The column `check` of the parameter table points here.  None of these is
 * handed control characters: value_parse() refuses those in any text.
 */
#ifndef REELD_CONF_CHECK_H
#define REELD_CONF_CHECK_H

/* An absolute path in the file system; the second also allows "", for none. */
const char *check_path(const char *s);
const char *check_path_or_none(const char *s);

/* An absolute path short enough for a unix socket's address. */
const char *check_socket_path(const char *s);

/* syslog or stderr. */
const char *check_log(const char *s);

/* A user's name as passwd(5) allows it. */
const char *check_user(const char *s);

/* host:port, 192.0.2.1:port, [2001:db8::1]:port or unix:/path. */
const char *check_listen(const char *s);

/* An origin's or an account's name. */
const char *check_name(const char *s);

/* The path prefix an origin answers for. */
const char *check_match(const char *s);

/* An absolute http or https URL (RFC 3986), userinfo and port optional, no
 * fragment. */
const char *check_url(const char *s);

/* A row of `allow`: "*", a name, "*.name", an address (any of them with a
 * port), or a network as address/bits. */
const char *check_allow(const char *s);

/* An address or a network as address/bits. */
const char *check_network(const char *s);

/* "Name: value" (RFC 9110, 5.1 and 5.5) of a field that is not reeld's own. */
const char *check_header(const char *s);

/* ---- check_source.c: how a source is reached, what may pass ---- */

/* The name of a client's field that is passed on (RFC 9110, 5.1). */
const char *check_field(const char *s);

/* A method beside GET and HEAD (RFC 9110, 9.1), or "*" for all. */
const char *check_method(const char *s);

/* http://, https://, socks4://, socks4a://, socks5:// or socks5h://, userinfo
 * and port optional, no path. */
const char *check_proxy(const char *s);

/* An IPv4 or IPv6 address. */
const char *check_bind(const char *s);

/* A page's origin (RFC 6454, 6.2: scheme://host[:port]), or "*" for all. */
const char *check_cors(const char *s);

#endif /* REELD_CONF_CHECK_H */
