/* SPDX-License-Identifier: ISC */
/* param -- the table of all parameters of reeld.conf; every process */
#include "config.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "reeld/conf.h"
#include "reeld/template.h"

#include "check.h"
#include "param.h"

#define KIB	(UINT64_C(1) << 10)
#define MIB	(UINT64_C(1) << 20)
#define TIB	(UINT64_C(1) << 40)

#define SECOND	UINT64_C(1000)
#define MINUTE	(60 * SECOND)
#define DAY	(24 * 60 * MINUTE)

#define FIELD(type, sec, f)						\
	.section = (sec), .name = #f, .offset = offsetof(struct type, f), \
	.width = sizeof(((struct type *)0)->f)
#define GLOBAL(f)	FIELD(conf, PARAM_GLOBAL, f)
#define LISTEN(f)	FIELD(conf_listen, PARAM_LISTEN, f)
#define SPOOL(f)	FIELD(conf_spool, PARAM_SPOOL, f)
#define ORIGIN(f)	FIELD(conf_origin, PARAM_ORIGIN, f)

static const char *const sections[PARAM_SECTIONS] = {
	[PARAM_GLOBAL] = "",
	[PARAM_LISTEN] = "listen",
	[PARAM_SPOOL] = "spool",
	[PARAM_ORIGIN] = "origin",
};

static const struct param_word serve_words[] = {
	{ "media", CONF_SERVE_MEDIA, 0 },
	{ "api", CONF_SERVE_API, 0 },
	{ "status", CONF_SERVE_STATUS, 0 },
	{ "metrics", CONF_SERVE_METRICS, 0 },
	{ NULL, 0, 0 }
};

static const struct param_word save_words[] = {
	{ "early", CONF_SAVE_EARLY, 0 },
	{ "idle", CONF_SAVE_IDLE, 0 },
	{ NULL, 0, 0 }
};

static const struct param_word type_words[] = {
	{ "auto", CONF_AUTO, 0 },
	{ "open", CONF_OPEN, 0 },
	{ "live", CONF_LIVE, 1 },
	{ "acestream", CONF_ACESTREAM, 1 },
	{ "beam", CONF_BEAM, 0 },
	{ NULL, 0, 0 }
};

static const struct param_word fill_words[] = {
	{ "all", CONF_FILL_ALL, 0 },
	{ "ahead", CONF_FILL_AHEAD, 0 },
	{ "none", CONF_FILL_NONE, 0 },
	{ NULL, 0, 0 }
};

