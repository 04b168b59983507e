# What is done to each column of a block before a critic sees it: centred and divided by
# its standard deviation, then kept within +-10, so that a single wild value can't rule a
# batch. Fitted on training rows alone; applied where rows are copied, see copy_rows() in
# src/ffi.c.

MARGIN_LIMIT <- 10

# NULL: columns stay as they are.
margins_fit <- function(block, rows, standardise) {
  if (!standardise) return(NULL)
  fits <- vapply(seq_len(ncol(block)), function(j) {
    column <- block[rows, j]
    largest <- max(abs(column))
    if (largest == 0) largest <- 1
    column <- column / largest # squares of large values would overflow
    sd <- stats::sd(column)
    c(mean(column), if (sd == 0) 1 else sd) * largest
  }, numeric(2))
  list(centre = fits[1, ], scale = fits[2, ], limit = MARGIN_LIMIT)
}
