/* SPDX-License-Identifier: ISC */
/*
 * keeper -- stands between a test and the program it starts
 *
 * A process that adopts whatever the program leaves behind, so that its
 * descendants are always known, and that clears up when the test dies: then
 * it prints the log, kills them all and removes the directory.
 *
 * Runs in:  test programs; the keeper is a fork of them.
 * Touches:  the program's processes, its directory.
 * Locks:    none.
 * Owns:     every descendant of the program; the directory once the test died.
 * Fails:    NULL when there is no process to be had.
 */
#ifndef TEST_KEEPER_H
#define TEST_KEEPER_H

#include <sys/types.h>

struct keeper;

/* Starts `argv`, in a process group of its own, its output and errors in the
 * file `log` of the existing directory `dir`. */
struct keeper *keeper_start(const char *const argv[], const char *dir,
    const char *log);

/* The program itself. */
pid_t keeper_pid(const struct keeper *);

/* Waits up to `ms` for the program to end: 1 and its wait(2) status, or 0. */
int keeper_wait(struct keeper *, int ms, int *status);

/* The program and its living descendants, at most `max`: how many. */
int keeper_pids(const struct keeper *, pid_t *pids, int max);

/* Kills what is left of them; the directory stays. */
void keeper_stop(struct keeper **);

/* Prints the end of a log to stderr, under a title. */
void keeper_print_log(const char *log, const char *title);

/* Removes a directory and all in it. */
void keeper_remove(const char *dir);

#endif /* TEST_KEEPER_H */
