#ifndef CORE_TRANSPOSE_H
#define CORE_TRANSPOSE_H

#include <stddef.h>

/* A matrix by column, rows x columns, becomes one by row. */
static inline void transpose(size_t rows, size_t columns, const double *by_column,
                             double *by_row)
{
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++)
      by_row[i * columns + j] = by_column[j * rows + i];
}

#endif
