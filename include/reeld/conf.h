/* SPDX-License-Identifier: ISC */
/*
 * conf -- the configuration: read, checked, printed
 *
 * Runs in:  every process (the master reads the file, the roles read the text
 *           that the master prints for them with CONF_SECRETS).
 * Touches:  the configuration file and what it includes; no shared memory.
 * Locks:    none.
 * Owns:     struct conf and all it points to, until conf_destroy().
 * Fails:    NULL after every error was handed to the report function.
 */
#ifndef REELD_CONF_H
#define REELD_CONF_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum conf_type { CONF_AUTO, CONF_OPEN, CONF_LIVE, CONF_ACESTREAM, CONF_BEAM };
enum conf_fill { CONF_FILL_ALL, CONF_FILL_AHEAD, CONF_FILL_NONE };
enum conf_save { CONF_SAVE_EARLY, CONF_SAVE_IDLE };

/* What a listener serves: bits of conf_listen.serve. */
#define CONF_SERVE_MEDIA	0x01u
#define CONF_SERVE_API		0x02u
#define CONF_SERVE_STATUS	0x04u
#define CONF_SERVE_METRICS	0x08u

struct conf_strings {
	char		**v;
	size_t		  n;
};

struct conf_listen {
	char		*address;	/* as written: host:port or unix:PATH */
	const char	*file;		/* where the section begins */
	int		 line;
	unsigned	 serve;
	int		 tls;
	int		 proxy_protocol;
	char		*certificate, *key;
};

struct conf_spool {
	char		*directory;	/* NULL: no spool */
	const char	*file;
	int		 line;
	uint64_t	 max, low;
	int64_t		 janitor_interval, idle, reload_ttl;	/* ms */
	enum conf_save	 save;
	unsigned	 min_free;	/* per cent */
};

struct conf_origin {
	char		*name;
	const char	*file;
	int		 line;
	enum conf_type	 type;
	char		*match;		/* path prefix, begins with / */
	char		*url;		/* NULL for CONF_OPEN */
	struct conf_strings backup, allow, set_header;
	unsigned	 max_connections;
	char		*account;	/* never NULL: default is the name */
	enum conf_fill	 fill;
	uint64_t	 fill_ahead, tee_window;
	unsigned	 split;
	int64_t		 connect_timeout, stall_timeout;	/* ms */
	unsigned	 retries;
	int64_t		 retry_delay, cool_down;	/* ms */
	char		*user_agent;
	struct conf_strings pass_headers, pass_methods;
	char		*ca_file, *client_certificate, *client_key;
	int		 insecure;
	char		*proxy;		/* NULL: none */
	char		*bind_address;	/* NULL: the kernel's choice */
	int64_t		 ttl;		/* ms; -1: not set */
	int		 force_cache;
	struct conf_strings cors;	/* origins of pages; "*" for all */
	int		 error_clip;
	struct conf_strings on_error, on_error_header;
	char		*on_error_body;	/* NULL: the default */
	char		*secret;	/* NULL: addresses are not signed */
	int		 share, verify;
	int64_t		 linger;	/* ms */
	uint64_t	 live_window;
};

/* What was asked for and this version of reeld cannot do. */
struct conf_missing {
	const char	*file;
	int		 line;
	char		*what;		/* "tls = true" */
};

struct conf {
	char		*file;
	unsigned	 workers;	/* 0 was written: here the CPU count */
	int		 workers_auto;	/* 0 was written (for printing) */
	uint64_t	 arena_size;
	uint32_t	 segment_size;
	char		*user, *control, *log, *access_log, *pidfile;
	char		*api_token;
	int		 prefault;
	unsigned	 client_connections, worker_connections;
	int64_t		 wait_max, drain, send_timeout, pause_max;	/* ms */
	struct conf_strings trusted_proxies;
	struct conf_listen *listens;
	size_t		 nlistens;
	struct conf_spool spool;
	struct conf_origin *origins;
	size_t		 norigins;
	struct conf_missing *missing;	/* for conf_unsupported() */
	size_t		 nmissing;
	struct conf_strings files;	/* the names that `file` points to */
};

/* One error or warning: file and line as in `file:line: text`.  A warning
 * does not make the parse fail. */
typedef void conf_report(void *arg, int warning, const char *file, int line,
    const char *text);

/* `${name}` of -D name=value, in double-quoted strings only. */
struct conf_define {
	const char	*name, *value;
};

/*
 * Reads `file`, reports every wrong value to `report`, returns the
 * configuration or NULL when anything was wrong.
 */
struct conf *conf_parse(const char *file, const struct conf_define *defines,
    size_t ndefines, conf_report *report, void *arg);

/* The same for text that conf_print() made with CONF_SECRETS (a role's copy);
 * `len` bytes at `text`. */
struct conf *conf_parse_text(const char *text, size_t len, conf_report *report,
    void *arg);

#define CONF_SECRETS	1	/* print secrets as they are, not as *** */

/* Prints the effective configuration in its own grammar; the output parses
 * back to the same output.  0, or -1 with errno of the write. */
int conf_print(const struct conf *, FILE *, int flags);

void conf_destroy(struct conf *);

/*
 * What the file asks for and this version of reeld cannot do (live, backup,
 * ...): reported as errors by a start or a reload, as warnings by -n.
 * Returns how many were reported.
 */
size_t conf_unsupported(const struct conf *, conf_report *report, void *arg,
    int warning);

/* The origin whose `match` is the longest prefix of `path` (`len` bytes), or
 * NULL. */
const struct conf_origin *conf_route(const struct conf *, const char *path,
    size_t len);

/* The origin called `name`, or NULL. */
const struct conf_origin *conf_origin(const struct conf *, const char *name);

/* 1 when requests of this method pass to the origin's source; never for GET,
 * HEAD, CONNECT and TRACE. */
int conf_passes(const struct conf_origin *, const char *method, size_t len);

/* 1 when a header line ("Name: value") carries credentials: it is printed as
 * ***, and is for the origin's own address alone. */
int conf_is_credential(const char *line);

/* "64K", "8M", "1G" to bytes and "500ms", "45s", "5m", "1h", "2d" to
 * milliseconds: 0, or -1 when `s` is not one (a bare number counts bytes and
 * seconds). */
int conf_size(const char *s, uint64_t *bytes);
int conf_time(const char *s, int64_t *ms);

#endif /* REELD_CONF_H */
