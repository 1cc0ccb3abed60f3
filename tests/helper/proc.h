/* SPDX-License-Identifier: ISC */
/*
 * proc -- what /proc says about a process and its descendants
 *
 * Runs in:  test programs, their keepers.
 * Touches:  /proc, read-only.
 * Locks:    none.
 * Owns:     nothing.
 * Fails:    a process that ends meanwhile counts as not there.
 */
#ifndef TEST_PROC_H
#define TEST_PROC_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

/* Living (no zombies) children of `root`, their children and so on: how many,
 * at most `max`, into `pids`, lowest first. */
int proc_descendants(pid_t root, pid_t *pids, int max);

/* The command line or title, arguments joined by blanks: 0, or -1. */
int proc_title(pid_t, char *buf, size_t len);

/* How many descriptors this process has open, of the first 1024. */
int proc_open_fds(void);

/* Resident anonymous memory in bytes. */
int64_t proc_rss_anon(pid_t);

/* User and system time in milliseconds. */
int64_t proc_cpu_ms(pid_t);

/* Bytes of the blocks of every memfd that one of the `n` processes has open;
 * one that several of them have counts once. */
int64_t proc_memfd_bytes(const pid_t *pids, int n);

#endif /* TEST_PROC_H */
