/* SPDX-License-Identifier: ISC */
/*
 * spooldir -- the directory of a spool, looked at and damaged from outside
 *
 * It lies in a directory of its own, so that it outlives the reeld that uses
 * it; a warden, a fork of the test, removes it when the test dies.
 *
 * Runs in:  test programs, from their first thread.
 * Touches:  the directory; for a tmpfs, the mounts of this process alone.
 * Locks:    none.
 * Owns:     directory and warden until spooldir_remove().
 * Fails:    the test.
 */
#ifndef TEST_SPOOLDIR_H
#define TEST_SPOOLDIR_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

struct spooldir {
	pid_t	 warden;
	int	 mounted;
	char	 top[256];	/* the unprivileged roles can write here */
	char	 path[300];	/* the spool; reeld makes it */
};

void spooldir_make(struct spooldir *);
void spooldir_remove(struct spooldir *);

/*
 * A tmpfs of `size` ("64M") where the spool will be, in a namespace of mounts
 * that ends with the test: 1; 0, and a line on stderr, where this process may
 * not mount.  spooldir_remount() gives it other options, 0 if the kernel
 * refuses.
 */
int spooldir_mount(struct spooldir *, const char *size);
int spooldir_remount(const struct spooldir *, const char *size, int read_only);

/* Bytes of the blocks of all that is in it, as du(1) counts. */
int64_t spooldir_du(const struct spooldir *);
/* How many data files there are. */
int spooldir_files(const struct spooldir *);

/* `reelctl fsck`, with options ("", "-r"): its exit status, what it says in
 * `buf`. */
int spooldir_fsck(const struct spooldir *, const char *options, char *buf,
    size_t len);

/* Damage, at places that follow from `seed`, which moves on: bits of data
 * files, where they have data; files cut short; files that are gone.  How many
 * there really were. */
int spooldir_flip(const struct spooldir *, int n, uint64_t *seed);
int spooldir_cut(const struct spooldir *, int n, uint64_t *seed);
int spooldir_lose(const struct spooldir *, int n, uint64_t *seed);
/* The catalogue without its WAL, `size` bytes long. */
void spooldir_cut_catalogue(const struct spooldir *, int64_t size);
/* All that is in it, and itself if `itself`. */
void spooldir_wipe(const struct spooldir *, int itself);
/* Copies the catalogue and its WAL into the existing directory `to`. */
void spooldir_copy_catalogue(const struct spooldir *, const char *to);

/* A number below `n`, and another one the next time. */
uint64_t spooldir_random(uint64_t *seed, uint64_t n);

#endif /* TEST_SPOOLDIR_H */
