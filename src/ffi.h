/* Entry points for .Call and what they share. R code has checked every argument: here
 * SEXPs become plain structs, and plain results SEXPs. */
#ifndef FFI_H
#define FFI_H

#ifndef R_NO_REMAP
#define R_NO_REMAP
#endif
#include <R.h>
#include <Rinternals.h>
#include "core/critic.h"
#include "core/objective.h"

SEXP ffi_contrastive_loss(SEXP scores, SEXP objective);
SEXP ffi_critic_parameters(SEXP critic);
SEXP ffi_score_pairs(SEXP x, SEXP y, SEXP critic, SEXP parameters);
SEXP ffi_threads_available(void);
SEXP ffi_train(SEXP x, SEXP y, SEXP train, SEXP valid, SEXP critic, SEXP objective,
               SEXP control, SEXP seed, SEXP start, SEXP progress);

/* Element `name` of an R list; an R error if there is none. */
SEXP list_element(SEXP list, const char *name);
double list_number(SEXP list, const char *name);
size_t list_size(SEXP list, const char *name);

struct critic as_critic(SEXP critic);
struct objective as_objective(SEXP objective);

/* An R error unless x and y are double matrices of n rows with the critic's columns: what
 * memory is laid out by. */
void check_blocks(SEXP x, SEXP y, const struct critic *critic);

/* Rows of a column-major R matrix as reals, row-major. `index` holds row numbers from 1;
 * NULL stands for `first`, `first` + 1, ... from 0. */
void copy_rows(SEXP matrix, const int *index, size_t first, size_t rows, real *out);

/* host.stop for R: jumps when the user interrupts. */
int check_interrupt(void *context);

#endif
