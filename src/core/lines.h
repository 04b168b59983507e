/* How many points lie near lines. */
#ifndef CORE_LINES_H
#define CORE_LINES_H

#include <stddef.h>

struct lines {
  size_t count;
  const double *intercepts, *slopes;
};

/* near[l * widths + w]: how many of the points are less than width[w] away from line l. Widths
 * must descend. */
void lines_near(const struct lines *lines, size_t points, const double *x,
                const double *y, size_t widths, const double *width, double *near);

#endif
