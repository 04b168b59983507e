#include <stdlib.h> /* says whether this is glibc */
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include "ffi.h"
#include "core/kernels.h"
#include "core/parallel.h"

SEXP ffi_threads_available(void)
{
  return Rf_ScalarInteger(parallel_available());
}

/* Sets of kernels in this build that the machine can run, best first. */
SEXP ffi_isa_available(void)
{
  R_xlen_t count = 0;
  for (size_t i = 0; kernels_listed(i); i++)
    count += kernels_listed(i)->available() != 0;
  SEXP out = PROTECT(Rf_allocVector(STRSXP, count));
  count = 0;
  for (size_t i = 0; kernels_listed(i); i++)
    if (kernels_listed(i)->available())
      SET_STRING_ELT(out, count++, Rf_mkChar(kernels_listed(i)->name));
  UNPROTECT(1);
  return out;
}

SEXP ffi_has_openmp(void)
{
#ifdef _OPENMP
  return Rf_ScalarLogical(TRUE);
#else
  return Rf_ScalarLogical(FALSE);
#endif
}

/* Gives back to the system what was freed. GNU's malloc keeps it where anything in use lies
 * behind it, and R frees many large vectors. */
SEXP ffi_release_memory(void)
{
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return R_NilValue;
}