const struct param param_table[] = {
	{ GLOBAL(workers), .kind = PARAM_COUNT, .initial = "0", .max = 30 },
	{ GLOBAL(arena_size), .kind = PARAM_SIZE, .initial = "1G",
	    .min = 256 * KIB, .max = 16 * TIB },
	{ GLOBAL(segment_size), .kind = PARAM_SIZE, .initial = "8M",
	    .min = 64 * KIB, .max = 64 * MIB, .flags = PARAM_POWER2 },
	{ GLOBAL(user), .kind = PARAM_TEXT, .initial = "reeld", .min = 1,
	    .max = 32, .check = check_user },
	{ GLOBAL(control), .kind = PARAM_TEXT,
	    .initial = REELD_RUNSTATEDIR "/reeld/reeld.sock",
	    .check = check_socket_path },
	{ GLOBAL(wait_max), .kind = PARAM_TIME, .initial = "60s",
	    .min = 100, .max = DAY },
	{ GLOBAL(drain), .kind = PARAM_TIME, .initial = "30s", .max = DAY },
	{ GLOBAL(log), .kind = PARAM_TEXT, .initial = "syslog",
	    .check = check_log },
	{ GLOBAL(access_log), .kind = PARAM_TEXT,
	    .initial = REELD_LOCALSTATEDIR "/log/reeld/access.log",
	    .check = check_path_or_none },
	{ GLOBAL(pidfile), .kind = PARAM_TEXT,
	    .initial = REELD_RUNSTATEDIR "/reeld/reeld.pid",
	    .check = check_path_or_none },
	{ GLOBAL(prefault), .kind = PARAM_BOOL, .initial = "false" },
	{ GLOBAL(client_connections), .kind = PARAM_COUNT, .initial = "256",
	    .max = 1000000 },
	{ GLOBAL(worker_connections), .kind = PARAM_COUNT, .initial = "16384",
	    .min = 1, .max = 1000000 },
	{ GLOBAL(send_timeout), .kind = PARAM_TIME, .initial = "30s",
	    .min = 100, .max = DAY },
	{ GLOBAL(pause_max), .kind = PARAM_TIME, .initial = "1h",
	    .min = 100, .max = 30 * DAY },
	{ GLOBAL(trusted_proxies), .kind = PARAM_TEXTS,
	    .initial = "127.0.0.0/8", .check = check_network },
	{ GLOBAL(api_token), .kind = PARAM_TEXT, .initial = "",
	    .max = 255, .veil = VEIL_ALL },

	{ LISTEN(serve), .kind = PARAM_WORDS, .initial = "media",
	    .words = serve_words },
	{ LISTEN(tls), .kind = PARAM_BOOL, .initial = "false" },
	{ LISTEN(certificate), .kind = PARAM_TEXT, .check = check_path },
	{ LISTEN(key), .kind = PARAM_TEXT, .check = check_path },
	{ LISTEN(proxy_protocol), .kind = PARAM_BOOL, .initial = "false" },

	{ SPOOL(max), .kind = PARAM_SIZE, .initial = "200G", .min = MIB,
	    .max = 1024 * TIB },
	{ SPOOL(low), .kind = PARAM_SIZE, .max = 1024 * TIB },
	{ SPOOL(janitor_interval), .kind = PARAM_TIME, .initial = "60s",
	    .min = SECOND, .max = DAY },
	{ SPOOL(idle), .kind = PARAM_TIME, .initial = "45s", .max = DAY },
	{ SPOOL(reload_ttl), .kind = PARAM_TIME, .initial = "45s",
	    .max = DAY },
	{ SPOOL(save), .kind = PARAM_WORD, .initial = "early",
	    .words = save_words },
	{ SPOOL(min_free), .kind = PARAM_PERCENT, .initial = "5%",
	    .max = 90 },

	{ ORIGIN(type), .kind = PARAM_WORD, .initial = "auto",
	    .words = type_words },
	{ ORIGIN(match), .kind = PARAM_TEXT, .check = check_match },
	{ ORIGIN(url), .kind = PARAM_TEXT, .check = check_url,
	    .veil = VEIL_URL },
	{ ORIGIN(backup), .kind = PARAM_TEXTS, .check = check_url,
	    .veil = VEIL_URL },
	{ ORIGIN(allow), .kind = PARAM_TEXTS, .check = check_allow },
	{ ORIGIN(max_connections), .kind = PARAM_COUNT, .initial = "4",
	    .min = 1, .max = 1024 },
	{ ORIGIN(account), .kind = PARAM_TEXT, .check = check_name },
	{ ORIGIN(fill), .kind = PARAM_WORD, .initial = "all",
	    .words = fill_words },
	{ ORIGIN(fill_ahead), .kind = PARAM_SIZE, .initial = "64M",
	    .max = TIB },
	{ ORIGIN(tee_window), .kind = PARAM_SIZE, .initial = "1M",
	    .max = TIB },
	{ ORIGIN(split), .kind = PARAM_COUNT, .initial = "1", .min = 1,
	    .max = 16 },
	{ ORIGIN(connect_timeout), .kind = PARAM_TIME, .initial = "10s",
	    .min = 100, .max = 10 * MINUTE },
	{ ORIGIN(stall_timeout), .kind = PARAM_TIME, .initial = "15s",
	    .min = 100, .max = 10 * MINUTE },
	{ ORIGIN(retries), .kind = PARAM_COUNT, .initial = "3", .max = 100 },
	{ ORIGIN(retry_delay), .kind = PARAM_TIME, .initial = "1s",
	    .min = 10, .max = 10 * MINUTE },
	{ ORIGIN(cool_down), .kind = PARAM_TIME, .initial = "30s",
	    .max = DAY },
	{ ORIGIN(user_agent), .kind = PARAM_TEXT, .initial = "reeld",
	    .min = 1, .max = 1023 },
	{ ORIGIN(set_header), .kind = PARAM_TEXTS, .check = check_header,
	    .veil = VEIL_HEADER },
	{ ORIGIN(pass_headers), .kind = PARAM_TEXTS, .check = check_field },
	{ ORIGIN(pass_methods), .kind = PARAM_TEXTS, .check = check_method },
	{ ORIGIN(ca_file), .kind = PARAM_TEXT, .check = check_path },
	{ ORIGIN(client_certificate), .kind = PARAM_TEXT,
	    .check = check_path },
	{ ORIGIN(client_key), .kind = PARAM_TEXT, .check = check_path },
	{ ORIGIN(insecure), .kind = PARAM_BOOL, .initial = "false" },
	{ ORIGIN(proxy), .kind = PARAM_TEXT, .check = check_proxy,
	    .veil = VEIL_URL },
	{ ORIGIN(bind_address), .kind = PARAM_TEXT, .check = check_bind },
	{ ORIGIN(ttl), .kind = PARAM_TIME, .max = 366 * DAY },
	{ ORIGIN(force_cache), .kind = PARAM_BOOL, .initial = "false" },
	{ ORIGIN(cors), .kind = PARAM_TEXTS, .check = check_cors },
	{ ORIGIN(error_clip), .kind = PARAM_BOOL, .initial = "false" },
	{ ORIGIN(on_error), .kind = PARAM_TEXTS, .check = check_url,
	    .veil = VEIL_URL },
	{ ORIGIN(on_error_header), .kind = PARAM_TEXTS, .check = check_header,
	    .veil = VEIL_HEADER },
	{ ORIGIN(on_error_body), .kind = PARAM_TEXT,
	    .check = template_fault },
	{ ORIGIN(secret), .kind = PARAM_TEXT, .min = 1, .max = 255,
	    .veil = VEIL_ALL },
	{ ORIGIN(share), .kind = PARAM_BOOL, .initial = "true",
	    .flags = PARAM_LATER },
	{ ORIGIN(verify), .kind = PARAM_BOOL, .initial = "true" },
	{ ORIGIN(linger), .kind = PARAM_TIME, .initial = "2s",
	    .max = DAY, .flags = PARAM_LATER },
	{ ORIGIN(live_window), .kind = PARAM_SIZE, .initial = "64M",
	    .min = MIB, .max = TIB, .flags = PARAM_LATER },
};

const size_t param_count = sizeof(param_table) / sizeof(param_table[0]);

_Static_assert(sizeof(param_table) / sizeof(param_table[0]) <= PARAM_MAX,
    "PARAM_MAX is too small");

const struct param *
param_find(enum param_section section, const char *name)
{
	size_t i;

	for (i = 0; i < param_count; i++)
		if (param_table[i].section == section &&
		    strcmp(param_table[i].name, name) == 0)
			return &param_table[i];
	return NULL;
}

const struct param_word *
param_word(const struct param *param, const char *name)
{
	const struct param_word *word;

	for (word = param->words; word->name != NULL; word++)
		if (strcmp(word->name, name) == 0)
			return word;
	return NULL;
}

const char *
param_section_name(enum param_section section)
{
	return sections[section];
}
